"""What positions are slowly off by is taken out at the line, as far as the timing can be believed."""

from dataclasses import replace

import numpy as np
import pytest

from telemetry.alignment import Alignment
from telemetry.line_error import slow_error_m
from telemetry.race_record import Lap
from telemetry.timeline import Timeline
from tests.telemetry.races import drive, place, race

LENGTH_M = 4_000.0
TIME_S = np.arange(0.0, 1_800.0, 0.1)


def laps(progress_m: np.ndarray, jitter_s: np.ndarray | None = None) -> list[Lap]:
    made = []
    for number in range(1, int(progress_m[-1] // LENGTH_M) + 1):
        end_s = float(np.interp(number * LENGTH_M, progress_m, TIME_S))
        end_s += 0.0 if jitter_s is None else float(jitter_s[number])
        made.append(Lap("AAA", number, None, end_s, None, (None, None, None), None, None, None, accurate=True, in_pit=False))
    return made


def test_a_lasting_error_is_found_whole() -> None:
    truth_m = 60.0 * TIME_S
    error_m = slow_error_m(truth_m + 3.0, TIME_S, laps(truth_m), LENGTH_M)
    assert error_m == pytest.approx(3.0, abs=0.05)


def test_timing_that_is_stamped_late_and_unevenly_moves_little() -> None:
    truth_m = 60.0 * TIME_S
    jitter_s = np.random.default_rng(1).normal(0, 0.25, 60)
    error_m = slow_error_m(truth_m, TIME_S, laps(truth_m, jitter_s), LENGTH_M)
    assert np.abs(error_m).max() < 4.0  # the crossings themselves are off by 15 m


def test_one_lap_that_the_timing_has_wrong_does_not_count() -> None:
    truth_m = 60.0 * TIME_S
    jitter_s = np.zeros(60)
    jitter_s[9] = 12.0
    assert np.abs(slow_error_m(truth_m, TIME_S, laps(truth_m, jitter_s), LENGTH_M)).max() < 0.01


def test_too_few_laps_say_nothing() -> None:
    truth_m = 60.0 * TIME_S
    assert not slow_error_m(truth_m + 3.0, TIME_S, laps(truth_m)[:4], LENGTH_M).any()


def test_a_car_whose_positions_run_ahead_keeps_its_place_in_the_queue() -> None:
    field = {f"C{n}X": drive(-9.0 * n, 1.0, end_s=700.0) for n in range(5)}
    made = race(field)
    trace = made.record.traces["C2X"]
    x_m, y_m = place(made.cars["C2X"].at(trace.position_time_s) + 12.0)  # beyond C1X, which is 9 m ahead
    off = replace(trace, x_m=x_m, y_m=y_m)
    line = Timeline(replace(made.record, traces=dict(made.record.traces) | {"C2X": off}), "C2X", Alignment.constant(0.0))
    ahead = [line.at(float(time_s)).ahead[0] for time_s in np.arange(100.0, 600.0, 7.3)]
    assert {sight.car.driver for sight in ahead} == {"C1X"}
