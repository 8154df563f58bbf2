"""OpenF1: what it publishes comes out as every source's does, and its bad days are outlived or named in one line."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sessions import cli, session_file
from sessions.errors import SessionError
from sessions.session import Session
from telemetry import openf1, openf1_client, store
from telemetry.errors import NotAvailableError, TelemetryError
from telemetry.race_record import RaceRecord
from telemetry.race_session import RaceSession
from tests.telemetry.openf1_server import MEETING, SESSION, SLOW_S, StandIn, published, said, serving
from tests.telemetry.races import Made, drive, race

RACE = RaceSession(2024, "Made", "R", source="openf1")
END_S = 200.0


@pytest.fixture(scope="module")
def made() -> Made:
    pits = ((100.0, 125.0),)
    stop = drive(0.0, 1.0, end_s=END_S, changes=((100.0, 125.0, 0.4),), off=((100.0, 125.0, 20.0),), pits=pits)
    return race({"AAA": stop, "BBB": drive(-20.0, 0.98, end_s=END_S, lost=((30.0, 35.0),))})


@pytest.fixture
def server(made: Made, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setattr(openf1_client, "APART_S", 0.0)
    monkeypatch.setattr(openf1_client, "FIRST_WAIT_S", 0.01)
    stand_in = StandIn(published(made.record))
    with serving(stand_in) as address:
        monkeypatch.setenv("SLIPSTREAM_OPENF1", address)
        yield stand_in


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


@pytest.mark.parametrize(
    ("endpoint", "field", "odd"), [("car_data", "speed", "fast"), ("laps", "date_start", "soon"), ("pit", "lap_number", [])]
)
def test_an_answer_of_another_form_is_one_line_and_not_kept(
    endpoint: str, field: str, odd: object, server: StandIn, tmp_path: Path
) -> None:
    server.rows[endpoint][0][field] = odd
    with pytest.raises(NotAvailableError, match="OpenF1's answers of 2024/Made/R have another form than is known"):
        openf1.load(RACE, kept=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_season_without_drs_has_none(server: StandIn) -> None:
    for meeting in server.rows["meetings"]:
        meeting["year"] = 2026
    assert openf1.load(RaceSession(2026, "Made", "R", source="openf1")).traces["AAA"].drs is None


@pytest.mark.usefixtures("server")
def test_rounds_are_counted_without_the_tests() -> None:
    assert openf1.load(RaceSession(2024, "2", "R", source="openf1")).event_name == "Made Grand Prix"


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("wanted", "said_of_it"),
    [
        (RaceSession(2024, "Mades", "R"), "did you mean Made Grand Prix?"),
        (RaceSession(2024, "Made", "S"), "its sessions are Practice 1, Qualifying, Race"),
        (RaceSession(2022, "Made", "R"), "its first season is 2023"),
        (RaceSession(2025, "Made", "R"), "no events of 2025"),
    ],
)
def test_what_is_not_there_is_named(wanted: RaceSession, said_of_it: str) -> None:
    with pytest.raises(TelemetryError, match=said_of_it.replace("?", r"\?")):
        openf1.load(wanted)


def test_a_session_without_car_data_is_no_session(server: StandIn) -> None:
    server.rows["car_data"] = []
    with pytest.raises(NotAvailableError, match="no car data of 2024/Made/R"):
        openf1.load(RACE)


@pytest.mark.parametrize("trouble", [[429], [500, 503], ["cut"], [429, 502, "cut"]])
def test_trouble_that_passes_is_outlived(trouble: list[int | str], server: StandIn) -> None:
    server.trouble = {"laps": list(trouble)}
    assert openf1.load(RACE).laps["AAA"]
    assert server.asked.count("laps") == 1 + len(trouble)


def test_a_server_that_asks_to_wait_is_given_the_time(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    server.trouble = {"laps": [429]}
    openf1.load(RACE)
    assert 0.05 in waits  # its Retry-After, not our own first wait


def test_a_slow_answer_is_asked_for_again(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openf1_client, "TIMEOUTS_S", (1.0, SLOW_S / 2))
    server.trouble = {"laps": ["slow"]}
    assert openf1.load(RACE).laps["AAA"]
    assert server.asked.count("laps") == 2


@pytest.mark.parametrize(
    ("trouble", "said_of_it"),
    [
        (429, "asks to wait"),
        (500, "trouble of its own (500)"),
        ("cut", "breaks off its answers"),
        (401, "subscription"),
        (400, "refuses"),
    ],
)
def test_trouble_that_stays_is_one_clear_line(
    trouble: int | str, said_of_it: str, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    server.trouble = {"laps": [trouble] * 50}
    assert cli.main(["telemetry", "fetch", "--race", "2024/Made/R", "--source", "openf1", "--quiet", "--again"]) == 2
    error = capsys.readouterr().err
    assert said_of_it in error
    assert error.count("\n") == 1


def test_a_fetch_that_broke_off_goes_on_where_it_was(
    server: StandIn, made: Made, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLIPSTREAM_CACHE", str(tmp_path))
    server.rows["race_control"] = [said(20.0, made.record, message="DRS ENABLED")]
    words = ["telemetry", "fetch", "--race", "2024/Made/R", "--source", "openf1"]
    server.trouble = {"location": [400]}
    assert cli.main(words) == 2
    before = list(server.asked)
    server.asked.clear()
    assert cli.main(words) == 0
    assert "2 cars with telemetry" in capsys.readouterr().out
    assert not {asked for asked in server.asked if asked.split()[0] not in ("meetings", "sessions")} & set(before[:-1])
    assert [path.suffix for path in tmp_path.iterdir() if path.is_file()] == [".npz"]
    assert not list((tmp_path / "unfinished").iterdir())
    server.asked.clear()
    assert cli.main(words) == 0
    assert "was here already" in capsys.readouterr().out
    assert not server.asked


def test_car_data_that_came_later_are_asked_for_again(server: StandIn, tmp_path: Path) -> None:
    published_later, server.rows["car_data"] = server.rows["car_data"], []
    laps, server.rows["laps"] = server.rows["laps"], server.rows["laps"][:1]
    with pytest.raises(NotAvailableError, match="no car data"):
        openf1.load(RACE, kept=tmp_path)
    server.rows |= {"car_data": published_later, "laps": laps}
    assert openf1.load(RACE, kept=tmp_path).laps["BBB"]


def test_an_empty_answer_is_not_kept(server: StandIn, tmp_path: Path) -> None:
    there, server.rows["intervals"] = server.rows["intervals"], []
    server.trouble = {"location": [400]}
    with pytest.raises(NotAvailableError, match="refuses"):
        openf1.load(RACE, kept=tmp_path)
    server.rows["intervals"] = there
    assert openf1.load(RACE, kept=tmp_path).interval_s


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


def test_auto_asks_openf1_where_fastf1_has_nothing(server: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def nothing(wanted: RaceSession) -> RaceRecord:
        raise NotAvailableError(f"FastF1 has no {wanted}")

    monkeypatch.setenv("SLIPSTREAM_CACHE", str(tmp_path))
    monkeypatch.setattr("telemetry.race.load", nothing)
    assert store.load(RaceSession(2024, "Made", "R")).event_name == "Made Grand Prix"
    with pytest.raises(NotAvailableError, match="FastF1 has no"):
        store.load(RaceSession(2024, "Made", "R", source="fastf1"))
    server.trouble = {"meetings": [400]}
    with pytest.raises(NotAvailableError, match=r"FastF1 has no 2024/Made/Q; and OpenF1 refuses"):
        store.load(RaceSession(2024, "Made", "Q"))


def test_without_a_network_it_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPSTREAM_OPENF1", "http://127.0.0.1:9/v1")
    monkeypatch.setattr(openf1_client, "FIRST_WAIT_S", 0.01)
    with pytest.raises(NotAvailableError, match="cannot be reached"):
        openf1.load(RACE)


def test_a_session_file_remembers_whom_to_ask(tmp_path: Path) -> None:
    session_file.write(Session(tmp_path / "clip.mp4", RACE, "AAA"), tmp_path / "session.toml")
    assert session_file.read(tmp_path / "session.toml").race.source == "openf1"
    text = (tmp_path / "session.toml").read_text().replace('"openf1"', '"ergast"')
    (tmp_path / "session.toml").write_text(text)
    with pytest.raises(SessionError, match="unknown source 'ergast'; known are auto, fastf1, openf1"):
        session_file.read(tmp_path / "session.toml")
