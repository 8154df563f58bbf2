"""OpenF1's timing: laps, places, tyres, pit stops, intervals and race control, as a race record has them."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from telemetry.flag import laps_until
from telemetry.openf1_client import Rows
from telemetry.race_record import Driver, Lap, RaceRecord, Trace
from telemetry.race_session import RACES, RaceSession

Floats = npt.NDArray[np.float64]

VSC_ENDING_S = 15.0  # from "VSC ending" to green: ten to fifteen seconds
EXACT_S = 0.01  # three sectors that add up to the lap time this closely are trusted


@dataclass(frozen=True, slots=True)
class Clock:
    """UTC to session time."""

    zero: datetime

    def session_time_s(self, date: Any) -> float | None:
        """Return the session time of a published date, None where there is none."""
        return (instant(date) - self.zero).total_seconds() if date else None


def instant(date: Any) -> datetime:
    """Return a published date, which is in UTC where it names no zone."""
    when = datetime.fromisoformat(str(date))
    return when if when.tzinfo else when.replace(tzinfo=UTC)


class Timing:
    """What the timing endpoints of one session said, by endpoint."""

    def __init__(self, rows: Mapping[str, Rows], clock: Clock) -> None:
        self._rows, self._clock = rows, clock

    def record(self, race: RaceSession, event_name: str, drivers: Sequence[Driver], traces: Mapping[str, Trace]) -> RaceRecord:
        """Return the race record, its drivers in the order of their last places."""
        places = {driver.tla: self._dated("position", driver, "position") for driver in drivers}
        last = {tla: found[-1][1] if found else len(drivers) + 1 for tla, found in places.items()}
        ordered = sorted(drivers, key=lambda driver: last[driver.tla])
        laps = {driver.tla: self._laps(driver, places[driver.tla]) for driver in ordered}
        flags_s = [
            self._clock.session_time_s(row.get("date")) for row in self._rows["race_control"] if row.get("flag") == "CHEQUERED"
        ]
        flag_s = min((at_s for at_s in flags_s if at_s is not None), default=None)
        return RaceRecord(
            race=race,
            event_name=event_name,
            utc_at_zero=self._clock.zero,
            drivers={driver.tla: driver for driver in ordered},
            traces={driver.tla: traces[driver.tla] for driver in ordered if driver.tla in traces},
            laps=laps,
            interval_s={driver.tla: found for driver in ordered if (found := self._intervals(driver)) is not None},
            track_status=tuple(self._status(laps)),
            total_laps=laps_until(flag_s, laps) if race.kind in RACES else None,
            flag_s=flag_s,
        )

    def _of(self, endpoint: str, driver: Driver) -> Rows:
        return [row for row in self._rows[endpoint] if row.get("driver_number") == driver.number]

    def _dated(self, endpoint: str, driver: Driver, name: str) -> list[tuple[float, int]]:
        """Return (session time, value) in order."""
        found = [(self._clock.session_time_s(row.get("date")), row.get(name)) for row in self._of(endpoint, driver)]
        return sorted((time_s, int(value)) for time_s, value in found if time_s is not None and value is not None)

    def _laps(self, driver: Driver, places: list[tuple[float, int]]) -> tuple[Lap, ...]:
        rows = {int(row["lap_number"]): row for row in self._of("laps", driver) if row.get("lap_number")}
        starts_s = {number: self._clock.session_time_s(row.get("date_start")) for number, row in rows.items()}
        stops, pits = {row.get("lap_number") for row in self._of("pit", driver)}, self._pits_s(driver)
        laps = []
        for number, row in sorted(rows.items()):
            start_s, duration_s = starts_s[number], _number(row.get("lap_duration"))
            end_s = starts_s.get(number + 1)
            if end_s is None and start_s is not None and duration_s is not None:
                end_s = start_s + duration_s
            sectors_s = tuple(_number(row.get(f"duration_sector_{sector}")) for sector in (1, 2, 3))
            until_s = math.inf if end_s is None else end_s
            pit_in_s = next((at_s for at_s, _ in pits if start_s is not None and start_s <= at_s < until_s), None)
            pit_out_s = next((at_s for _, at_s in pits if start_s is not None and start_s <= at_s < until_s), None)
            in_pit = bool(row.get("is_pit_out_lap")) or pit_in_s is not None or pit_out_s is not None or number in stops
            compound, age = self._tyres(driver, number)
            at = bisect_right(places, (end_s, 99)) - 1 if end_s is not None else -1
            laps.append(
                Lap(
                    driver=driver.tla,
                    number=number,
                    start_s=start_s,
                    end_s=end_s,
                    lap_time_s=duration_s,
                    sector_times_s=(sectors_s[0], sectors_s[1], sectors_s[2]),
                    position=places[at][1] if at >= 0 else None,
                    compound=compound,
                    tyre_age_laps=age,
                    accurate=number > 1 and not in_pit and _adds_up(duration_s, sectors_s),
                    in_pit=in_pit,
                    pit_in_s=pit_in_s,
                    pit_out_s=pit_out_s,
                )
            )
        return tuple(laps)

    def _pits_s(self, driver: Driver) -> list[tuple[float, float]]:
        """Return (in, out) of the pit stops: each is published when the car leaves the lane, with its time in it."""
        found = []
        for row in self._of("pit", driver):
            out_s = self._clock.session_time_s(row.get("date"))
            lane_s = _number(row.get("pit_duration")) or _number(row.get("lane_duration")) or _number(row.get("pit_lane_time"))
            if out_s is not None and lane_s is not None:
                found.append((out_s - lane_s, out_s))
        return sorted(found)

    def _tyres(self, driver: Driver, lap: int) -> tuple[str | None, int | None]:
        for row in self._of("stints", driver):
            first, last = row.get("lap_start"), row.get("lap_end")
            if first is not None and last is not None and first <= lap <= last:
                compound, age = str(row.get("compound") or ""), row.get("tyre_age_at_start")
                known = compound.isalpha() and compound != "UNKNOWN"
                return compound if known else None, None if age is None else int(age) + lap - int(first) + 1
        return None, None

    def _intervals(self, driver: Driver) -> tuple[Floats, Floats, Floats] | None:
        rows = [(self._clock.session_time_s(row.get("date")), row) for row in self._of("intervals", driver)]
        dated = sorted(((time_s, row) for time_s, row in rows if time_s is not None), key=lambda entry: entry[0])
        if not dated:
            return None
        # The leader's gap is null; a lapped car's is "+1 LAP".
        leader_s = [0.0 if row.get("gap_to_leader") is None else _number(row["gap_to_leader"]) for _, row in dated]
        ahead_s = [_number(row.get("interval")) for _, row in dated]
        return (
            np.array([time_s for time_s, _ in dated]),
            np.array([np.nan if value is None else value for value in leader_s]),
            np.array([np.nan if value is None else value for value in ahead_s]),
        )

    def _status(self, laps: Mapping[str, Sequence[Lap]]) -> list[tuple[float, str]]:
        """Return FastF1's track status, read out of what race control said."""
        starts_s = _leader_starts_s(laps)
        changes = [(0.0, "1")]
        rows = [(self._clock.session_time_s(row.get("date")), row) for row in self._rows["race_control"]]
        for time_s, row in sorted(((at_s, row) for at_s, row in rows if at_s is not None), key=lambda entry: entry[0]):
            time_s = max(time_s, 0.0)  # what was said before the first car data holds then
            while changes[-1][0] > time_s:  # an end that was foreseen, and came otherwise
                changes.pop()
            code, until_s = _code(row, time_s, starts_s, changes[-1][1])
            if code is not None and code != changes[-1][1]:
                changes.append((time_s, code))
            if until_s is not None:
                changes.append((until_s, "1"))
        return changes


def _leader_starts_s(laps: Mapping[str, Sequence[Lap]]) -> list[float]:
    """Return when each lap of the race began: when the first car began it."""
    first_s: dict[int, float] = {}
    for lap in (lap for found in laps.values() for lap in found):
        if lap.start_s is not None:
            first_s[lap.number] = min(lap.start_s, first_s.get(lap.number, math.inf))
    return sorted(first_s.values())


def _code(row: Mapping[str, Any], time_s: float, starts_s: Sequence[float], now: str) -> tuple[str | None, float | None]:
    """Return the status that a message begins, None where it changes none, and when that ends where it says so."""
    words = str(row.get("message") or "").upper()
    if "SAFETY CAR" in words or words.startswith("VSC"):
        virtual = "VIRTUAL" in words or words.startswith("VSC")
        if "DEPLOYED" in words:
            return ("6" if virtual else "4"), None
        if virtual and "ENDING" in words:
            return "7", time_s + VSC_ENDING_S
        if not virtual and "IN THIS LAP" in words:  # it ends when the leader crosses the line
            return None, next((start_s for start_s in starts_s if start_s > time_s), None)
    if row.get("flag") == "RED":
        return "5", None
    if row.get("flag") in ("GREEN", "CLEAR") and row.get("scope") in ("Track", None) and now in "567":
        return "1", None
    return None, None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _adds_up(duration_s: float | None, sectors_s: Sequence[float | None]) -> bool:
    known = [value for value in sectors_s if value is not None]
    return duration_s is not None and len(known) == len(sectors_s) and abs(sum(known) - duration_s) < EXACT_S
