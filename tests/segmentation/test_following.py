from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.cuts import CutDetector
from segmentation.following import Collector, Follower
from segmentation.smoothing import SteadyPath, steady_box
from segmentation.track import Detections, SteadyFrame, Track
from segmentation.tracking import Sightings

RATE = 25.0


def seen(index: int, *boxes: tuple[float, float, float, float], score: float | list[float] = 1.0) -> Detections:
    return Detections(
        index,
        np.zeros((len(boxes), 1, 1), bool),
        np.array(boxes, float).reshape(-1, 4),
        np.full(len(boxes), score),
    )


def car(x: float, y: float, w: float = 100.0) -> tuple[float, float, float, float]:
    return x - w / 2, y - w * 0.2, x + w / 2, y + w * 0.2


def followed(per_frame: list[Detections | None], *, look_ahead_s: float = 0.5, cuts: tuple[int, ...] = ()) -> list[SteadyFrame]:
    follower = Follower(look_ahead_s=look_ahead_s)
    frames = []
    for index, detections in enumerate(per_frame):
        frames += follower.push(index, index / RATE, detections, cut=index in cuts)
    return frames + follower.finish()


def test_every_frame_comes_out_once_and_in_order() -> None:
    frames = followed([seen(i, car(300 + i, 200)) for i in range(60)])
    assert [frame.frame_index for frame in frames] == list(range(60))


def test_smoothing_takes_the_noise_out_and_adds_no_lag() -> None:
    dice = np.random.default_rng(1)
    true = [640 + 200 * np.sin(i / RATE * 1.5) for i in range(100)]
    frames = followed([seen(i, car(x + dice.normal(0, 2), 200)) for i, x in enumerate(true)])
    centre = np.array([(frame.boxes[0].xyxy[0] + frame.boxes[0].xyxy[2]) / 2 for frame in frames[3:-3]])
    error = centre - np.array(true[3:-3])
    assert abs(error.mean()) < 0.3
    assert error.std() < 1.2
    lags = [
        np.std(centre[5:-5] - np.array(true[3 + 5 + lag : -3 - 5 + lag or None])[: len(centre) - 10]) for lag in (-2, -1, 0, 1, 2)
    ]
    assert int(np.argmin(lags)) == 2
    assert np.diff(centre, n=2).std() < 0.35 * np.sqrt(6) * 2


def test_what_a_long_followed_car_is_expected_to_do_asks_for_its_last_sightings_only() -> None:
    class Counted(list[float]):
        asked = 0

        def __getitem__(self, index: Any) -> Any:
            Counted.asked += 1
            return super().__getitem__(index)

    times = [index / 50 for index in range(20_000)]
    boxes = [np.array(car(300 + 0.01 * index, 200)) for index in range(20_000)]
    track = Sightings(1, list(range(20_000)), Counted(times), boxes)
    np.testing.assert_allclose(track.expected(times[-1] + 0.1), np.array(car(300 + 0.01 * 20_004, 200)))
    assert Counted.asked < 40  # had it looked at all, a clip of half an hour would take ten times as long


def test_a_short_loss_is_bridged_and_marked_as_not_observed() -> None:
    frames = followed([None if 20 <= i < 30 else seen(i, car(300 + 2 * i, 200)) for i in range(60)])
    assert all(len(frame.boxes) == 1 for frame in frames[3:-3])
    gap = [frame.boxes[0] for frame in frames[20:30]]
    assert not any(box.observed for box in gap)
    for index, box in enumerate(gap, start=20):
        assert (box.xyxy[0] + box.xyxy[2]) / 2 == pytest.approx(300 + 2 * index, abs=1.5)


def test_a_car_gone_for_long_is_another_when_it_comes_back() -> None:
    frames = followed([seen(i) if 20 <= i < 60 else seen(i, car(300, 200)) for i in range(90)])
    assert not frames[45].boxes
    assert frames[10].boxes[0].track_id != frames[80].boxes[0].track_id


def test_a_box_that_shrinks_for_a_moment_behind_a_post_stays_its_size() -> None:
    frames = followed([seen(i, car(300, 200, 60 if i in (30, 31) else 100)) for i in range(60)])
    widths = [frame.boxes[0].xyxy[2] - frame.boxes[0].xyxy[0] for frame in frames[10:50]]
    assert min(widths) > 95


def test_nothing_is_smoothed_across_a_cut() -> None:
    frames = followed([seen(i, car(300 if i < 30 else 330, 200)) for i in range(60)], cuts=(30,))
    before, after = frames[29].boxes[0], frames[30].boxes[0]
    assert before.track_id != after.track_id
    assert (before.xyxy[0] + before.xyxy[2]) / 2 == pytest.approx(300, abs=0.01)
    assert (after.xyxy[0] + after.xyxy[2]) / 2 == pytest.approx(330, abs=0.01)
    assert frames[30].cut


def test_two_cars_keep_their_names_while_they_pass_each_other() -> None:
    frames = followed([seen(i, car(300 + 5 * i, 200, 80), car(600 - 5 * i, 260, 120)) for i in range(60)])
    collector = Collector()
    for frame in frames:
        collector.add(frame)
    tracks = [track for track in collector.tracks() if len(track) > 40]
    assert len(tracks) == 2
    for track in tracks:
        assert np.ptp(track.xyxy[:, 1]) < 30


def test_where_cars_overlap_the_surer_one_keeps_its_name() -> None:
    """The one behind is hardly seen; the one in front then moves to where it was."""
    both = [seen(i, car(300, 200), car(330, 198), score=[0.8, 0.35]) for i in range(30)]
    in_front = [seen(i, car(318, 200), score=0.8) for i in range(30, 34)]
    again = [seen(i, car(318, 200), car(345, 198), score=[0.8, 0.35]) for i in range(34, 60)]
    frames = followed([*both, *in_front, *again])
    names = [{round(box.score, 2): box.track_id for box in frames[index].boxes} for index in (10, 32, 50)]
    assert names[0] == names[2]
    assert names[1][0.8] == names[0][0.8] != names[0][0.35]


def test_a_flicker_of_one_frame_is_never_shown() -> None:
    frames = followed([seen(i, car(300, 200), *([car(900, 100, 60)] if i == 30 else [])) for i in range(60)])
    assert all(len(frame.boxes) == 1 for frame in frames[3:])


@pytest.mark.parametrize(("score", "sightings", "shown"), [(0.35, 3, False), (0.35, 5, True), (0.5, 3, True), (0.9, 2, False)])
def test_the_less_sure_the_sightings_the_more_it_takes_to_make_a_car(score: float, sightings: int, shown: bool) -> None:
    frames = followed([seen(i, car(300, 200), score=score) if 10 <= i < 10 + sightings else seen(i) for i in range(40)])
    assert any(frame.boxes for frame in frames) == shown


def test_without_look_ahead_frames_come_out_at_once() -> None:
    follower = Follower(look_ahead_s=0.0)
    for index in range(30):
        (frame,) = follower.push(index, index / RATE, seen(index, car(300 + 4 * index, 200)))
        assert frame.frame_index == index
    assert frame.boxes[0].xyxy[0] == pytest.approx(300 + 4 * 29 - 50, abs=2)


def test_without_look_ahead_a_car_is_where_it_must_be_on_frames_not_looked_at_and_goes_when_it_is_gone() -> None:
    dice = np.random.default_rng(2)
    seen_every_third = [
        None if index % 3 else seen(index, *([car(300 + 4 * index + dice.normal(0, 1), 200)] if index <= 45 else []))
        for index in range(70)
    ]
    frames = followed(seen_every_third, look_ahead_s=0.0)
    for frame in frames[12:46]:
        (box,) = frame.boxes
        assert (box.xyxy[0] + box.xyxy[2]) / 2 == pytest.approx(300 + 4 * frame.frame_index, abs=6)
    assert frames[46].boxes
    assert not any(frame.boxes for frame in frames[53:])


@given(st.lists(st.floats(0.01, 0.2), min_size=1, max_size=40), st.floats(-3, 3), st.floats(-0.1, 1.1))
def test_a_straight_line_at_uneven_times_stays_one_also_beyond_its_ends(steps_s: list[float], slope: float, share: float) -> None:
    time_s = np.cumsum(steps_s)
    x = 400 + slope * 25 * time_s
    boxes = np.stack([x - 50, np.full_like(x, 180), x + 50, np.full_like(x, 220)], axis=1)
    at_s = float(time_s[0] + share * (time_s[-1] - time_s[0])) if len(time_s) > 1 else float(time_s[0])
    middle = 400 + slope * 25 * at_s
    np.testing.assert_allclose(steady_box(time_s.tolist(), boxes, at_s), [middle - 50, 180, middle + 50, 220], atol=0.1)


def test_five_wild_sightings_in_a_row_do_not_draw_the_path() -> None:
    time_s = np.arange(25) / RATE
    boxes = np.tile([350.0, 180, 450, 220], (25, 1))
    boxes[10:15] += 80
    np.testing.assert_allclose(steady_box(time_s.tolist(), boxes, float(time_s[12])), [350, 180, 450, 220], atol=1)


def test_boxes_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="x1 <= x2"):
        Track(1, np.array([0]), np.array([0.0]), np.array([[5.0, 0, 1, 1]]), np.ones(1), np.ones(1, bool))


def test_a_cut_is_seen_and_shaking_is_not() -> None:
    dice = np.random.default_rng(3)
    one = cv2.resize(dice.integers(0, 120, (14, 24, 3)).astype(np.uint8), (384, 224))
    other = cv2.resize(dice.integers(140, 256, (14, 24, 3)).astype(np.uint8), (384, 224))
    detector = CutDetector()
    said = [detector.is_cut(picture) for picture in [one] * 5 + [np.roll(one, 2, 0)] * 5 + [other] * 5]
    assert said.index(True) == 10
    assert sum(said) == 1


def test_a_path_that_frames_between_two_looks_share_lies_where_each_would_find_it() -> None:
    rng = np.random.default_rng(5)
    time_s = np.arange(10) * 0.12
    boxes = np.stack([x + np.arange(10) * 3 for x in (300.0, 180.0, 420.0, 250.0)], axis=1) + rng.normal(0, 1.5, (10, 4))
    shared = SteadyPath.along(time_s.tolist(), boxes, 0.50)
    for at_s in (0.52, 0.54, 0.56, 0.58):
        np.testing.assert_allclose(shared.at(at_s), steady_box(time_s.tolist(), boxes, at_s), atol=0.1)
