"""Who is where on the road: every car's progress along the circuit, who is ahead, and by how much."""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telemetry.circuit import Circuit
from telemetry.race_record import RaceRecord, Trace
from telemetry.series import HOLE_S

Floats = npt.NDArray[np.float64]

ROAD_M = 15.0  # further off the centreline lie pit lanes and run-off areas
PARKED_KMH = 8.0  # a car that has been slower than this for `PARKED_S` is parked, not driving ahead
PARKED_S = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """One car's way around the circuit.

    Attributes:
        time_s: Session times of its positions, as a list, for speed.
        progress_m: Metres since it first crossed the line in lap 1, at those times, NaN off the road.
        monotone_m: The same where known, never falling: what it passed, and when.
        monotone_time_s: Session times of those.
    """

    time_s: list[float]
    progress_m: list[float]
    monotone_m: Floats
    monotone_time_s: Floats

    def at(self, session_time_s: float) -> float | None:
        """Return the progress at an instant, by a line between positions; None off the road or in a hole."""
        after = bisect_right(self.time_s, session_time_s)
        if after == 0 or after == len(self.time_s):
            return None
        before_s, after_s = self.time_s[after - 1], self.time_s[after]
        before_m, after_m = self.progress_m[after - 1], self.progress_m[after]
        if after_s - before_s > HOLE_S or before_m != before_m or after_m != after_m:
            return None
        return before_m + (after_m - before_m) * (session_time_s - before_s) / (after_s - before_s)

    def passed_s(self, progress_m: float, before_s: float) -> float | None:
        """Return when the car came by a place, at the latest by `before_s`; None where it was not seen around it."""
        after = int(np.searchsorted(self.monotone_m, progress_m))
        if after == 0 or after == len(self.monotone_m):
            return None
        t1, t2 = self.monotone_time_s[after - 1], self.monotone_time_s[after]
        m1, m2 = self.monotone_m[after - 1], self.monotone_m[after]
        if t2 - t1 > HOLE_S or t1 > before_s:
            return None
        return float(t1 + (t2 - t1) * (progress_m - m1) / max(m2 - m1, 1e-9))


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another car on the road: how far, in metres and seconds, and when the rear of the two was passed there."""

    driver: str
    gap_m: float
    gap_s: float | None
    passed_s: float | None
    laps_down: int


class Traffic:
    """Every car of a race session on its circuit."""

    def __init__(self, record: RaceRecord, circuit: Circuit) -> None:
        self.circuit = circuit
        self.cars = {tla: _progress(trace, record, circuit) for tla, trace in record.traces.items()}

    def around(self, driver: str, session_time_s: float, *, sight_m: float) -> tuple[list[Neighbour], list[Neighbour]]:
        """Return the cars ahead and behind within `sight_m` along the road, nearest first, whatever their laps.

        The gap in seconds is the time since the car in front passed the place where the one behind it is now.
        """
        own = self.cars.get(driver)
        own_m = own.at(session_time_s) if own else None
        if own is None or own_m is None:
            return [], []
        length_m = self.circuit.length_m
        ahead, behind = [], []
        for tla, car in self.cars.items():
            if tla == driver or (other_m := car.at(session_time_s)) is None:
                continue
            forward_m = (other_m - own_m) % length_m
            laps_down = round((own_m + forward_m - other_m) / length_m)
            if forward_m <= sight_m:
                passed_s = car.passed_s(other_m - forward_m, session_time_s)
                gap_s = None if passed_s is None else session_time_s - passed_s
                ahead.append(Neighbour(tla, forward_m, gap_s, passed_s, laps_down))
            if length_m - forward_m <= sight_m:
                back_m = length_m - forward_m
                passed_s = own.passed_s(own_m - back_m, session_time_s)
                gap_s = None if passed_s is None else session_time_s - passed_s
                behind.append(Neighbour(tla, back_m, gap_s, passed_s, round((own_m - back_m - other_m) / length_m)))
        return sorted(ahead, key=lambda car: car.gap_m), sorted(behind, key=lambda car: car.gap_m)

    def order(self, session_time_s: float) -> list[str]:
        """Return the drivers by progress, the leader first; those not seen are left out."""
        seen = [(progress, tla) for tla, car in self.cars.items() if (progress := _last_known(car, session_time_s)) is not None]
        return [tla for _, tla in sorted(seen, reverse=True)]


def _last_known(car: Progress, session_time_s: float) -> float | None:
    after = int(np.searchsorted(car.monotone_time_s, session_time_s, side="right"))
    if after == 0:
        return None
    now_m = car.at(session_time_s)
    return now_m if now_m is not None else float(car.monotone_m[after - 1])


def _progress(trace: Trace, record: RaceRecord, circuit: Circuit) -> Progress:
    distance_m, lateral_m = circuit.project(trace.x_m, trace.y_m)
    on_road = np.isfinite(distance_m) & (np.abs(lateral_m) < ROAD_M)
    known = np.flatnonzero(np.isfinite(distance_m))
    progress_m = np.full(len(distance_m), np.nan)
    length_m = circuit.length_m
    progress_m[known] = np.unwrap(distance_m[known], period=length_m)
    progress_m += _laps_offset(trace, record, progress_m, length_m) * length_m
    moved_s = trace.position_time_s[known]
    parked = np.zeros(len(distance_m), bool)
    if len(known) > 1:
        earlier_m = np.interp(moved_s - PARKED_S, moved_s, progress_m[known])
        began = moved_s - PARKED_S >= moved_s[0]
        parked[known] = began & (np.abs(progress_m[known] - earlier_m) < PARKED_KMH / 3.6 * PARKED_S)
    shown_m = np.where(on_road & ~parked, progress_m, np.nan)
    passed = np.flatnonzero(on_road)
    return Progress(
        trace.position_time_s.tolist(), shown_m.tolist(), np.maximum.accumulate(progress_m[passed]), trace.position_time_s[passed]
    )


def _laps_offset(trace: Trace, record: RaceRecord, progress_m: Floats, length_m: float) -> int:
    """Return the laps to add so that lap 1 begins at progress 0: what most of the timing's lap starts say."""
    known = np.isfinite(progress_m)
    starts = [
        (lap.number, lap.start_s) for lap in record.laps.get(trace.driver, ()) if lap.start_s is not None and lap.number > 1
    ]
    if not starts or not known.any():
        return 0
    at_m = np.interp([start for _, start in starts], trace.position_time_s[known], progress_m[known])
    return int(np.median([number - 1 - round(m / length_m) for (number, _), m in zip(starts, at_m, strict=True)]))
