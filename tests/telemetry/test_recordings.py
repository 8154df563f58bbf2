"""Recordings as recorders leave them: in Python's quotes, with names that hold an apostrophe, and without a stream or two."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sessions import demo
from telemetry import flag, race, recording
from telemetry.errors import TelemetryError
from telemetry.race_record import RaceRecord
from telemetry.race_session import RaceSession

SAMPLE = Path(demo.__file__).parent / "livetiming.txt"
LAPS = 8
CARS = 10

Change = Callable[[str, Any, str], Any]


def rewritten(folder: Path, change: Change, written: Callable[[Any], str] = json.dumps) -> Path:
    """Return the sample's recording with every message changed; those that become None are left out."""
    path = folder / "livetiming.txt"
    messages = [change(*json.loads(line)) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(f"{written(message)}\n" for message in messages if message is not None), encoding="utf-8")
    return path


def without(*topics: str) -> Change:
    return lambda *message: None if message[0] in topics else message


def loaded(path: Path) -> RaceRecord:
    return race.load(RaceSession(2025, "Alta", "R", path))


@pytest.mark.parametrize("topic", ["SessionInfo", "SessionData", "SessionStatus", "TrackStatus", "TimingAppData", "DriverList"])
def test_a_stream_that_is_missing_costs_what_it_says_and_no_laps(tmp_path: Path, topic: str) -> None:
    record = loaded(rewritten(tmp_path, without(topic)))
    assert len(record.traces) == CARS
    assert {len(laps) for laps in record.laps.values()} == {LAPS}
    assert len(record.interval_s) == CARS
    every = [lap for laps in record.laps.values() for lap in laps]
    assert all(lap.accurate for lap in every if lap.number > 1)
    assert any(lap.compound for lap in every) == (topic != "TimingAppData")
    assert bool(record.track_status) == (topic != "TrackStatus")
    assert ("RAP" in record.drivers) == (topic != "DriverList")


def test_without_names_drivers_go_by_their_numbers(tmp_path: Path) -> None:
    record = loaded(rewritten(tmp_path, without("DriverList")))
    assert record.drivers["88"].full_name == "Car 88"
    assert record.drivers["88"].team_colour == "8a8d91"


@pytest.mark.parametrize("written", [json.dumps, repr], ids=["JSON", "Python"])
def test_a_name_with_an_apostrophe_is_read_whatever_the_quotes(tmp_path: Path, written: Callable[[Any], str]) -> None:
    def named(topic: str, payload: Any, stamp: str) -> Any:
        if topic == "DriverList":
            payload["88"] |= {"FirstName": "Pato", "LastName": "O'Ward", "FullName": "Pato O'WARD"}
        return [topic, payload, stamp]

    record = loaded(rewritten(tmp_path, named, written))
    assert record.drivers["RAP"].full_name == "Pato O'Ward"
    assert len(record.laps["RAP"]) == LAPS


def test_a_recording_in_pythons_quotes_is_of_the_session_it_says(tmp_path: Path) -> None:
    path = rewritten(tmp_path, lambda *message: list(message), repr)
    with pytest.raises(TelemetryError, match="is of Alta Grand Prix 2025, not Monaco"):
        race.load(RaceSession(2025, "Monaco", "R", path))


@pytest.mark.parametrize("topic", ["CarData.z", "Position.z"])
def test_a_recording_without_cars_says_which_stream_it_lacks(tmp_path: Path, topic: str) -> None:
    with pytest.raises(TelemetryError, match=f"has no {topic}"):
        loaded(rewritten(tmp_path, without(topic)))


def test_the_sample_is_whole() -> None:
    held = recording.contents(SAMPLE)
    assert not held.unread
    assert next(iter(held.started)) == "SessionData"
    assert len(held.numbers) == CARS


def test_a_home_that_cannot_be_written_costs_nothing_but_what_would_be_kept_there(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("no folder, for root too")
    around = {
        name: value for name, value in os.environ.items() if name not in ("FASTF1_CACHE", "SLIPSTREAM_CACHE", "XDG_CACHE_HOME")
    }
    words = ["moments", "--race", "2025/Alta/R", "--recording", str(SAMPLE), "--top", "1"]
    command = [sys.executable, "-m", "sessions", *words]
    done = subprocess.run(command, env=around | {"HOME": str(home)}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "start a session from one" in done.stdout


def test_a_car_without_a_name_or_with_anothers_is_on_the_road_by_its_number(tmp_path: Path) -> None:
    def named(topic: str, payload: Any, stamp: str) -> Any:
        if topic == "DriverList":
            payload["88"]["Tla"] = None
            payload["7"]["Tla"] = payload["21"]["Tla"]
            del payload["48"]
        return [topic, payload, stamp]

    record = loaded(rewritten(tmp_path, named))
    assert {"88", "48"} < set(record.traces)
    assert len({"7", "21"} & set(record.traces)) == 1
    assert len(record.traces) == CARS
    assert {len(laps) for laps in record.laps.values()} == {LAPS}
    assert {lap.driver for lap in record.laps["88"]} == {"88"}
    assert len(record.interval_s) == CARS
    assert record.drivers["48"].full_name == "Car 48"


def test_a_race_whose_laps_nobody_counts_ends_with_its_flag(tmp_path: Path) -> None:
    def shown(topic: str, payload: Any, stamp: str) -> Any:
        if topic == "SessionStatus" and payload["Status"] == "Finished":
            stamp = "2025-06-15T13:11:01.8000000Z"  # the winner came a second before
        return None if topic == "LapCount" else [topic, payload, stamp]

    record = loaded(rewritten(tmp_path, shown))
    assert record.total_laps is None
    assert record.flag_s == pytest.approx(481.9, abs=0.1)
    assert flag.distance_laps(record) == LAPS


@pytest.mark.parametrize("torn", ['["SessionStatus", {"Status": "Started"', '["TrackStatus", {'])
def test_a_message_that_a_crash_tore_costs_no_laps(tmp_path: Path, torn: str) -> None:
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith(torn) for line in lines) == 1
    path = tmp_path / "livetiming.txt"
    path.write_text("\n".join(torn if line.startswith(torn) else line for line in lines), encoding="utf-8")
    record = loaded(path)
    assert {len(laps) for laps in record.laps.values()} == {LAPS}
    assert record.laps["RAP"][0].start_s == pytest.approx(0.15, abs=0.2)


def test_the_end_of_a_lap_that_is_lost_renumbers_no_lap_and_moves_no_place(tmp_path: Path) -> None:
    torn = {("7", 4), ("88", 3), ("88", 4)}

    def lost(topic: str, payload: Any, stamp: str) -> Any:
        ended = {(car, said.get("NumberOfLaps")) for car, said in payload["Lines"].items()} if topic == "TimingData" else set()
        return [topic, 5 if ended & torn else payload, stamp]

    whole, record = loaded(SAMPLE), loaded(rewritten(tmp_path, lost))
    assert record.unread_lines == len(torn)
    assert record.laps.keys() == whole.laps.keys()
    for tla, laps in record.laps.items():
        gone = {number for car, number in torn if car == str(record.drivers[tla].number)}
        assert [lap.number for lap in laps] == list(range(1, LAPS + 1))
        for lap, known in zip(laps, whole.laps[tla], strict=True):
            if not gone or lap.number not in range(min(gone), max(gone) + 2):
                assert lap == known
            assert lap.end_s == pytest.approx(known.end_s, abs=0.3 if gone else 0.0)
        assert not any(lap.accurate for lap in laps if lap.number in gone)
