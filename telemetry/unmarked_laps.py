"""Laps of a car whose timing is missing: from one pass of a place to the next."""

import itertools

import numpy as np
import numpy.typing as npt

from telemetry.race_record import Trace

Floats = npt.NDArray[np.float64]

LAP_S = (45.0, 160.0)  # at racing speed, on any circuit of a season
WIDE_M = 30.0  # a pass further beside the place is of another stretch of road
FASTEST_SHARE = 1.12  # of the fastest lap: slower ones cool tyres and wander


def passes(traces: list[Trace]) -> list[list[tuple[float, float]]]:
    """Return for each car the (start_s, end_s) of its fast laps, from and to a place where all drive fast; empty where none.

    The place is not the line, which nothing in the data marks.
    """
    gate = _gate(traces)
    if gate is None:
        return [[] for _ in traces]
    laps = [_between(_crossings(trace, *gate)) for trace in traces]
    every = [end_s - start_s for found in laps for start_s, end_s in found]
    fastest_s = min(every, default=0.0)
    return [[(start_s, end_s) for start_s, end_s in found if end_s - start_s < FASTEST_SHARE * fastest_s] for found in laps]


def _gate(traces: list[Trace]) -> tuple[Floats, Floats] | None:
    """Return a place and the direction through it, where the car that ran most was fastest."""
    most, best = 0.0, None
    for trace in traces:
        known = np.isfinite(trace.x_m)
        if known.sum() < 100:
            continue
        x, y, time_s = trace.x_m[known], trace.y_m[known], trace.position_time_s[known]
        step_s = np.diff(time_s)
        step_m = np.hypot(np.diff(x), np.diff(y))
        speed = np.where((step_s < 0.6) & (step_m < 100 * step_s), step_m / step_s, 0.0)
        run_m = float((speed * step_s).sum())
        at = int(np.argmax(speed))
        if run_m > most and speed[at] > 0:
            most, best = run_m, (np.array([x[at], y[at]]), np.array([x[at + 1] - x[at], y[at + 1] - y[at]]) / step_m[at])
    return best


def _crossings(trace: Trace, place: Floats, heading: Floats) -> Floats:
    known = np.isfinite(trace.x_m)
    off = np.c_[trace.x_m[known], trace.y_m[known]] - place
    time_s = trace.position_time_s[known]
    along, aside = off @ heading, off @ np.array([-heading[1], heading[0]])
    through = (along[:-1] < 0) & (along[1:] >= 0) & (np.abs(aside[1:]) < WIDE_M) & (np.diff(time_s) < 1.0) & (along[1:] < 150)
    at = np.flatnonzero(through)
    share = -along[at] / (along[at + 1] - along[at])
    return np.asarray(time_s[at] + share * (time_s[at + 1] - time_s[at]))


def _between(crossings_s: Floats) -> list[tuple[float, float]]:
    pairs = itertools.pairwise(crossings_s)
    return [(float(start_s), float(end_s)) for start_s, end_s in pairs if LAP_S[0] < end_s - start_s < LAP_S[1]]
