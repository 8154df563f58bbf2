"""Corners: where they are, what they are called, and who was slower in them."""

from dataclasses import replace

import numpy as np
import pytest

from telemetry.alignment import Alignment
from telemetry.circuit import Circuit
from telemetry.corners import corners
from telemetry.race_record import CornerMark
from telemetry.timeline import Timeline
from tests.telemetry.races import LENGTH_M, STEP_S, Made, drive, place, race

END_S = 200.0
APEX_M = LENGTH_M * 7 / 16  # where `drive` is slowest for the second time


def stadium(radius_m: float, straight_m: float) -> Circuit:
    """Return two straights joined by half circles, beginning in the middle of a straight."""
    half_m = np.pi * radius_m
    length_m = 2 * (straight_m + half_m)
    run = np.arange(0, length_m, 1.0)
    x, y = np.empty(len(run)), np.empty(len(run))
    for at, s in enumerate((run + straight_m / 2) % length_m):
        side, s = divmod(s, straight_m + half_m)
        sign = 1 if side == 0 else -1
        if s < straight_m:
            x[at], y[at] = sign * (s - straight_m / 2), -sign * radius_m
        else:
            turn = (s - straight_m) / radius_m
            x[at], y[at] = sign * (straight_m / 2 + radius_m * np.sin(turn)), -sign * radius_m * np.cos(turn)
    return Circuit(x, y, length_m)


def test_bends_are_counted_from_the_line() -> None:
    found = corners(stadium(60.0, 700.0))
    assert [corner.label for corner in found] == ["1", "2"]
    for corner, middle_m in zip(found, (350 + np.pi * 30, 1050 + np.pi * 90), strict=True):
        assert corner.apex_m == pytest.approx(middle_m, abs=np.pi * 30)
        assert corner.before_m < corner.apex_m < corner.after_m


def test_a_bend_taken_flat_out_bears_no_number() -> None:
    assert corners(stadium(250.0, 700.0)) == ()


def test_official_corners_bear_their_official_numbers_in_driving_order() -> None:
    x_m, y_m = place(np.array([2_000.0, 400.0, 2_040.0]))
    marks = [CornerMark(7, letter, float(x), float(y)) for letter, x, y in zip(("A", "", "B"), x_m, y_m, strict=True)]
    made = race({f"C{n}X": drive(-30.0 * n, 1.0, end_s=END_S) for n in range(3)})
    circuit = Timeline(made.record, "C0X", Alignment.constant(0.0)).circuit
    assert circuit is not None
    found = corners(circuit, marks)
    assert [corner.label for corner in found] == ["7", "7A", "7B"]
    assert [corner.apex_m for corner in found] == pytest.approx([400.0, 2_000.0, 2_040.0], abs=3.0)
    assert found[1].after_m == pytest.approx(2_020.0, abs=3.0)  # halfway to the next


@pytest.fixture(scope="module")
def chase() -> Made:
    """OWN is slower than RIV in the corner at `APEX_M`, on every lap, and RIV is 60 m ahead."""
    cars = {"OWN": drive(-60.0, 1.0, end_s=END_S), "RIV": drive(0.0, 1.04, end_s=END_S), "M0X": drive(-900.0, 1.0, end_s=END_S)}
    made = race(cars)
    x_m, y_m = place(np.array([APEX_M]))
    return Made(replace(made.record, corners=(CornerMark(5, "", float(x_m[0]), float(y_m[0])),)), made.cars)


def test_the_lowest_speeds_in_the_last_corner_are_the_true_ones(chase: Made) -> None:
    line = Timeline(chase.record, "OWN", Alignment.constant(0.0))

    def lowest_kmh(tla: str, lap: int) -> float:
        progress_m = chase.cars[tla].progress_m
        speed_kmh = np.gradient(progress_m, STEP_S) * 3.6
        return float(speed_kmh[np.abs(progress_m - lap * LENGTH_M - APEX_M) < 90].min())

    out_s = float(
        np.interp(LENGTH_M + APEX_M + 120, chase.cars["OWN"].progress_m, np.arange(len(chase.cars["OWN"].progress_m)) * STEP_S)
    )
    sight = next(car for car in line.at(out_s).ahead if car.car.driver == "RIV")
    assert sight.corner is not None
    assert sight.corner.corner == "5"
    assert sight.corner.own_kmh == pytest.approx(lowest_kmh("OWN", 1), abs=2.0)
    assert sight.corner.other_kmh == pytest.approx(lowest_kmh("RIV", 1), abs=2.0)
    assert sight.corner.difference_kmh < -3.0


def test_before_the_first_corner_there_is_nothing_to_compare(chase: Made) -> None:
    line = Timeline(chase.record, "OWN", Alignment.constant(0.0))
    assert all(car.corner is None for car in line.at(14.0).ahead)
