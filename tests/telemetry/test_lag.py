"""The lag of the car data behind the positions is found and taken out."""

from dataclasses import replace

import numpy as np
import pytest

from telemetry.alignment import Alignment
from telemetry.circuit import survey
from telemetry.lag import TRUST, USUAL_S, car_data_lag_s
from telemetry.timeline import Timeline
from tests.telemetry.races import LAG_S, STEP_S, Made, drive, race


@pytest.fixture(scope="module")
def made() -> Made:
    return race({f"C{n}X": drive(-25.0 * n, 1.0 - 0.01 * n, end_s=300.0) for n in range(4)})


def test_the_planted_lag_is_found(made: Made) -> None:
    drawn_s = car_data_lag_s(made.record, survey(made.record))
    found_s = USUAL_S + (drawn_s - USUAL_S) / TRUST
    assert found_s == pytest.approx(LAG_S, abs=0.02)


def test_speeds_that_were_not_sent_do_not_take_the_others_part(made: Made) -> None:
    circuit = survey(made.record)
    holed = {
        tla: replace(trace, speed_kmh=np.where(np.arange(len(trace.speed_kmh)) % 50 == 7, np.nan, trace.speed_kmh))
        for tla, trace in made.record.traces.items()
    }
    assert car_data_lag_s(replace(made.record, traces=holed), circuit) == pytest.approx(
        car_data_lag_s(made.record, circuit), abs=0.01
    )


def test_without_a_circuit_the_lag_is_the_usual_one(made: Made) -> None:
    assert car_data_lag_s(made.record, None) == USUAL_S


def test_the_speed_shown_is_the_speed_then(made: Made) -> None:
    line = Timeline(made.record, "C0X", Alignment.constant(0.0))
    truth_kmh = np.gradient(made.cars["C0X"].progress_m, STEP_S) * 3.6
    off = [line.at(t).own.speed_kmh.value - truth_kmh[round(t / STEP_S)] for t in np.arange(20, 280, 0.74)]
    assert np.median(np.abs(off)) < 1.0
    assert np.max(np.abs(off)) < 5.0
