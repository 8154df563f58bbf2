"""The corners of a circuit: where they are, and which number they bear."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from telemetry.circuit import Circuit
from telemetry.race_record import CornerMark

Floats = npt.NDArray[np.float64]

WIDEST_M = 150.0  # radius; rounder bends are taken flat out, and few of them bear a number
APART_M = 35.0  # between apexes: the two parts of a chicane are two corners
SMOOTH_M = 8.0  # along the centreline; its points scatter by centimetres
REACH_M = 90.0  # before and after the apex a car's lowest speed is looked for


@dataclass(frozen=True, slots=True)
class Corner:
    """A corner of a circuit; all distances run from the line.

    Attributes:
        label: Its number, with its letter where it has one: "5", "13A".
        apex_m: Where it is tightest, 0 to the circuit's length.
        before_m: From here to the apex it counts, at the most halfway to the corner before.
        after_m: From the apex to here.
    """

    label: str
    apex_m: float
    before_m: float
    after_m: float


def corners(circuit: Circuit, marks: Sequence[CornerMark] = ()) -> tuple[Corner, ...]:
    """Return a circuit's corners in driving order.

    With the official marks they bear the official numbers. Without, they are numbered as the centreline bends, which on Monaco gives
    the official numbers as far as the swimming pool.
    """
    if marks:
        x_m, y_m = (np.array(column, np.float64) for column in zip(*((mark.x_m, mark.y_m) for mark in marks), strict=True))
        apexes_m, _ = circuit.project(x_m, y_m)
        named = sorted(zip(apexes_m.tolist(), (f"{mark.number}{mark.letter}" for mark in marks), strict=True))
    else:
        named = [(apex_m, str(number)) for number, apex_m in enumerate(_apexes_m(circuit).tolist(), start=1)]
    if not named:
        return ()
    places = [apex_m for apex_m, _ in named]
    around = [places[-1] - circuit.length_m, *places, places[0] + circuit.length_m]
    reach = [min(REACH_M, (after - before) / 2) for before, after in pairwise(around)]
    return tuple(
        Corner(label, apex_m, apex_m - before, apex_m + after)
        for (apex_m, label), (before, after) in zip(named, pairwise(reach), strict=True)
    )


def _apexes_m(circuit: Circuit) -> Floats:
    step_m = circuit.length_m / len(circuit.x_m)
    heading = circuit.heading_rad()
    turn = (np.diff(np.r_[heading, heading[:1]]) + np.pi) % (2 * np.pi) - np.pi
    bend = np.abs(gaussian_filter1d(turn, SMOOTH_M / step_m, mode="wrap")) / step_m
    count = len(bend)
    found = peaks(np.tile(bend, 3), height=1 / WIDEST_M, apart=max(round(APART_M / step_m), 1), prominence=0.4 / WIDEST_M)
    return np.asarray((found[(found >= count) & (found < 2 * count)] - count) * step_m, np.float64)


def peaks(values: Floats, *, height: float, apart: int, prominence: float) -> npt.NDArray[np.int64]:
    """Return where values peak, in order: as SciPy's `find_peaks`, which takes 25 MB and a third of a second to be loaded.

    Args:
        values: (n,) numbers.
        height: Least value of a peak.
        apart: Least steps between two peaks; of nearer ones the higher stays.
        prominence: Least height above the higher of the two valleys between a peak and what is higher on its either side.
    """
    starts = np.flatnonzero(np.r_[True, np.diff(values) != 0])  # of stretches of one value; a plateau peaks in its middle
    ends = np.r_[starts[1:], len(values)] - 1
    level = values[starts]
    high = np.flatnonzero((level[1:-1] > level[:-2]) & (level[1:-1] > level[2:]) & (level[1:-1] >= height)) + 1
    tops = (starts[high] + ends[high]) // 2
    kept: list[int] = []
    for top in tops[np.argsort(values[tops], kind="stable")[::-1]]:
        if all(abs(top - other) >= apart for other in kept):
            kept.append(int(top))
    return np.array(sorted(top for top in kept if _prominence(values, top) >= prominence), np.int64)


def _prominence(values: Floats, top: int) -> float:
    higher = np.flatnonzero(values > values[top])
    at = int(np.searchsorted(higher, top))
    left = int(higher[at - 1]) if at > 0 else 0
    right = int(higher[at]) if at < len(higher) else len(values) - 1
    return float(values[top] - max(values[left : top + 1].min(), values[top : right + 1].min()))
