"""Everybody's best sectors."""

from dataclasses import dataclass

from telemetry.race_record import Lap, RaceRecord


@dataclass(frozen=True, slots=True)
class Sector:
    """A driver's best time in one sector, and by how much it is behind the fastest of all."""

    driver: str
    number: int
    lap: int
    start_s: float
    end_s: float
    time_s: float
    behind_s: float


def best_sectors(record: RaceRecord) -> list[Sector]:
    """Return each driver's best time in each sector, by sector; laps through the pits do not count, for they cut corners."""
    found = []
    for number in (1, 2, 3):
        best = []
        for tla in record.traces:
            timed = [(*span, lap.number) for lap in record.laps.get(tla, ()) if (span := _span(lap, number)) is not None]
            if timed:
                time_s, start_s, lap_number = min(timed)
                best.append((time_s, start_s, lap_number, tla))
        fastest_s = min((time_s for time_s, *_ in best), default=0.0)
        found += [
            Sector(tla, number, lap, start_s, start_s + time_s, time_s, time_s - fastest_s) for time_s, start_s, lap, tla in best
        ]
    return found


def _span(lap: Lap, number: int) -> tuple[float, float] | None:
    """Return (time, start) of one of a lap's sectors, None where the timing does not have it."""
    times_s = lap.sector_times_s
    time_s = times_s[number - 1]
    if time_s is None or lap.in_pit or not lap.accurate or lap.start_s is None:
        return None
    before = times_s[: number - 1]
    if None in before:
        return None
    return time_s, lap.start_s + sum(value for value in before if value is not None)
