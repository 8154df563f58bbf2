"""What sound and sights share of a race session is made once, whichever of them asks first."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from telemetry.circuit import survey
from telemetry.lag import car_data_lag_s
from telemetry.sync import ground
from telemetry.sync.ground import Ground
from tests.telemetry.races import Made, drive, race


@pytest.fixture(scope="module")
def made() -> Made:
    return race({f"C{n}X": drive(-25.0 * n, 1.0 - 0.01 * n, end_s=330.0) for n in range(3)})


def test_threads_that_ask_together_get_one_and_the_same(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    surveyed = []
    monkeypatch.setattr(ground, "survey", lambda record: surveyed.append(record) or survey(record))
    here = Ground(made.record)
    with ThreadPoolExecutor(4) as pool:
        fields = list(pool.map(lambda _: here.field, range(4)))
        circuits = list(pool.map(lambda _: here.circuit, range(4)))
    assert all(field is fields[0] is not None for field in fields)
    assert all(circuit is circuits[0] is not None for circuit in circuits)
    assert len(surveyed) == 1
    assert here.lag_s == car_data_lag_s(made.record, survey(made.record))


def test_where_no_circuit_is_driven_nobody_is_ahead() -> None:
    here = Ground(race({"C0X": drive(0.0, 1.0, end_s=20.0)}).record)
    assert here.circuit is None
    assert here.field is None
