"""Which event is meant: said exactly, or asked back, never guessed."""

import fastf1
import pandas as pd
import pytest
from fastf1.events import EventSchedule

from telemetry import race
from telemetry.errors import NotAvailableError, TelemetryError
from telemetry.events import Event, pick
from telemetry.race_session import RaceSession, kind_named

EVENTS = [
    ("Monaco Grand Prix", "Monaco", "Monaco"),
    ("United States Grand Prix", "United States", "Austin"),
    ("British Grand Prix", "United Kingdom", "Silverstone"),
    ("Las Vegas Grand Prix", "United States", "Las Vegas"),
]


@pytest.fixture(autouse=True)
def _schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {
            "RoundNumber": number,
            "EventName": name,
            "Country": country,
            "Location": place,
            "OfficialEventName": f"FORMULA 1 {name.upper()} 2024",
            "EventFormat": "conventional",
            "EventDate": pd.Timestamp("2024-05-26"),
            "F1ApiSupport": True,
        }
        | {
            f"Session{slot}": kind
            for slot, kind in enumerate(("Practice 1", "Practice 2", "Practice 3", "Qualifying", "Race"), 1)
        }
        | {f"Session{slot}Date{zone}": pd.Timestamp("2024-05-26") for slot in range(1, 6) for zone in ("", "Utc")}
        for number, (name, country, place) in enumerate(EVENTS, start=1)
    ]
    monkeypatch.setattr(fastf1, "get_event_schedule", lambda year, **_: EventSchedule(rows, year=year))


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("Monacco", "did you mean Monaco Grand Prix?"),
        ("United", "did you mean United States Grand Prix?"),
        ("United States", "names 2 events of 2024: United States Grand Prix, Las Vegas Grand Prix; say which"),
        ("Xyzzy", "its events are Monaco Grand Prix, United States Grand Prix"),
        ("99", "no event '99' in 2024"),
        ("0", "no event '0' in 2024"),
    ],
)
def test_an_event_that_is_not_there_or_not_clear_is_asked_back(event: str, said: str) -> None:
    with pytest.raises(TelemetryError) as refused:
        race.load(RaceSession(2024, event, "R"))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("event", "place"),
    [
        ("Monaco GP", 0),
        ("MONACO  grand prix", 0),
        ("united states grand prix", 1),
        ("Austin", 1),
        ("sao paulo", 4),
        ("São Paulo GP", 4),
        ("3", 2),
    ],
)
def test_an_event_is_known_by_what_people_call_it(event: str, place: int) -> None:
    called = [*EVENTS, ("São Paulo Grand Prix", "Brazil", "São Paulo")]
    events = [Event(number, names[0], names) for number, names in enumerate(called, start=1)]
    assert pick(RaceSession(2024, event, "R"), events) == place


@pytest.mark.parametrize(
    ("year", "called", "kind", "found"),
    [
        (2021, "Sprint", "S", True),
        (2021, "Sprint", "SQ", False),
        (2023, "Sprint Shootout", "SQ", True),
        (2024, "Sprint Qualifying", "SQ", True),
        (2024, "Sprint Qualifying", "S", False),
    ],
)
def test_a_sprint_and_its_qualifying_are_known_by_what_their_season_called_them(
    year: int, called: str, kind: str, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = fastf1.get_event_schedule(2024)
    monkeypatch.setattr(
        fastf1, "get_event_schedule", lambda year, **_: EventSchedule(schedule.assign(Session3=called), year=year)
    )
    with pytest.raises(TelemetryError) as refused:  # there is no network to go on with
        race.load(RaceSession(year, "Monaco", kind))
    assert isinstance(refused.value, NotAvailableError) == found
    if not found:
        assert f"had no session {kind}; its sessions are FP1, FP2, S" in str(refused.value)


def test_the_first_sprints_were_called_sprint_qualifying_by_the_feed() -> None:
    assert [kind_named("Sprint Qualifying", year) for year in (2021, 2022, 2024)] == ["S", "S", "SQ"]
    assert kind_named("Day 1", 2024) is None


@pytest.mark.parametrize("kind", ["S", "SQ"])
def test_a_kind_that_the_event_did_not_have_is_answered_with_those_it_had(kind: str) -> None:
    with pytest.raises(TelemetryError, match="its sessions are FP1, FP2, FP3, Q, R"):
        race.load(RaceSession(2024, "Monaco", kind))


def test_without_a_network_or_a_login_the_way_in_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_prompt: str = "") -> str:
        raise AssertionError("a password was asked for")

    monkeypatch.setattr("builtins.input", asked)
    with pytest.raises(TelemetryError) as refused:
        race.load(RaceSession(2024, "monaco", "R"))
    for way in ("F1_USERNAME", "--recording"):
        assert way in str(refused.value)
