"""Recordings that say nothing of their session: only car data and positions, read without FastF1."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from telemetry.errors import TelemetryError
from telemetry.messages import DRIVERS, lines, message
from telemetry.race_record import GREY, Driver, RaceRecord, Trace, by_tla, nameless
from telemetry.race_session import LAST_DRS_SEASON, NO_CARS, RaceSession

_CHANNELS = ("2", "0", "3", "4", "5", "45")  # speed, rpm, gear, throttle, brake, DRS
_FEWEST_SAMPLES = 10  # a car with fewer has not run


@dataclass
class _Heard:
    car: dict[str, list[tuple[float, ...]]] = field(default_factory=dict)
    place: dict[str, list[tuple[float, float, float]]] = field(default_factory=dict)
    drivers: dict[str, dict[str, str]] = field(default_factory=dict)
    status: list[tuple[float, str]] = field(default_factory=list)


def load(race: RaceSession, path: Path) -> RaceRecord:
    """Return what a recording without a SessionInfo holds: traces, and the TLAs where it has them, else racing numbers.

    Session time 0 is the first stamp in it. There are no laps, so nothing is known of positions, tyres and intervals.

    Raises:
        TelemetryError: It holds no car that moved.
    """
    heard = _Heard()
    zero: datetime | None = None
    for topic, payload, stamp in filter(None, map(message, lines(path))):
        instant = _instant(stamp)
        zero = zero or instant
        if zero is not None and instant is not None:
            _hear(heard, topic, payload, zero, (instant - zero).total_seconds())
    named = by_tla(_driver(number, heard.drivers.get(number, {})) for number in sorted(heard.car, key=int))
    traces = {tla: trace for tla, driver in named.items() if (trace := _trace(driver, heard, season=race.year)) is not None}
    if not traces or zero is None:
        raise TelemetryError(f"recording {path} holds no car data with drivers; record the session again")
    return RaceRecord(
        race=race,
        event_name=race.event,
        utc_at_zero=zero,
        drivers={tla: named[tla] for tla in traces},
        traces=traces,
        laps=dict.fromkeys(traces, ()),
        interval_s={},
        track_status=tuple(heard.status),
        total_laps=None,
    )


def _instant(stamp: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(stamp).rstrip("Z")[:26]).replace(tzinfo=UTC)
    except ValueError:
        return None


def _hear(heard: _Heard, topic: str, payload: Any, zero: datetime, now_s: float) -> None:
    if topic == "CarData.z":
        for entry in payload.get("Entries", ()):
            at = _instant(entry.get("Utc"))
            for number, car in entry.get("Cars", {}).items():
                if at is not None and number not in NO_CARS and "Channels" in car:
                    values = tuple(float(car["Channels"].get(channel) or 0) for channel in _CHANNELS)
                    heard.car.setdefault(number, []).append(((at - zero).total_seconds(), *values))
    elif topic == "Position.z":
        for entry in payload.get("Position", ()):
            at = _instant(entry.get("Timestamp"))
            for number, car in entry.get("Entries", {}).items():
                if at is not None:
                    there = (float(car.get("X") or 0) / 10, float(car.get("Y") or 0) / 10)
                    heard.place.setdefault(number, []).append(((at - zero).total_seconds(), *there))
    elif topic == DRIVERS:
        for number, said in payload.items():
            heard.drivers.setdefault(number, {}).update(said)
    elif topic == "TrackStatus" and "Status" in payload:
        heard.status.append((now_s, str(payload["Status"])))


def _driver(number: str, said: Mapping[str, str]) -> Driver:
    name, colour = said.get("FullName") or nameless(number), (said.get("TeamColour") or GREY).lower()
    return Driver(said.get("Tla", ""), int(number), name, said.get("TeamName", ""), colour)


def _trace(driver: Driver, heard: _Heard, *, season: int) -> Trace | None:
    car, place = heard.car[str(driver.number)], heard.place.get(str(driver.number), [])
    if len(car) < _FEWEST_SAMPLES or len(place) < _FEWEST_SAMPLES:
        return None
    cars, places = np.array(car), np.array(place)
    cars = cars[np.unique(cars[:, 0], return_index=True)[1]]
    places = places[np.unique(places[:, 0], return_index=True)[1]]
    lost = (places[:, 1] == 0) & (places[:, 2] == 0)
    if not cars[:, 1].any() or lost.all():
        return None
    return Trace(
        driver=driver.tla,
        session_time_s=cars[:, 0],
        speed_kmh=cars[:, 1],
        rpm=cars[:, 2],
        gear=cars[:, 3].astype(np.int8),
        throttle=cars[:, 4],
        brake=cars[:, 5] > 0,
        drs=cars[:, 6].astype(np.int8) if season <= LAST_DRS_SEASON else None,
        position_time_s=places[:, 0],
        x_m=np.where(lost, np.nan, places[:, 1]),
        y_m=np.where(lost, np.nan, places[:, 2]),
    )
