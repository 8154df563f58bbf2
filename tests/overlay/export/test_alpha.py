from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from overlay.errors import OverlayError
from overlay.export import alone
from overlay.export.alpha import BT709, FORMATS, AlphaFile, AlphaFormat, choose, decoded, straightened
from overlay.layout import Layout, Rectangle
from overlay.swatches import Swatch
from overlay.timecode import Timecode
from segmentation.track import SteadyFrame

SIZE = (640, 360)


def drawn(index: int) -> np.ndarray:
    """A tag with soft edges and letters, premultiplied RGBA, moving."""
    scale = 2
    big = np.zeros((SIZE[1] * scale, SIZE[0] * scale, 4), np.uint8)
    x = (60 + 3 * index) * scale
    cv2.rectangle(big, (x, 200), (x + 560, 360), (20, 26, 36, 225), -1)
    cv2.rectangle(big, (x, 200), (x + 40, 360), (255, 128, 0, 255), -1)
    cv2.putText(big, "ZEN 287", (x + 80, 310), cv2.FONT_HERSHEY_SIMPLEX, 3, (244, 244, 250, 255), 10, cv2.LINE_AA)
    straight = big.astype(np.float32)
    straight[:, :, :3] *= straight[:, :, 3:] / 255
    return np.asarray(cv2.resize(straight, SIZE, interpolation=cv2.INTER_AREA) + 0.5, np.uint8)


def written(folder: Path, kind: AlphaFormat, *, straight: bool = True, frames: int = 4) -> list[np.ndarray]:
    path = folder / f"overlay{kind.suffix}"
    file = AlphaFile(path, kind, size=SIZE, rate=Fraction(25), straight=straight)
    for index in range(frames):
        file.write(drawn(index))
    file.finish()
    assert [entry.name for entry in folder.iterdir()] == [path.name]
    return list(decoded(path, kind))


def ssim(one: np.ndarray, other: np.ndarray) -> float:
    a, b = one.astype(np.float64), other.astype(np.float64)
    window = (7, 7)
    mean_a, mean_b = cv2.blur(a, window), cv2.blur(b, window)
    var_a, var_b = cv2.blur(a * a, window) - mean_a**2, cv2.blur(b * b, window) - mean_b**2
    both = cv2.blur(a * b, window) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(np.mean((2 * mean_a * mean_b + c1) * (2 * both + c2) / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))))


def premultiplied(straight: np.ndarray) -> np.ndarray:
    return np.dstack([straight[:, :, :3] * (straight[:, :, 3:] / 255.0), straight[:, :, 3]])


@pytest.mark.parametrize("kind", FORMATS.values(), ids=FORMATS)
def test_what_is_decoded_is_what_was_drawn(tmp_path: Path, kind: AlphaFormat) -> None:
    frames = written(tmp_path, kind)
    assert len(frames) == 4
    for index, frame in enumerate(frames):
        wanted = drawn(index)
        shown = premultiplied(frame)
        if kind.lossless:
            assert np.abs(shown - wanted).max() <= 3
        else:
            assert ssim(frame[:, :, 3], wanted[:, :, 3]) >= 0.99
            assert min(ssim(shown[:, :, channel], wanted[:, :, channel]) for channel in range(3)) >= 0.99


@pytest.mark.parametrize("kind", [FORMATS["qtrle"], FORMATS["png"]], ids=["qtrle", "png"])
def test_premultiplied_is_kept_as_drawn_when_asked_for(tmp_path: Path, kind: AlphaFormat) -> None:
    assert np.array_equal(written(tmp_path, kind, straight=False)[1], drawn(1))


@pytest.mark.parametrize("name", ["prores", "vp9"])
def test_colours_are_named_whole(tmp_path: Path, name: str) -> None:
    kind = FORMATS[name]
    written(tmp_path, kind)
    with av.open(str(tmp_path / f"overlay{kind.suffix}")) as container:
        picture = next(container.decode(video=0))
    named = (picture.color_primaries, picture.color_trc, picture.colorspace, picture.color_range)
    assert [int(value) for value in named] == [BT709, BT709, BT709, 1]


def test_colour_runs_on_under_what_is_transparent() -> None:
    picture = np.zeros((40, 40, 4), np.uint8)
    picture[10:20, 10:20] = (200, 100, 50, 255)
    straight = straightened(picture)
    assert (straight[5, 15, :3] == (200, 100, 50)).all()
    assert straight[5, 15, 3] == 0
    assert not straight[39, 39].any()


def test_an_empty_frame_stays_empty() -> None:
    assert not straightened(np.zeros((20, 30, 4), np.uint8)).any()


def test_an_encoder_that_is_missing_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    kind = AlphaFormat("odd", "Odd", ".mov", "nosuchcodec", "argb", (), lossless=True)
    with pytest.raises(OverlayError, match="encoder nosuchcodec is not in this build"):
        AlphaFile(tmp_path / "a.mov", kind, size=SIZE, rate=Fraction(25))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", FORMATS.values(), ids=FORMATS)
def test_a_render_broken_off_leaves_nothing(tmp_path: Path, kind: AlphaFormat) -> None:
    file = AlphaFile(tmp_path / f"a{kind.suffix}", kind, size=SIZE, rate=Fraction(25))
    file.write(drawn(0))
    file.abort()
    assert not list(tmp_path.iterdir())


class Squares:
    """Directs a square whose shade is the frame's number."""

    size_wh = SIZE

    def direct(self, frame: SteadyFrame, _swatches: Sequence[Swatch] = ()) -> Layout:
        shade = f"#{50 + 50 * frame.frame_index:02x}0000"
        return Layout(SIZE, (Rectangle(10, 10, 40, 40, shade, 1.0),), ())


def test_where_frames_are_missing_the_overlay_stands_as_long_as_the_picture(tmp_path: Path) -> None:
    times_s = (0.0, 0.041, 0.079, 0.28, 0.32)  # 25 a second, none for 0.2 s
    steady = [SteadyFrame(index, at_s, ()) for index, at_s in enumerate(times_s)]
    (made,) = alone.write(
        steady,
        Squares(),  # type: ignore[arg-type]  # of a director, only this is asked
        [FORMATS["png"]],
        folder=tmp_path,
        stem="clip",
        rate=Fraction(25),
        straight=True,
    )
    assert made.path is not None
    shades = [int(picture[30, 30, 0]) for picture in decoded(made.path, FORMATS["png"])]
    assert [(shade - 50) // 50 for shade in shades] == [0, 1, 2, 2, 2, 2, 2, 3, 4]


def test_the_overlay_alone_bears_the_clips_timecode(tmp_path: Path) -> None:
    named = Timecode("10:58:59:20", 988_495)
    for kind in (FORMATS["qtrle"], FORMATS["vp9"]):
        file = AlphaFile(tmp_path / f"a{kind.suffix}", kind, size=SIZE, rate=Fraction(25), timecode=named)
        file.write(drawn(0))
        file.finish()
    with av.open(str(tmp_path / "a.mov")) as made:
        assert made.streams.video[0].metadata["timecode"] == named.text


def test_an_unknown_alpha_format_is_told_the_known() -> None:
    with pytest.raises(OverlayError, match="no alpha format 'avi'; known are prores, qtrle, vp9, png"):
        choose("prores,avi")
