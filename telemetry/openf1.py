"""Race sessions from OpenF1's published JSON: free and without a login, some time after their end, from 2023 on."""

import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from telemetry.errors import NotAvailableError, TelemetryError
from telemetry.events import Event, pick
from telemetry.openf1_client import OpenF1, Rows
from telemetry.openf1_shapes import cleaned
from telemetry.openf1_timing import Clock, Timing, instant
from telemetry.race_record import GREY, Driver, RaceRecord, Trace, by_tla, nameless
from telemetry.race_session import LAST_DRS_SEASON, NO_CARS, RaceSession, kind_named

Floats = npt.NDArray[np.float64]

#: Called with the requests done so far and in total.
OnProgress = Callable[[int, int], None]

FIRST_YEAR = 2023
TIMING = ("laps", "position", "stints", "pit", "intervals", "race_control")


def load(race: RaceSession, *, kept: Path | None = None, on_progress: OnProgress | None = None) -> RaceRecord:
    """Return everything that OpenF1 has of a race session.

    Session time 0 is its first car data, which is what FastF1 counts from too, to within a second or so.

    Args:
        race: What is wanted.
        kept: Folder in which answers wait until all are there.
        on_progress: Told after every request.

    Raises:
        TelemetryError: There is no such event or session.
        NotAvailableError: OpenF1 does not have it, or cannot be reached.
    """
    if race.year < FIRST_YEAR:
        raise NotAvailableError(f"OpenF1 has no {race.year}; its first season is {FIRST_YEAR}")
    folder = None
    try:
        meeting, session = _find(race, OpenF1())
        key = int(session["session_key"])
        folder = None if kept is None else kept / str(key)
        name = str(meeting.get("meeting_name") or session.get("location") or race.event)
        record = _record(race, name, key, OpenF1(folder), on_progress)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        _forget(folder)  # of the same answers the same would come
        raise NotAvailableError(
            f"OpenF1's answers of {race} have another form than is known: {error}; try again later"
        ) from error
    if record is None:
        _forget(folder)  # what was there before the car data need not be all of it
        raise NotAvailableError(f"OpenF1 has no car data of {race}; it publishes them some time after a session")
    _forget(folder)
    return record


def _record(race: RaceSession, event_name: str, key: int, server: OpenF1, on_progress: OnProgress | None) -> RaceRecord | None:
    """Return what the server has of a session, None where that is no car data."""
    named = cleaned("drivers", server.rows("drivers", session_key=key))
    count, total = 0, len(TIMING) + 2 * len(_drivers(named))

    def fetch(endpoint: str, **more: int) -> Rows:
        nonlocal count
        rows = cleaned(endpoint, server.rows(endpoint, session_key=key, **more))
        count += 1
        if on_progress is not None:
            on_progress(count, total)
        return rows

    timing = {endpoint: fetch(endpoint) for endpoint in TIMING}
    known = {row.get("driver_number") for row in named}
    unnamed = [row for row in timing["laps"] + timing["position"] if row.get("driver_number") not in known]
    drivers = _drivers([*named, *unnamed])
    total = len(TIMING) + 2 * len(drivers)
    samples = {driver.tla: _samples(fetch, driver, season=race.year) for driver in drivers}
    cars = {tla: arrays for tla, arrays in samples.items() if arrays is not None}
    if not cars:
        return None
    zero = min(float(arrays["session_time_s"][0]) for arrays in cars.values())
    clock = Clock(datetime.fromtimestamp(zero, UTC))
    times = ("session_time_s", "position_time_s")
    traces = {
        tla: Trace(driver=tla, **{name: values - zero if name in times else values for name, values in arrays.items()})
        for tla, arrays in cars.items()
    }
    return Timing(timing, clock).record(race, event_name, drivers, traces)


def _forget(folder: Path | None) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _find(race: RaceSession, server: OpenF1) -> tuple[dict[str, Any], dict[str, Any]]:
    meetings = [meeting for meeting in cleaned("meetings", server.rows("meetings", year=race.year)) if _is_event(meeting)]
    if not meetings:
        raise NotAvailableError(f"OpenF1 has no events of {race.year}")
    meetings.sort(key=lambda meeting: str(meeting.get("date_start")))
    names = ("meeting_name", "country_name", "location", "circuit_short_name", "meeting_official_name")
    events = [
        Event(number, str(meeting.get("meeting_name")), tuple(str(meeting.get(key) or "") for key in names))
        for number, meeting in enumerate(meetings, start=1)
    ]
    meeting = meetings[pick(race, events)]
    sessions = cleaned("sessions", server.rows("sessions", meeting_key=int(meeting["meeting_key"])))
    found = [session for session in sessions if kind_named(str(session.get("session_name")), race.year) == race.kind]
    if not found:
        there = ", ".join(str(session.get("session_name")) for session in sessions) or "none yet"
        raise TelemetryError(f"{meeting['meeting_name']} {race.year} had no session {race.kind}; its sessions are {there}")
    return meeting, found[0]


def _is_event(meeting: Mapping[str, Any]) -> bool:
    return "testing" not in str(meeting.get("meeting_name")).casefold()


def _drivers(rows: Rows) -> list[Driver]:
    numbered = ((str(row.get("driver_number")), row) for row in rows)
    return list(by_tla(_driver(number, row) for number, row in numbered if number.isdigit() and number not in NO_CARS).values())


def _driver(number: str, row: Mapping[str, Any]) -> Driver:
    name, colour = str(row.get("full_name") or nameless(number)), str(row.get("team_colour") or GREY).lower()
    return Driver(str(row.get("name_acronym") or ""), int(number), name, str(row.get("team_name") or ""), colour)


def _samples(fetch: Callable[..., Rows], driver: Driver, *, season: int) -> dict[str, Any] | None:
    """Return a car's channels as a trace has them, their times in UTC seconds; None where it sent nothing."""
    car_s, car = _in_order(fetch("car_data", driver_number=driver.number))
    place_s, place = _in_order(fetch("location", driver_number=driver.number))
    if len(car_s) < 2 or len(place_s) < 2:
        return None
    x, y = _column(place, "x") / 10, _column(place, "y") / 10
    lost = ~np.isfinite(x + y) | ((x == 0) & (y == 0))
    return {
        "session_time_s": car_s,
        "speed_kmh": _column(car, "speed"),
        "rpm": _column(car, "rpm"),
        "gear": np.nan_to_num(_column(car, "n_gear")).astype(np.int8),
        "throttle": _column(car, "throttle"),
        "brake": _column(car, "brake") > 0,
        "drs": np.nan_to_num(_column(car, "drs")).astype(np.int8) if season <= LAST_DRS_SEASON else None,
        "position_time_s": place_s,
        "x_m": np.where(lost, np.nan, x),
        "y_m": np.where(lost, np.nan, y),
    }


def _in_order(rows: Rows) -> tuple[Floats, Rows]:
    """Return (n,) UTC seconds, strictly increasing, and their rows; what has no date is left out."""
    dated = [(instant(row["date"]).timestamp(), row) for row in rows if row.get("date")]
    time_s, keep = np.unique(np.array([when for when, _ in dated], np.float64), return_index=True)
    return time_s, [dated[place][1] for place in keep]


def _column(rows: Rows, name: str) -> Floats:
    return np.array([np.nan if row.get(name) is None else row[name] for row in rows], np.float64)
