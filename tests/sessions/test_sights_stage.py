"""What is looked for in a clip while its sound is heard, and what becomes of it when nobody needs it any more."""

from pathlib import Path
from threading import Event

import pytest

from sessions import demo, opening, sights_stage
from sessions.session import Session
from sessions.sights_stage import Looking
from sessions.workspace import Workspace
from telemetry.race_session import RaceSession
from telemetry.sync.ground import Ground


@pytest.mark.parametrize("camera", ["front", "rear"])
def test_a_look_that_nobody_waits_for_is_broken_off_and_not_kept(camera: str, tmp_path: Path) -> None:
    session = Session(Path(demo.__file__).parent / "onboard.mp4", RaceSession(2025, "Alta Grand Prix", "R"), camera=camera)
    workspace = Workspace.of(tmp_path / "session.toml")
    enough = Event()
    enough.set()
    with pytest.raises(sights_stage.Unwanted):
        sights_stage.everything(session, workspace, enough=enough)
    assert not list(tmp_path.rglob("*.json"))
    assert sights_stage.everything(session, workspace, enough=Event()).turning is not None
    assert list(tmp_path.rglob("*.json"))


def test_a_short_clip_is_looked_at_before_it_is_known_to_be_unsure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(Path(demo.__file__).parent / "onboard.mp4", RaceSession(2025, "Alta Grand Prix", "R"), camera="rear")
    monkeypatch.setattr(sights_stage.letters, "find_spec", lambda _name: None)
    for at_once_s, looked in ((sights_stage.AT_ONCE_S, True), (1.0, False)):
        monkeypatch.setattr(sights_stage, "AT_ONCE_S", at_once_s)
        with Looking(session, Workspace.of(tmp_path / f"{looked}.toml")) as looking:
            assert not looking.numbers()
            looking._beside.submit(int).result()  # after whatever was begun by itself
            assert bool(list(tmp_path.glob(f"{looked}.slipstream/motion.json"))) is looked
            assert looking.everything().turning is not None


def test_a_look_goes_on_to_what_it_is_laid_over_only_where_a_car_was_seen(tmp_path: Path) -> None:
    folder = Path(demo.__file__).parent
    for camera in ("rear", "front"):
        race = RaceSession(2025, "Alta Grand Prix", "R", folder / "livetiming.txt")
        session = Session(folder / "onboard.mp4", race, camera=camera)
        ground = Ground(opening.load_record(session))
        with Looking(session, Workspace.of(tmp_path / f"{camera}.toml")) as looking:
            looking.further(ground)
            seen = looking.everything()
            looking._beside.submit(int).result()
        assert (ground._field is not None) is (seen.width is not None)
