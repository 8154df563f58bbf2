import cv2
import numpy as np
import pytest

from overlay.export.framing import Planes
from overlay.export.slow import slowed

SIZE = (320, 180)


def frame(index: int) -> tuple[float, Planes]:
    """A textured patch that moves 12 px a frame over a still texture."""
    grain = np.random.default_rng(3).uniform(60, 190, (SIZE[1], SIZE[0])).astype(np.float32)
    ground = cv2.GaussianBlur(grain, (0, 0), 3) * 3 - 250
    y = np.clip(ground, 16, 235).astype(np.uint8)
    patch = np.clip(cv2.GaussianBlur(grain[:60, :80], (0, 0), 2) * 3 - 200, 150, 235).astype(np.uint8)
    y[60:120, 60 + 12 * index : 140 + 12 * index] = patch
    chroma = np.full((SIZE[1] // 2, SIZE[0] // 2), 128, np.uint8)
    return index / 25, (y, chroma, chroma)


def left_edge(y: np.ndarray) -> float:
    """Where the bright patch begins, to a fraction of a pixel."""
    row = cv2.GaussianBlur(y[70:110].mean(axis=0)[None].astype(np.float32), (0, 0), 2)[0]
    crossing = int(np.flatnonzero(row > 150)[0])
    return crossing - (row[crossing] - 150) / max(row[crossing] - row[crossing - 1], 1e-6)


def test_a_moving_car_is_halfway_at_half_time() -> None:
    places = [left_edge(picture.planes()[0]) for picture in slowed([frame(0), frame(1)], [0.0, 0.02, 0.04])]
    assert places[1] - places[0] == pytest.approx(6, abs=1.5)
    assert places[2] - places[0] == pytest.approx(12, abs=1.5)


def test_each_picture_carries_its_own_time_so_that_its_tag_is_right() -> None:
    times = np.linspace(0.04, 0.12, 9)
    assert [picture.video_time_s for picture in slowed((frame(index) for index in range(5)), times)] == list(times)


def test_an_instant_of_a_frame_is_that_frame_untouched() -> None:
    (picture,) = slowed([frame(0), frame(1), frame(2)], [0.04])
    assert np.array_equal(picture.planes()[0], frame(1)[1][0])


def test_beyond_the_last_frame_it_stands_still() -> None:
    pictures = list(slowed([frame(0), frame(1)], [0.04, 0.2]))
    assert np.array_equal(pictures[1].planes()[0], frame(1)[1][0])
