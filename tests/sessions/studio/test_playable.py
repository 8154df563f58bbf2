import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from overlay.clip import Clip
from sessions.session import Session
from sessions.studio import playable, view
from sessions.studio.desk import Desk
from sessions.workspace import Workspace
from telemetry.alignment import Alignment, Piece
from telemetry.race_session import RaceSession
from tests.sessions.studio.conftest import Serve, show

GUTTER_PX = 84  # left of the strip, as in strip.js
SHOWN = """() => {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  context.drawImage(slipstream.refs.video, 0, 0, 1, 1);
  return Math.round((context.getImageData(0, 0, 1, 1).data[0] - 30) / 2);
}"""


def made(path: Path, *words: str) -> Path:
    """A second of a test picture at uneven times: every fifth frame is missing."""
    source = "testsrc=duration=1:size=320x180:rate=25,select=mod(n+1\\,5)"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-fps_mode", "passthrough", *words, str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.mark.parametrize(
    ("name", "words", "plays"),
    [
        ("plain.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv420p"), True),
        ("deep.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv420p10le"), False),
        ("matroska.mkv", ("-c:v", "libx264", "-pix_fmt", "yuv420p"), False),
        ("mpeg4.mp4", ("-c:v", "mpeg4"), False),
        ("late.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-output_ts_offset", "300"), False),
        ("a_bit_late.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-output_ts_offset", "0.1"), False),
    ],
)
def test_what_browsers_do_not_play_is_known(tmp_path: Path, name: str, words: tuple[str, ...], plays: bool) -> None:
    with Clip(made(tmp_path / name, *words)) as clip:
        assert playable.is_playable(clip) is plays


@pytest.mark.parametrize(("name", "begins"), [("deep.mkv", "0"), ("deep.mp4", "0"), ("late.mkv", "300")])
def test_the_copy_shows_the_same_pictures_as_far_apart_from_about_0_on(tmp_path: Path, name: str, begins: str) -> None:
    path = made(tmp_path / name, "-c:v", "libx264", "-pix_fmt", "yuv420p10le", "-output_ts_offset", begins)
    session = Session(path, RaceSession(2024, "Monaco", "R"))
    workspace = Workspace.of(tmp_path / "session.toml")
    assert playable.known_proxy(session, workspace) is None
    steps: list[int] = []
    copy = playable.make_proxy(session, workspace, on_progress=lambda done, _total: steps.append(done))
    with Clip(path) as clip, Clip(copy) as twin:
        assert playable.is_playable(twin)
        later_s = playable.later_s(session, workspace)
        assert [at_s + later_s for at_s in twin.frame_times_s()] == pytest.approx(clip.frame_times_s(), abs=1e-4)
        assert len(steps) == len(clip.frame_times_s())
    assert playable.known_proxy(session, workspace) == copy
    path.write_bytes(b"another clip")
    assert playable.known_proxy(session, workspace) is None


@pytest.fixture(scope="module")
def late(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session file beside a clip whose clock begins at five minutes, each of its frames a grey lighter than the one before."""
    folder = tmp_path_factory.mktemp("late")
    grey = "color=s=320x180:r=25:d=4,format=gray,geq=lum=2*N+30,format=yuv420p"
    words = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", grey, "-c:v", "libx264", "-crf", "5", "-output_ts_offset", "300"]
    subprocess.run([*words, folder / "onboard.mp4"], check=True)
    for name in ("livetiming.txt", "session.toml"):
        shutil.copy(demo_folder / name, folder)
    return folder / "session.toml"


def test_a_clip_whose_clock_begins_minutes_in_is_shown_to_its_last_frame(browser: Browser, serve: Serve, late: Path) -> None:
    placed = late.with_name("placed.toml")
    placed.write_text(f"{late.read_text()}\n[sync]\noffset_s = -139.85\n")
    page = show(browser, serve(placed))
    page.wait_for_function("slipstream.state.playable && slipstream.refs.video.readyState >= 2")
    for frame in (99, 20, 60):
        page.evaluate("frame => slipstream.player.seek(frame)", frame)
        page.wait_for_function("slipstream.player.wanted === null && !slipstream.refs.video.seeking")
        assert page.evaluate(SHOWN) == frame
    strip = page.get_by_label("Position in the clip")
    width = page.evaluate("slipstream.refs.strip.clientWidth")
    for share, frame in ((0.001, 0), (0.505, 50), (0.995, 99)):
        strip.click(position={"x": GUTTER_PX + share * (width - GUTTER_PX), "y": 20})
        assert page.evaluate("slipstream.player.frame") == frame
    assert page.evaluate("slipstream.timeline.view") == {"start": 300, "end": 304}
    clip = late.with_name("onboard.mp4")
    clip.rename(late.with_name("elsewhere.mp4"))
    expect(page.get_by_text("onboard.mp4 is not there any more: put it back")).to_be_visible()
    page.reload()
    page.wait_for_selector(".stage[data-ready=true]")
    assert not page.evaluate("slipstream.state.playable")
    late.with_name("elsewhere.mp4").rename(clip)
    page.wait_for_function("slipstream.state.playable && slipstream.refs.video.readyState >= 2 && slipstream.screen.drawn?.exact")
    os.utime(clip, (0, 0))
    expect(page.get_by_text("onboard.mp4 is another file now")).to_be_visible()
    page.context.close()


def test_where_nothing_says_where_a_clip_lies_its_first_picture_is_at_the_start_of_the_race(late: Path) -> None:
    desk = Desk(late)
    start_s = min(lap.start_s for laps in desk.record.laps.values() for lap in laps if lap.start_s is not None)
    assert desk.span() == pytest.approx((start_s, start_s + 99 / 25))
    desk.where = Alignment((Piece(301.0, 302.0, -100.0), Piece(302.0, 310.0, -90.0)), 1.0, None, ())
    assert desk.span() == pytest.approx((201.0, 300 + 99 / 25 - 90))


def test_a_clip_that_is_gone_is_not_played_and_said_to_be_gone(late: Path) -> None:
    file = late.with_name("gone.toml")
    file.write_text(late.read_text().replace("onboard.mp4", "plain.mp4"))
    clip = made(late.with_name("plain.mp4"), "-c:v", "libx264", "-pix_fmt", "yuv420p")
    desk = Desk(file)
    assert desk.playable_file() == clip
    clip.unlink()
    assert desk.playable_file() is None
    assert view.note(desk) == "plain.mp4 is not there any more: put it back"
