"""Every offset of a race session at once: a car's path laid over the sound's map, all along the session."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telemetry.sync.engine_sound import RPM_COUNT, RPM_STEP, Path, RpmMap

Floats = npt.NDArray[np.float64]
Float32s = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

GRID_S = 0.05  # half of what separates right from wrong; peaks are refined afterwards
# Where a clip is searched once more, at other rates or by bands of orders; takes less than half as long. Of 40 clips of 20 to 5 s at −14 to
# 0 dB, over all 16 cars, it names the right place among the first as often as the finer one, and one that the finer one missed.
WIDE_GRID_S = 0.075
ALONG_LEAST = 0.25  # share of a clip that must lie on telemetry for an offset to count
SLOT = 8  # places; eight float32 are copied at once, and car data come every 2 to 10 places
MANY = 0.1  # of the slots: so many are faster added to all, with nothing for the others, than picked
PEAK_ROW = 64  # places
THREADS = 2  # NumPy holds no lock while it copies and adds


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """How well a clip fits at every offset, for one car.

    Attributes:
        driver: TLA.
        rate: Session seconds a video second.
        first_s: The first offset: session time at video time 0.
        step_s: From one offset to the next.
        score: (k,) float64, −inf where too little of the clip has telemetry.
    """

    driver: str
    rate: float
    first_s: float
    step_s: float
    score: Floats

    def offset_s(self, place: int) -> float:
        """Return the offset of a place on the curve."""
        return self.first_s + place * self.step_s

    def place(self, offset_s: float) -> int:
        """Return the place nearest to an offset, not checked against the ends."""
        return round((offset_s - self.first_s) / self.step_s)


def curves(chart: RpmMap, routes: Mapping[str, Path], *, rate: float = 1.0, grid_s: float = GRID_S) -> list[Curve]:
    """Return the score of every offset of cars' paths over a map.

    A score is the weighted sum of likenesses under the path over the root of the summed squared weights: a matched filter in white
    noise.

    Args:
        chart: Of the clip.
        routes: Of the cars, by TLA.
        rate: Session seconds a video second; sound played faster is higher by as much.
        grid_s: From one offset to the next, about.
    """
    return [curve for (curve,) in curves_of([chart], routes, rate=rate, grid_s=grid_s)]


def curves_of(
    charts: Sequence[RpmMap], routes: Mapping[str, Path], *, rate: float = 1.0, grid_s: float = GRID_S
) -> list[list[Curve]]:
    """Return for each car what `curves` does of several maps of the same stretch of a clip: most of the work they share."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda tla: _curves(charts, routes[tla], tla, rate, grid_s), routes))


def _curves(charts: Sequence[RpmMap], route: Path, driver: str, rate: float, grid_s: float) -> list[Curve]:
    chart = charts[0]
    step = max(1, round(grid_s / rate / chart.hop_s))
    rows = len(chart.likeness) // step
    use = route.weight > 0
    place = np.rint(route.place[use] + np.log(rate) / np.log(RPM_STEP)).astype(np.intp)
    keep = (place >= 0) & (place < RPM_COUNT)
    place, weight, time_s = place[keep], route.weight[use][keep], route.time_s[use][keep]
    if rows == 0 or len(time_s) < 2:
        return [Curve(driver, rate, 0.0, grid_s, np.empty(0)) for _ in charts]
    hop_s = step * chart.hop_s * rate
    # Row r of the clip meets sample i at offset time_s[i] − r.
    at = np.rint((time_s - time_s[0]) / hop_s).astype(np.intp)
    length = int(at[-1]) + rows
    spikes = np.bincount(at + rows, weight**2, length + rows)
    run = np.cumsum(spikes, out=spikes)
    squares = run[rows:] - run[:length]
    usual = float(np.mean(route.weight**2)) * len(chart.likeness) * chart.hop_s * rate / float(np.median(np.diff(route.time_s)))
    unknown = squares <= ALONG_LEAST * usual
    root = np.sqrt(np.maximum(squares, 1e-6, out=squares), out=squares)
    middle_s = chart.start_s + (step - 1) / 2 * chart.hop_s
    first_s = float(time_s[0] - (rows - 1) * hop_s - middle_s * rate)
    found = []
    coarse = [chart.likeness[: rows * step].reshape(rows, step, RPM_COUNT).mean(1) for chart in charts]
    for total in _laid(coarse, at, place, weight):
        score = total[:length] / root
        score[unknown] = -np.inf
        found.append(Curve(driver, rate, first_s, hop_s, score))
    return found


def _laid(likenesses: Sequence[Float32s], at: Places, place: Places, weight: Floats) -> Iterator[Float32s]:
    """Yield for each likeness the sums over the samples i of weight[i] · likeness[rows − 1 − j, place[i]] at at[i] + j, for all rows j.

    Adding one row after the other at scattered places takes three times as long. So the sums are kept in slots of `SLOT` places, and
    each step adds `SLOT` rows of all samples, looked up in a table of all that a slot can receive from one sample.
    """
    levels, level = np.unique(weight, return_inverse=True)
    slot, beside = np.divmod(at, SLOT)
    code = (level * RPM_COUNT + place) * SLOT + beside
    nothing = len(levels) * RPM_COUNT * SLOT
    first = np.flatnonzero(np.diff(slot, prepend=-1))
    order = np.arange(len(slot)) - np.repeat(first, np.diff(first, append=len(slot)))  # among the samples of its slot
    slots = int(slot[-1]) + 1
    to_all, to_some = [], []
    for nth in range(int(order.max()) + 1):
        where, what = slot[order == nth], code[order == nth]
        if len(where) < MANY * slots:
            to_some.append((where, what))
        else:
            to_all.append(np.full(slots, nothing))
            to_all[-1][where] = what
    table = np.zeros((nothing + 1, SLOT), np.float32)
    cells = table[:nothing].reshape(len(levels), RPM_COUNT, SLOT, SLOT)
    scale = levels.astype(np.float32)[:, None, None, None]
    found = np.empty((slots, SLOT), np.float32)
    for likeness in likenesses:
        rows = len(likeness)
        blocks = -(-(rows + SLOT - 1) // SLOT)
        padded = np.zeros((RPM_COUNT, (blocks + 2) * SLOT), np.float32)
        padded[:, SLOT - 1 : SLOT - 1 + rows] = likeness[::-1].T
        windows = np.lib.stride_tricks.sliding_window_view(padded, SLOT, axis=1)
        total = np.zeros((slots + blocks, SLOT), np.float32)
        for block in range(blocks):
            np.multiply(scale, windows[:, block * SLOT : (block + 1) * SLOT][:, ::-1], out=cells)
            for what in to_all:
                total[block : block + slots] += table.take(what, axis=0, out=found, mode="clip")
            for where, what in to_some:
                total[block + where] += table.take(what, axis=0)
        yield total.ravel()


def peaks(score: Floats, *, reach: int, most: int) -> list[int]:
    """Return the places of the highest scores, more than `reach` places from each other, highest first."""
    # In rows, each with its highest: to look through a whole race again for every peak takes as long as all else here.
    rows = -(-len(score) // PEAK_ROW)
    left = np.full((rows, PEAK_ROW), -np.inf)
    left.ravel()[: len(score)] = np.where(np.isfinite(score), score, -np.inf)
    tops = left.max(axis=1)
    found: list[int] = []
    while len(found) < most and rows:
        row = int(np.argmax(tops))
        if not np.isfinite(tops[row]):
            break
        best = row * PEAK_ROW + int(np.argmax(left[row]))
        found.append(best)
        first, last = max(best - reach, 0), best + reach + 1
        left.ravel()[first:last] = -np.inf
        beside = slice(first // PEAK_ROW, -(-last // PEAK_ROW))
        tops[beside] = left[beside].max(axis=1)
    return found


def spread(curves: Sequence[Curve]) -> tuple[float, float]:
    """Return the middle and the deviation of scores over all offsets, deaf to the peaks (median and 1.4826 · MAD)."""
    values = np.concatenate([curve.score[np.isfinite(curve.score)][::5] for curve in curves]) if curves else np.empty(0)
    if len(values) < 20:
        return 0.0, 1.0
    middle = float(np.median(values))
    return middle, max(1.4826 * float(np.median(np.abs(values - middle))), 1e-6)
