"""One car's way around the circuit: how far it has come at any instant, and when it passed a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d, median_filter

from telemetry.circuit import Circuit
from telemetry.line_error import slow_error_m
from telemetry.pit_stops import pit_stops_s
from telemetry.race_record import Lap, Trace
from telemetry.series import HOLE_S

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

STEP_S = 0.1  # a straight line between steps is at most 5 cm off under the hardest braking
ROAD_M = 15.0  # further off the centreline lie pit lanes and run-off areas
PARKED_KMH = 8.0  # a car that has been slower than this for `PARKED_S` stands
PARKED_S = 6.0
SMOOTH_S = 4.0  # positions wander by metres for seconds; on Monaco 2024 0.7 s had cars in the wrong order three times as often
GLITCH_M = 30.0  # a position this far off its neighbours is not the car's
LONG_HOLE_S = 20.0  # after it the lap count is taken anew from the timing
CUT_KMH = 0.5  # published speeds are cut to whole km/h


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """One car's way around the circuit, every `STEP_S`.

    Attributes:
        start_s: Session time of the first step; the same for all cars of a race session.
        progress_m: (n,) metres since it first crossed the line in lap 1; NaN off the road, in the pit lane, in a hole, or retired.
        monotone_m: The same where known, never falling: what it passed, and when.
        monotone_time_s: Session times of those.
    """

    start_s: float
    progress_m: Floats
    monotone_m: Floats
    monotone_time_s: Floats

    def between(self, start_s: float, end_s: float) -> "Progress":
        """Return the way between two session times, in arrays of its own; what the car had passed last before them stays known."""
        first, last = (min(max(int((at_s - self.start_s) / STEP_S), 0), len(self.progress_m)) for at_s in (start_s, end_s))
        since, until = np.searchsorted(self.monotone_time_s, [start_s, end_s]).tolist()
        return Progress(
            self.start_s + first * STEP_S,
            self.progress_m[first : last + 1].copy(),
            self.monotone_m[max(since - 1, 0) : until + 1].copy(),
            self.monotone_time_s[max(since - 1, 0) : until + 1].copy(),
        )

    def at(self, session_time_s: float) -> float | None:
        """Return the progress at an instant; None off the road or in a hole."""
        step = (session_time_s - self.start_s) / STEP_S
        if not 0 <= step < len(self.progress_m) - 1:
            return None
        before = int(step)
        before_m, after_m = float(self.progress_m[before]), float(self.progress_m[before + 1])
        found = before_m + (after_m - before_m) * (step - before)
        return found if found == found else None

    def passed_s(self, progress_m: float, before_s: float) -> float | None:
        """Return when the car came by a place, at the latest by `before_s`; None where it was not seen around it."""
        # One place at a time by plain numbers: a timeline asks a hundred times a frame.
        after = int(self.monotone_m.searchsorted(progress_m))
        if not 0 < after < len(self.monotone_m):
            return None
        t1, t2 = float(self.monotone_time_s[after - 1]), float(self.monotone_time_s[after])
        m1, m2 = float(self.monotone_m[after - 1]), float(self.monotone_m[after])
        found = t1 + (t2 - t1) * (progress_m - m1) / max(m2 - m1, 1e-9)
        return found if t2 - t1 <= HOLE_S and found <= before_s else None

    def passed_times_s(self, progress_m: Floats) -> Floats:
        """Return (n,) session times when the car came by (n,) places, NaN where it was not seen around them."""
        if len(self.monotone_m) < 2:
            return np.full(len(progress_m), np.nan)
        after = np.searchsorted(self.monotone_m, progress_m)
        inside = (after > 0) & (after < len(self.monotone_m))
        after = np.clip(after, 1, len(self.monotone_m) - 1)
        t1, t2 = self.monotone_time_s[after - 1], self.monotone_time_s[after]
        m1, m2 = self.monotone_m[after - 1], self.monotone_m[after]
        found = t1 + (t2 - t1) * (progress_m - m1) / np.maximum(m2 - m1, 1e-9)
        return np.where(inside & (t2 - t1 <= HOLE_S), found, np.nan)


def follow(
    trace: Trace, laps: Sequence[Lap], circuit: Circuit, *, lag_s: float, start_s: float, steps: int, lights_out_s: float | None
) -> Progress:
    """Return a car's way around the circuit.

    Positions jump about by metres and speeds do not; so the distance is the integral of the speed, carried to where the positions
    say it is by their difference smoothed over `SMOOTH_S`.

    Args:
        trace: The car's samples.
        laps: Its laps; they say which lap it is in and when it is in the pit lane.
        circuit: The centreline.
        lag_s: How late the car data are stamped.
        start_s: Session time of the first step.
        steps: How many steps of `STEP_S` to cover.
        lights_out_s: When the race began, None where that is unknown; the lap count of a car without laps hangs on it.
    """
    time_s: Floats = start_s + STEP_S * np.arange(steps, dtype=np.float64)
    distance_m, lateral_m = circuit.along(trace)
    run_m = _run_m(trace, time_s, lag_s)
    known = np.flatnonzero(np.isfinite(distance_m))
    known, off_m = _off_run(trace.position_time_s, distance_m, known, time_s, run_m, circuit.length_m)
    if len(known) < 2:
        return Progress(start_s, np.full(steps, np.nan), np.empty(0), np.empty(0))
    position_s = trace.position_time_s[known]
    progress_m = run_m + _smoothed(off_m, position_s, time_s, trace.session_time_s - lag_s)
    progress_m += circuit.length_m * _laps_to_add(progress_m, time_s, position_s, laps, circuit.length_m, lights_out_s)
    progress_m -= slow_error_m(progress_m, time_s, laps, circuit.length_m)
    seen = _seen(time_s, position_s, np.abs(lateral_m[known]) < ROAD_M) & ~_in_pit_lane(time_s, laps)
    passed = np.flatnonzero(seen)
    shown_m = np.where(
        seen & ~_gone(time_s, progress_m, position_s, pits_known=any(lap.pit_in_s for lap in laps)), progress_m, np.nan
    )
    return Progress(start_s, shown_m, np.maximum.accumulate(progress_m[passed]), time_s[passed])


def _run_m(trace: Trace, time_s: Floats, lag_s: float) -> Floats:
    """Return (n,) metres run since the first step by the car's own speed; zeros where it sent none."""
    known = np.isfinite(trace.speed_kmh)
    if known.sum() < 2:
        return np.zeros(len(time_s))
    published_kmh = trace.speed_kmh[known]
    speed_kmh = np.interp(time_s, trace.session_time_s[known] - lag_s, published_kmh + CUT_KMH * (published_kmh > 0))
    return np.asarray(np.r_[0.0, np.cumsum((speed_kmh[1:] + speed_kmh[:-1]) / 7.2 * STEP_S)])


def _off_run(
    position_time_s: Floats, distance_m: Floats, known: npt.NDArray[np.intp], time_s: Floats, run_m: Floats, length_m: float
) -> tuple[npt.NDArray[np.intp], Floats]:
    """Return which positions are believed, and by how much each lies ahead of the run, freed of the jump at the line."""
    off_m = np.unwrap(distance_m[known] - np.interp(position_time_s[known], time_s, run_m), period=length_m)
    if len(known) < 5:
        return known, off_m
    believed = np.abs(off_m - median_filter(off_m, 5, mode="nearest")) < GLITCH_M
    known = known[believed]
    return known, np.unwrap(distance_m[known] - np.interp(position_time_s[known], time_s, run_m), period=length_m)


def _smoothed(off_m: Floats, position_s: Floats, time_s: Floats, car_s: Floats) -> Floats:
    """Return (n,) offsets smoothed, but not across holes in the car data: what was run in one is only guessed."""
    holes = np.flatnonzero(np.diff(car_s) > HOLE_S)
    edges_s = np.r_[-np.inf, (car_s[holes] + car_s[holes + 1]) / 2, np.inf]
    smooth_m = np.interp(time_s, position_s, off_m)
    for start_s, end_s in pairwise(edges_s.tolist()):
        part = slice(*np.searchsorted(time_s, [start_s, end_s]))
        known = slice(*np.searchsorted(position_s, [start_s, end_s]))
        if len(time_s[part]) and len(position_s[known]):
            part_m = np.interp(time_s[part], position_s[known], off_m[known])
            smooth_m[part] = gaussian_filter1d(part_m, SMOOTH_S / STEP_S, mode="nearest")
    return smooth_m


def _laps_to_add(
    progress_m: Floats, time_s: Floats, position_s: Floats, laps: Sequence[Lap], length_m: float, lights_out_s: float | None
) -> Floats:
    """Return (n,) whole laps to add so that lap 1 begins at progress 0: what most of the timing's lap starts say.

    Each stretch without a long hole is counted on its own; one in which no lap starts follows the others.
    """
    starts = [(lap.number, lap.start_s) for lap in laps if lap.start_s is not None and lap.number > 1]
    if not starts and lights_out_s is not None:
        starts = [(1, lights_out_s)]
    if not starts:
        return np.zeros(len(time_s))
    numbers, start_s = (np.array(column, np.float64) for column in zip(*starts, strict=True))
    missing = numbers - 1 - np.round(np.interp(start_s, time_s, progress_m) / length_m)
    holes = np.flatnonzero(np.diff(position_s) > LONG_HOLE_S)
    edges_s = (position_s[holes] + position_s[holes + 1]) / 2
    stretch_of_start, stretch = np.searchsorted(edges_s, start_s), np.searchsorted(edges_s, time_s)
    usual = float(np.floor(np.median(missing)))
    added = np.array(
        [
            np.floor(np.median(missing[stretch_of_start == number])) if (stretch_of_start == number).any() else usual
            for number in range(len(edges_s) + 1)
        ]
    )
    return np.asarray(added[stretch], np.float64)


def _seen(time_s: Floats, position_s: Floats, on_road: Bools) -> Bools:
    """Return (n,) whether the positions before and after each step lie on the road and not far apart."""
    after = np.searchsorted(position_s, time_s, side="right")
    inside = (after > 0) & (after < len(position_s))
    after = np.clip(after, 1, len(position_s) - 1)
    near = position_s[after] - position_s[after - 1] <= HOLE_S
    return np.asarray(inside & near & on_road[after] & on_road[after - 1])


def _in_pit_lane(time_s: Floats, laps: Sequence[Lap]) -> Bools:
    """Return (n,) whether the timing has the car in the pit lane."""
    inside = np.zeros(len(time_s), bool)
    for in_s, out_s in pit_stops_s(laps):
        inside |= (time_s >= in_s) & (time_s < out_s)
    return inside


def _gone(time_s: Floats, progress_m: Floats, position_s: Floats, *, pits_known: bool) -> Bools:
    """Return (n,) whether the car is out of the race: standing, and never to move again.

    Where the timing does not say who is in the pit lane, every car that stands is taken for one in its box, save on the grid.
    """
    back = round(PARKED_S / STEP_S)
    moved_m = np.abs(progress_m[back:] - progress_m[:-back])
    standing = np.r_[np.zeros(back, bool), moved_m < PARKED_KMH / 3.6 * PARKED_S]
    standing |= time_s > position_s[-1]
    moving = np.flatnonzero(~standing[back:]) + back
    if len(moving) == 0:
        return np.ones(len(time_s), bool)
    for_good = np.arange(len(time_s)) > moving[-1]
    since_start = np.arange(len(time_s)) > moving[0]
    return np.asarray(for_good if pits_known else standing & since_start)
