"""Every offset of a race session at once: a car's path laid over the sound's map, all along the session."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telemetry.sync.engine_sound import RPM_COUNT, RPM_STEP, Path, RpmMap

Floats = npt.NDArray[np.float64]
Float32s = npt.NDArray[np.float32]

GRID_S = 0.05  # half of what separates right from wrong; peaks are refined afterwards
ALONG_LEAST = 0.25  # share of a clip that must lie on telemetry for an offset to count


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


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """The same in short blocks of the clip, to be joined differently: their sums and squared weights.

    Attributes:
        start_video_s: (b,) where each block begins.
        length_s: Of a block, in video time.
        first_s: The first offset.
        step_s: From one offset to the next.
        total: (b, k) float32, weighted sums of likenesses.
        squares: (b, k) float32, sums of squared weights.
    """

    start_video_s: Floats
    length_s: float
    first_s: float
    step_s: float
    total: Float32s
    squares: Float32s


def curve(chart: RpmMap, route: Path, *, driver: str, rate: float = 1.0) -> Curve:
    """Return the score of every offset of a car's path over a map.

    A score is the weighted sum of likenesses under the path over the root of the summed squared weights: a matched filter in white
    noise.

    Args:
        chart: Of the clip.
        route: Of the car.
        driver: Whose path it is.
        rate: Session seconds a video second; sound played faster is higher by as much.
    """
    laid = blocks(chart, route, rate=rate, length_s=len(chart.likeness) * chart.hop_s)
    if laid is None:
        return Curve(driver, rate, 0.0, GRID_S, np.empty(0))
    clip_s = len(chart.likeness) * chart.hop_s * rate
    usual = float(np.mean(route.weight**2)) * clip_s / float(np.median(np.diff(route.time_s)))
    total, squares = laid.total[0], laid.squares[0]
    score = np.where(squares > ALONG_LEAST * usual, total / np.sqrt(np.maximum(squares, 1e-6)), -np.inf)
    return Curve(driver, rate, laid.first_s, laid.step_s, score.astype(float))


def blocks(chart: RpmMap, route: Path, *, length_s: float, rate: float = 1.0) -> Blocks | None:
    """Return the sums of every block at every offset, None where map or path is empty; arguments as of `curve`."""
    step = max(1, round(GRID_S / rate / chart.hop_s))
    rows = len(chart.likeness) // step
    each = min(max(1, round(length_s / (step * chart.hop_s))), max(rows, 1))
    use = route.weight > 0
    place = np.rint(route.place[use] + np.log(rate) / np.log(RPM_STEP)).astype(np.intp)
    keep = (place >= 0) & (place < RPM_COUNT)
    place, weight, time_s = place[keep], route.weight[use][keep].astype(np.float32), route.time_s[use][keep]
    if rows == 0 or len(time_s) < 2:
        return None
    likeness = chart.likeness[: rows * step].reshape(rows, step, RPM_COUNT).mean(1)
    hop_s = step * chart.hop_s * rate
    # Row r of the clip meets sample i at offset time_s[i] − r: every row adds one stretch of sums, moved by one place.
    at = np.rint((time_s - time_s[0]) / hop_s).astype(np.intp)
    length = int(at[-1]) + rows
    count = rows // each
    total = np.zeros((count, length), np.float32)
    for row in range(count * each):
        total[row // each][at + (rows - 1 - row)] += likeness[row].take(place) * weight
    spikes = np.zeros(length + rows, np.float64)
    np.add.at(spikes, at + rows, weight.astype(np.float64) ** 2)
    run = np.cumsum(spikes)
    squares = np.empty_like(total)
    for block in range(count):
        # Sum of squares over rows a ≤ r < b: samples at place p + r − (rows − 1) for each offset place p.
        ends = np.arange(length) + (block + 1) * each
        squares[block] = run[np.minimum(ends, len(run) - 1)] - run[ends - each]
    middle_s = chart.start_s + (step - 1) / 2 * chart.hop_s
    first_s = float(time_s[0] - (rows - 1) * hop_s - middle_s * rate)
    starts = chart.start_s + np.arange(count) * each * step * chart.hop_s
    return Blocks(starts.astype(np.float64), each * step * chart.hop_s, first_s, hop_s, total, squares)


def peaks(score: Floats, *, reach: int, most: int) -> list[int]:
    """Return the places of the highest scores, more than `reach` places from each other, highest first."""
    found: list[int] = []
    left = np.where(np.isfinite(score), score, -np.inf)
    while len(found) < most and left.size:
        best = int(np.argmax(left))
        if not np.isfinite(left[best]):
            break
        found.append(best)
        left[max(best - reach, 0) : best + reach + 1] = -np.inf
    return found


def spread(curves: Sequence[Curve]) -> tuple[float, float]:
    """Return the middle and the deviation of scores over all offsets, deaf to the peaks (median and 1.4826 · MAD)."""
    values = np.concatenate([curve.score[np.isfinite(curve.score)][::5] for curve in curves]) if curves else np.empty(0)
    if len(values) < 20:
        return 0.0, 1.0
    middle = float(np.median(values))
    return middle, max(1.4826 * float(np.median(np.abs(values - middle))), 1e-6)
