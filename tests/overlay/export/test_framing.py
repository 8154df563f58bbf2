import cv2
import numpy as np
import pytest

from overlay.export.framing import lay

CLIP = (160, 90)


def smooth(seed: int, size: tuple[int, int]) -> np.ndarray:
    """A soft random picture: no sampler can be blamed for what it does to it."""
    grain = np.random.default_rng(seed).uniform(40, 200, (size[1], size[0])).astype(np.float32)
    return np.clip(cv2.GaussianBlur(grain, (0, 0), 4) * 4 - 360, 16, 235).astype(np.uint8)


def planes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return smooth(1, CLIP), smooth(2, (80, 45)), smooth(3, (80, 45))


@pytest.mark.parametrize("left", [0.0, -37.0, -81.37, -170.6])
@pytest.mark.parametrize("scale", [2.6667, 3.1, 2.0])
def test_a_crop_agrees_with_an_exact_warp_to_a_fraction_of_a_pixel(left: float, scale: float) -> None:
    y, u, v = lay(planes(), canvas_wh=(136, 180), scale=scale, left=left, top=0.0)
    shift = left + 0.5 * scale - 0.5
    matrix = np.array([[scale, 0, shift], [0, scale, 0.5 * scale - 0.5]])
    exact = cv2.warpAffine(planes()[0], matrix, (136, 180), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    assert y.shape == (180, 136)
    assert u.shape == v.shape == (90, 68)
    assert np.abs(y.astype(int) - exact).mean() < 1.2
    half_pixel_off = np.roll(exact.astype(float), 1, axis=1) / 2 + exact / 2.0
    assert np.abs(y - exact.astype(float)).mean() < np.abs(half_pixel_off - exact).mean() + 0.5


def test_a_slow_pan_moves_by_fractions_and_not_by_whole_pixels() -> None:
    wave = np.tile(125 + 100 * np.sin(2 * np.pi * np.arange(160) / 32), (90, 1)).astype(np.uint8)
    grey = np.full((45, 80), 128, np.uint8)
    places = []
    for step in range(13):
        row = lay((wave, grey, grey), canvas_wh=(136, 180), scale=2.0, left=-40 - step / 4, top=0.0)[0][90, :128].astype(float)
        places.append(np.angle(np.sum(row * np.exp(-2j * np.pi * np.arange(128) / 64))) / (2 * np.pi) * 64)
    assert np.diff(np.unwrap(places, period=64)) == pytest.approx(0.25, abs=0.12)


def test_a_frame_of_the_canvas_s_own_size_is_left_alone() -> None:
    y, u, v = lay(planes(), canvas_wh=CLIP, scale=1.0, left=0.0, top=0.0)
    for got, wanted in zip((y, u, v), planes(), strict=True):
        assert np.abs(got.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize(("canvas", "scale", "left", "top"), [((90, 160), 0.75, -15.0, 46.25), ((320, 90), 1.0, 80.0, 0.0)])
def test_what_the_picture_leaves_free_is_darker_ground_and_the_picture_is_where_it_should_be(
    canvas: tuple[int, int], scale: float, left: float, top: float
) -> None:
    bright = np.full((90, 160), 200, np.uint8)
    grey = np.full((45, 80), 128, np.uint8)
    y, _, _ = lay((bright, grey, grey), canvas_wh=canvas, scale=scale, left=left, top=top)
    rows, columns = np.nonzero(y > 180)
    assert rows.min() == pytest.approx(max(top, 0), abs=1)
    assert columns.min() == pytest.approx(max(left, 0), abs=1)
    assert rows.max() + 1 == pytest.approx(min(top + 90 * scale, canvas[1]), abs=1)
    ground = y[(y <= 180)]
    assert 16 < ground.mean() < 110


def test_a_large_clip_is_averaged_not_skipped() -> None:
    stripes = np.zeros((720, 1280), np.uint8)
    stripes[:, ::4] = 240
    grey = np.full((360, 640), 128, np.uint8)
    y, _, _ = lay((stripes, grey, grey), canvas_wh=(320, 180), scale=0.25, left=0.0, top=0.0)
    assert y.mean() == pytest.approx(60, abs=2)
    assert y.std() < 8
