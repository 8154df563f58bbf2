"""Numbers between samples, and how sure they are."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import Akima1DInterpolator

from telemetry.sample import ABSENT, Quality
from telemetry.series import CLOSE_S, HOLE_S, SPEED_REACH, STALE_S, Between, Series

TIMES_S = np.array([10.0, 10.24, 10.52, 10.76])
VALUES = np.array([100.0, 124.0, 110.0, 110.0])
SPEED = Series(TIMES_S, VALUES)
SMOOTH = Series(TIMES_S, VALUES, between=Between.SMOOTH, reach=SPEED_REACH)
GEAR = Series(TIMES_S, np.array([3.0, 4.0, 3.0, 3.0]), between=Between.STEP)


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


def test_a_smooth_channel_is_akimas_modified_curve() -> None:
    rng = np.random.default_rng(3)
    time_s, value = np.cumsum(rng.uniform(0.1, 0.5, 60)), rng.uniform(50, 300, 60)
    smooth, other = Series(time_s, value, between=Between.SMOOTH), Akima1DInterpolator(time_s, value, method="makima")
    inside = np.linspace(time_s[3], time_s[-4], 400)
    got = [smooth.at(float(instant)).value for instant in inside]
    np.testing.assert_allclose(got, other(inside), atol=1e-9)


def test_a_smooth_channel_goes_through_its_samples() -> None:
    assert [SMOOTH.at(float(time_s)).value for time_s in TIMES_S[:-1]] == pytest.approx(VALUES[:-1])


@given(
    values=st.lists(st.floats(0, 340), min_size=6, max_size=6),
    steps_s=st.lists(st.floats(0.05, 0.6), min_size=6, max_size=6),
    share=st.floats(0, 1),
)
def test_a_speed_between_samples_is_one_that_a_car_can_reach(values: list[float], steps_s: list[float], share: float) -> None:
    time_s = np.cumsum(steps_s)
    now_s = float(time_s[2] + share * (time_s[3] - time_s[2]))
    reading = Series(time_s, np.array(values), between=Between.SMOOTH, reach=SPEED_REACH).at(now_s)
    assert reading.value is not None
    since_s, until_s = now_s - time_s[2], time_s[3] - now_s
    low, high = sorted(values[2:4])
    assert (
        reading.value >= max(min(low, values[2] - SPEED_REACH.fall * since_s, values[3] - SPEED_REACH.rise * until_s), 0) - 1e-6
    )
    assert reading.value <= max(high, values[2] + SPEED_REACH.rise * since_s, values[3] + SPEED_REACH.fall * until_s) + 1e-6
    assert reading.value >= 0


def test_nothing_jumps_where_a_sample_is_near() -> None:
    around = [SMOOTH.at(10.24 + off).value for off in np.linspace(-0.05, 0.05, 201)]
    assert np.abs(np.diff(around)).max() < 0.2


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


def test_samples_that_are_all_known_are_not_held_twice() -> None:
    times_s, values = np.arange(200_000) * 0.25, np.arange(200_000.0)
    tracemalloc.start()
    series = Series(times_s, values, between=Between.SMOOTH)
    held_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held_bytes < 0.1 * times_s.nbytes
    assert series.at(1000.0).value == 4000.0
