"""Race sessions through FastF1, from a live-timing recording or its cache and the network; the door of FastF1 and pandas."""

import atexit
import logging
import os
import shutil
import sqlite3
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from telemetry import bare_recording, completing, fastf1_tables, recording
from telemetry.errors import NotAvailableError, TelemetryError
from telemetry.events import Event, pick
from telemetry.race_record import RaceRecord
from telemetry.race_session import KIND_NAMES, RaceSession, kind_named

STRANGE = "its server answers otherwise than FastF1 knows it; try again later, or take --source openf1"


def load(race: RaceSession) -> RaceRecord:
    """Return everything read of a race session.

    Raises:
        TelemetryError: The recording is missing, empty, broken, or of another session; the event is unknown or only resembles
            one; there is no network and nothing is cached; or the source holds no car data.
    """
    return _from_recording(race, race.recording) if race.recording is not None else _from_fastf1(race)


def sign_in() -> str:
    """Return what Formula 1 says of the account that `F1_USERNAME` and `F1_PASSWORD` name, signed in anew; nothing is asked.

    Raises:
        TelemetryError: They are not set, or not accepted, or there is no network.
    """
    missing = [name for name in ("F1_USERNAME", "F1_PASSWORD") if not os.environ.get(name)]
    if missing:
        raise TelemetryError(f"not signed in: set {' and '.join(missing)} in the environment, then run `slipstream login` again")
    with _quiet_fastf1():
        from fastf1.exceptions import F1AuthError
        from fastf1.internals.f1account import get_token

        try:
            token = get_token(force_renew=True)
        except F1AuthError as error:
            raise TelemetryError(f"not signed in: {_why(error)}") from error
        except (AttributeError, TypeError) as error:  # JSON of another form than it asks for
            raise TelemetryError(f"not signed in: {STRANGE}") from error
    until = datetime.fromtimestamp(token.expires_at, UTC)
    product = token.claims.get("SubscribedProduct") or "an account without a subscription"
    return f"{product}, until {until:%Y-%m-%d %H:%M} UTC"


def _why(error: Exception) -> str:
    """Return why a sign-in failed: FastF1's words hold whole addresses where the server is the cause."""
    import requests

    cause = error.__cause__
    if isinstance(cause, requests.HTTPError) and cause.response is not None:
        return f"its server has trouble of its own ({cause.response.status_code}); try again later"
    if isinstance(cause, (requests.ConnectionError, requests.Timeout)):
        return "its server cannot be reached; is there a network?"
    return STRANGE if isinstance(cause, requests.RequestException) else str(error)


def _from_recording(race: RaceSession, path: Path) -> RaceRecord:
    if not path.exists():
        raise TelemetryError(f"no recording {path}; check the path")
    if path.stat().st_size == 0:
        raise TelemetryError(f"recording {path} is empty; record the session again or leave --recording out")
    with recording.unpacked(path) as plain:
        held = recording.contents(plain)
        return replace(_of_contents(race, plain, held, path), unread_lines=len(held.unread))


def _of_contents(race: RaceSession, plain: Path, held: recording.Contents, path: Path) -> RaceRecord:
    if held.info is not None:
        recording.require_same(race, held.info, path)
        return _completed(race, plain, held, held.info, path)
    found = None
    if "TimingData" in held.topics:
        with suppress(NotAvailableError):
            found = _completed(race, plain, held, {"Meeting": {"Name": race.event}, "Name": KIND_NAMES[race.kind]}, path)
    # Of a recording that joined late FastF1 works out no laps; then it knows no more than can be read without it.
    return found if found is not None and any(found.laps.values()) else bare_recording.load(race, plain)


def _completed(race: RaceSession, plain: Path, held: recording.Contents, about: dict[str, Any], path: Path) -> RaceRecord:
    lacking = [topic for topic in completing.NEEDED if topic not in held.topics]
    if lacking:
        raise TelemetryError(
            f"recording {path} has no {' and no '.join(lacking)}, which says where the cars are; record it with that"
        )
    with completing.completed(plain, held, about) as whole:
        record = _with_fastf1(race, whole, about, path)
    return record if "TrackStatus" in held.topics else replace(record, track_status=())


def _with_fastf1(race: RaceSession, plain: Path, info: dict[str, Any], path: Path) -> RaceRecord:
    with _quiet_fastf1() as fastf1:
        # FastF1 files parsed stages by session, so two recordings of one session would be taken for each other.
        fastf1.Cache.set_disabled(disable_http_cache=False, disable_func_cache=True)
        # What a recording lacks FastF1 asks the network for, by a round number that we had to make up: of another race.
        fastf1.Cache.offline_mode(True)
        try:
            from fastf1.core import Session
            from fastf1.livetiming.data import LiveTimingData

            event = _made_event(race, info)
            session = Session(event, KIND_NAMES[race.kind], f1_api_support=True)
            return _record(race, session, livedata=LiveTimingData(str(plain)), source=f"recording {path}")
        finally:
            fastf1.Cache.offline_mode(False)


def _from_fastf1(race: RaceSession) -> RaceRecord:
    with _quiet_fastf1() as fastf1:
        fastf1.Cache.set_enabled()
        event = _find_event(fastf1, race)
        held = {number: kind_named(str(event[f"Session{number}"]), race.year) for number in range(1, 6)}
        number = next((number for number, kind in held.items() if kind == race.kind), None)
        if number is None:
            there = ", ".join(kind for kind in held.values() if kind is not None)
            raise TelemetryError(f"{event.EventName} {race.year} had no session {race.kind}; its sessions are {there}")
        session = event.get_session(number)
        return _record(race, session, livedata=None, source=f"{event.EventName} {race.year}")


@contextmanager
def _quiet_fastf1() -> Iterator[Any]:
    """Lend FastF1 with its log turned down and no terminal, so that it never asks for a password."""
    import fastf1
    from fastf1.internals import f1account

    fastf1.set_log_level(logging.CRITICAL)
    # Its other way to sign in opens a browser and waits.
    f1account.set_auth_method("password")
    stdin = sys.stdin
    with warnings.catch_warnings(), Path(os.devnull).open() as nothing:
        warnings.simplefilter("ignore")
        sys.stdin = nothing
        try:
            _give_cache(fastf1)
            yield fastf1
        finally:
            sys.stdin = stdin


def _give_cache(fastf1: Any) -> None:
    """Let FastF1 keep what it fetches: where it always does or, where that cannot be written, until we end; it reads nothing without."""
    try:
        fastf1.Cache.offline_mode(False)
        place, _ = fastf1.Cache.get_cache_info()
        usable = place is not None and os.access(place, os.W_OK)
    except (OSError, sqlite3.Error):
        usable = False
    if not usable:
        folder = tempfile.mkdtemp(prefix="slipstream-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        fastf1.Cache.configure(cache_dir=folder)


def _made_event(race: RaceSession, info: dict[str, Any]) -> Any:
    import pandas as pd
    from fastf1.events import Event

    day = pd.Timestamp(str(info.get("StartDate") or f"{race.year}-01-01"))
    name = (info.get("Meeting") or {}).get("Name") or race.event
    values: dict[str, Any] = {
        "RoundNumber": 1,
        "Country": "",
        "Location": "",
        "OfficialEventName": name,
        "EventName": name,
        "EventDate": day.normalize(),
        "EventFormat": "conventional",
        "F1ApiSupport": True,
    }
    for number, kind in enumerate(("FP1", "FP2", "FP3", "Q", race.kind), start=1):
        values[f"Session{number}"] = KIND_NAMES[kind]
        values[f"Session{number}Date"] = day.tz_localize("UTC")
        values[f"Session{number}DateUtc"] = day
    return Event(values, year=race.year)


def _find_event(fastf1: Any, race: RaceSession) -> Any:
    try:
        schedule = fastf1.get_event_schedule(race.year, include_testing=False)
    except ValueError as error:
        raise NotAvailableError(
            f"no schedule of {race.year} can be had: no network, or no such season; "
            "with a live-timing recording at hand use --recording FILE"
        ) from error
    rows = [schedule.iloc[number] for number in range(len(schedule))]
    names = ("EventName", "Country", "Location", "OfficialEventName")
    events = [Event(int(row.RoundNumber), str(row.EventName), tuple(str(row[key]) for key in names)) for row in rows]
    return rows[pick(race, events)]


def _record(race: RaceSession, session: Any, *, livedata: Any, source: str) -> RaceRecord:
    import requests
    from fastf1.core import DataNotLoadedError
    from fastf1.exceptions import RateLimitExceededError

    try:
        session.load(livedata=livedata, weather=False, messages=livedata is None)
    except RateLimitExceededError as error:
        raise NotAvailableError(f"FastF1's servers ask to wait: {error}; try again in an hour") from error
    except (requests.RequestException, ValueError, KeyError, IndexError, TypeError) as error:
        raise TelemetryError(f"{source} cannot be read: {type(error).__name__}: {error}") from error
    try:
        car_data, positions, zero = session.car_data, session.pos_data, session.t0_date
        results = session.results
    except DataNotLoadedError as error:
        raise NotAvailableError(_nothing(source, livedata)) from error
    drivers = fastf1_tables.drivers(results)
    traces = {
        driver.tla: trace
        for driver in drivers.values()
        if (trace := fastf1_tables.trace(driver, car_data, positions, season=race.year)) is not None
    }
    if not traces or zero is None:
        raise NotAvailableError(_nothing(source, livedata))
    return RaceRecord(
        race=race,
        event_name=str(session.event.EventName),
        utc_at_zero=zero.to_pydatetime().replace(tzinfo=UTC),
        drivers=drivers,
        traces=traces,
        laps=fastf1_tables.laps(session, drivers),
        interval_s=fastf1_tables.intervals(session, drivers, livedata),
        track_status=fastf1_tables.track_status(session),
        total_laps=fastf1_tables.total_laps(session),
        flag_s=fastf1_tables.flag_s(session),
        corners=fastf1_tables.corners(session) if livedata is None else (),
    )


def _nothing(source: str, livedata: Any) -> str:
    if livedata is not None:
        return f"{source} holds no car data with drivers; record the session again"
    return (
        f"{source} has no car data to be had: no network, not signed in, or not yet run; "
        "see `slipstream login` for F1_USERNAME and F1_PASSWORD, or use --recording FILE"
    )
