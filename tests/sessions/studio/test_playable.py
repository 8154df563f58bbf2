import subprocess
from pathlib import Path

import pytest

from overlay.clip import Clip
from sessions.session import Session
from sessions.studio import playable
from sessions.workspace import Workspace
from telemetry.race_session import RaceSession


def made(path: Path, *words: str) -> Path:
    """A second of a test picture at uneven times: every fifth frame is missing."""
    source = "testsrc=duration=1:size=320x180:rate=25,select=mod(n\\,5)"
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
    ],
)
def test_what_browsers_do_not_play_is_known(tmp_path: Path, name: str, words: tuple[str, ...], plays: bool) -> None:
    with Clip(made(tmp_path / name, *words)) as clip:
        assert playable.is_playable(clip) is plays


@pytest.mark.parametrize("name", ["deep.mkv", "deep.mp4"])
def test_the_copy_shows_the_same_pictures_at_the_same_times(tmp_path: Path, name: str) -> None:
    path = made(tmp_path / name, "-c:v", "libx264", "-pix_fmt", "yuv420p10le")
    session = Session(path, RaceSession(2024, "Monaco", "R"))
    workspace = Workspace.of(tmp_path / "session.toml")
    assert playable.known_proxy(session, workspace) is None
    steps: list[int] = []
    copy = playable.make_proxy(session, workspace, on_progress=lambda done, _total: steps.append(done))
    with Clip(path) as clip, Clip(copy) as twin:
        assert playable.is_playable(twin)
        assert twin.frame_times_s() == pytest.approx(clip.frame_times_s(), abs=1e-4)
        assert len(steps) == len(clip.frame_times_s())
    assert playable.known_proxy(session, workspace) == copy
    path.write_bytes(b"another clip")
    assert playable.known_proxy(session, workspace) is None
