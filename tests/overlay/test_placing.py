"""Tags stand inside the frame, clear of cars and of each other, and move without a jump."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from overlay import theme as themes
from overlay.layout import Layout
from overlay.placing import COVERED, FAINT, Sides
from overlay.tag_layout import lay_out
from tests.overlay.made import OCO, PER, Box, speed, tag

SIZE_WH = (1280, 720)
FIELDS = (speed(),)
STEP_PX = 2.0  # that a car moves from a frame to the next in these tests

boxes = st.builds(
    lambda x, y, w, aspect: (x, y, x + w, y + w * aspect),
    st.floats(-200, 1300),
    st.floats(-100, 650),
    st.floats(12, 700),
    st.floats(0.3, 0.9),
)


def shared(first: Box, second: Box) -> float:
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    return max(wide, 0.0) * max(high, 0.0)


def laid(*cars: Box, sides: Sides | None = None) -> Layout:
    tags = [tag(box, driver=(OCO, PER)[at % 2], track_id=at, fields=FIELDS) for at, box in enumerate(cars)]
    return lay_out(tags, themes.load("broadcast"), SIZE_WH, sides=sides)


@given(boxes)
def test_a_tag_never_leaves_the_frame(car: Box) -> None:
    (place,) = laid(car).tags
    x1, y1, x2, y2 = place.tag_xyxy
    assert x1 >= 0
    assert y1 >= 0
    assert x2 <= SIZE_WH[0]
    assert y2 <= SIZE_WH[1]


@given(boxes)
def test_a_tag_that_is_seen_does_not_cover_its_car(car: Box) -> None:
    (place,) = laid(car).tags
    area = (place.tag_xyxy[2] - place.tag_xyxy[0]) * (place.tag_xyxy[3] - place.tag_xyxy[1])
    assert place.opacity < 0.01 or shared(place.tag_xyxy, car) < COVERED * area


def test_with_room_above_a_tag_is_centred_over_its_car_and_covers_none_of_it() -> None:
    car = (600.0, 300.0, 700.0, 360.0)
    (place,) = laid(car).tags
    assert sum(place.tag_xyxy[::2]) == sum(car[::2])
    assert place.tag_xyxy[3] < car[1]
    assert place.opacity == 1.0


@given(st.lists(boxes, min_size=2, max_size=4))
def test_no_tag_that_is_seen_lies_on_another(cars: list[Box]) -> None:
    places = laid(*cars).tags
    for at, place in enumerate(places):
        for other in places[at + 1 :]:
            area = (other.tag_xyxy[2] - other.tag_xyxy[0]) * (other.tag_xyxy[3] - other.tag_xyxy[1])
            assert other.opacity < 0.01 or shared(place.tag_xyxy, other.tag_xyxy) < COVERED * area


def test_two_cars_side_by_side_and_in_line_have_tags_apart_and_both_in_full() -> None:
    for far in ((560.0, 290.0, 590.0, 308.0), (620.0, 280.0, 650.0, 298.0), (800.0, 290.0, 830.0, 308.0)):
        near, other = laid((600.0, 300.0, 700.0, 360.0), far).tags
        assert shared(near.tag_xyxy, other.tag_xyxy) == 0
        assert near.opacity == other.opacity == 1.0


@settings(deadline=None)
@given(st.floats(0, 1180), st.floats(-40, 300), st.floats(40, 320), st.floats(-1, 1), st.floats(-1, 1))
def test_a_tag_moves_with_its_car_and_never_jumps(x: float, y: float, wide: float, right: float, down: float) -> None:
    sides: Sides = {}
    before = None
    for number in range(120):
        at_x, at_y = x + right * STEP_PX * number, y + down * STEP_PX * number
        (place,) = laid((at_x, at_y, at_x + wide, at_y + wide * 0.6), sides=sides).tags
        if before is not None:
            moved = max(abs(a - b) for a, b in zip(place.tag_xyxy, before, strict=True))
            # Beside the car it goes as far sideways as car and tag are wide, over some 45 px of the car's rise.
            assert moved < 15 * STEP_PX
        before = place.tag_xyxy


def test_two_tags_make_room_for_each_other_before_they_meet() -> None:
    heights = []
    for x in range(300, 620):
        _, far = laid((600.0, 300.0, 700.0, 360.0), (float(x), 292.0, x + 30.0, 310.0)).tags
        heights.append(far.tag_xyxy[1])
    assert max(heights) - min(heights) > 40
    assert max(abs(a - b) for a, b in pairwise(heights)) < 2.5


def test_where_the_frame_ends_above_three_cars_in_line_have_tags_side_by_side_and_all_in_full() -> None:
    for right in range(-40, 41, 4):
        far = (615.0 + right, 155.0, 660.0 + right, 182.0)
        places = laid((560.0, 170.0, 760.0, 290.0), (600.0, 160.0, 690.0, 215.0), far).tags
        for at, place in enumerate(places):
            assert place.opacity == 1.0
            assert all(shared(place.tag_xyxy, other.tag_xyxy) == 0 for other in places[at + 1 :])


def test_a_tag_goes_aside_little_by_little_as_the_frames_edge_comes_near() -> None:
    sides: Sides = {}
    lefts, tops = [], []
    for step in range(300):
        up = step * STEP_PX / 4
        near, far = (560.0, 300.0 - up, 700.0, 380.0 - up), (640.0, 290.0 - up, 690.0, 320.0 - up)
        _, second = laid(near, far, sides=sides).tags
        lefts.append(second.tag_xyxy[0])
        tops.append(second.tag_xyxy[1])
        assert second.opacity == 1.0
    assert tops[0] > 60  # at first there is room above …
    assert lefts[-1] - lefts[0] > 60  # … and then it lies beside the other
    assert max(abs(a - b) for a, b in pairwise(lefts)) < 6


def test_a_tag_that_another_ones_lower_edge_comes_down_upon_goes_over_it_without_a_jump() -> None:
    tops = []
    for step in range(240):
        x = 600.0 - step * STEP_PX / 4
        places = laid((660.0, 300.0, 800.0, 390.0), (640.0, 300.0, 700.0, 330.0), (x - 60, 296.0, x - 20, 318.0)).tags
        tops.append(places[2].tag_xyxy[1])
    assert max(tops) - min(tops) > 60
    assert max(abs(a - b) for a, b in pairwise(tops)) < 8 * STEP_PX


def test_tags_that_come_together_do_so_apart() -> None:
    near, far = (600.0, 300.0, 700.0, 360.0), (620.0, 280.0, 650.0, 298.0)
    for step in range(1, 101):
        coming = tag(near, fields=FIELDS, opacity=step / 100), tag(far, fields=FIELDS, track_id=2, opacity=step / 100)
        first, second = lay_out(coming, themes.load("broadcast"), SIZE_WH).tags
        assert shared(first.tag_xyxy, second.tag_xyxy) == 0


def test_room_for_a_tag_that_comes_is_made_little_by_little_and_before_it_hides_the_other() -> None:
    near, far = (600.0, 300.0, 700.0, 360.0), (620.0, 280.0, 650.0, 298.0)
    tops = []
    for step in range(1, 101):
        coming = tag(near, fields=FIELDS, opacity=step / 100), tag(far, fields=FIELDS, track_id=2)
        first, second = lay_out(coming, themes.load("broadcast"), SIZE_WH).tags
        assert second.opacity == 1.0
        assert first.opacity <= FAINT or shared(first.tag_xyxy, second.tag_xyxy) == 0
        tops.append(second.tag_xyxy[1])
    assert tops[0] - tops[-1] > 40
    assert max(a - b for a, b in pairwise(tops)) < 4


def test_into_the_room_of_a_tag_that_is_gone_another_moves_without_a_jump() -> None:
    near, far = (600.0, 300.0, 700.0, 360.0), (620.0, 280.0, 650.0, 298.0)
    alone = laid(far).tags[0].tag_xyxy
    tops = []
    for step in range(101):
        gone = replace(tag(near, fields=FIELDS, opacity=0.0), taken=1 - step / 100)
        (place,) = lay_out((gone, tag(far, fields=FIELDS, track_id=2)), themes.load("broadcast"), SIZE_WH).tags
        assert place.opacity == 1.0
        tops.append(place.tag_xyxy[1])
    assert tops[-1] - tops[0] > 40
    assert tops[-1] == alone[1]
    assert max(after - first for first, after in pairwise(tops)) < 4


def test_nothing_lags_the_tag_of_a_frame_depends_on_that_frame_alone() -> None:
    first, second = (600.0, 300.0, 700.0, 360.0), (900.0, 250.0, 960.0, 290.0)
    alone = laid(second)
    sides: Sides = {}
    laid(first, sides=sides)
    assert laid(second, sides=sides) == alone
