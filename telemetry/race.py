"""Race sessions through FastF1, from a live-timing recording or its cache and the network; the door of FastF1 and pandas."""

import gzip
import json
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from telemetry import bare_recording
from telemetry.errors import NotAvailableError, TelemetryError
from telemetry.events import Event, pick, plain
from telemetry.race_record import CornerMark, Driver, Lap, RaceRecord, Trace
from telemetry.race_session import KIND_NAMES, LAST_DRS_SEASON, NO_CARS, RaceSession

Floats = npt.NDArray[np.float64]

_TOPIC = b'"SessionInfo"'


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
            why = "its server cannot be reached; is there a network?" if isinstance(error.__cause__, OSError) else str(error)
            raise TelemetryError(f"not signed in: {why}") from error  # what requests raises is an OSError
    until = datetime.fromtimestamp(token.expires_at, UTC)
    product = token.claims.get("SubscribedProduct") or "an account without a subscription"
    return f"{product}, until {until:%Y-%m-%d %H:%M} UTC"


def _from_recording(race: RaceSession, path: Path) -> RaceRecord:
    if not path.exists():
        raise TelemetryError(f"no recording {path}; check the path")
    if path.stat().st_size == 0:
        raise TelemetryError(f"recording {path} is empty; record the session again or leave --recording out")
    with _unpacked(path) as plain:
        info = _session_info(plain)
        if info is None:  # FastF1 would go to the network for what is missing
            return bare_recording.load(race, plain)
        return _with_fastf1(race, plain, info, path)


def _with_fastf1(race: RaceSession, plain: Path, info: dict[str, Any], path: Path) -> RaceRecord:
    _require_same(race, info, path)
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
        try:
            session = event.get_session(race.kind)
        except ValueError as error:
            raise TelemetryError(
                f"{event.EventName} {race.year} had no session {race.kind}; its sessions are {_kinds(event)}"
            ) from error
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
            yield fastf1
        finally:
            sys.stdin = stdin


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    if path.suffix != ".gz":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="slipstream-") as folder:
        plain = Path(folder) / path.stem
        try:
            plain.write_bytes(gzip.decompress(path.read_bytes()))
        except (OSError, EOFError) as error:
            raise TelemetryError(f"recording {path} cannot be unpacked: {error}; copy it again") from error
        yield plain


def _session_info(path: Path) -> dict[str, Any] | None:
    """Return what a recording says of its session, None where it does not."""
    readable = False
    with path.open("rb") as lines:
        for line in lines:
            if _TOPIC not in line:
                readable = readable or line.startswith((b"[", b"{"))
                continue
            try:
                topic, payload, *_ = json.loads(line)
            except (ValueError, TypeError):
                continue
            if topic == "SessionInfo" and isinstance(payload, dict):
                return payload
    if not readable:
        raise TelemetryError(f"{path} is no live-timing recording; FastF1's recorder writes one")
    return None


def _require_same(race: RaceSession, info: dict[str, Any], path: Path) -> None:
    meeting = info.get("Meeting") or {}
    names = [str(meeting.get(key) or "") for key in ("Name", "OfficialName", "Location")]
    names += [str((meeting.get(part) or {}).get(key) or "") for part, key in (("Country", "Name"), ("Circuit", "ShortName"))]
    year = str(info.get("StartDate") or "")[:4]
    wanted = plain(race.event)
    if year.isdigit() and int(year) != race.year:
        raise TelemetryError(f"recording {path} is of {names[0]} {year}, not {race}; name that one or choose another")
    if any(names) and not any(wanted in plain(name) for name in names):
        raise TelemetryError(
            f"recording {path} is of {names[0]} {year}, not {race.event}; name that one or choose another recording"
        )
    kind = _kind_of(info)
    if kind is not None and kind != race.kind:
        raise TelemetryError(f"recording {path} is of {kind}, not {race.kind}; write {race.year}/{race.event}/{kind}")


def _kind_of(info: dict[str, Any]) -> str | None:
    name = str(info.get("Name") or "")
    known = {value: key for key, value in KIND_NAMES.items()} | {"Sprint Shootout": "SQ", "Sprint Race": "S"}
    return known.get(name)


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


def _kinds(event: Any) -> str:
    known = {value: key for key, value in KIND_NAMES.items()}
    return ", ".join(known[str(event[f"Session{number}"])] for number in range(1, 6) if str(event[f"Session{number}"]) in known)


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
    drivers = _drivers(results)
    traces = {
        driver.tla: trace
        for driver in drivers.values()
        if (trace := _trace(driver, car_data, positions, season=race.year)) is not None
    }
    if not traces or zero is None:
        raise NotAvailableError(_nothing(source, livedata))
    return RaceRecord(
        race=race,
        event_name=str(session.event.EventName),
        utc_at_zero=zero.to_pydatetime().replace(tzinfo=UTC),
        drivers=drivers,
        traces=traces,
        laps=_laps(session, drivers),
        interval_s=_intervals(session, drivers, livedata),
        track_status=_track_status(session),
        total_laps=_total_laps(session),
        corners=_corners(session) if livedata is None else (),
    )


def _nothing(source: str, livedata: Any) -> str:
    if livedata is not None:
        return f"{source} holds no car data with drivers; record the session again"
    return (
        f"{source} has no car data to be had: no network, not signed in, or not yet run; "
        "see `slipstream login` for F1_USERNAME and F1_PASSWORD, or use --recording FILE"
    )


def _drivers(results: Any) -> dict[str, Driver]:
    drivers = {}
    for _, row in results.iterrows():
        if str(row.DriverNumber) in NO_CARS or not str(row.Abbreviation).strip():
            continue
        tla = str(row.Abbreviation)
        drivers[tla] = Driver(
            tla, int(row.DriverNumber), str(row.FullName), str(row.TeamName), str(row.TeamColor).lstrip("#").lower()
        )
    return drivers


def _seconds(column: Any) -> Floats:
    return np.asarray(column.dt.total_seconds(), np.float64)


def _trace(driver: Driver, car_data: Any, positions: Any, *, season: int) -> Trace | None:
    number = str(driver.number)
    if number not in car_data or number not in positions:
        return None
    car = car_data[number]
    car = car[(car["Source"] == "car") & car["SessionTime"].notna()]
    place = positions[number]
    place = place[(place["Source"] == "pos") & place["SessionTime"].notna()]
    if len(car) < 2 or len(place) < 2:
        return None
    car_s, car_keep = np.unique(_seconds(car["SessionTime"]), return_index=True)
    place_s, place_keep = np.unique(_seconds(place["SessionTime"]), return_index=True)
    x, y = (np.asarray(place[axis], np.float64)[place_keep] / 10 for axis in ("X", "Y"))
    lost = (x == 0) & (y == 0)

    def channel(name: str) -> Floats:
        return np.asarray(car[name], np.float64)[car_keep]

    return Trace(
        driver=driver.tla,
        session_time_s=car_s,
        speed_kmh=channel("Speed"),
        rpm=channel("RPM"),
        gear=channel("nGear").astype(np.int8),
        throttle=channel("Throttle"),
        brake=channel("Brake") > 0,
        drs=channel("DRS").astype(np.int8) if season <= LAST_DRS_SEASON else None,
        position_time_s=place_s,
        x_m=np.where(lost, np.nan, x),
        y_m=np.where(lost, np.nan, y),
    )


def _time(value: Any) -> float | None:
    seconds = value.total_seconds() if hasattr(value, "total_seconds") else None
    return None if seconds is None or seconds != seconds else float(seconds)


def _number(value: Any) -> int | None:
    return None if value is None or value != value else int(value)


def _laps(session: Any, drivers: dict[str, Driver]) -> dict[str, tuple[Lap, ...]]:
    from fastf1.core import DataNotLoadedError

    try:
        table = session.laps
    except DataNotLoadedError:
        return dict.fromkeys(drivers, ())
    laps: dict[str, list[Lap]] = {tla: [] for tla in drivers}
    for row in table.to_dict("records"):
        if row["Driver"] not in laps:
            continue
        compound = str(row["Compound"])
        laps[row["Driver"]].append(
            Lap(
                driver=row["Driver"],
                number=int(row["LapNumber"]),
                start_s=_time(row["LapStartTime"]),
                end_s=_time(row["Time"]),
                lap_time_s=_time(row["LapTime"]),
                sector_times_s=(_time(row["Sector1Time"]), _time(row["Sector2Time"]), _time(row["Sector3Time"])),
                position=_number(row["Position"]),
                compound=compound if compound.isalpha() and compound.lower() not in {"nan", "none", "unknown"} else None,
                tyre_age_laps=_number(row["TyreLife"]),
                accurate=bool(row["IsAccurate"]),
                in_pit=_time(row["PitInTime"]) is not None or _time(row["PitOutTime"]) is not None,
                pit_in_s=_time(row["PitInTime"]),
                pit_out_s=_time(row["PitOutTime"]),
            )
        )
    return {tla: tuple(sorted(found, key=lambda lap: lap.number)) for tla, found in laps.items()}


def _gap_s(words: Any) -> Floats:
    """Return gaps in seconds of texts such as "+1.234", "LAP 5" (the leader: 0) and "1L" (laps down: NaN)."""

    def one(word: Any) -> float:
        text = str(word).strip()
        if text.upper().startswith("LAP"):
            return 0.0
        try:
            return float(text.lstrip("+"))
        except ValueError:
            return float("nan")

    return np.array([one(word) for word in words], np.float64)


def _intervals(session: Any, drivers: dict[str, Driver], livedata: Any) -> dict[str, tuple[Floats, Floats, Floats]]:
    from fastf1 import _api

    try:
        _, stream = _api.timing_data(session.api_path, livedata=livedata)
    except (_api.SessionNotAvailableError, KeyError, ValueError, IndexError, TypeError):
        return {}
    by_number = {str(driver.number): tla for tla, driver in drivers.items()}
    found = {}
    for number, rows in stream.groupby("Driver"):
        tla = by_number.get(str(number))
        if tla is not None:
            found[tla] = (_seconds(rows["Time"]), _gap_s(rows["GapToLeader"]), _gap_s(rows["IntervalToPositionAhead"]))
    return found


def _track_status(session: Any) -> tuple[tuple[float, str], ...]:
    from fastf1.core import DataNotLoadedError

    try:
        table = session.track_status
    except DataNotLoadedError:
        return ()
    times = ((_time(row["Time"]), str(row["Status"])) for row in table.to_dict("records"))
    return tuple((time_s, status) for time_s, status in times if time_s is not None)


def _total_laps(session: Any) -> int | None:
    from fastf1.core import DataNotLoadedError

    try:
        return _number(session.total_laps)
    except DataNotLoadedError:
        return None


def _corners(session: Any) -> tuple[CornerMark, ...]:
    """Return the official corners, which FastF1 has from another server; without them corners are numbered by the circuit's shape."""
    import requests

    try:
        info = session.get_circuit_info()
    except (requests.RequestException, ValueError, KeyError, TypeError, AttributeError):
        return ()
    if info is None:
        return ()
    rows = info.corners.to_dict("records")
    return tuple(CornerMark(int(row["Number"]), str(row["Letter"]), float(row["X"]) / 10, float(row["Y"]) / 10) for row in rows)
