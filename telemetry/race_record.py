"""A race session as loaded: every car's raw traces and laps, before anything is derived."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from telemetry.race_session import RaceSession

Floats = npt.NDArray[np.float64]

GREY = "8a8d91"  # of a team whose colour is not known


def nameless(number: int | str) -> str:
    """Return what a driver is called who is known by a racing number only."""
    return f"Car {number}"


@dataclass(frozen=True, slots=True)
class Driver:
    """Who drives: TLA, racing number, names, and the team colour as six hex digits without #."""

    tla: str
    number: int
    full_name: str
    team: str
    team_colour: str


def by_tla(drivers: Iterable[Driver]) -> dict[str, Driver]:
    """Return drivers by TLA, one a racing number; who has none, or one that is taken, goes by that number, so that no car is lost."""
    found: dict[str, Driver] = {}
    for driver in {driver.number: driver for driver in drivers}.values():
        tla = driver.tla if driver.tla and driver.tla not in found else str(driver.number)
        found[tla] = replace(driver, tla=tla)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One car's raw samples; car data and positions keep their own time bases.

    Attributes:
        driver: TLA.
        session_time_s: (n,) float64, car-data stamps, strictly increasing.
        speed_kmh: (n,) float64.
        rpm: (n,) float64.
        gear: (n,) int8, 0 in neutral.
        throttle: (n,) float64, 0 to 100.
        brake: (n,) bool.
        drs: (n,) int8 as published (8 possible, 10 and above open), None where the season has no DRS.
        position_time_s: (m,) float64, position stamps, strictly increasing.
        x_m: (m,) float64, NaN where the car sent no position.
        y_m: (m,) float64, NaN where the car sent no position.
    """

    driver: str
    session_time_s: Floats
    speed_kmh: Floats
    rpm: Floats
    gear: npt.NDArray[np.int8]
    throttle: Floats
    brake: npt.NDArray[np.bool_]
    drs: npt.NDArray[np.int8] | None
    position_time_s: Floats
    x_m: Floats
    y_m: Floats

    def between(self, start_s: float, end_s: float) -> "Trace":
        """Return what was sent between two session times, in arrays of its own."""
        first, last = np.searchsorted(self.session_time_s, [start_s, end_s]).tolist()
        since, until = np.searchsorted(self.position_time_s, [start_s, end_s]).tolist()
        return Trace(
            self.driver,
            self.session_time_s[first:last].copy(),
            self.speed_kmh[first:last].copy(),
            self.rpm[first:last].copy(),
            self.gear[first:last].copy(),
            self.throttle[first:last].copy(),
            self.brake[first:last].copy(),
            None if self.drs is None else self.drs[first:last].copy(),
            self.position_time_s[since:until].copy(),
            self.x_m[since:until].copy(),
            self.y_m[since:until].copy(),
        )


@dataclass(frozen=True, slots=True)
class Lap:
    """One lap of one car; session times of its start and end, None where unknown.

    `position` is the place at the end of the lap; `accurate` says that FastF1 trusts its times; `in_pit` that it touched
    the pit lane. `sector_times_s` are three, each None where unknown. `pit_in_s` is when the car entered the pit lane in this lap,
    `pit_out_s` when it left it.
    """

    driver: str
    number: int
    start_s: float | None
    end_s: float | None
    lap_time_s: float | None
    sector_times_s: tuple[float | None, float | None, float | None]
    position: int | None
    compound: str | None
    tyre_age_laps: int | None
    accurate: bool
    in_pit: bool
    pit_in_s: float | None = None
    pit_out_s: float | None = None


@dataclass(frozen=True, slots=True)
class CornerMark:
    """Where a corner lies on the plane of the positions, and its official number and letter."""

    number: int
    letter: str
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True, eq=False)
class RaceRecord:
    """Everything read of one race session.

    Attributes:
        race: What was asked for.
        event_name: The event's full name.
        utc_at_zero: UTC at session time 0.
        drivers: TLA to driver, in finishing or championship order as published.
        traces: TLA to raw samples; a driver who sent none is missing.
        laps: TLA to laps in order; empty where the source has none.
        interval_s: TLA to (session_time_s (k,), gap to the leader in s (k,), interval to the position ahead in s (k,)) as
            published on the timing screen; missing where the source has none.
        track_status: (session_time_s, code) changes in order, FastF1's codes ("1" clear, "4" safety car, "5" red, "6" VSC).
        total_laps: Laps of the race as planned, None where it has no such number.
        corners: The official corners; empty where the source has none.
        flag_s: Session time at which the chequered flag was shown, None where nobody says so.
        unread_lines: Lines of its recording that were left out: torn, or with other contents than their stream has.
    """

    race: RaceSession
    event_name: str
    utc_at_zero: datetime
    drivers: Mapping[str, Driver]
    traces: Mapping[str, Trace]
    laps: Mapping[str, tuple[Lap, ...]]
    interval_s: Mapping[str, tuple[Floats, Floats, Floats]]
    track_status: tuple[tuple[float, str], ...]
    total_laps: int | None
    corners: tuple[CornerMark, ...] = ()
    flag_s: float | None = None
    unread_lines: int = 0

    def utc(self, session_time_s: float) -> datetime:
        """Return the UTC instant of a session time."""
        return self.utc_at_zero + timedelta(seconds=session_time_s)
