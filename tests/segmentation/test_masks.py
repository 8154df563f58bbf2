import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.engine import GRID_WH
from segmentation.masks import Look, add_cut, merge, overlap, read_answer
from segmentation.regions import INPUT_WH
from tests.segmentation.drawn import answer

WHOLE = (0, 0, *INPUT_WH)


def test_a_stray_pixel_far_away_stretches_no_box() -> None:
    box = (100.0, 80.0, 180.0, 120.0)
    (clean,) = read_answer(Look(answer([box]), WHOLE), INPUT_WH, GRID_WH)
    (dirty,) = read_answer(Look(answer([box], stray=[(3, 90), (50, 2)]), WHOLE), INPUT_WH, GRID_WH)
    np.testing.assert_allclose(clean.xyxy, box, atol=0.5)
    np.testing.assert_array_equal(dirty.xyxy, clean.xyxy)
    assert not dirty.mask[3, 90]


def test_two_cars_side_by_side_are_two_detections() -> None:
    boxes = [(100.0, 80.0, 160.0, 120.0), (160.0, 84.0, 216.0, 122.0)]
    found = read_answer(Look(answer(boxes), WHOLE), INPUT_WH, GRID_WH)
    assert len(found) == 2
    for car in found:
        assert max(overlap(car.xyxy, np.array(box)) for box in boxes) > 0.95


def test_a_centre_without_a_body_under_it_is_no_car() -> None:
    values = answer([(100.0, 80.0, 180.0, 120.0)])
    values[0] = -8
    assert read_answer(Look(values, WHOLE), INPUT_WH, GRID_WH) == []


@pytest.mark.parametrize("box", [(0.0, 60.0, 60.0, 140.0), (320.0, 60.0, 384.0, 140.0), (320.0, 60.0, 380.0, 140.0)])
def test_a_body_that_the_pictures_edge_cuts_is_a_car_though_no_centre_shows(box: tuple[float, float, float, float]) -> None:
    there = (150.0, 90.0, 200.0, 120.0)
    look = Look(answer([box, there]), WHOLE)
    look.values[2, :, :20] = look.values[2, :, 76:] = -8
    found = read_answer(look, INPUT_WH, GRID_WH)
    assert len(found) == 1
    cut, known = add_cut(look, found, INPUT_WH, GRID_WH)
    assert known is found[0]
    to_edge = (box[0], box[1], 384.0 if box[0] else box[2], box[3])
    np.testing.assert_allclose(cut.xyxy, to_edge, atol=0.5)
    assert cut.mask.sum() == pytest.approx((box[2] - box[0]) * (box[3] - box[1]) / 16, rel=0.1)


def test_a_body_that_fades_towards_the_edge_is_cut_by_it() -> None:
    values = answer([(320.0, 60.0, 384.0, 140.0)])
    values[2] = -8
    values[0, 15:35, 93:] = values[0, 27:35, 80:] = -0.6
    (cut,) = add_cut(Look(values, WHOLE), [], INPUT_WH, GRID_WH)
    np.testing.assert_allclose(cut.xyxy, (320, 60, 384, 140), atol=0.5)


def test_no_car_is_made_of_a_body_away_from_the_edge_of_a_narrow_one_or_of_one_that_is_known() -> None:
    inside, narrow, known = (320.0, 60.0, 370.0, 140.0), (0.0, 60.0, 20.0, 90.0), (300.0, 60.0, 384.0, 140.0)
    for box in (inside, narrow):
        values = answer([box])
        values[2] = -8
        assert add_cut(Look(values, WHOLE), [], INPUT_WH, GRID_WH) == []
    look = Look(answer([known]), WHOLE)
    found = read_answer(look, INPUT_WH, GRID_WH)
    assert add_cut(look, found, INPUT_WH, GRID_WH) == found


@given(
    x=st.floats(20, 250),
    y=st.floats(20, 130),
    w=st.floats(40, 100),
    h=st.floats(30, 70),
)
def test_mask_edges_lie_between_cells_where_the_car_ends(x: float, y: float, w: float, h: float) -> None:
    (car,) = read_answer(Look(answer([(x, y, x + w, y + h)]), WHOLE), INPUT_WH, INPUT_WH)
    true = np.zeros((INPUT_WH[1], INPUT_WH[0]), bool)
    true[round(y) : round(y + h), round(x) : round(x + w)] = True
    dice = 2 * (car.mask & true).sum() / (car.mask.sum() + true.sum())
    assert dice > 0.93  # the grid alone, 4 px a cell, gives 0.87 here at the worst


def test_a_magnified_look_says_where_things_are_in_the_whole_picture() -> None:
    region = (320, 100, 320 + 288, 100 + 168)
    (car,) = read_answer(Look(answer([(96.0, 56.0, 192.0, 112.0)]), region), (1280, 720), (1280, 720))
    np.testing.assert_allclose(car.xyxy, [320 + 96 * 0.75, 100 + 56 * 0.75, 320 + 192 * 0.75, 100 + 112 * 0.75], atol=1)
    rows, columns = np.where(car.mask)
    assert rows.min() == pytest.approx(142, abs=3)
    assert columns.max() == pytest.approx(464, abs=3)


def test_a_car_cut_by_the_edge_of_the_magnified_look_keeps_its_whole_box() -> None:
    whole = read_answer(Look(answer([(100.0, 80.0, 180.0, 120.0)]), WHOLE), INPUT_WH, GRID_WH)
    region = (150, 60, 300, 148)
    look = Look(answer([(0.0, 50.0, 76.0, 150.0)]), region)
    (car,) = merge(whole, read_answer(look, INPUT_WH, GRID_WH), look)
    np.testing.assert_allclose(car.xyxy, whole[0].xyxy)


def test_what_is_weak_and_a_sharper_look_does_not_show_inside_its_region_is_no_car() -> None:
    inside, cut, outside = (190.0, 90.0, 214.0, 104.0), (140.0, 90.0, 164.0, 104.0), (310.0, 90.0, 334.0, 104.0)
    sharper = Look(answer([]), (150, 60, 300, 148))
    told = answer([inside, cut, outside])
    assert len(merge(read_answer(Look(told, WHOLE), INPUT_WH, GRID_WH), [], sharper)) == 3
    told[2, told[2] > 0] = -0.4
    whole = read_answer(Look(told, WHOLE), INPUT_WH, GRID_WH)
    assert sorted(car.xyxy[0] for car in merge(whole, [], sharper)) == pytest.approx([140, 310], abs=1)
    assert len(merge(whole, [], Look(answer([]), WHOLE))) == 3
