"""OpenF1: what it publishes comes out as every source's does."""

import time
from pathlib import Path

import numpy as np
import pytest

from sessions import session_file
from sessions.errors import SessionError
from sessions.session import Session
from telemetry import openf1
from telemetry.errors import NotAvailableError
from telemetry.race_record import RaceRecord
from telemetry.race_session import RaceSession
from tests.telemetry.openf1_server import MEETING, RACE, SESSION, StandIn, said
from tests.telemetry.races import Made


@pytest.mark.usefixtures("server")
def test_the_samples_are_those_published(made: Made) -> None:
    record = openf1.load(RACE)
    zero_s = (record.utc_at_zero - made.record.utc_at_zero).total_seconds()
    assert zero_s == pytest.approx(min(trace.session_time_s[0] for trace in made.record.traces.values()), abs=1e-5)
    assert list(record.traces) == ["AAA", "BBB"]
    for tla, trace in made.record.traces.items():
        got = record.traces[tla]
        np.testing.assert_allclose(got.session_time_s + zero_s, trace.session_time_s, atol=1e-5)
        np.testing.assert_array_equal(got.speed_kmh, trace.speed_kmh)
        np.testing.assert_array_equal(got.gear, trace.gear)
        np.testing.assert_allclose(got.x_m, trace.x_m, atol=0.06)  # NaN where the car sent none
        assert (got.drs == 8).all()
    assert record.drivers["AAA"].team_colour == "ff0000"


@pytest.mark.usefixtures("server")
def test_laps_have_times_tyres_and_pit_stops(made: Made) -> None:
    record = openf1.load(RACE)
    zero_s = (record.utc_at_zero - made.record.utc_at_zero).total_seconds()
    for truth, lap in zip(made.record.laps["AAA"], record.laps["AAA"], strict=True):
        assert lap.start_s == pytest.approx(truth.start_s - zero_s, abs=1e-4)
        assert lap.end_s == (None if truth.end_s is None else pytest.approx(truth.end_s - zero_s, abs=1e-2))
        assert (lap.compound, lap.tyre_age_laps) == (("SOFT", 3 + lap.number) if lap.number < 3 else ("HARD", lap.number - 2))
        for got, wanted in ((lap.pit_in_s, truth.pit_in_s), (lap.pit_out_s, truth.pit_out_s)):
            assert got == (None if wanted is None else pytest.approx(wanted - zero_s, abs=1e-3))
        assert not (lap.accurate and lap.in_pit)
    assert any(lap.accurate for lap in record.laps["BBB"])
    assert record.laps["BBB"][0].position == 2


@pytest.mark.usefixtures("server")
def test_the_leader_has_no_gap_and_a_lapped_car_none_in_seconds() -> None:
    _, leader_s, ahead_s = openf1.load(RACE).interval_s["AAA"]
    np.testing.assert_array_equal(leader_s, [0.0, np.nan])
    np.testing.assert_array_equal(ahead_s, [np.nan, 1.234])


def codes(server: StandIn, made: Made, *messages: dict[str, object]) -> list[tuple[int, str]]:
    server.rows["race_control"] = list(messages)
    record = openf1.load(RACE)
    zero_s = (record.utc_at_zero - made.record.utc_at_zero).total_seconds()
    return [(round(time_s + zero_s), code) for time_s, code in record.track_status if time_s > 0]


def test_race_control_says_when_the_race_is_neutralised(server: StandIn, made: Made) -> None:
    record: RaceRecord = made.record
    line_s = min(lap.start_s for laps in record.laps.values() for lap in laps if lap.start_s > 90.0)
    assert codes(
        server,
        made,
        said(20.0, record, category="SafetyCar", message="VSC DEPLOYED"),
        said(30.0, record, category="SafetyCar", message="VSC ENDING"),
        said(70.0, record, category="SafetyCar", message="SAFETY CAR DEPLOYED"),
        said(90.0, record, category="SafetyCar", message="SAFETY CAR IN THIS LAP"),
        said(160.0, record, category="Flag", flag="RED", message="RED FLAG"),
        said(170.0, record, category="Flag", flag="GREEN", scope="Track", message="GREEN LIGHT - PIT EXIT OPEN"),
        said(180.0, record, category="Flag", flag="YELLOW", scope="Sector", message="YELLOW IN TRACK SECTOR 3"),
    ) == [(20, "6"), (30, "7"), (45, "1"), (70, "4"), (round(line_s), "1"), (160, "5"), (170, "1")]


def test_a_safety_car_stays_until_the_leader_crosses_the_line_not_whoever_follows(server: StandIn, made: Made) -> None:
    record: RaceRecord = made.record
    starts = {tla: {lap.number: lap.start_s for lap in laps} for tla, laps in record.laps.items()}
    first_s, second_s = sorted(starts[tla][2] for tla in ("AAA", "BBB"))
    assert second_s - first_s > 0.2
    message = said(first_s + 0.1, record, category="SafetyCar", message="SAFETY CAR IN THIS LAP")
    deployed = said(first_s - 20, record, category="SafetyCar", message="SAFETY CAR DEPLOYED")
    leader_s = min(starts[tla][3] for tla in ("AAA", "BBB"))
    assert codes(server, made, deployed, message) == [(round(first_s - 20), "4"), (round(leader_s), "1")]


def test_what_race_control_said_before_the_first_car_data_holds_from_then_on(server: StandIn, made: Made) -> None:
    deployed = said(-300.0, made.record, category="SafetyCar", message="VSC DEPLOYED")
    server.rows["race_control"] = [said(-600.0, made.record, message="RISK OF RAIN"), deployed]
    assert openf1.load(RACE).track_status[-1] == (0.0, "6")


def test_half_a_position_is_none(server: StandIn) -> None:
    for row in server.rows["location"][::7]:
        row["y"] = None
    x_m, y_m = (getattr(openf1.load(RACE).traces["AAA"], axis) for axis in ("x_m", "y_m"))
    np.testing.assert_array_equal(np.isfinite(x_m), np.isfinite(y_m))


ODD: tuple[object, ...] = ("x", [], True, 10**30)
NUMBERS = {
    "car_data": ("speed", "rpm", "n_gear", "throttle", "brake", "drs"),
    "location": ("x", "y"),
    "laps": ("lap_duration", "duration_sector_1"),
    "position": ("position",),
    "stints": ("lap_start", "lap_end", "tyre_age_at_start"),
    "pit": ("lap_number", "pit_duration"),
}
DATES = ("car_data", "location", "position", "pit", "intervals", "race_control")


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_a_field_of_another_shape_says_nothing_and_the_rest_stays(odd: object, server: StandIn, made: Made) -> None:
    deployed = said(20.0, made.record, category="SafetyCar", message="VSC DEPLOYED")
    server.rows["race_control"] = [deployed, *(deployed | {"date": odd, "message": odd, "flag": odd} for _ in range(2))]
    known = openf1.load(RACE)
    for endpoint, fields in NUMBERS.items():
        server.rows[endpoint] += [server.rows[endpoint][0] | dict.fromkeys(fields) for _ in range(2)]
    missing = openf1.load(RACE)
    for endpoint, fields in NUMBERS.items():
        server.rows[endpoint][-2:] = [row | dict.fromkeys(fields, odd) for row in server.rows[endpoint][-2:]]
    for endpoint in DATES:
        server.rows[endpoint].append(server.rows[endpoint][0] | {"date": odd})
    got = openf1.load(RACE)
    assert (got.drivers, got.laps, got.track_status) == (missing.drivers, missing.laps, missing.track_status)
    assert [len(laps) for laps in got.laps.values()] == [len(laps) for laps in known.laps.values()]
    for tla, trace in got.traces.items():
        np.testing.assert_array_equal(trace.speed_kmh, missing.traces[tla].speed_kmh)
        np.testing.assert_array_equal(trace.x_m, missing.traces[tla].x_m)


@pytest.mark.parametrize("odd", [None, 5, []], ids=str)
def test_a_driver_who_is_named_wrongly_or_not_at_all_is_on_the_road_by_number(odd: object, server: StandIn) -> None:
    bbb = server.rows["drivers"][1]
    bbb |= {"name_acronym": odd, "full_name": odd, "team_name": odd, "team_colour": odd}
    if odd is None:
        server.rows["drivers"].remove(bbb)
    record = openf1.load(RACE)
    number = str(bbb["driver_number"])
    assert list(record.traces) == ["AAA", number]
    assert record.laps[number]
    assert (record.drivers[number].full_name, record.drivers[number].team) == (f"Car {number}", "")


@pytest.mark.parametrize("odd", [None, "x", 10**30], ids=str)
def test_another_event_with_odd_answers_is_no_trouble_and_this_one_is_told(odd: object, server: StandIn) -> None:
    server.rows["meetings"][1] |= {"meeting_key": odd, "meeting_name": odd}
    assert openf1.load(RACE).event_name == "Made Grand Prix"
    server.rows["meetings"][2]["meeting_key"] = odd
    with pytest.raises(NotAvailableError, match="another form than is known"):
        openf1.load(RACE)


def test_a_season_without_drs_has_none(server: StandIn) -> None:
    for meeting in server.rows["meetings"]:
        meeting["year"] = 2026
    assert openf1.load(RaceSession(2026, "Made", "R", source="openf1")).traces["AAA"].drs is None


@pytest.mark.usefixtures("server")
def test_rounds_are_counted_without_the_tests() -> None:
    assert openf1.load(RaceSession(2024, "2", "R", source="openf1")).event_name == "Made Grand Prix"


def test_a_session_without_car_data_is_no_session(server: StandIn) -> None:
    server.rows["car_data"] = []
    with pytest.raises(NotAvailableError, match="no car data of 2024/Made/R"):
        openf1.load(RACE)


def test_a_car_without_a_name_is_on_the_road_all_the_same(server: StandIn) -> None:
    for row in server.rows["drivers"]:
        if row["name_acronym"] == "BBB":
            row |= {"name_acronym": None, "full_name": None}
            number = row["driver_number"]
    record = openf1.load(RACE)
    assert list(record.traces) == ["AAA", str(number)]
    assert record.drivers[str(number)].full_name == f"Car {number}"


def test_dates_without_a_zone_are_utc_wherever_we_are(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    known = openf1.load(RACE)
    for rows in server.rows.values():
        for row in rows:
            row |= {key: row[key].removesuffix("+00:00") for key in ("date", "date_start") if row.get(key)}
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        record = openf1.load(RACE)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert record.utc_at_zero == known.utc_at_zero
    assert record.laps == known.laps


@pytest.mark.parametrize(("kind", "name", "laps"), [("R", "Race", True), ("S", "Sprint", True), ("Q", "Qualifying", False)])
def test_only_a_race_has_a_number_of_laps(kind: str, name: str, laps: bool, server: StandIn, made: Made) -> None:
    server.rows["sessions"] = [{"meeting_key": MEETING, "session_key": SESSION, "session_name": name}]
    won_s = min(lap.end_s for laps in made.record.laps.values() for lap in laps if lap.number == 2 and lap.end_s is not None)
    server.rows["race_control"] = [said(won_s + 3.0, made.record, flag="CHEQUERED", message="CHEQUERED FLAG")]
    assert (openf1.load(RaceSession(2024, "Made", kind, source="openf1")).total_laps == 2) == laps


def test_a_session_file_remembers_whom_to_ask(tmp_path: Path) -> None:
    session_file.write(Session(tmp_path / "clip.mp4", RACE, "AAA"), tmp_path / "session.toml")
    assert session_file.read(tmp_path / "session.toml").race.source == "openf1"
    text = (tmp_path / "session.toml").read_text().replace('"openf1"', '"ergast"')
    (tmp_path / "session.toml").write_text(text)
    with pytest.raises(SessionError, match="unknown source 'ergast'; known are auto, fastf1, openf1"):
        session_file.read(tmp_path / "session.toml")
