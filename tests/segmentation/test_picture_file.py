"""Pictures and masks in files."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from segmentation.errors import SegmentationError
from segmentation.picture_file import read_ids, read_picture
from tests.segmentation.drawn import scene


def test_a_truncated_jpeg_is_refused_as_such(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jpg"
    cv2.imwrite(str(whole), scene([(10, 10, 60, 40)]))
    half = tmp_path / "half.jpg"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert read_picture(whole).shape == (224, 384, 3)
    with pytest.raises(SegmentationError, match=r"half\.jpg is a truncated picture"):
        read_picture(half)


def test_a_jpeg_that_ends_in_its_picture_is_truncated_whatever_thumbnail_it_carries(tmp_path: Path) -> None:
    thumbnail, picture = (cv2.imencode(".jpg", scene([(10, 10, 60, 40)]))[1].tobytes() for _ in range(2))
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    whole = picture[:2] + segment + picture[2:] + bytes(200)  # some cameras add data of their own after the end
    path = tmp_path / "p.jpg"
    path.write_bytes(whole)
    assert read_picture(path).shape == (224, 384, 3)
    path.write_bytes(whole[: len(segment) + len(picture) // 2])
    with pytest.raises(SegmentationError, match="truncated"):
        read_picture(path)


def test_a_truncated_png_is_refused_as_such(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (224, 384, 3)).astype(np.uint8))
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(SegmentationError, match="truncated"):
        read_picture(path)


@pytest.mark.parametrize("channels", ["grey", "alpha", "sixteen"])
def test_pictures_of_any_depth_come_as_rgb(tmp_path: Path, channels: str) -> None:
    picture = scene([(10, 10, 60, 40)])[..., ::-1]
    made = {
        "grey": cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY),
        "alpha": np.dstack([picture, np.full(picture.shape[:2], 128, np.uint8)]),
        "sixteen": picture.astype(np.uint16) * 257,
    }[channels]
    path = tmp_path / "p.png"
    cv2.imwrite(str(path), made)
    read = read_picture(path)
    assert read.dtype == np.uint8
    assert read.shape == (224, 384, 3)
    if channels != "grey":
        assert tuple(read[20, 20]) == (200, 40, 40)


@pytest.mark.parametrize("ending", ["jpg", "png", "tiff", "webp"])
def test_a_picture_is_read_as_it_is_shown(tmp_path: Path, ending: str) -> None:
    picture, turned = scene([(10, 10, 60, 40)]), Image.Exif()
    turned[0x112] = 6  # to be turned to the right
    path = tmp_path / f"p.{ending}"
    Image.fromarray(np.rot90(picture)).save(path, exif=turned)
    read = read_picture(path)
    assert read.shape == picture.shape
    assert np.abs(read.astype(int) - picture)[[20, 100], [30, 200]].max() < 8


def test_a_damaged_picture_or_mask_is_told_in_our_words_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.png"
    whole = cv2.imencode(".png", np.random.default_rng(0).integers(0, 3, (224, 384)).astype(np.uint8))[1].tobytes()
    for data in (whole[:2000] + bytes(200) + whole[2200:], whole[: len(whole) // 2]):
        path.write_bytes(data)
        with pytest.raises(SegmentationError, match=r"p\.png is a (damaged|truncated) picture"):
            read_picture(path)
        with pytest.raises(SegmentationError, match=r"p\.png is no mask of ids"):
            read_ids(path)
    assert not "".join(capfd.readouterr())


def test_a_picture_whose_name_no_file_can_have_is_told() -> None:
    with pytest.raises(SegmentationError, match=r"cannot read picture .*embedded null byte"):
        read_picture(Path("p\0.png"))


@pytest.mark.parametrize("ending", ["bmp", "gif", "jpg", "png", "tiff", "webp"])
def test_a_torn_picture_is_told_in_one_line(tmp_path: Path, ending: str, capfd: pytest.CaptureFixture[str]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (90, 160, 3)).astype(np.uint8)
    coded = cv2.imencode(f".{ending}", noise)[1].tobytes()
    (tmp_path / f"torn.{ending}").write_bytes(coded[: len(coded) // 2])
    with pytest.raises(SegmentationError, match=rf"torn\.{ending} is (no|a truncated) picture"):
        read_picture(tmp_path / f"torn.{ending}")
    assert not "".join(capfd.readouterr())
