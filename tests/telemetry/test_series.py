"""Numbers between samples, and how sure they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.sample import ABSENT, Quality
from telemetry.series import CLOSE_S, HOLE_S, STALE_S, Series

TIMES_S = np.array([10.0, 10.24, 10.52, 10.76])
VALUES = np.array([100.0, 124.0, 110.0, 110.0])
SPEED = Series(TIMES_S, VALUES)
GEAR = Series(TIMES_S, np.array([3.0, 4.0, 3.0, 3.0]), steps=True)


def test_on_a_sample_the_number_is_measured() -> None:
    for time_s, value in zip(TIMES_S, VALUES, strict=True):
        assert SPEED.at(time_s).value == value
        assert SPEED.at(time_s).quality is Quality.MEASURED


def test_a_gear_is_never_between_two_gears() -> None:
    assert GEAR.at(10.23 - CLOSE_S).value == 3.0
    assert GEAR.at(10.4).value == 4.0


@given(time_s=st.floats(10.0, 10.76))
def test_between_samples_a_speed_lies_between_its_neighbours(time_s: float) -> None:
    reading = SPEED.at(time_s)
    after = int(np.clip(np.searchsorted(TIMES_S, time_s, side="right"), 1, 3))
    low, high = sorted(VALUES[after - 1 : after + 1])
    assert reading.value is not None
    assert low - 1e-9 <= reading.value <= high + 1e-9


def test_before_the_first_sample_there_is_nothing() -> None:
    assert SPEED.at(9.9) is ABSENT


def test_after_the_last_sample_a_number_goes_stale_and_then_away() -> None:
    assert SPEED.at(12.0).quality is Quality.STALE
    assert SPEED.at(10.76 + STALE_S + 0.1) is ABSENT


def test_a_hole_is_not_bridged() -> None:
    holed = Series(np.array([0.0, HOLE_S + 1, HOLE_S + 1.2]), np.array([100.0, 200.0, 200.0]))
    assert holed.at(1.5).quality is Quality.STALE
    assert holed.at(1.5).value == 100.0


def test_what_the_feed_left_out_does_not_count() -> None:
    assert Series(np.array([0.0, 0.2, 0.4]), np.array([10.0, np.nan, 20.0])).at(0.2).value == pytest.approx(15.0)


def test_nothing_sent_is_absent_everywhere() -> None:
    assert Series(np.empty(0), np.empty(0)).at(5.0) is ABSENT
