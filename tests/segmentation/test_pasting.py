"""What training makes of labelled pictures before it shows them to the network."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from segmentation import augmentation
from segmentation.augmentation import _litter, _smear, weather
from segmentation.cuttings import MARGIN, cut_out
from segmentation.dataset import Labelled, boxes_of
from segmentation.pasting import paste
from tests.segmentation.drawn import CAR_COLOUR, scene

SIZE_WH = (1280, 720)
OWN = [0.0, 500.0, 1280.0, 720.0]


def onboard(cars: list[tuple[int, int, int, int]]) -> Labelled:
    return Labelled("s", Path("p.png"), scene(cars, SIZE_WH), np.array(cars, float).reshape(-1, 4), np.array([OWN]), None)


def test_only_cars_that_lie_free_are_cut_out() -> None:
    free, touching, cut_by_edge, low = (300, 200, 400, 260), (600, 200, 700, 260), (0, 200, 90, 260), (900, 470, 1000, 540)
    pictures = [onboard([free]), onboard([touching, (690, 210, 790, 260)]), onboard([cut_by_edge]), onboard([low])]
    (cutting,) = cut_out(pictures)
    margin_x = MARGIN * 100
    np.testing.assert_allclose(cutting.box, [margin_x, MARGIN * 60, margin_x + 100, MARGIN * 60 + 60], atol=1)
    assert cutting.share[30, 60] == 255
    assert cutting.share[0, 0] < 25


def test_a_pasted_car_lies_in_its_box_and_on_no_other_car() -> None:
    cuttings = cut_out([onboard([(300, 200, 400, 260)])])
    target = onboard([(600, 200, 700, 260)])
    before = target.rgb.copy()
    pasted = 0
    for seed in range(12):
        done = paste(target, cuttings, np.random.default_rng(seed))
        assert done.boxes_xyxy[0].tolist() == [600, 200, 700, 260]
        for x1, y1, x2, y2 in done.boxes_xyxy[1:]:
            pasted += 1
            inside = done.rgb[int(y1) + 2 : int(y2) - 1, int(x1) + 2 : int(x2) - 1].astype(int)
            assert (inside[..., 0] - inside[..., 1] > 60).mean() > 0.9
            assert y2 <= OWN[1]
            assert x2 <= 600 or x1 >= 700 or y2 <= 200 or y1 >= 260
    assert pasted > 5
    np.testing.assert_array_equal(target.rgb, before)


def simulated(cars: list[tuple[int, int, int, int]]) -> Labelled:
    """Return a picture with exact masks: each car a disc that fills three quarters of its box."""
    ids = np.zeros((SIZE_WH[1], SIZE_WH[0]), np.uint8)
    rgb = scene([], SIZE_WH)
    for number, (x1, y1, x2, y2) in enumerate(cars, start=1):
        cv2.ellipse(ids, ((x1 + x2) // 2, (y1 + y2) // 2), ((x2 - x1) // 2, (y2 - y1) // 2), 0, 0, 360, number, -1)
    rgb[ids > 0] = CAR_COLOUR
    return Labelled("sim", Path("s.png"), rgb, boxes_of(ids), np.empty((0, 4)), ids)


def test_a_simulated_car_is_cut_out_along_its_mask() -> None:
    free, touching, cut_by_edge = (300, 200, 400, 260), (600, 200, 700, 260), (0, 200, 90, 260)
    (cutting,) = cut_out([simulated([free]), simulated([touching, (660, 210, 760, 270)]), simulated([cut_by_edge])])
    assert cutting.exact
    left, top, right, foot = cutting.box.astype(int)
    assert cutting.share[(top + foot) // 2, (left + right) // 2] == 255
    assert cutting.share[top + 2, left + 2] == 0  # a corner of its box is road


def test_a_simulated_car_beside_us_is_seen_above_the_own_car_and_boxed_by_what_is_seen() -> None:
    cuttings = cut_out([simulated([(300, 200, 560, 330)])])
    target = onboard([])
    hidden = beyond = 0
    for seed in range(60):
        done = paste(target, cuttings, np.random.default_rng(seed))
        changed = (done.rgb != target.rgb).any(-1)
        assert not changed[int(OWN[1]) :].any()
        for x1, y1, x2, y2 in done.boxes_xyxy.astype(int):
            inside = changed[y1:y2, x1:x2]
            assert inside.mean() > 0.5
            assert inside[0].any()
            assert inside[-1].any()
            assert inside[:, 0].any()
            assert inside[:, -1].any()
            hidden += y2 == OWN[1]
            beyond += x1 == 0 or x2 == SIZE_WH[0]
    assert hidden > 2
    assert beyond > 2


def test_a_picture_with_exact_masks_gets_no_car_pasted_in() -> None:
    cuttings = cut_out([onboard([(300, 200, 400, 260)])])
    exact = Labelled("s", Path("p.png"), scene([], SIZE_WH), np.empty((0, 4)), np.empty((0, 4)), np.zeros((720, 1280), np.uint8))
    assert paste(exact, cuttings, np.random.default_rng(1)) is exact


def test_weather_keeps_size_and_kind_and_comes_back_with_its_seed() -> None:
    picture, boxes = scene([(100, 80, 180, 120)]), np.array([[100.0, 80, 180, 120]])
    for seed in range(30):
        once, again = (weather(picture, boxes, np.random.default_rng(seed)) for _ in range(2))
        assert once.shape == picture.shape
        assert once.dtype == np.uint8
        np.testing.assert_array_equal(once, again)


def test_litter_lies_beside_cars_and_is_brighter_than_a_road() -> None:
    road, boxes = np.full((224, 384, 3), 90, np.float32), np.array([[100.0, 80, 180, 120]])
    littered = [_litter(road, boxes, np.random.default_rng(seed)) for seed in range(40)]
    seen = np.abs(np.array(littered) - road).max((0, 3))
    assert seen[80:120, 100:180].max() < 12
    assert (seen > 60).mean() > 0.02
    assert np.min(littered) > 89


def test_some_of_what_training_sees_has_litter(monkeypatch: pytest.MonkeyPatch) -> None:
    littered = []
    monkeypatch.setattr(augmentation, "_litter", lambda picture, *_: littered.append(1) or picture)
    for seed in range(60):
        weather(scene([]), np.empty((0, 4)), np.random.default_rng(seed))
    assert 6 < len(littered) < 36


def _smears_wh(car_px: float) -> list[tuple[int, int]]:
    """Return how wide and high a dot becomes in many smears of a picture whose car is so wide."""
    dot = np.zeros((101, 101, 3), np.float32)
    dot[50, 50] = 255
    car = np.array([[10, 40, 10 + car_px, 60]])
    seen = [_smear(dot, car, np.random.default_rng(seed))[..., 0] > 2 for seed in range(300)]
    return [(int(dots.any(0).sum()), int(dots.any(1).sum())) for dots in seen]


def test_smears_are_drawn_out_sideways_by_no_more_than_a_third_of_a_car() -> None:
    narrow, wide = _smears_wh(36), _smears_wh(72)
    assert 9 < max(max(wh) for wh in narrow) <= 12
    assert 18 < max(max(wh) for wh in wide) <= 24
    assert sum(w > 3 * h for w, h in wide) > 3 * sum(h > 3 * w for w, h in wide) > 0


def test_smears_know_the_cars_of_what_training_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, boxes = [], np.array([[100.0, 80, 180, 120]])
    monkeypatch.setattr(augmentation, "_smear", lambda picture, cars, _: asked.append(cars) or picture)
    for seed in range(60):
        weather(scene([(100, 80, 180, 120)]), boxes, np.random.default_rng(seed))
    assert 8 < len(asked) < 40
    np.testing.assert_array_equal(asked[0], boxes)
