"""A render that is cut off goes on where it stopped, and comes to the same file."""

import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from overlay.errors import OverlayError
from overlay.parts import Parts
from tests.overlay import rendering
from tests.overlay.made import video

FRAMES = 400  # at some 12 a second, three parts and a rest
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Uneven times: what a part's first packet is stamped with must still lie behind the last one's.
    pts = tuple(number * 80 + (number % 3) * 7 + (900 if number > 110 else 0) for number in range(FRAMES))
    return video(
        tmp_path_factory.mktemp("clip") / "clip.mp4", size_wh=(96, 64), pts=pts, time_base=Fraction(1, 1000), sound="aac"
    )


@pytest.fixture(scope="module")
def whole(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What an uninterrupted render writes."""
    home = tmp_path_factory.mktemp("whole")
    rendering.render(clip, home / "tagged.mp4", parts=Parts(home, "key", resume=False))
    assert sorted(path.name for path in home.iterdir()) == ["tagged.mp4"]
    return (home / "tagged.mp4").read_bytes()


def test_a_killed_render_leaves_nothing_under_the_final_name_and_goes_on_to_the_same_bytes(
    clip: Path, whole: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "tagged.mp4"
    words = [sys.executable, "-m", "tests.overlay.rendering", str(clip), str(output), str(tmp_path), "300"]
    killed = subprocess.run(words, cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not output.exists()
    assert list(tmp_path.glob(".tagged.*.part.mp4"))

    parts = Parts(tmp_path, "key", resume=True)
    report = rendering.render(clip, output, parts=parts)
    assert 200 < report.resumed_frames < 300
    assert report.frames == FRAMES
    assert output.read_bytes() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tagged.mp4"]


def test_without_resume_an_earlier_renders_parts_are_thrown_away(clip: Path, whole: bytes, tmp_path: Path) -> None:
    interrupt(clip, tmp_path, 300)
    report = rendering.render(clip, tmp_path / "tagged.mp4", parts=Parts(tmp_path, "key", resume=False))
    assert report.resumed_frames == 0
    assert (tmp_path / "tagged.mp4").read_bytes() == whole


def test_parts_of_something_else_are_never_joined_to(clip: Path, tmp_path: Path) -> None:
    interrupt(clip, tmp_path, 300)
    parts = Parts(tmp_path, "another key", resume=True)
    parts.release()
    assert parts.done == 0
    assert [path.name for path in tmp_path.glob("render-*")] == ["render-another key"]


@pytest.mark.parametrize("torn", [b"", b'{"frames": 125, "packets": 125}\n'], ids=["empty", "of an earlier form"])
def test_a_torn_part_and_all_behind_it_are_done_again(torn: bytes, clip: Path, whole: bytes, tmp_path: Path) -> None:
    interrupt(clip, tmp_path, 399)
    folder = tmp_path / "render-key"
    assert len(list(folder.glob("*.part"))) == 3
    (folder / "00001.part").write_bytes(torn)
    parts = Parts(tmp_path, "key", resume=True)
    assert len(parts.frames) == 1
    rendering.render(clip, tmp_path / "tagged.mp4", parts=parts)
    assert (tmp_path / "tagged.mp4").read_bytes() == whole


HOLD = """
import sys, time
from pathlib import Path
from overlay.parts import Parts
parts = Parts(Path(sys.argv[1]), "key", resume=False)
print("taken", flush=True)
time.sleep(60)
"""


def test_two_renders_of_the_same_do_not_share_their_parts(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"taken\n"
        with pytest.raises(BlockingIOError, match="another process"):
            Parts(tmp_path, "key", resume=True)
        Parts(tmp_path, "another", resume=False).release()
        assert (tmp_path / "render-key").is_dir()
    finally:
        other.kill()
        other.communicate()
    Parts(tmp_path, "key", resume=True).release()  # a process that was killed holds nothing


def test_an_error_half_way_leaves_no_file_but_what_was_finished(clip: Path, tmp_path: Path) -> None:
    interrupt(clip, tmp_path, 300)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["render-key"]
    assert sorted(path.name for path in (tmp_path / "render-key").iterdir()) == ["00000.part", "00001.part", "lock"]


def interrupt(clip: Path, home: Path, frames: int) -> None:
    """Render until so many frames are written, then fail."""

    def stop(done: int) -> None:
        if done == frames:
            raise OverlayError("stopped")

    with pytest.raises(OverlayError, match="stopped"):
        rendering.render(clip, home / "tagged.mp4", parts=Parts(home, "key", resume=False), on_frame=stop)
