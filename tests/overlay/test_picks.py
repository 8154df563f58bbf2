import numpy as np
import pytest

from overlay.casting import Cast
from overlay.picks import Pick, numbered, picked
from segmentation.sighting import Sighting
from segmentation.track import SteadyBox, Track
from telemetry.sample import ABSENT, CarInSight, CarSample


def cast(track_id: int, driver: str) -> Cast:
    car = CarSample(
        driver, None, None, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, None, None, None, None, ABSENT, ABSENT, None, None
    )
    box = SteadyBox(track_id, (0.0, 0.0, 10.0, 10.0), 1.0, observed=True)
    return Cast(box, CarInSight(car, ABSENT, ABSENT, ABSENT, ABSENT, 0))


BOTH = (cast(1, "SAI"), cast(2, "LEC"))


def test_the_car_that_was_picked_is_tagged_alone_within_its_stretch() -> None:
    picks = (Pick(1.0, 2.0, 2),)
    assert picked(BOTH, picks, 1.0) == (BOTH[1],)
    assert picked(BOTH, picks, 0.99) == picked(BOTH, picks, 2.0) == BOTH


def test_where_nothing_is_wanted_nothing_is_tagged() -> None:
    assert picked(BOTH, (Pick(1.0, 2.0), Pick(0.0, 9.0, 2)), 1.5) == ()


def test_a_pick_that_is_not_in_sight_leaves_the_tags_as_they_are() -> None:
    assert picked(BOTH, (Pick(1.0, 2.0, 7),), 1.5) == BOTH


def test_a_stretch_must_run_forwards() -> None:
    with pytest.raises(ValueError, match="from_s before to_s"):
        Pick(2.0, 2.0)


def track(track_id: int, left: float, *, first: int = 0) -> Track:
    frames = np.arange(first, first + 50)
    boxes = np.tile([left, 200.0, left + 100.0, 260.0], (50, 1))
    return Track(track_id, frames, frames / 25, boxes, np.ones(50), np.ones(50, bool))


def test_a_car_that_was_chosen_is_found_again_under_another_number() -> None:
    pick = Pick(0.0, 2.0, 1, Sighting(1.0, (310.0, 195.0, 405.0, 262.0)))
    assert [found.track_id for found in numbered((pick,), [track(1, 300.0), track(2, 450.0)])] == [1]
    assert [found.track_id for found in numbered((pick,), [track(1, 450.0), track(7, 300.0)])] == [7]


def test_a_car_that_nobody_follows_any_more_is_not_taken_for_its_neighbour() -> None:
    seen = Sighting(1.0, (310.0, 195.0, 405.0, 262.0))
    elsewhere = [track(2, 450.0), track(3, 300.0, first=40)]
    assert numbered((Pick(0.0, 2.0, None, seen),), elsewhere) == ()
    assert [found.track_id for found in numbered((Pick(0.0, 2.0, 1, seen),), elsewhere)] == [1]


def test_picks_that_name_a_number_or_nobody_stay_as_they_are() -> None:
    picks = (Pick(0.0, 1.0), Pick(1.0, 2.0, 4))
    assert numbered(picks, [track(4, 300.0)]) == picks
