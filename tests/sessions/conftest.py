"""The embedded sample, unpacked, lined up and followed once for all tests that look at it."""

import itertools
import shutil
from pathlib import Path

import av
import pytest

from sessions import cli

SHORT_S = 2.0


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `slipstream demo` leaves it."""
    folder = tmp_path_factory.mktemp("sample") / "demo"
    assert cli.main(["demo", "-o", str(folder), "--quiet"]) == 0
    return folder


@pytest.fixture
def demo_session(demo_folder: Path, tmp_path: Path) -> Path:
    """A session file of the sample, lined up and followed, free to be changed."""
    shutil.copytree(demo_folder, tmp_path / "demo", ignore=shutil.ignore_patterns("tagged.mp4"))
    return tmp_path / "demo" / "session.toml"


@pytest.fixture(scope="session")
def short(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of the sample's first two seconds, and a preset small enough for a test to make often."""
    folder = tmp_path_factory.mktemp("short")
    with av.open(str(demo_folder / "onboard.mp4")) as whole, av.open(str(folder / "onboard.mp4"), "w") as part:
        picture = part.add_stream("libx264", rate=25, width=1280, height=720, pix_fmt="yuv420p", options={"preset": "ultrafast"})
        sound = part.add_stream_from_template(whole.streams.audio[0])
        for frame in itertools.islice(whole.decode(video=0), round(SHORT_S * 25)):
            part.mux(picture.encode(frame))
        part.mux(picture.encode(None))
        whole.seek(0)
        for packet in whole.demux(whole.streams.audio[0]):
            if packet.pts is not None and packet.time_base and packet.pts * packet.time_base < SHORT_S:
                packet.stream = sound
                part.mux(packet)
    session = (demo_folder / "session.toml").read_text().replace("livetiming.txt", str(demo_folder / "livetiming.txt"))
    (folder / "short.toml").write_text(f"{session}\n[sync]\noffset_s = 160.15\n")
    (folder / "small.toml").write_text("[small]\nsize = [360, 640]\nmin_s = 0.5\nmax_s = 60.0\nsafe = [60, 120, 20, 50]\n")
    return folder / "short.toml"
