"""The circuit: where on it a place lies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.circuit import Circuit, survey
from tests.telemetry.races import LENGTH_M, LINE, drive, place, race

CIRCUIT = Circuit(LINE[::2, 0].copy(), LINE[::2, 1].copy(), LENGTH_M)
END_S = 330.0


@given(distance_m=st.floats(0, LENGTH_M, exclude_max=True), lateral_m=st.floats(-12, 12))
def test_a_place_beside_the_line_projects_back_to_where_it_was_made(distance_m: float, lateral_m: float) -> None:
    x_m, y_m = place(np.array([distance_m]), lateral_m)
    found_m, aside_m = CIRCUIT.project(x_m, y_m)
    off_m = (found_m[0] - distance_m + LENGTH_M / 2) % LENGTH_M - LENGTH_M / 2
    assert abs(off_m) < 1.0
    assert aside_m[0] == pytest.approx(lateral_m, abs=0.2)


@given(turn_rad=st.floats(-3, 3), east_m=st.floats(-9000, 9000), distance_m=st.floats(0, LENGTH_M, exclude_max=True))
def test_turning_and_moving_everything_changes_no_distance(turn_rad: float, east_m: float, distance_m: float) -> None:
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)

    def turned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return cos * x - sin * y + east_m, sin * x + cos * y

    there = Circuit(*turned(CIRCUIT.x_m, CIRCUIT.y_m), LENGTH_M)
    x_m, y_m = place(np.array([distance_m]), 2.0)
    plain, moved = CIRCUIT.project(x_m, y_m), there.project(*turned(x_m, y_m))
    off_m = (plain[0][0] - moved[0][0] + LENGTH_M / 2) % LENGTH_M - LENGTH_M / 2
    assert abs(off_m) < 0.01
    assert plain[1][0] == pytest.approx(moved[1][0], abs=0.01)


def test_a_place_that_is_not_known_has_no_distance() -> None:
    distance_m, lateral_m = CIRCUIT.project(np.array([np.nan, 0.0]), np.array([1.0, np.nan]))
    assert np.isnan(distance_m).all()
    assert np.isnan(lateral_m).all()


def test_the_surveyed_circuit_is_the_one_that_was_driven_and_begins_at_the_line() -> None:
    cars = {f"C{n}X": drive(-10.0 * n, 1.0 - 0.01 * n, end_s=END_S, lateral_m=float(n - 2)) for n in range(5)}
    circuit = survey(race(cars).record)
    assert circuit is not None
    assert circuit.length_m == pytest.approx(LENGTH_M, rel=0.004)
    _, aside_m = CIRCUIT.project(circuit.x_m, circuit.y_m)
    assert np.abs(aside_m).max() < 1.5
    off_m = CIRCUIT.project(circuit.x_m[:1], circuit.y_m[:1])[0][0]
    assert min(off_m, LENGTH_M - off_m) < 5


def test_a_circuit_of_three_points_is_refused() -> None:
    with pytest.raises(ValueError, match="4 points"):
        Circuit(np.zeros(3), np.zeros(3), 1.0)


def test_a_car_is_projected_anew_when_it_is_another_race_sessions() -> None:
    here, there = (race({"AAA": drive(start_m, 1.0, end_s=END_S)}).record.traces["AAA"] for start_m in (0.0, -30.0))
    for trace in (here, there, here):
        for found, wanted in zip(CIRCUIT.along(trace), CIRCUIT.project(trace.x_m, trace.y_m), strict=True):
            np.testing.assert_array_equal(found, wanted)
