"""The chequered flag: when each car of a race took it, and after how many laps."""

import math
from dataclasses import dataclass

from telemetry.race_record import RaceRecord


@dataclass(frozen=True, slots=True)
class Finish:
    """When a car took the chequered flag, and how many laps it had then run."""

    at_s: float
    laps: int


def finishes(record: RaceRecord) -> dict[str, Finish]:
    """Return the finish of each driver who took the chequered flag, by TLA; of nobody where the race has no end."""
    ended = [(lap.number, lap.end_s) for laps in record.laps.values() for lap in laps if lap.end_s is not None]
    distance = record.total_laps or max((number for number, _ in ended), default=0)
    won_s = min((end_s for number, end_s in ended if number == distance), default=math.inf)
    found = {}
    for tla, laps in record.laps.items():
        after = [Finish(lap.end_s, lap.number) for lap in laps if lap.end_s is not None and lap.end_s >= won_s]
        if after:
            found[tla] = min(after, key=lambda finish: finish.at_s)
    return found


def flag_s(record: RaceRecord, driver: str) -> float:
    """Return when a driver took the chequered flag, ∞ where the race or the driver's part of it has no end."""
    finish = finishes(record).get(driver)
    return math.inf if finish is None else finish.at_s
