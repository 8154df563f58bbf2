"""Who is in which car: order, size and paint as witnesses, and what happens when they contradict each other."""

import math
from dataclasses import replace

import numpy as np
import pytest
from av.video.frame import VideoFrame

from overlay.casting import Caster
from overlay.frame import Frame
from overlay.lens import CAMERA_BEHIND_M, CAR_WIDTH_M, FOCAL_SHARE, height
from overlay.swatches import Swatcher
from overlay.witness import ColourWitness
from segmentation.track import SteadyBox, SteadyFrame
from telemetry.sample import CarInSight, Sample
from tests.overlay.made import in_sight

SIZE_WH = (1280, 720)
STEP_S = 0.04
TEAMS = {"OCO": "2293D1", "PER": "FF8000", "HAM": "00D2BE", "MAG": "B6BABD"}
BLUE, ORANGE = (34, 147, 209), (255, 128, 0)


def car(driver: str, gap_m: float, *, x: float | None = None) -> CarInSight:
    """Return a car in the timing; `x` is where its bearing puts it in the picture."""
    bearing_rad = None if x is None else math.atan((x - SIZE_WH[0] / 2) / (FOCAL_SHARE * SIZE_WH[0]))
    return replace(in_sight(driver, gap_m=gap_m, gap_s=gap_m / 60), bearing_rad=bearing_rad)


def box(gap_m: float, *, track_id: int = 1, x: float = 640.0, lens: float = 1.0) -> SteadyBox:
    """Return the box that a pinhole camera sees of a car at a distance."""
    wide = lens * FOCAL_SHARE * SIZE_WH[0] * CAR_WIDTH_M / (gap_m - CAMERA_BEHIND_M)
    return SteadyBox(track_id, (x - wide / 2, 300.0, x + wide / 2, 300.0 + wide * 0.55), 1.0, True)


def sample(*ahead: CarInSight, at_s: float = 0.0) -> Sample:
    own = in_sight("HAM").car
    return Sample(at_s, 1_000.0 + at_s, own, ahead, (), neutralised=False)


def caster(paint: ColourWitness | None = None) -> Caster:
    return Caster("front", float(SIZE_WH[0]), paint)


def run(with_caster: Caster, boxes: tuple[SteadyBox, ...], ahead: tuple[CarInSight, ...], *, frames: int = 60) -> dict[int, str]:
    """Return who is in which track after some frames of the same."""
    for number in range(frames):
        at_s = number * STEP_S
        named = with_caster.cast(SteadyFrame(number, at_s, boxes), sample(*ahead, at_s=at_s))
    return {cast.box.track_id: cast.car.car.driver for cast in named}


def painted(*cars: tuple[SteadyBox, tuple[int, int, int]]) -> Frame:
    """Return a grey picture with cars in their colours."""
    rgb = np.full((SIZE_WH[1], SIZE_WH[0], 3), 110, np.uint8)
    for one, shade in cars:
        x1, y1, x2, y2 = (round(value) for value in one.xyxy)
        rgb[y1:y2, x1:x2] = shade
    return Frame(0, 0.0, VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p"), 0)


def witness(picture: Frame, boxes: tuple[SteadyBox, ...]) -> ColourWitness:
    seen = ColourWitness(TEAMS)
    frame = SteadyFrame(0, 0.0, boxes)
    seen.look(frame, Swatcher().take(picture, frame))
    return seen


def test_a_car_alone_is_the_next_on_the_road() -> None:
    assert run(caster(), (box(20),), (car("OCO", 20),)) == {1: "OCO"}


def test_of_two_cars_the_larger_is_the_nearer() -> None:
    boxes = (box(20), box(45, track_id=2, x=700))
    assert run(caster(), boxes, (car("OCO", 20), car("PER", 45))) == {1: "OCO", 2: "PER"}


def test_a_car_that_is_not_seen_is_not_looked_for_in_the_next_ones_place() -> None:
    assert run(caster(), (box(60),), (car("OCO", 15), car("PER", 60))) == {1: "PER"}


def test_of_a_train_only_those_are_tagged_who_can_be_told_apart() -> None:
    train = (car("OCO", 20), car("PER", 40), car("MAG", 46))
    assert run(caster(), (box(20), box(43, track_id=2, x=700)), train) == {1: "OCO"}
    assert run(caster(), (box(20), box(40, track_id=2, x=700), box(46, track_id=3, x=760)), train) == {
        1: "OCO",
        2: "PER",
        3: "MAG",
    }


def test_in_a_bend_the_bearing_tells_which_car_of_a_train_is_hidden() -> None:
    train = (car("OCO", 20, x=640), car("PER", 40, x=560), car("MAG", 46, x=480))
    boxes = (box(20), box(43, track_id=2, x=480))
    assert run(caster(), boxes, train) == {1: "OCO", 2: "MAG"}
    assert run(caster(), boxes, tuple(replace(one, bearing_rad=None) for one in train)) == {1: "OCO"}


def test_a_rear_camera_sees_the_other_way_round() -> None:
    train = (car("OCO", 20, x=640), car("PER", 40, x=560), car("MAG", 46, x=480))
    turned = tuple(replace(one, bearing_rad=(one.bearing_rad or 0.0) + math.pi) for one in train)
    boxes = (box(20), box(43, track_id=2, x=480))
    rear = Caster("rear", float(SIZE_WH[0]))
    for number in range(60):
        at = replace(sample(at_s=number * STEP_S), behind=turned)
        named = rear.cast(SteadyFrame(number, number * STEP_S, boxes), at)
    assert {cast.box.track_id: cast.car.car.driver for cast in named} == {1: "OCO", 2: "MAG"}


def test_a_bearing_that_is_wrong_takes_no_name_from_a_car_alone() -> None:
    for x in (0, 1200):
        assert run(caster(), (box(20),), (car("OCO", 20, x=x),)) == {1: "OCO"}


def test_a_car_seen_from_the_side_is_as_far_away_as_it_is_high() -> None:
    x1, y1, x2, y2 = box(40, x=400).xyxy
    sideways = SteadyBox(1, (x1 - (x2 - x1) * 0.7, y1, x2 + (x2 - x1) * 0.7, y2), 1.0, True)
    assert run(caster(), (sideways, box(28, track_id=2)), (car("OCO", 28), car("PER", 40))) == {2: "OCO", 1: "PER"}


def test_a_car_looked_at_wrongly_for_a_moment_keeps_its_name() -> None:
    watched = caster()
    ahead = (car("OCO", 20), car("PER", 32))
    run(watched, (box(20), box(32, track_id=2, x=800)), ahead)
    swapped = (box(32), box(20, track_id=2, x=800))
    at_s = 60 * STEP_S
    named = watched.cast(SteadyFrame(60, at_s, swapped), sample(*ahead, at_s=at_s))
    assert {cast.box.track_id: cast.car.car.driver for cast in named} == {1: "OCO", 2: "PER"}


def test_a_track_that_has_come_to_be_on_another_car_soon_has_its_name() -> None:
    watched = caster()
    ahead = (car("OCO", 20), car("PER", 32))
    run(watched, (box(20), box(32, track_id=2, x=800)), ahead)
    named = [
        watched.cast(SteadyFrame(at, at * STEP_S, (box(20, track_id=2),)), sample(*ahead, at_s=at * STEP_S))
        for at in range(60, 72)
    ]
    assert [cast.car.car.driver for casts in named[5:] for cast in casts] == ["OCO"] * 7


def test_a_car_that_a_nearer_one_hides_may_be_nearer_than_it_looks() -> None:
    train = (car("OCO", 20), car("PER", 36), car("MAG", 46))
    x1, y1, x2, y2 = box(36).xyxy
    cut = (x1, y1, x2, y1 + (y2 - y1) * 0.76)  # as high as MAG must be
    apart = SteadyBox(2, (cut[0] + 200, cut[1], cut[2] + 200, cut[3]), 1.0, True)
    assert run(caster(), (box(20), apart), train) == {1: "OCO", 2: "MAG"}
    assert run(caster(), (box(20), SteadyBox(2, cut, 1.0, True)), train) == {1: "OCO"}


def test_a_car_behind_the_first_is_named_once_it_was_told_alike_for_a_while() -> None:
    ahead = (car("OCO", 20), car("PER", 40))
    boxes = (box(20), box(40, track_id=2, x=800))
    assert run(caster(), boxes, ahead, frames=3) == {1: "OCO"}
    assert run(caster(), boxes, ahead, frames=9) == {1: "OCO", 2: "PER"}


def test_a_small_car_behind_the_first_is_not_told() -> None:
    assert run(caster(), (box(20), box(90, track_id=2)), (car("OCO", 20), car("PER", 90))) == {1: "OCO"}
    assert run(caster(), (box(90),), (car("OCO", 90),)) == {1: "OCO"}


def test_a_lens_that_is_longer_or_wider_is_learnt() -> None:
    for lens in (0.65, 1.5):
        learning = caster()
        assert run(learning, (box(20, lens=lens),), (car("OCO", 20),), frames=200) == {1: "OCO"}
        assert learning.lens.expected_height_px(20) == pytest.approx(height(box(20, lens=lens)), rel=0.05)


def test_nobody_is_tagged_where_the_timing_has_nobody_in_sight() -> None:
    assert run(caster(), (box(20),), (replace(car("OCO", 300), gap_s=in_sight(gap_s=6.0).gap_s),)) == {}


def test_a_car_that_looks_far_nearer_than_the_timing_has_it_is_not_tagged_and_said_so_with_the_time() -> None:
    watched = caster()
    assert run(watched, (box(14),), (car("OCO", 90),)) == {}
    (said,) = watched.warnings
    assert said == (
        "from 0.0 s the picture shows a car some 14 m away, but the nearest in the timing, OCO, is 90 m away; is the sync right?"
    )


def test_a_car_close_by_that_the_timing_does_not_have_is_said_once() -> None:
    watched = caster()
    run(watched, (box(10),), (), frames=150)
    (said,) = watched.warnings
    assert "a car some 10 m away, but the timing has none in sight" in said


def test_a_car_close_by_in_the_timing_that_is_not_in_the_picture_is_said() -> None:
    watched = caster()
    run(watched, (), (car("OCO", 12),))
    (said,) = watched.warnings
    assert said.startswith("from 0.0 s the timing has OCO 12 m away, but the picture shows no car")


def test_what_disagrees_for_a_moment_is_no_contradiction() -> None:
    watched = caster()
    run(watched, (), (car("OCO", 12),), frames=20)
    run(watched, (box(12),), (car("OCO", 12),), frames=20)
    assert watched.warnings == []


def test_far_cars_and_agreement_are_no_contradiction() -> None:
    watched = caster()
    run(watched, (box(20),), (car("OCO", 20),))
    run(watched, (box(150),), (car("OCO", 20),))
    assert watched.warnings == []


def test_paint_decides_between_cars_that_look_equally_large() -> None:
    boxes = (box(30.0), box(30.5, track_id=2, x=800))
    ahead = (car("PER", 30), car("OCO", 31))
    assert run(caster(), boxes, ahead) == {1: "PER"}
    seen = witness(painted((boxes[0], BLUE), (boxes[1], ORANGE)), boxes)
    assert seen.share(1, "OCO") == pytest.approx(1.0)
    assert seen.share(1, "PER") == 0.0
    assert run(caster(seen), boxes, ahead) == {1: "OCO", 2: "PER"}


def test_paint_that_names_another_car_in_sight_is_said_and_the_car_not_tagged() -> None:
    boxes = (box(20),)
    watched = caster(witness(painted((boxes[0], BLUE)), boxes))
    assert run(watched, boxes, (car("PER", 20), car("OCO", 200)), frames=30) == {1: "PER"}
    watched = caster(witness(painted((boxes[0], BLUE)), boxes))
    assert run(watched, boxes, (car("PER", 20), car("OCO", 100)), frames=60) == {}
    (said,) = watched.warnings
    assert said == "from 0.0 s the car that must be PER's by place and size is painted as OCO's; is the sync right?"


def test_grey_cars_and_grey_teams_say_nothing() -> None:
    boxes = (box(20),)
    grey = witness(painted((boxes[0], (120, 122, 125))), boxes)
    assert grey.share(1, "OCO") is None
    blue = witness(painted((boxes[0], BLUE)), boxes)
    assert blue.share(1, "MAG") is None
    assert blue.contradicts(1, "MAG", ["OCO"]) is None


def test_a_small_car_and_one_at_the_edge_say_nothing() -> None:
    for one in (box(60), box(12, x=20)):
        assert witness(painted((box(12), BLUE)), (one,)).share(1, "OCO") is None
