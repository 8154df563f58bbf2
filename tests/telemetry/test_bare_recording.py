"""Recordings that say nothing of their session, and laps found in positions alone."""

from pathlib import Path

import numpy as np
import pytest

from telemetry.circuit import survey
from telemetry.errors import TelemetryError
from telemetry.race import load
from telemetry.race_session import RaceSession
from telemetry.traffic import Traffic
from telemetry.unmarked_laps import passes
from tests.shared import shared
from tests.telemetry.races import LENGTH_M, Made, drive, race
from tests.telemetry.recordings import write_bare


@pytest.fixture(scope="module")
def made() -> Made:
    cars = {"AAA": drive(0.0, 1.0, end_s=330.0), "BBB": drive(-60.0, 0.99, end_s=330.0, lost=((100.0, 101.0),))}
    return race(cars, kind="FP3", with_laps=False)


def _asked(path: Path, *, year: int = 2024) -> RaceSession:
    return RaceSession(year, "Made", "FP3", path)


def test_a_bare_recording_gives_back_the_samples_that_went_in(made: Made, tmp_path: Path) -> None:
    record = load(_asked(write_bare(made.record, tmp_path / "bare.txt")))
    assert list(record.traces) == ["2", "3"]
    assert record.laps == {"2": (), "3": ()}
    assert record.utc_at_zero == made.record.utc_at_zero
    planted, found = made.record.traces["BBB"], record.traces["3"]
    inside = planted.position_time_s < planted.session_time_s[-1] // 1 + 1
    np.testing.assert_allclose(found.position_time_s, planted.position_time_s[inside], atol=1e-5)
    np.testing.assert_allclose(found.x_m, planted.x_m[inside], atol=0.051)
    np.testing.assert_allclose(found.speed_kmh, planted.speed_kmh)
    assert np.isnan(found.x_m).any()


def test_the_car_ahead_is_known_on_a_circuit_found_without_timing(made: Made, tmp_path: Path) -> None:
    record = load(_asked(write_bare(made.record, tmp_path / "bare.txt")))
    circuit = survey(record)
    assert circuit is not None
    assert circuit.length_m == pytest.approx(LENGTH_M, rel=0.004)
    ahead, _ = Traffic(record, circuit).around("3", 200.0, sight_m=400)
    assert [car.driver for car in ahead] == ["2"]
    assert ahead[0].gap_m == pytest.approx(made.gap_m("BBB", "AAA", 200.0), abs=3.0)


def test_laps_between_passes_last_as_long_as_was_driven(made: Made) -> None:
    car = made.cars["AAA"]
    laps = passes(list(made.record.traces.values()))[0]
    assert len(laps) >= 3
    for start_s, end_s in laps:
        driven_m = np.diff(car.at(np.array([start_s, end_s])))[0]
        assert driven_m == pytest.approx(LENGTH_M, abs=1.5)


def test_torn_lines_are_passed_over(made: Made, tmp_path: Path) -> None:
    path = write_bare(made.record, tmp_path / "bare.txt")
    whole = load(_asked(path))
    lines = path.read_text().splitlines()
    lines[9] = lines[9][: len(lines[9]) // 2]
    lines[14] = "['CarData.z', 'no base64', '2024-05-26T13:00:05Z']"
    path.write_text("\n".join(lines))
    torn = load(_asked(path))
    assert 0 < len(torn.traces["2"].speed_kmh) < len(whole.traces["2"].speed_kmh)


def test_a_season_without_drs_shows_none(made: Made, tmp_path: Path) -> None:
    path = write_bare(made.record, tmp_path / "bare.txt")
    assert load(_asked(path)).traces["2"].drs is not None
    assert load(_asked(path, year=2026)).traces["2"].drs is None


def test_a_recording_in_which_no_car_moves_is_refused_by_name(tmp_path: Path) -> None:
    cars = {"AAA": drive(0.0, 0.0, end_s=30.0)}
    path = write_bare(race(cars, with_laps=False).record, tmp_path / "still.txt")
    with pytest.raises(TelemetryError, match=r"still\.txt"):
        load(_asked(path))


def test_a_genuine_recording_of_a_practice_loads_without_a_network() -> None:
    path = shared("telemetry", "mexico2024_fp3_recording", "livetiming.txt")
    record = load(RaceSession(2024, "Mexico", "FP3", path))
    assert list(record.traces) == ["1", "14", "18", "63", "77"]
    assert max(trace.speed_kmh.max() for trace in record.traces.values()) == 297
