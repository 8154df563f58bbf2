"""OpenF1 on its bad days: they are outlived, or named in one line."""

import time
from pathlib import Path

import pytest

from sessions import cli
from telemetry import openf1, openf1_client, store
from telemetry.errors import NotAvailableError, TelemetryError
from telemetry.race_record import RaceRecord
from telemetry.race_session import RaceSession
from tests.telemetry.openf1_server import RACE, SLOW_S, StandIn, said
from tests.telemetry.races import Made


@pytest.mark.parametrize(
    ("endpoint", "field", "odd"),
    [("car_data", "speed", "fast"), ("laps", "date_start", "soon"), ("sessions", "session_key", "x")],
)
def test_answers_of_another_form_are_one_line_and_not_kept(
    endpoint: str, field: str, odd: object, server: StandIn, tmp_path: Path
) -> None:
    for row in server.rows[endpoint]:
        row[field] = odd
    with pytest.raises(NotAvailableError, match="OpenF1's answers of 2024/Made/R have another form than is known"):
        openf1.load(RACE, kept=tmp_path)
    assert list(tmp_path.iterdir()) == []


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
