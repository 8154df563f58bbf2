"""The circuit as the cars drive it: a centreline, and where on it a car is."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from scipy.spatial import KDTree

from telemetry import unmarked_laps
from telemetry.race_record import RaceRecord, Trace

Floats = npt.NDArray[np.float64]
_Run = tuple[Trace, float, float]  # a car from one session time to another

STEP_M = 1.0  # of the centreline; the feed's positions scatter by less
MOST_LAPS = 60  # more do not move the median by a centimetre
TRIED_LAPS = 160  # of which some went through the pits or had holes
FEWEST_LAPS = 2
LAP_LENGTH_M = (1_500.0, 12_000.0)  # no circuit of a season lies outside
OFF_LINE = 0.03  # a lap whose length differs by more from the median went through the pits or the grass


@dataclass(frozen=True, slots=True, eq=False)
class Circuit:
    """A closed centreline that begins at the line, in driving direction.

    Attributes:
        x_m: (n,) float64, one point every `length_m` / n, about a metre.
        y_m: (n,) float64.
        length_m: Once around.
    """

    x_m: Floats
    y_m: Floats
    length_m: float
    _tree: KDTree = field(init=False, repr=False)
    _projected: dict[str, tuple[Trace, Floats, Floats]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.x_m) < 4 or self.x_m.shape != self.y_m.shape:
            raise ValueError(f"wanted matching x_m and y_m of 4 points or more, got {self.x_m.shape} and {self.y_m.shape}")
        object.__setattr__(self, "_tree", KDTree(np.c_[self.x_m, self.y_m]))

    def project(self, x_m: Floats, y_m: Floats) -> tuple[Floats, Floats]:
        """Return (m,) distances from the line in 0 to `length_m`, and (m,) lateral offsets, left positive; NaN stays NaN."""
        distance_m, lateral_m = np.full(len(x_m), np.nan), np.full(len(x_m), np.nan)
        known = np.isfinite(x_m) & np.isfinite(y_m)
        if not known.any():
            return distance_m, lateral_m
        points = np.c_[x_m[known], y_m[known]]
        _, nearest = self._tree.query(points)
        count = len(self.x_m)
        line = np.c_[self.x_m, self.y_m]
        before, after = line[(nearest - 1) % count], line[(nearest + 1) % count]
        along = after - before
        span = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
        unit = along / span[:, None]
        offset = points - line[nearest]
        step_m = self.length_m / count
        forward = np.clip((offset * unit).sum(1), -step_m, step_m)
        distance_m[known] = (nearest * step_m + forward) % self.length_m
        lateral_m[known] = unit[:, 0] * offset[:, 1] - unit[:, 1] * offset[:, 0]
        return distance_m, lateral_m

    def along(self, trace: Trace) -> tuple[Floats, Floats]:
        """Return what `project` says of a car's positions, once found kept: how late its car data are and whom it follows both ask."""
        known = self._projected.get(trace.driver)
        if known is None or known[0] is not trace:
            known = self._projected[trace.driver] = (trace, *self.project(trace.x_m, trace.y_m))
        return known[1], known[2]

    def heading_rad(self) -> Floats:
        """Return (n,) driving directions at the points, unwrapped."""
        return np.unwrap(np.arctan2(np.roll(self.y_m, -1) - np.roll(self.y_m, 1), np.roll(self.x_m, -1) - np.roll(self.x_m, 1)))


def survey(record: RaceRecord) -> Circuit | None:
    """Return the circuit driven in a race session: the median of many laps; None where too few laps are known.

    Each lap's positions are joined by a cubic spline in time and laid on an even grid of its own length; a lap that is longer or
    shorter than most went elsewhere and is left out. Without timing the laps are found in the positions.
    """
    for marked in (_laps(record, accurate=True), _laps(record, accurate=False), _unmarked(record)):
        tried = marked[:: max(1, len(marked) // TRIED_LAPS)]
        lines = [line for trace, start_s, end_s in tried if (line := _line(trace, start_s, end_s)) is not None]
        if len(lines) >= FEWEST_LAPS:
            return _middle(lines)
    return None


def _laps(record: RaceRecord, *, accurate: bool) -> list[_Run]:
    return [
        (trace, lap.start_s, lap.end_s)
        for tla, trace in record.traces.items()
        for lap in record.laps.get(tla, ())
        if (lap.accurate or not accurate) and not lap.in_pit and lap.start_s is not None and lap.end_s is not None
    ]


def _unmarked(record: RaceRecord) -> list[_Run]:
    """Return laps by the positions alone, of a race session without timing; its circuit does not begin at the line."""
    if any(record.laps.values()):
        return []
    traces = list(record.traces.values())
    return [(trace, *lap) for trace, laps in zip(traces, unmarked_laps.passes(traces), strict=True) for lap in laps]


def _middle(lines: list[tuple[float, Floats]]) -> Circuit | None:
    typical_m = float(np.median([length for length, _ in lines]))
    kept = [line for length, line in lines if abs(length / typical_m - 1) < OFF_LINE]
    kept = kept[:: max(1, len(kept) // MOST_LAPS)]
    if not kept:
        return None
    return _even(np.median(np.stack(kept), axis=0))


def _line(trace: Trace, start_s: float, end_s: float) -> tuple[float, Floats] | None:
    """Return a lap's length and its (4096, 2) points at even fractions of it."""
    known = np.isfinite(trace.x_m)
    time_s, x, y = trace.position_time_s[known], trace.x_m[known], trace.y_m[known]
    first, last = np.searchsorted(time_s, [start_s, end_s])
    part = slice(max(first - 2, 0), last + 2)
    time_s, x, y = time_s[part], x[part], y[part]
    if len(time_s) < 60 or np.diff(time_s).max() > 2.0 or time_s[0] > start_s or time_s[-1] < end_s:
        return None
    dense_s = np.linspace(start_s, end_s, 4096)
    points = CubicSpline(time_s, np.c_[x, y])(dense_s)
    run = np.r_[0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
    length_m = float(run[-1])
    closes = np.hypot(*(points[-1] - points[0])) < 40
    if not (LAP_LENGTH_M[0] < length_m < LAP_LENGTH_M[1] and closes):
        return None
    even = np.linspace(0, length_m, 4096)
    return length_m, np.c_[np.interp(even, run, points[:, 0]), np.interp(even, run, points[:, 1])]


def _even(points: Floats) -> Circuit:
    """Return the closed circuit through (n, 2) points, on a grid of about `STEP_M`."""
    closed = np.r_[points[:-1], points[:1]]
    run = np.r_[0, np.cumsum(np.hypot(*np.diff(closed, axis=0).T))]
    length_m = float(run[-1])
    even = np.linspace(0, length_m, round(length_m / STEP_M), endpoint=False)
    return Circuit(np.interp(even, run, closed[:, 0]), np.interp(even, run, closed[:, 1]), length_m)
