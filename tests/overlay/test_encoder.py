"""How the picture is encoded: by an encoder that works, in the memory there is, in the kinds of picture that were chosen."""

import os
import re
from pathlib import Path

import av
import pytest
from av.video.frame import PictureType

from overlay.encoder import HARDWARE, Encoding, _opens
from overlay.errors import OverlayError
from tests.overlay.made import upright_rgb, video
from tests.overlay.rendering import render


@pytest.mark.parametrize("preset", ["superfast", "veryfast"])
def test_at_1080p_the_encoder_takes_no_more_threads_than_there_is_memory_for(preset: str, tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", size_wh=(1920, 1080), pts=(0, 1, 2))
    render(source, tmp_path / "out.mp4", encoding=Encoding(preset=preset))
    told = re.search(
        rb"x264.* threads=(\d+) ", (tmp_path / "out.mp4").read_bytes()
    )  # x264 writes its settings into what it encodes
    assert told is not None
    cores = os.cpu_count() or 1
    if preset == "veryfast":
        assert int(told[1]) <= cores
    elif 1 < cores <= 8:  # of more its own number may be bounded by the picture's rows
        assert int(told[1]) > cores


def kinds(path: Path) -> str:
    with av.open(str(path)) as container:
        return "".join(PictureType(frame.pict_type).name for frame in container.decode(video=0))


@pytest.mark.parametrize(("how", "kept"), [("bframes=2:b-adapt=0:scenecut=0", True), ("keyint=1", False), ("bframes=0", False)])
def test_kinds_of_picture_stay_where_an_encoder_has_chosen_them(how: str, kept: bool, tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", pts=tuple(range(30)), options={"preset": "veryfast", "x264-params": how})
    output = tmp_path / "tagged.mp4"
    render(source, output, encoding=Encoding(preset="veryfast"))
    assert (kinds(output) == kinds(source)) is kept
    assert "B" in kinds(output)


def test_auto_takes_an_encoder_that_really_works(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", size_wh=(256, 192))
    report = render(source, tmp_path / "tagged.mp4", encoding=Encoding("auto", "ultrafast"))
    assert report.frames == 12
    assert len(upright_rgb(tmp_path / "tagged.mp4")) == 12


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"preset": "quick"}, "unknown preset 'quick'"),
        ({"crf": 99}, "crf = 99"),
        ({"encoder": "h265"}, "unknown encoder 'h265'"),
    ],
)
def test_wrong_ways_of_encoding_are_named(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(OverlayError, match=said):
        Encoding(**wrong)  # type: ignore[arg-type]


def test_a_hardware_encoder_that_is_not_there_is_refused_with_the_remedy(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", size_wh=(256, 192))
    missing = next((name for name in HARDWARE if not _opens(name, (256, 192))), None)
    if missing is None:
        pytest.skip("this machine has every hardware encoder")
    with pytest.raises(OverlayError, match="use --encoder libx264"):
        render(source, tmp_path / "tagged.mp4", encoding=Encoding(missing))
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
