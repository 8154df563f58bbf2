"""The whole race at once says what the instants say."""

import numpy as np
import pytest

from telemetry.circuit import survey
from telemetry.field import NOBODY, Field, whole_race
from telemetry.traffic import Traffic
from tests.telemetry.races import Made, drive, race

END_S = 260.0


@pytest.fixture(scope="module")
def made() -> Made:
    return race({f"C{n}X": drive(-25.0 * n, 1.0 - 0.012 * ((n * 3) % 5), end_s=END_S) for n in range(6)})


@pytest.fixture(scope="module")
def traffic(made: Made) -> Traffic:
    circuit = survey(made.record)
    assert circuit is not None
    return Traffic(made.record, circuit)


@pytest.fixture(scope="module")
def field(traffic: Traffic) -> Field:
    return whole_race(traffic)


def test_ahead_and_gaps_agree_with_each_instant(traffic: Traffic, field: Field) -> None:
    compared = 0
    for step in range(100, len(field.time_s) - 100, 37):
        for row, driver in enumerate(field.drivers):
            ahead, _ = traffic.around(driver, float(field.time_s[step]), sight_m=300.0)
            if not ahead or field.gap_m[row, step] > 300:
                continue
            near = [car for car in ahead if car.driver == field.drivers[field.ahead[row, step]]]
            assert near
            assert near[0].gap_m == pytest.approx(field.gap_m[row, step], abs=0.05)
            if near[0].gap_s is not None:
                assert near[0].gap_s == pytest.approx(field.gap_s[row, step], abs=0.01)
                compared += 1
    assert compared > 50


def test_the_car_ahead_is_the_true_one_wherever_cars_are_apart(made: Made, field: Field) -> None:
    wrong = total = 0
    for step in range(100, len(field.time_s) - 50, 5):
        time_s = float(field.time_s[step])
        for row, driver in enumerate(field.drivers):
            gaps = sorted(made.gap_m(driver, other, time_s) for other in field.drivers if other != driver)
            if gaps[0] > 150 or gaps[0] < 1 or gaps[1] - gaps[0] < 1 or 3000 - gaps[-1] < 1:
                continue
            total += 1
            wrong += field.drivers[field.ahead[row, step]] != made.ahead_of(driver, time_s)
    assert total > 400
    assert wrong == 0


def test_a_car_alone_has_nobody_ahead() -> None:
    made = race({"ONE": drive(0.0, 1.0, end_s=END_S)})
    circuit = survey(made.record)
    assert circuit is not None
    field = whole_race(Traffic(made.record, circuit))
    assert (field.ahead == NOBODY).all()
    assert np.isnan(field.gap_s).all()
