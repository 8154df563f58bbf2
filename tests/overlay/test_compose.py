"""Tags blended into planes look as they would blended into RGB, and touch nothing else."""

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from overlay import drawing, sheet
from overlay import theme as themes
from overlay.clip import Clip
from overlay.compose import compose
from overlay.frame import Frame
from overlay.layout import Layout, Polyline, Rectangle, Words
from overlay.planes import chroma_step, plane_view

SIZES = [(640, 360), (639, 359), (358, 642)]
FORMATS = ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"]


def picture(pixels: str, size_wh: tuple[int, int], *, space: Colorspace = Colorspace.ITU709) -> VideoFrame:
    """Return a smooth picture: where chroma is halved, nothing in it depends on how."""
    across = np.linspace(60, 190, size_wh[0])[None, :, None]
    down = np.linspace(-30, 30, size_wh[1])[:, None, None]
    rgb = np.clip(across + down + np.array([0, 20, 40]), 0, 255).astype(np.uint8)
    frame = VideoFrame.from_ndarray(rgb, format="rgb24")
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    full = ColorRange.JPEG if pixels.startswith("yuvj") else ColorRange.MPEG
    made = frame.reformat(format=pixels, dst_colorspace=space, dst_color_range=full)
    made.colorspace, made.color_range = space, full
    return made


def rgb_of(frame: VideoFrame) -> np.ndarray:
    return frame.reformat(format="rgb24").to_ndarray().astype(np.float64)


def flat(size_wh: tuple[int, int]) -> Layout:
    """Return large flat shapes: what chroma has half the samples of is the same everywhere in them."""
    return Layout(
        size_wh,
        (
            Rectangle(41.0, 33.0, 201.0, 121.0, "#15131a", 0.88),
            Rectangle(60.0, 50.0, 80.0, 80.0, "#2293d1", 1.0),
            Rectangle(160.0, 50.0, 60.0, 80.0, "#e80020", 0.5),
        ),
    )


def plane_values(frame: VideoFrame) -> list[np.ndarray]:
    step = chroma_step(frame.format.name)
    assert step is not None
    return [plane_view(plane, step[2])[:, : plane.width].copy() for plane in frame.planes]


def in_rgb(plain: np.ndarray, layout: Layout) -> np.ndarray:
    drawn = drawing.picture(layout).astype(np.float64)
    return plain * (1 - drawn[..., 3:] / 255) + drawn[..., :3]


def middle(values: np.ndarray, layout: Layout) -> list[np.ndarray]:
    """Return the means over the middles of the flat shapes."""
    parts = []
    for item in layout.items:
        assert isinstance(item, Rectangle)
        x, y = round(item.x), round(item.y)
        parts.append(values[y + 8 : y + 16, x + 8 : x + round(item.width) - 8].mean((0, 1)))
    return parts


@pytest.mark.parametrize("pixels", FORMATS)
@pytest.mark.parametrize("size_wh", SIZES, ids=str)
def test_planes_take_the_colours_that_rgb_would(pixels: str, size_wh: tuple[int, int]) -> None:
    frame, layout = picture(pixels, size_wh), flat(size_wh)
    plain = rgb_of(frame)
    got = rgb_of(compose(Frame(0, 0.0, frame, 0), layout))
    for seen, wanted in zip(middle(got, layout), middle(in_rgb(plain, layout), layout), strict=True):
        np.testing.assert_allclose(seen, wanted, atol=3.5)


@pytest.mark.parametrize("space", [Colorspace.ITU709, Colorspace.ITU601])
def test_a_clips_own_matrix_is_used(space: Colorspace) -> None:
    frame, layout = picture("yuv444p", (640, 360), space=space), flat((640, 360))
    plain = rgb_of(frame)
    got = rgb_of(compose(Frame(0, 0.0, frame, 0), layout))
    for seen, wanted in zip(middle(got, layout), middle(in_rgb(plain, layout), layout), strict=True):
        np.testing.assert_allclose(seen, wanted, atol=3.0)


@pytest.mark.parametrize("pixels", FORMATS)
def test_nothing_is_touched_where_nothing_is_drawn(pixels: str) -> None:
    size_wh = (641, 361)
    frame, layout = picture(pixels, size_wh), flat(size_wh)
    before = plane_values(frame)
    made = compose(Frame(0, 0.0, frame, 0), layout)
    step = chroma_step(pixels)
    assert step is not None
    for number, (first, second) in enumerate(zip(before, plane_values(made), strict=True)):
        sx, sy = (1, 1) if number == 0 else step[:2]
        assert (first != second).any()
        for part in (first, second):
            part[28 // sy : 160 // sy, 36 // sx : 248 // sx] = 0
        np.testing.assert_array_equal(first, second)


def test_what_the_decoder_still_needs_is_never_drawn_into(tmp_path: Path) -> None:
    size_wh = (320, 180)
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "0", "refs": "4", "crf": "10"})
        stream.width, stream.height = size_wh
        for number in range(20):
            shown = picture("yuv420p", size_wh)
            shown.pts, shown.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(shown))
        container.mux(stream.encode(None))
    with Clip(path) as clip:
        plain = [plane_values(frame.picture)[0] for frame in clip.frames()]
        layout = Layout(size_wh, (Rectangle(41.0, 33.0, 201.0, 121.0, "#ffffff", 1.0),))
        # Every other picture is drawn into as soon as it is decoded: those between are predicted from it.
        for frame in clip.frames():
            if frame.index % 2:
                np.testing.assert_array_equal(plane_values(frame.picture)[0], plain[frame.index])
            else:
                assert (plane_values(compose(frame, layout))[0] != plain[frame.index]).any()


def test_without_graphics_the_decoders_frame_itself_is_passed_on() -> None:
    frame = picture("yuv420p", (64, 36))
    assert compose(Frame(0, 0.0, frame, 0), Layout((64, 36), ())) is frame


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_clip_gets_upright_tags(turns: int) -> None:
    stored = picture("yuv444p", (360, 640) if turns % 2 else (640, 360))
    layout = flat((640, 360))
    plain = Frame(0, 0.0, stored, turns).rgb((640, 360)).astype(np.float64)
    frame = Frame(0, 0.0, compose(Frame(0, 0.0, stored, turns), layout), turns)
    upright = frame.rgb((640, 360)).astype(np.float64)
    for seen, wanted in zip(middle(upright, layout), middle(in_rgb(plain, layout), layout), strict=True):
        np.testing.assert_allclose(seen, wanted, atol=3.5)


@pytest.mark.parametrize("axis", [0, 1], ids=["down", "across"])
def test_text_moves_by_fractions_of_a_pixel(axis: int) -> None:
    def weight(shift: float) -> float:
        x, y = (8.0 + shift, 24.0) if axis else (8.0, 24.0 + shift)
        cover = drawing.picture(Layout((64, 36), (Words("ZEN", x, y, "SairaSemiExpanded-Bold", 15.0, "#ffffff", 1.0),)))[..., 3]
        sums = cover.sum(1 - axis, dtype=float)
        return float((sums * np.arange(len(sums))).sum() / sums.sum())

    for shift in (0.25, 0.5, 0.75, 1.0):
        assert weight(shift) - weight(0.0) == pytest.approx(shift, abs=0.3)  # quarters of pixels


def test_patches_over_each_other_show_what_one_drawing_does(monkeypatch: pytest.MonkeyPatch) -> None:
    first = sheet.example(themes.load("broadcast"), (960, 540))
    moved = tuple(
        replace(item, points=tuple((x + 30, y + 11) for x, y in item.points))
        if isinstance(item, Polyline)
        else replace(item, x=item.x + 30, y=item.y + 11)
        for item in first.items
    )
    layout = replace(first, items=first.items + moved)
    patches = drawing.patches(layout)
    several = drawing.picture(layout).astype(int)
    monkeypatch.setattr(drawing, "EMPTY_PX", math.inf)
    monkeypatch.setattr(drawing, "PLATE_PX", math.inf)
    ((left, top, whole),) = drawing.patches(layout)
    at_once = np.zeros_like(several)
    at_once[top : top + whole.shape[0], left : left + whole.shape[1]] = whole
    assert len(patches) > 4
    assert sum(patch[..., 0].size for *_, patch in patches) < 0.5 * whole[..., 0].size
    np.testing.assert_allclose(several, at_once, atol=3)


def test_digits_stand_in_cells_of_one_width() -> None:
    def columns(text: str) -> np.ndarray:
        words = Words(text, 4.0, 30.0, "BarlowCondensed-SemiBold", 28.0, "#ffffff", 1.0, cell=14.0)
        drawn = drawing.picture(Layout((96, 40), (words,)))[..., 3]
        return np.asarray(cv2.connectedComponentsWithStats(drawn, connectivity=8)[3][1:, 0])

    eights, others = sorted(columns("888")), sorted(columns("818"))
    assert np.abs(eights[0] - others[0]) < 0.6
    assert np.abs(eights[2] - others[2]) < 0.6
