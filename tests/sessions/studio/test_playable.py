import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from overlay.clip import Clip
from sessions.session import Session
from sessions.studio import playable
from sessions.workspace import Workspace
from telemetry.race_session import RaceSession
from tests.sessions.studio.conftest import Serve, show

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


def test_a_clip_whose_clock_begins_minutes_in_is_shown_to_its_last_frame(
    browser: Browser, serve: Serve, demo_folder: Path, tmp_path: Path
) -> None:
    # Each frame is a grey lighter than the one before.
    grey = "color=s=320x180:r=25:d=4,format=gray,geq=lum=2*N+30,format=yuv420p"
    words = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", grey, "-c:v", "libx264", "-crf", "5", "-output_ts_offset", "300"]
    subprocess.run([*words, tmp_path / "onboard.mp4"], check=True)
    shutil.copy(demo_folder / "livetiming.txt", tmp_path)
    file = tmp_path / "session.toml"
    file.write_text(f"{(demo_folder / 'session.toml').read_text()}\n[sync]\noffset_s = -139.85\n")
    page = show(browser, serve(file))
    page.wait_for_function("slipstream.state.playable && slipstream.refs.video.readyState >= 2")
    for frame in (99, 20, 60):
        page.evaluate("frame => slipstream.player.seek(frame)", frame)
        page.wait_for_function("slipstream.player.wanted === null && !slipstream.refs.video.seeking")
        assert page.evaluate(SHOWN) == frame
    page.context.close()
