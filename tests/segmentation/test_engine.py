from pathlib import Path

import numpy as np
import onnx
import pytest

from segmentation.dataset import Bytes, read_boxes
from segmentation.engine import ALONE_WH, CLOSE_WH, WEIGHTS, Engine, Float32s, Mirrored, OnnxNetwork
from segmentation.errors import SegmentationError
from segmentation.masks import SIZE_UNIT_PX, overlap
from segmentation.regions import INPUT_WH
from segmentation.stills import Still
from tests.segmentation.drawn import ColourNetwork, scene
from tests.shared import shared


def test_a_far_car_is_looked_at_closer_and_found_where_it_is() -> None:
    network = ColourNetwork()
    found = Engine(network).detect(Still(scene([(620, 270, 644, 284)], (1280, 720))))
    assert network.looks == 2
    assert overlap(found.xyxy[0], np.array([620.0, 270, 644, 284])) > 0.8


def test_a_near_car_needs_one_look() -> None:
    network = ColourNetwork()
    found = Engine(network).detect(Still(scene([(500, 300, 900, 500)], (1280, 720))))
    assert network.looks == 1
    assert overlap(found.xyxy[0], np.array([500.0, 300, 900, 500])) > 0.95


def test_a_clip_s_car_is_looked_at_with_less_around_it() -> None:
    network = ColourNetwork()
    engine = Engine(network)
    for look in range(4):
        found = engine.detect(Still(scene([(620 + 3 * look, 270, 644 + 3 * look, 284)], (1280, 720))), look)
        assert overlap(found.xyxy[0], np.array([620.0 + 3 * look, 270, 644 + 3 * look, 284])) > 0.8
    assert network.sizes_wh == [INPUT_WH, CLOSE_WH, CLOSE_WH, CLOSE_WH, CLOSE_WH]


def test_a_lone_picture_is_looked_at_larger_and_its_cars_with_all_around_them() -> None:
    network = ColourNetwork()
    Engine(network).find(Still(scene([(620, 270, 644, 284)], (1280, 720))))
    assert network.sizes_wh[:2] == [ALONE_WH] * 2
    assert set(network.sizes_wh[2:]) == {INPUT_WH}


@pytest.mark.parametrize("x", [200, 640, 1100])
@pytest.mark.parametrize("y", [90, 380])
def test_a_far_car_is_found_within_six_looks_and_in_a_lone_picture_at_once_wherever_it_is(x: int, y: int) -> None:
    still = Still(scene([(x, y, x + 12, y + 6)], (1280, 720)))
    engine = Engine(ColourNetwork())
    found = [len(engine.detect(still, look)) for look in range(9)]
    assert found[6:] == [1, 1, 1]
    assert len(Engine(ColourNetwork()).find(still)) == 1


def test_one_look_is_not_enough_for_a_far_car_at_the_side() -> None:
    assert len(Engine(ColourNetwork()).detect(Still(scene([(200, 270, 212, 276)], (1280, 720))))) == 0


class UnsureNetwork(ColourNetwork):
    """One that doubts cars less than 30 input pixels wide."""

    def answer(self, rgb: Bytes) -> Float32s:
        """Return the boxes of red parts, with weak centres where they are narrow."""
        values = super().answer(rgb)
        narrow = np.exp(values[[3, 5]]).sum(0) * SIZE_UNIT_PX < 30
        values[2, narrow & (values[2] > 0)] = -1.2
        return values


def test_what_may_be_a_car_in_a_lone_picture_is_looked_at_closely() -> None:
    near, far = (560, 300, 720, 390), (1100, 270, 1140, 290)
    found = Engine(UnsureNetwork()).find(Still(scene([near, far], (1280, 720))))
    assert len(found) == 2
    assert overlap(found.xyxy[1], np.array(far, float)) > 0.8
    far_only = Engine(UnsureNetwork()).find(Still(scene([far], (1280, 720))))
    assert len(far_only) == 1


@pytest.mark.parametrize("x", [301, 1402])
def test_a_far_car_that_only_a_search_of_a_lone_picture_finds_has_an_exact_box(x: int) -> None:
    far = (x, 405, x + 25, 418)
    found = Engine(ColourNetwork()).find(Still(scene([far], (1920, 1080))))
    np.testing.assert_allclose(found.xyxy, [far], atol=1)


class NearsightedNetwork(ColourNetwork):
    """One that takes what is red for a car, with little trust, until it sees it 30 input pixels wide."""

    def answer(self, rgb: Bytes) -> Float32s:
        """Return the boxes of narrow red parts."""
        values = super().answer(rgb)
        values[2, np.exp(values[[3, 5]]).sum(0) * SIZE_UNIT_PX >= 30] = -8
        values[2, values[2] > 0] = -0.4
        return values


def test_what_a_closer_look_at_a_lone_picture_does_not_show_is_no_car() -> None:
    still = Still(scene([(600, 270, 660, 300)], (1280, 720)))
    assert len(Engine(ColourNetwork()).find(still)) == 1
    assert len(Engine(NearsightedNetwork()).find(still)) == 0


def test_a_lone_picture_s_far_car_is_searched_for_where_what_seemed_one_is_none() -> None:
    class Network(NearsightedNetwork):
        """One that is right about red bars only, and nearsighted about others."""

        def answer(self, rgb: Bytes) -> Float32s:
            far = scene([], (rgb.shape[1], rgb.shape[0]))
            far[rgb[..., 2] > 150] = (200, 40, 40)
            near = rgb.copy()
            near[rgb[..., 2] > 150] = 90
            values, sure = super().answer(near), ColourNetwork.answer(self, far)
            return np.where(sure[2] > -8, sure, values).astype(np.float32)

    picture = scene([(600, 270, 660, 300)], (1280, 720))
    picture[90:96, 200:212] = (250, 40, 200)
    found = Engine(Network()).find(Still(picture))
    assert len(found) == 1
    assert overlap(found.xyxy[0], np.array([200.0, 90, 212, 96])) > 0.5


def test_a_lone_picture_s_box_is_the_mean_of_three_close_looks() -> None:
    class Network(ColourNetwork):
        """One that sees cars a fifth too wide on either side the first few times that it is asked."""

        def __init__(self, times: int) -> None:
            super().__init__()
            self._times = times

        def answer(self, rgb: Bytes) -> Float32s:
            values = super().answer(rgb)
            if self.looks <= self._times:
                values[[3, 5]] += np.float32(np.log(1.4))
            return values

    # Asked at the whole picture, around the car, again, and closer, and each time at the mirror image.
    wide, between, exact = (Network(times) for times in (8, 4, 0))
    boxes = [
        Engine(network).find(Still(scene([(590, 270, 690, 310)], (1280, 720)))).xyxy[0] for network in (wide, between, exact)
    ]
    assert between.looks == 8
    assert exact.looks == 8
    assert boxes[2][0] - boxes[0][0] > 8
    np.testing.assert_allclose(boxes[1], (boxes[0] + 2 * boxes[2]) / 3, atol=0.8)


@pytest.mark.parametrize("size_wh", [(1, 1), (3, 2), (5, 300), (400, 3)])
def test_a_picture_of_a_few_pixels_shows_no_car_and_breaks_nothing(size_wh: tuple[int, int]) -> None:
    assert len(Engine().find(Still(np.full((size_wh[1], size_wh[0], 3), 90, np.uint8)))) == 0


def test_an_empty_road_shows_no_car() -> None:
    found = Engine(ColourNetwork()).find(Still(scene([], (1280, 720))))
    assert len(found) == 0
    assert found.mask.shape == (0, 720, 1280)


def test_of_a_lone_picture_and_its_mirror_image_the_same_is_said() -> None:
    picture = scene([(380, 260, 520, 330), (700, 250, 760, 280)], (1280, 720))
    dice = np.random.default_rng(5)
    picture = np.clip(picture + dice.normal(0, 40, picture.shape), 0, 255).astype(np.uint8)  # so that the network has its doubts
    raw = OnnxNetwork()
    piece = np.ascontiguousarray(picture[:224, :384])
    turned = np.ascontiguousarray(piece[:, ::-1])
    assert np.abs(raw.answer(turned)[0, :, ::-1] - raw.answer(piece)[0]).max() > 0.05
    both = Mirrored(raw)
    np.testing.assert_allclose(both.answer(turned)[[0, 1, 2, 5, 4, 3, 6], :, ::-1], both.answer(piece), atol=1e-5)


def test_our_weights_find_the_car_ahead_in_most_real_front_frames() -> None:
    examples = [one for one in read_boxes(shared("onboard-frames", "turkey2021")) if one.sequence.startswith("vettel_front")][::6]
    engine = Engine()
    hits = asked = 0
    for example in examples:
        if example.boxes_xyxy is None or not len(example.boxes_xyxy):
            continue
        nearest = max(example.boxes_xyxy, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
        asked += 1
        hits += max((overlap(nearest, box) for box in engine.find(Still(example.picture())).xyxy), default=0) >= 0.5
    assert asked > 0
    assert hits >= 0.75 * asked


def test_weights_of_something_else_are_refused_by_name(tmp_path: Path) -> None:
    wrong = tmp_path / "other.onnx"
    wrong.write_bytes(b"no network at all")
    with pytest.raises(SegmentationError, match=r"other\.onnx is not a network"):
        OnnxNetwork(wrong)
    model = onnx.load(WEIGHTS)
    for at, size in ((1, 224), (2, 384)):
        model.graph.input[0].type.tensor_type.shape.dim[at].dim_value = size
    onnx.save(model, wrong)
    with pytest.raises(SegmentationError, match=r"takes \[1, 224, 384, 3\] .*; Slipstream's take \[1, 'height', 'width', 3\]"):
        OnnxNetwork(wrong)
    with pytest.raises(SegmentationError, match="no weights"):
        OnnxNetwork(tmp_path / "none.onnx")
