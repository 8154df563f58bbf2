from dataclasses import replace
from pathlib import Path

from sessions.studio.desk import Desk
from tests.sessions.studio.test_jobs import ended


def test_moments_are_those_of_the_own_car_from_when_its_driver_is_known(demo_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "session.toml"
    text = (demo_folder / "session.toml").read_text().replace('driver = "RAP"\n', "")
    for name in ("onboard.mp4", "livetiming.txt"):
        text = text.replace(f'"{name}"', f'"{demo_folder / name}"')
    file.write_text(text)
    desk = Desk(file)
    desk.highlights.seek()
    assert desk.jobs.last("moments") is None
    for driver in ("RAP", "ZEN"):
        desk.change("Say whose", replace(desk.draft.session, driver=driver), 0)
        ended(desk.jobs, "moments")
        assert desk.highlights.found
        assert all(driver in (moment.driver, moment.other) for moment in desk.highlights.found)
