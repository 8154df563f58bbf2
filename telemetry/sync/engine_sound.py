"""The engine's sound against the telemetry's RPM: an order-tracking matched filter.

An engine sounds at multiples (orders) of its crankshaft speed. The sound is turned into a map of how much each RPM would explain
each instant; the telemetry's RPM is laid over it at every possible offset, and the offset at which it runs over the brightest path
is where the clip was recorded. No pitch is tracked, so wind, speech and music only dim the map.
"""

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
# 192 ms: the longer, the further an order stands out of noise. In 24 clips at −10 dB windows of 96, 144 and 192 ms find 181, 232 and 255
# nats, in 24 with twice the jitter of stamps and of revolutions 147, 174 and 186; windows bent to the sweep of the RPM find 4 % more.
WINDOW = 3072
SPECTRUM = 4096
HOP = 400  # 25 ms
TOP_HZ = 4_000
WHITEN_BINS = 61  # removes the spectrum's slope and the speech's broad bands
LEVEL_BINS = 244
CLIP = 2.5
SHARP_CLIP = 8.0  # where a loud order is to stand out as what it is
ORDERS = np.arange(1.0, 9.01, 0.5)
HALF_ORDER_WEIGHT = 0.4  # makers differ, but multiples of 1.5 are strong in every V6 heard so far
# First and last order of each; for an engine of which nothing is assumed but that it is loud somewhere.
BANDS = ((1.0, 3.0), (3.5, 6.0), (6.5, 9.0))
RPM_LOW, RPM_STEP, RPM_COUNT = 5_200.0, 1.005, 182  # to 12,900 in steps of half a per cent
SHIFT_WEIGHT = 0.25  # a sample beside a gear change may be of either gear
HOLE_S = 0.6  # a sample with no neighbour this near may be a leftover
BETWEEN_WEIGHT = 0.6  # of a sample made up between two measured ones, which may curve
HALF_THROTTLE = 50.0  # per cent; above it an engine is under power, below it on the overrun
SILENT = 1e-4  # RMS below which there is no sound to speak of


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
    """One car's RPM as laid over the map.

    Attributes:
        time_s: (n,) session times.
        place: (n,) on the RPM grid.
        weight: (n,) how much each counts.
        power: (n,) whether the engine is under power or on the overrun.
    """

    time_s: Floats
    place: Floats
    weight: Floats
    power: npt.NDArray[np.bool_]

    def between(self, start_s: float, end_s: float) -> "Path":
        """Return the stretch between two session times."""
        first, last = np.searchsorted(self.time_s, [start_s, end_s])
        return Path(self.time_s[first:last], self.place[first:last], self.weight[first:last], self.power[first:last])


def order_weights() -> Floats:
    """Return the weights of `ORDERS` before anything is known of the engine."""
    return np.where(np.isclose(ORDERS % 1.5, 0), 1.0, HALF_ORDER_WEIGHT)


def band_weights() -> tuple[Floats, ...]:
    """Return the weights of `ORDERS` that hear only one of `BANDS` each, all its orders alike."""
    return tuple(((first <= ORDERS) & (last >= ORDERS)).astype(np.float64) for first, last in BANDS)


def spectrum(sound: Sound, *, sharp: bool = False) -> Float32s | None:
    """Return the whitened spectrum, (t, f) float32 on a grid of `HOP` and `RATE_HZ`/`SPECTRUM`; None for silence.

    Args:
        sound: Of the clip.
        sharp: Takes amplitudes against their neighbours' instead of logarithms: a loud order is as narrow as the window allows.

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
    level = np.empty((rows, bins), np.float32)
    framed = np.lib.stride_tricks.sliding_window_view(sound.samples, WINDOW)[::HOP]
    for first in range(0, rows, 512):  # in parts: a long clip's spectrum does not fit in memory twice
        level[first : first + 512] = np.abs(rfft(framed[first : first + 512] * window, SPECTRUM, axis=1)[:, :bins])
    if sharp:
        level /= uniform_filter1d(level, WHITEN_BINS, axis=1) + 1e-9
    else:
        level = np.log(level + 1e-5 * float(level.max()))
    level -= uniform_filter1d(level, WHITEN_BINS, axis=1)
    level /= np.sqrt(uniform_filter1d(np.square(level), LEVEL_BINS, axis=1)) + 1e-6
    white: Float32s = np.clip(level, -CLIP, SHARP_CLIP if sharp else CLIP)
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


def path(trace: Trace, lag_s: float, *, between: int = 0) -> Path:
    """Return a car's RPM, by default only as measured: interpolated samples smear the gear changes.

    Args:
        trace: The car.
        lag_s: How late its stamps are; the path lies on the positions' clock.
        between: Samples to make up between any two measured ones that no gear change parts.
    """
    time_s, rpm, throttle = trace.session_time_s - lag_s, trace.rpm, trace.throttle
    weight = np.ones(len(rpm))
    changed = np.diff(trace.gear) != 0
    weight[:-1][changed] = SHIFT_WEIGHT
    weight[1:][changed] = SHIFT_WEIGHT
    apart_s = np.diff(time_s)
    weight[1:][apart_s > HOLE_S] = 0
    weight[~((rpm >= RPM_LOW) & (rpm <= RPM_LOW * RPM_STEP ** (RPM_COUNT - 1)))] = 0  # nor where none was sent
    steady = np.flatnonzero(~changed & (apart_s <= HOLE_S) & (weight[:-1] > 0) & (weight[1:] > 0))
    parts = [(time_s, rpm, weight, throttle)]
    for share in np.arange(1, between + 1) / (between + 1):
        made_s, made_rpm, made_throttle = (values[steady] + share * np.diff(values)[steady] for values in (time_s, rpm, throttle))
        made_weight = BETWEEN_WEIGHT * np.minimum(weight[steady], weight[steady + 1])
        parts.append((made_s, made_rpm, made_weight, made_throttle))
    time_s, rpm, weight, throttle = (np.concatenate(values) for values in zip(*parts, strict=True))
    in_order = np.argsort(time_s, kind="stable")
    place = np.clip(np.log(np.maximum(rpm, 1.0) / RPM_LOW) / np.log(RPM_STEP), 0, RPM_COUNT - 1)
    return Path(time_s[in_order], place[in_order], weight[in_order], throttle[in_order] > HALF_THROTTLE)


def refine(chart: RpmMap, route: Path, about_s: float, *, rate: float = 1.0, reach_s: float = 0.4) -> tuple[float, float]:
    """Return the best offset near one, to a few milliseconds, and its score; the path had better be short."""
    offsets = np.arange(about_s - reach_s, about_s + reach_s, 0.01)
    values = exact(chart, route, offsets, rate=rate)
    best = int(np.argmax(values))
    if best in (0, len(values) - 1):
        return float(offsets[best]), float(values[best])
    # A parabola through a few points around the top evens out the grid of the stamps.
    around = slice(max(best - 3, 0), best + 4)
    bend, slope, _ = np.polyfit(offsets[around] - offsets[best], values[around], 2)
    shift_s = float(np.clip(-slope / (2 * bend), -0.03, 0.03)) if bend < 0 else 0.0
    return float(offsets[best] + shift_s), float(values[best])


def exact(chart: RpmMap, route: Path, offsets_s: Floats, *, rate: float = 1.0) -> Floats:
    """Return (k,) scores of (k,) offsets, the map read between its rows and columns."""
    use = route.weight > 0
    row = ((route.time_s[use] - offsets_s[:, None]) / rate - chart.start_s) / chart.hop_s
    last = len(chart.likeness) - 1
    weight = np.where((row >= 0) & (row < last), route.weight[use], 0.0)
    row = np.clip(row, 0, max(last - 1e-3, 0))
    place = np.clip(route.place[use] + np.log(rate) / np.log(RPM_STEP), 0, RPM_COUNT - 1.001)
    top, left = row.astype(np.intp), place.astype(np.intp)
    down, right = row - top, place - left
    flat, at = chart.likeness.ravel(), top * RPM_COUNT + left
    below = at + RPM_COUNT * (last > 0)
    value = (1 - down) * ((1 - right) * flat.take(at) + right * flat.take(at + 1))
    value += down * ((1 - right) * flat.take(below) + right * flat.take(below + 1))
    return np.asarray((value * weight).sum(1) / np.sqrt(np.maximum((weight**2).sum(1), 1e-9)))
