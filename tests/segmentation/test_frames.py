"""Pictures leave a clip by `frames`, and come back labelled into a training."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from sessions import cli, demo


def test_frames_of_a_clip_come_back_from_cvat_into_a_training(tmp_path: Path) -> None:
    """Pictures leave by `frames`, masks are drawn as CVAT draws them, and the export is learnt from as it is."""
    pytest.importorskip("torch")
    frames = tmp_path / "frames"
    clip = Path(demo.__file__).with_name("onboard.mp4")
    assert cli.main(["frames", str(clip), "--every", "3", "--to", "10", "-o", str(frames)]) == 0
    pictures = sorted(frames.glob("*.png"))
    assert len(pictures) == 4
    export = tmp_path / "export"
    for part in ("JPEGImages", "SegmentationClass"):
        (export / part).mkdir(parents=True)
    (export / "labelmap.txt").write_text("# label:color_rgb:parts:actions\nbackground:0,0,0::\ncar:250,50,83::\n")
    for picture in pictures:
        shutil.copy(picture, export / "JPEGImages")
        mask = np.zeros_like(cv2.imread(str(picture)))
        mask[240:300, 560:700] = (83, 50, 250)  # OpenCV writes blue first
        cv2.imwrite(str(export / "SegmentationClass" / picture.name), mask)
    short = ["--epochs", "1", "--steps", "1", "--batch", "2", "--quiet"]
    assert cli.main(["train", str(export), "-o", str(tmp_path / "out"), *short]) == 0
    assert (tmp_path / "out" / "lite0.fp32.onnx").exists()
    nowhere = ["--start", str(tmp_path / "none.onnx"), "-o", str(tmp_path / "refused")]
    assert cli.main(["train", str(export), *short, *nowhere]) == 2
    assert not (tmp_path / "refused").exists()


def test_a_stretch_without_frames_is_named_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = Path(demo.__file__).with_name("onboard.mp4")
    assert cli.main(["frames", str(clip), "--from", "10", "--to", "5", "-o", str(tmp_path / "frames")]) == 2
    assert "no frame from 10 s to 5 s; choose another --from or --to" in capsys.readouterr().err


@pytest.mark.parametrize("start_s", ["-5", "-0.5"])
def test_pictures_keep_their_distance_where_frames_begin_later_than_asked(start_s: str, tmp_path: Path) -> None:
    clip = Path(demo.__file__).with_name("onboard.mp4")
    words = ["frames", str(clip), f"--from={start_s}", "--every", "3", "--to", "10", "-o", str(tmp_path)]
    assert cli.main(words) == 0
    assert [path.stem for path in sorted(tmp_path.iterdir())] == [f"onboard-0000{at}.000" for at in (0, 3, 6, 9)]
