import pytest

from overlay.casting import Cast
from overlay.picks import Pick, picked
from segmentation.track import SteadyBox
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
