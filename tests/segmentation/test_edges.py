"""A box's sides and its mask's ends."""

import numpy as np
import numpy.typing as npt
import pytest

from segmentation.edges import LEAST_CELLS, grown, sharpened

Floats = npt.NDArray[np.float64]
CAR = np.array([30.0, 20.0, 54.0, 34.0])


def mask(box: Floats, *, steep: float = 5.0) -> npt.NDArray[np.float32]:
    """Return logits of a car that fills its box, falling by `steep` a cell across its edges."""
    rows, columns = np.mgrid[:56, :96] + 0.5
    inside = np.minimum(np.minimum(columns - box[0], box[2] - columns), np.minimum(rows - box[1], box[3] - rows))
    return np.clip(inside * steep, -8, 8).astype(np.float32)


@pytest.mark.parametrize("off", [(1.5, 0, 0, 0), (0, 1.0, 0, 0), (0, 0, -1.5, 0), (0, 0, 0, 1.0), (-1.2, 0.8, 1.2, -0.8)])
def test_a_side_beside_a_sharp_edge_moves_most_of_the_way_to_it(off: tuple[float, ...]) -> None:
    box = CAR + np.array(off)
    np.testing.assert_allclose(sharpened(mask(CAR), box, []) - CAR, 0.4 * np.array(off), atol=0.05)


def test_where_a_mask_ends_bluntly_the_box_knows_better() -> None:
    box = CAR + np.array([1.5, 0.0, -1.5, 0.0])
    np.testing.assert_array_equal(sharpened(mask(CAR, steep=1.0), box, []), box)


def test_towards_another_car_a_side_stays_for_the_mask_goes_on_over_that() -> None:
    box, other = CAR - np.array([0.0, 0.0, 1.5, 0.0]), np.array([53.0, 21.0, 55.5, 33.0])
    both = np.maximum(mask(CAR), mask(other))
    assert sharpened(both, box, [other])[2] == box[2]
    assert sharpened(both, box, [])[2] > box[2] + 0.5


def test_a_mask_that_reaches_far_beyond_the_box_draws_it_a_little_only() -> None:
    wide = np.array([10.0, 20.0, 80.0, 34.0])
    moved = sharpened(mask(wide), CAR, [])
    assert CAR[0] - moved[0] <= 0.1 * (CAR[2] - CAR[0])
    assert moved[2] - CAR[2] <= 0.1 * (CAR[2] - CAR[0])


def test_a_car_of_few_cells_keeps_its_box() -> None:
    small = np.array([30.0, 20.0, 30.0 + LEAST_CELLS[0] - 1, 28.0])
    box = small + np.array([0.8, 0, 0, 0])
    np.testing.assert_array_equal(sharpened(mask(small), box, []), box)
    np.testing.assert_array_equal(
        grown(mask(small, steep=1.0), small - np.array([0, 0, 2.0, 0]), []), small - np.array([0, 0, 2.0, 0])
    )


def test_a_box_without_a_mask_in_it_stays() -> None:
    nothing = np.full((56, 96), -8, np.float32)
    np.testing.assert_array_equal(sharpened(nothing, CAR, []), CAR)
    np.testing.assert_array_equal(grown(nothing, CAR, []), CAR)


@pytest.mark.parametrize("off", [(3.0, 0, 0, 0), (0, 2.0, 0, 0), (0, 0, -3.0, 0), (0, 0, 0, -2.0)])
def test_a_side_beyond_which_the_mask_goes_on_follows_it_however_blunt_its_end(off: tuple[float, ...]) -> None:
    sides = grown(mask(CAR, steep=1.0), CAR + np.array(off), [])
    np.testing.assert_allclose(sides, CAR, atol=1.0)


def test_what_the_mask_has_beyond_a_gap_or_inside_the_box_moves_nothing() -> None:
    front = np.array([22.0, 20.0, 26.0, 34.0])
    apart = np.maximum(mask(CAR, steep=1.5), mask(front, steep=1.5))
    np.testing.assert_array_equal(grown(apart, CAR, []), CAR)
    larger = CAR + np.array([-2.0, -2.0, 2.0, 2.0])
    np.testing.assert_array_equal(grown(mask(CAR, steep=1.5), larger, []), larger)


def test_a_box_grows_neither_far_nor_towards_another_car() -> None:
    long = np.array([4.0, 20.0, 90.0, 34.0])
    far = grown(mask(long, steep=1.0), CAR, [])
    np.testing.assert_allclose([CAR[0] - far[0], far[2] - CAR[2]], 0.15 * (CAR[2] - CAR[0]))
    beside = np.array([55.0, 20.0, 80.0, 34.0])
    assert grown(mask(long, steep=1.0), CAR, [beside])[2] == CAR[2]


def test_a_sharp_end_a_cell_beyond_is_blur_and_no_wheel() -> None:
    box = CAR + np.array([0.9, 0.0, -0.9, 0.0])
    np.testing.assert_array_equal(grown(mask(CAR), box, [])[[0, 2]], box[[0, 2]])
