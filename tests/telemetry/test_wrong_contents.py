"""Recordings with lines whose contents are not of their stream's shape: each costs itself only, and is counted."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from sessions import cli
from telemetry import store
from telemetry.messages import message
from telemetry.race_session import RaceSession
from tests.telemetry.recordings import packed
from tests.telemetry.test_recordings import CARS, LAPS, SAMPLE, loaded, rewritten
from tests.telemetry.test_store import same

STAMP = "2025-06-15T13:05:00.0000000Z"
CAR = {"Channels": {"0": 9000, "2": 200, "3": 5, "4": 80, "5": 0, "45": 0}}
PLACE = {"Status": "OnTrack", "X": 1, "Y": 2, "Z": 3}
NOTHING: tuple[Any, ...] = (5, None, True, "x", [1])

WRONG: list[tuple[str, Any]] = [
    *((topic, odd) for topic in ("SessionInfo", "SessionData", "TimingData", "TimingAppData", "TrackStatus") for odd in NOTHING),
    *(("SessionInfo", {"Meeting": {part: odd}}) for part in ("Country", "Circuit") for odd in (5, "x", [])),
    *(("SessionInfo", {"StartDate": odd}) for odd in (5, "soon", "1925-06-15T15:00:00")),
    *(("SessionData", {"StatusSeries": odd}) for odd in NOTHING),
    *(("SessionData", {"StatusSeries": {"0": {"Utc": odd, "SessionStatus": "Started"}}}) for odd in (5, None, "soon", [], {})),
    *(("TrackStatus", {"Status": odd}) for odd in (5, None, "-", [])),
    *(("LapCount", {"TotalLaps": odd}) for odd in (-3.5, None, True, {}, 10**30)),
    *((topic, {"Lines": odd}) for topic in ("TimingData", "TimingAppData") for odd in NOTHING),
    *((topic, {"Lines": {"7": odd}}) for topic in ("TimingData", "TimingAppData") for odd in NOTHING),
    *(("TimingData", {"Lines": {number: {"InPit": True}}}) for number in ("", "_kf", "-1", "²")),
    *(("TimingData", {"Lines": {"7": {"NumberOfLaps": odd}}}) for odd in (-1, 2.5, None, True, "x", [], 10**30)),
    *(("TimingData", {"Lines": {"7": {"InPit": odd}}}) for odd in (5, None, "x", {})),
    *(("TimingData", {"Lines": {"7": {"Position": odd}}}) for odd in (5, None, "-", [1])),
    *(("TimingData", {"Lines": {"7": {"Sectors": {"0": odd}}}}) for odd in NOTHING),
    *(("TimingData", {"Lines": {"7": {"Sectors": {"0": {"Value": odd}}}}}) for odd in (5, -3.5, None, {"a": 1})),
    *(("TimingData", {"Lines": {"7": {"LastLapTime": odd}}}) for odd in (5, "x", [])),
    *(("TimingData", {"Lines": {"7": {"BestLapTime": {"Value": odd}}}}) for odd in (5, "soon")),
    *(("TimingData", {"Lines": {"7": {"IntervalToPositionAhead": odd}}}) for odd in NOTHING),
    *(("TimingData", {"Lines": {"7": {"GapToLeader": odd}}}) for odd in (5, None, {})),
    *(("TimingAppData", {"Lines": {"7": {"Stints": odd}}}) for odd in NOTHING),
    *(("TimingAppData", {"Lines": {"7": {"Stints": {key: {}}}}}) for key in ("", "_kf")),
    *(("TimingAppData", {"Lines": {"7": {"Stints": {"0": {"StartLaps": odd}}}}}) for odd in (-3.5, True, "", [], 10**30)),
    *(("TimingAppData", {"Lines": {"7": {"Stints": {"0": {"Compound": odd}}}}}) for odd in (5, True, {})),
    *(("CarData.z", {"Entries": odd}) for odd in NOTHING),
    *(("CarData.z", {"Entries": [{"Utc": odd, "Cars": {"7": CAR}}]}) for odd in (5, None, "soon", "2025-13-45T99:00:00Z")),
    *(("CarData.z", {"Entries": [{"Utc": STAMP, "Cars": odd}]}) for odd in NOTHING),
    *(("CarData.z", {"Entries": [{"Utc": STAMP, "Cars": {number: CAR}}]}) for number in ("", "_kf", "²")),
    *(("CarData.z", {"Entries": [{"Utc": STAMP, "Cars": {"7": {"Channels": odd}}}]}) for odd in NOTHING),
    *(
        ("CarData.z", {"Entries": [{"Utc": STAMP, "Cars": {"7": {"Channels": {**CAR["Channels"], "2": odd}}}}]})
        for odd in ("", None, True, [], 10**30, float("nan"), float("inf"))
    ),
    *(("Position.z", {"Position": odd}) for odd in NOTHING),
    *(("Position.z", {"Position": [{"Timestamp": odd, "Entries": {"7": PLACE}}]}) for odd in (5, None, "soon", {})),
    *(("Position.z", {"Position": [{"Timestamp": STAMP, "Entries": {"7": odd}}]}) for odd in NOTHING),
    *(
        ("Position.z", {"Position": [{"Timestamp": STAMP, "Entries": {"7": {**PLACE, axis: odd}}}]})
        for axis in "XYZ"
        for odd in ("-", None, True, {}, 10**30)
    ),
]
LINES = [
    *(json.dumps([topic, packed(payload) if topic.endswith(".z") else payload, STAMP]) for topic, payload in WRONG),
    *(json.dumps(["TimingData", {"Lines": {"7": {"InPit": True}}}, odd]) for odd in (5, None, [], "soon", "2025-06-15")),
    *(
        "5",
        "null",
        "[]",
        "{}",
        '"x"',
        "[1, 2, 3]",
        '["TimingData", {}]',
        '["CarData.z", 5, "2025-06-15T13:05:00Z"]',
        "[" * 50_000,
    ),
    f"['Heartbeat', b'x', '{STAMP}']",
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:60])
def test_what_is_not_of_its_streams_shape_is_no_message(line: str) -> None:
    assert message(line) is None


def test_wrong_contents_cost_themselves_only_and_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = SAMPLE.read_text(encoding="utf-8").splitlines()
    path = tmp_path / "livetiming.txt"
    path.write_text("\n".join([*LINES, *whole[:600], *LINES, *whole[600:]]), encoding="utf-8")
    assert cli.main(["telemetry", "fetch", "--race", "2025/Alta/R", "--recording", str(path), "--quiet"]) == 0
    assert f"left out: {2 * len(LINES)} lines of the recording" in capsys.readouterr().out
    kept = store.kept(RaceSession(2025, "Alta", "R", path))
    assert kept is not None
    same(kept, loaded(SAMPLE))


def test_where_all_that_is_needed_once_has_wrong_contents_the_laps_are_there(tmp_path: Path) -> None:
    odd: dict[str, Any] = {"SessionInfo": {"Meeting": "Alta"}, "TrackStatus": 5, "TimingAppData": {"Lines": None}}

    def changed(topic: str, payload: Any, stamp: str) -> Any:
        if payload == {"Status": "Started"}:
            return [topic, {"Status": 5}, stamp]
        return [topic, odd.get(topic, payload), stamp]

    record = loaded(rewritten(tmp_path, changed))
    assert record.unread_lines == 13
    assert {len(laps) for laps in record.laps.values()} == {LAPS}
    assert record.laps["RAP"][0].start_s == pytest.approx(0.15, abs=0.2)
    assert record.track_status == ()


def test_who_is_named_wrongly_is_on_the_road_by_a_number_and_nobody_else_loses_a_name(tmp_path: Path) -> None:
    def named(topic: str, payload: Any, stamp: str) -> Any:
        if topic == "DriverList":
            payload = copy.deepcopy(payload) | {"88": 5, "48": None, "_kf": True}
            payload["7"] |= {"Tla": ["LYR"], "TeamName": 5, "FirstName": {}, "RacingNumber": "x"}
        return [topic, payload, stamp]

    record = loaded(rewritten(tmp_path, named))
    assert len(record.traces) == CARS
    assert {"88", "48", "7"} < set(record.drivers)
    assert "NOR" in record.drivers
    assert record.drivers["7"].team == ""
    assert {len(laps) for laps in record.laps.values()} == {LAPS}
