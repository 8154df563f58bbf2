"""Where the network looks in pictures of all shapes."""

import numpy as np
import pytest

from segmentation.engine import CLOSE_WH, Engine
from segmentation.regions import INPUT_WH, around, magnifies, search, view_w
from segmentation.stills import Still
from tests.segmentation.drawn import ColourNetwork, scene

WHOLE_WH, TALL_WH = (1280, 720), (406, 720)


@pytest.mark.parametrize("car_w", [12, 60, 110])
def test_a_car_in_a_tall_piece_of_a_picture_is_looked_at_as_in_the_whole(car_w: int) -> None:
    box = np.array([200 - car_w / 2, 300, 200 + car_w / 2, 300 + car_w * 0.5])
    whole, tall = (around(box, size, CLOSE_WH) for size in (WHOLE_WH, TALL_WH))
    assert tall[2] - tall[0] == pytest.approx(min(whole[2] - whole[0], TALL_WH[0]), abs=8)
    assert (tall[2] - tall[0]) / (tall[3] - tall[1]) == pytest.approx(CLOSE_WH[0] / CLOSE_WH[1], abs=0.03)
    assert magnifies(tall, TALL_WH)


def test_what_is_searched_in_a_tall_piece_is_as_wide_as_it_is() -> None:
    assert search((0.5, 0.38), TALL_WH)[::2] == (0, TALL_WH[0])


def test_a_share_of_a_look_around_a_car_has_its_middle_and_shape() -> None:
    box = np.array([600.0, 300, 680, 340])
    whole, part = (around(box, WHOLE_WH, share=share) for share in (1.0, 0.75))
    assert part[2] - part[0] == pytest.approx(0.75 * (whole[2] - whole[0]), abs=17)
    assert (part[2] - part[0]) / (part[3] - part[1]) == pytest.approx(INPUT_WH[0] / INPUT_WH[1], abs=0.03)
    np.testing.assert_allclose(np.add(part[:2], part[2:]) / 2, [640, 320], atol=2)


def test_pictures_as_broadcast_are_a_view_of_their_own() -> None:
    assert [view_w(size) for size in (WHOLE_WH, (1920, 1080), (1138, 640), INPUT_WH)] == [1280, 1920, 1138, 384]


def test_a_car_that_fills_a_third_of_a_tall_picture_is_followed_by_one_look_a_frame() -> None:
    network = ColourNetwork()
    engine = Engine(network)
    for index in range(5):
        picture = Still(scene([(140, 300, 270, 360)], TALL_WH))
        (box,) = engine.detect(picture, index).xyxy
        np.testing.assert_allclose(box, [140, 300, 270, 360], atol=6)
    assert network.looks == 2 + 4
