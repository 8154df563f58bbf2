"""Pictures as cameras and phones leave them come out as they went in, and are drawn into."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from overlay.clip import Clip
from tests.overlay.made import upright_rgb, video
from tests.overlay.rendering import tagged, times


def square_is_in(plain: np.ndarray, drawn: np.ndarray) -> bool:
    """Return whether the square's middle is white, and the picture far from it as before."""
    change = np.abs(drawn.astype(int) - plain.astype(int))
    return bool(drawn[14:26, 12:20].mean() > 215 and change[60:, :].mean() < 3)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"])
def test_pixel_formats_stay_and_are_drawn_into(pixels: str, tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", size_wh=(128, 96), pixels=pixels)
    output = tagged(source)
    with Clip(source) as before, Clip(output) as after:
        assert after.stream.codec_context.pix_fmt == before.stream.codec_context.pix_fmt
        assert after.size_wh == before.size_wh
    assert square_is_in(upright_rgb(source)[1], upright_rgb(output)[1])
    assert times(output) == times(source)


@pytest.mark.parametrize(
    ("codec", "pixels", "suffix"), [("ffv1", "bgr0", ".mkv"), ("png", "rgb24", ".mov"), ("ffv1", "gray", ".mkv")]
)
def test_formats_that_are_not_drawn_into_become_common_ones(codec: str, pixels: str, suffix: str, tmp_path: Path) -> None:
    source = video(tmp_path / f"clip{suffix}", size_wh=(128, 96), pixels=pixels, codec=codec, options={})
    output = tagged(source)
    with Clip(output) as after:
        assert after.stream.codec_context.pix_fmt == "yuv420p"
    plain, drawn = upright_rgb(source), upright_rgb(output)
    assert square_is_in(plain[1], drawn[1])
    np.testing.assert_allclose(drawn[6].mean((0, 1)), plain[6].mean((0, 1)), atol=3)  # on the seventh nothing is drawn


def test_an_odd_size_loses_its_last_row_and_column_not_its_shape(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mkv", size_wh=(129, 97), codec="ffv1", options={})
    output = tagged(source)
    with Clip(output) as after:
        assert after.size_wh == (128, 96)
    plain, drawn = upright_rgb(source)[6], upright_rgb(output)[6]
    assert np.abs(plain[:96, :128].astype(int) - drawn.astype(int)).mean() < 2


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_clip_held_sideways_stays_so_and_its_tags_are_upright(turn: int, tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", size_wh=(128, 96), turn=turn)
    output = tagged(source)
    with Clip(source) as before, Clip(output) as after:
        assert before.quarter_turns == after.quarter_turns != 0
        assert after.size_wh == before.size_wh
    assert square_is_in(upright_rgb(source)[1], upright_rgb(output)[1])


def test_pixels_that_are_not_square_stay_so(tmp_path: Path) -> None:
    output = tagged(video(tmp_path / "clip.mp4", shape=Fraction(4, 3)))
    with Clip(output) as after:
        assert after.stream.codec_context.sample_aspect_ratio == Fraction(4, 3)


@pytest.mark.parametrize(("how", "order"), [("tff=1", 2), ("bff=1", 3), ("", 1)])
def test_pictures_of_two_fields_stay_so(how: str, order: int, tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", size_wh=(128, 96), options={"preset": "ultrafast", "x264-params": how})
    with Clip(source) as before, Clip(tagged(source)) as after:
        assert before.stream.codec_context.field_order == after.stream.codec_context.field_order == order


@pytest.mark.parametrize(("codec", "pixels", "size_wh"), [("ffv1", "bgr0", (128, 96)), ("ffv1", "yuv420p", (129, 97))])
def test_glimpses_can_be_looked_at_in_parts_whatever_a_clips_pixels(
    codec: str, pixels: str, size_wh: tuple[int, int], tmp_path: Path
) -> None:
    source = video(tmp_path / "clip.mkv", size_wh=size_wh, pixels=pixels, codec=codec, options={})
    with Clip(source) as clip:
        (glimpse,) = clip.glimpses([0.2])
        frame = next(clip.frames(start_s=0.2))
        assert glimpse.size_wh == clip.size_wh
        part = (64, 32, 128, 96)
        np.testing.assert_array_equal(glimpse.rgb((64, 64), part), frame.rgb((64, 64), part))
