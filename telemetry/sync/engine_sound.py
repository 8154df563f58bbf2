"""The engine's sound against the telemetry's RPM: an order-tracking matched filter.

An engine sounds at multiples (orders) of its crankshaft speed. The sound is turned into a map of how much each RPM would explain
each instant; the telemetry's RPM is laid over it at every possible offset, and the offset at which it runs over the brightest path
is where the clip was recorded. No pitch is tracked, so wind, speech and music only dim the map.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import rfft
from scipy.ndimage import uniform_filter1d

from telemetry.race_record import Trace
from telemetry.sync.sound import Sound

Floats = npt.NDArray[np.float64]
Float32s = npt.NDArray[np.float32]

RATE_HZ = 16_000
WINDOW = 1536  # 96 ms: long enough to part the orders, short enough for gear changes
SPECTRUM = 4096
HOP = 400  # 25 ms
TOP_HZ = 4_000
WHITEN_BINS = 61  # removes the spectrum's slope and the speech's broad bands
LEVEL_BINS = 244
CLIP = 2.5
ORDERS = np.arange(1.0, 9.01, 0.5)
HALF_ORDER_WEIGHT = 0.4  # makers differ, but multiples of 1.5 are strong in every V6 heard so far
RPM_LOW, RPM_STEP, RPM_COUNT = 5_200.0, 1.005, 182  # to 12,900 in steps of half a per cent
SHIFT_WEIGHT = 0.25  # a sample beside a gear change may be of either gear
HOLE_S = 0.6  # a sample with no neighbour this near may be a leftover
GRID_S = 0.05  # of the search over a whole session
SILENT = 1e-4  # RMS below which there is no sound to speak of
ALONG_LEAST = 0.25  # share of a clip that must lie on telemetry for an offset to count


@dataclass(frozen=True, slots=True, eq=False)
class RpmMap:
    """How much each RPM explains each instant of a sound.

    Attributes:
        start_s: Video time of the first row.
        hop_s: Between rows.
        likeness: (t, r) float32, each row with mean 0 and deviation 1 over the RPM grid.
    """

    start_s: float
    hop_s: float
    likeness: Float32s

    def part(self, start_s: float, end_s: float) -> "RpmMap":
        """Return the rows between two video times."""
        first = int(np.clip(round((start_s - self.start_s) / self.hop_s), 0, len(self.likeness)))
        last = int(np.clip(round((end_s - self.start_s) / self.hop_s), first, len(self.likeness)))
        return RpmMap(self.start_s + first * self.hop_s, self.hop_s, self.likeness[first:last])


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One car's RPM as laid over the map: (n,) session times, places on the RPM grid, and how much each counts."""

    time_s: Floats
    place: Floats
    weight: Floats


def order_weights() -> Floats:
    """Return the weights of `ORDERS` before anything is known of the engine."""
    return np.where(np.isclose(ORDERS % 1.5, 0), 1.0, HALF_ORDER_WEIGHT)


def spectrum(sound: Sound) -> Float32s | None:
    """Return the whitened log spectrum, (t, f) float32 on a grid of `HOP` and `RATE_HZ`/`SPECTRUM`; None for silence.

    Raises:
        ValueError: The sound is at another rate than `RATE_HZ`.
    """
    if sound.rate_hz != RATE_HZ:
        raise ValueError(f"wanted {RATE_HZ} Hz, got {sound.rate_hz}")
    if len(sound.samples) < 4 * WINDOW or float(np.sqrt(np.mean(np.square(sound.samples, dtype=np.float64)))) < SILENT:
        return None
    rows = (len(sound.samples) - WINDOW) // HOP + 1
    bins = TOP_HZ * SPECTRUM // RATE_HZ
    window = np.hanning(WINDOW).astype(np.float32)
    log = np.empty((rows, bins), np.float32)
    framed = np.lib.stride_tricks.sliding_window_view(sound.samples, WINDOW)[::HOP]
    for first in range(0, rows, 512):  # in parts: a long clip's spectrum does not fit in memory twice
        log[first : first + 512] = np.abs(rfft(framed[first : first + 512] * window, SPECTRUM, axis=1)[:, :bins])
    log = np.log(log + 1e-5 * float(log.max()))
    log -= uniform_filter1d(log, WHITEN_BINS, axis=1)
    level = np.sqrt(uniform_filter1d(np.square(log), LEVEL_BINS, axis=1)) + 1e-6
    white: Float32s = np.clip(log / level, -CLIP, CLIP)
    return white


def rpm_map(white: Float32s, start_video_s: float, weights: Floats) -> RpmMap:
    """Return the map of a whitened spectrum: for each RPM the weighted sum over its orders."""
    rpm = RPM_LOW * RPM_STEP ** np.arange(RPM_COUNT)
    gather = np.zeros((white.shape[1], RPM_COUNT), np.float32)
    for order, weight in zip(ORDERS, weights, strict=True):
        at = rpm * order / 60 * SPECTRUM / RATE_HZ
        low = np.floor(at).astype(int)
        inside = low + 1 < white.shape[1]
        columns = np.flatnonzero(inside)
        gather[low[inside], columns] += weight * (1 - (at - low)[inside])
        gather[low[inside] + 1, columns] += weight * (at - low)[inside]
    raw = white @ gather
    raw -= raw.mean(axis=1, keepdims=True)
    raw /= raw.std(axis=1, keepdims=True) + 1e-6
    return RpmMap(start_video_s + WINDOW / 2 / RATE_HZ, HOP / RATE_HZ, raw)


def path(trace: Trace, lag_s: float) -> Path:
    """Return a car's RPM as measured: raw samples, for interpolated ones smear the gear changes.

    Args:
        trace: The car.
        lag_s: How late its stamps are; the path lies on the positions' clock.
    """
    rpm = trace.rpm
    place = np.log(np.maximum(rpm, 1.0) / RPM_LOW) / np.log(RPM_STEP)
    weight = np.ones(len(rpm))
    changed = np.diff(trace.gear) != 0
    weight[:-1][changed] = SHIFT_WEIGHT
    weight[1:][changed] = SHIFT_WEIGHT
    apart_s = np.diff(trace.session_time_s)
    weight[1:][apart_s > HOLE_S] = 0
    weight[(place < 0) | (place > RPM_COUNT - 1)] = 0
    return Path(trace.session_time_s - lag_s, np.clip(place, 0, RPM_COUNT - 1), weight)


def score(chart: RpmMap, route: Path, *, rate: float = 1.0) -> tuple[float, Floats]:
    """Return the first offset, and (k,) scores every `GRID_S`, of laying a car's RPM over a map.

    The offset is the session time at video time 0. A score is the weighted sum of likenesses under the path over the root of the
    summed squared weights (a matched filter in white noise); −inf where less than `ALONG_LEAST` of the clip has telemetry.

    Args:
        chart: Of the clip.
        route: Of the car.
        rate: Session seconds a video second; sound played faster is higher by as much.
    """
    step = max(1, round(GRID_S / rate / chart.hop_s))
    rows = len(chart.likeness) // step
    clip_s = len(chart.likeness) * chart.hop_s
    likeness = chart.likeness[: rows * step].reshape(rows, step, RPM_COUNT).mean(1)
    hop_s = step * chart.hop_s * rate
    use = route.weight > 0
    place = np.rint(route.place[use] + np.log(rate) / np.log(RPM_STEP)).astype(int)
    weight, time_s = route.weight[use], route.time_s[use]
    keep = (place >= 0) & (place < RPM_COUNT)
    place, weight, time_s = place[keep], weight[keep].astype(np.float32), time_s[keep]
    if rows == 0 or len(time_s) < 2:
        return 0.0, np.empty(0)
    first_s = time_s[0] - clip_s * rate
    at = np.rint((time_s - first_s) / hop_s).astype(int)
    total, squares = np.zeros(at[-1] + 1, np.float32), np.zeros(at[-1] + 1, np.float32)
    for row in range(rows):
        where = at - row
        inside = where >= 0
        total[where[inside]] += likeness[row, place[inside]] * weight[inside]
        squares[where[inside]] += weight[inside] ** 2
    usual = float(np.mean(weight**2)) * clip_s * rate / float(np.median(np.diff(time_s)))
    scores = np.where(squares > ALONG_LEAST * usual, total / np.sqrt(np.maximum(squares, 1e-6)), -np.inf)
    middle_s = chart.start_s + (step - 1) / 2 * chart.hop_s
    return float(first_s - middle_s * rate), _on_grid(scores.astype(float), hop_s)


def _on_grid(scores: Floats, hop_s: float) -> Floats:
    if np.isclose(hop_s, GRID_S):
        return scores
    wanted = np.arange(0, (len(scores) - 1) * hop_s, GRID_S)
    even: Floats = scores[np.rint(wanted / hop_s).astype(int)]
    return even


def refine(chart: RpmMap, route: Path, about_s: float, *, rate: float = 1.0, reach_s: float = 0.4) -> tuple[float, float]:
    """Return the best offset near one, to a few milliseconds, and its score."""
    offsets = np.arange(about_s - reach_s, about_s + reach_s, 0.01)
    values = np.array([exact(chart, route, offset_s, rate=rate) for offset_s in offsets])
    best = int(np.argmax(values))
    if best in (0, len(values) - 1):
        return float(offsets[best]), float(values[best])
    # A parabola through a few points around the top evens out the grid of the stamps.
    around = slice(max(best - 3, 0), best + 4)
    bend, slope, _ = np.polyfit(offsets[around] - offsets[best], values[around], 2)
    shift_s = float(np.clip(-slope / (2 * bend), -0.03, 0.03)) if bend < 0 else 0.0
    return float(offsets[best] + shift_s), float(values[best])


def exact(chart: RpmMap, route: Path, offset_s: float, *, rate: float = 1.0) -> float:
    """Return the score of one offset, the map read between its rows and columns."""
    row = ((route.time_s - offset_s) / rate - chart.start_s) / chart.hop_s
    inside = (row >= 0) & (row < len(chart.likeness) - 1) & (route.weight > 0)
    if not inside.any():
        return 0.0
    row, weight = row[inside], route.weight[inside]
    place = np.clip(route.place[inside] + np.log(rate) / np.log(RPM_STEP), 0, RPM_COUNT - 1.001)
    top, left = row.astype(int), place.astype(int)
    down, right = row - top, place - left
    likeness = chart.likeness
    value = (1 - down) * ((1 - right) * likeness[top, left] + right * likeness[top, left + 1])
    value += down * ((1 - right) * likeness[top + 1, left] + right * likeness[top + 1, left + 1])
    return float((value * weight).sum() / np.sqrt((weight**2).sum()))


def learnt_weights(white: Float32s, start_video_s: float, route: Path, offset_s: float, *, rate: float = 1.0) -> Floats:
    """Return the weights of `ORDERS` in this very engine: how far each stands out along a path already found."""
    row = ((route.time_s - offset_s) / rate - start_video_s - WINDOW / 2 / RATE_HZ) / (HOP / RATE_HZ)
    inside = (row >= 0) & (row < len(white) - 1) & (route.weight > 0.5)
    rows = np.rint(row[inside]).astype(int)
    rpm = RPM_LOW * RPM_STEP ** route.place[inside] * rate
    found = []
    for order in ORDERS:
        at = np.rint(rpm * order / 60 * SPECTRUM / RATE_HZ).astype(int)
        known = at < white.shape[1]
        found.append(float(white[rows[known], at[known]].mean()) if known.sum() > 5 else 0.0)
    heard = np.clip(np.array(found), 0.0, None)
    if heard.max() <= 0:
        return order_weights()
    learnt: Floats = 0.5 * order_weights() / order_weights().max() + 0.5 * heard / heard.max()
    return learnt


def peaks(scores: Floats, *, apart_s: float, most: int) -> list[int]:
    """Return the places of the highest scores, at least `apart_s` from each other, highest first."""
    found: list[int] = []
    left = np.where(np.isfinite(scores), scores, -np.inf).copy()
    reach = round(apart_s / GRID_S)
    while len(found) < most and left.size:
        best = int(np.argmax(left))
        if not np.isfinite(left[best]):
            break
        found.append(best)
        left[max(best - reach, 0) : best + reach + 1] = -np.inf
    return found


def spread(curves: Sequence[Floats]) -> tuple[float, float]:
    """Return the middle and the deviation of scores over all offsets, deaf to the peaks (median and 1.4826 · MAD)."""
    values = np.concatenate([curve[np.isfinite(curve)] for curve in curves]) if curves else np.empty(0)
    if len(values) < 20:
        return 0.0, 1.0
    middle = float(np.median(values))
    return middle, max(1.4826 * float(np.median(np.abs(values - middle))), 1e-6)
