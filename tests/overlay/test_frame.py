"""What the network is shown of a decoded picture lies where it says."""

import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from overlay.frame import Frame
from segmentation.regions import INPUT_WH, around, search

SIZE_WH = (1280, 720)


def spot(x: float, y: float, blur_px: float) -> Frame:
    """Return a frame with a soft white spot around a place."""
    rows, columns = np.mgrid[: SIZE_WH[1], : SIZE_WH[0]] + 0.5
    grey = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 2 / blur_px**2) * 200
    picture = VideoFrame.from_ndarray(np.repeat(grey[..., None], 3, 2).astype(np.uint8), format="rgb24")
    return Frame(0, 0.0, picture.reformat(format="yuv420p"), 0)


def seen_at(frame: Frame, region: tuple[int, int, int, int]) -> tuple[float, float]:
    """Return where in the picture the spot lies by what is shown of a region."""
    grey = frame.rgb(INPUT_WH, region).astype(float).mean(-1)
    light = np.clip(grey - grey.min() - 8, 0, None)
    rows, columns = np.mgrid[: INPUT_WH[1], : INPUT_WH[0]] + 0.5
    x, y = (light * columns).sum() / light.sum(), (light * rows).sum() / light.sum()
    x1, y1, x2, y2 = region
    return x1 + x * (x2 - x1) / INPUT_WH[0], y1 + y * (y2 - y1) / INPUT_WH[1]


@pytest.mark.parametrize(
    "region",
    [
        (0, 0, *SIZE_WH),
        around(np.array([601.0, 301.0, 644.0, 327.0]), SIZE_WH),
        around(np.array([333.3, 287.1, 471.9, 351.7]), SIZE_WH),
        search((0.25, 0.38), SIZE_WH),
    ],
)
def test_a_part_is_shown_scaled_but_not_moved(region: tuple[int, int, int, int]) -> None:
    x1, y1, x2, y2 = region
    for aside in (-1.3, 0.0, 2.6):
        x, y = (x1 + x2) / 2 + aside, (y1 + y2) / 2 - aside / 2
        assert seen_at(spot(x, y, (x2 - x1) / 30), region) == pytest.approx((x, y), abs=0.1)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"])
@pytest.mark.parametrize("space", [Colorspace.ITU709, Colorspace.ITU601])
@pytest.mark.parametrize("levels", [ColorRange.MPEG, ColorRange.JPEG])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_handful_of_pixels_has_the_colours_of_a_scaled_part(
    pixels: str, space: Colorspace, levels: ColorRange, turns: int
) -> None:
    rows, columns = np.mgrid[:360, :640]
    rgb = np.stack([columns * 200 / 640 + 20, rows * 200 / 360 + 20, 220 - columns * 150 / 640], -1).astype(np.uint8)
    source = VideoFrame.from_ndarray(rgb, format="rgb24")
    stored = source.reformat(format=pixels, dst_colorspace=space, dst_color_range=levels)
    stored.colorspace, stored.color_range = space, levels
    upright = np.rot90(rgb, turns)
    region = (120, 60, 280, 180)
    x1, y1, x2, y2 = region
    wanted = upright[y1:y2, x1:x2].reshape(12, 10, 16, 10, 3).mean((1, 3))
    np.testing.assert_allclose(Frame(0, 0.0, stored, turns).rgb((16, 12), region), wanted, atol=3.5)
