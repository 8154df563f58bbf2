"""What is looked for in a clip while its sound is heard, and what becomes of it when nobody needs it any more."""

from pathlib import Path
from threading import Event

import pytest

from sessions import demo, sights_stage
from sessions.session import Session
from sessions.workspace import Workspace
from telemetry.race_session import RaceSession


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
