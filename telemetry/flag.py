"""The chequered flag: when each car of a race took it, and after how many laps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from telemetry.race_record import Lap, RaceRecord

NEAR_S = 25.0  # race control says that it is shown within seconds of the winner, and the shortest lap takes 53 s


@dataclass(frozen=True, slots=True)
class Finish:
    """When a car took the chequered flag, and how many laps it had then run."""

    at_s: float
    laps: int


def laps_until(shown_s: float | None, laps: Mapping[str, Sequence[Lap]]) -> int | None:
    """Return after how many laps the flag was shown: it is to who is first over the line then, whatever number was planned.

    Args:
        shown_s: When race control says that it was, None where nobody does.
        laps: TLA to laps.

    Returns:
        None where nobody says it, or nobody crossed the line then, as where a red flag ended the race.
    """
    first_s: dict[int, float] = {}
    for lap in (lap for driven in laps.values() for lap in driven):
        if lap.end_s is not None:
            first_s[lap.number] = min(lap.end_s, first_s.get(lap.number, math.inf))
    if shown_s is None or not first_s:
        return None
    off_s, number = min((abs(end_s - shown_s), number) for number, end_s in first_s.items())
    return number if off_s < NEAR_S else None


def distance_laps(record: RaceRecord) -> int | None:
    """Return how many laps the race was, None where neither its flag nor its length is known."""
    return laps_until(record.flag_s, record.laps) or record.total_laps


def finishes(record: RaceRecord) -> dict[str, Finish]:
    """Return the finish of each driver who took the chequered flag, by TLA; of nobody where the race has no end.

    Where nothing is known of its length, its last lap there is ends it.
    """
    ended = [(lap.number, lap.end_s) for laps in record.laps.values() for lap in laps if lap.end_s is not None]
    distance = distance_laps(record) or max((number for number, _ in ended), default=0)
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
