"""How the picture turns against how the car does: the sideways motion of what is far away follows the heading's rate.

All laps turn alike, so this tells the place on the circuit and seldom the lap; it is what a silent clip has.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d, median_filter

from telemetry.race_record import Trace
from telemetry.sync.sights import Seen
from telemetry.sync.witness import Channel

Floats = npt.NDArray[np.float64]
Float32s = npt.NDArray[np.float32]

STEP_S = 0.2
SEEN_STEP_S = 0.4  # of the picture's, laid over every car's whole race
SPIKE_S = 0.4  # a picture now and then is matched to a wrong one, and does not count when its neighbours say otherwise
SMOOTH_S = 0.4  # of both: positions come every 0.22 s and jump by decimetres
NEWS_S = 0.8  # what is further apart is news
STANDING_MPS = 5.0  # a slower car's heading is noise
LEAST_TURN = 0.02  # rad/s of deviation within the clip: on a straight everything fits
MOST_LIKE = 0.97  # a camera is shaken, and positions jump: no correlation is worth more than this


class Turning:
    """The picture's sideways motion."""

    name = "motion"

    def __init__(self, seen: Seen, traces: Mapping[str, Trace]) -> None:
        """Take the motion as measured, positive to the left, and the cars."""
        self._video_s = np.arange(seen.video_time_s[0], seen.video_time_s[-1], SEEN_STEP_S)
        step_s = float(np.median(np.diff(seen.video_time_s)))
        even_s = np.arange(seen.video_time_s[0], seen.video_time_s[-1], step_s)
        even = median_filter(np.interp(even_s, seen.video_time_s, seen.value), round(SPIKE_S / step_s) | 1, mode="nearest")
        smooth = gaussian_filter1d(even, SMOOTH_S / step_s, mode="nearest")
        self._value = np.interp(self._video_s, even_s, smooth)
        self._traces = traces
        self._rate: dict[str, Channel] = {}  # made as they are asked for, and most witnesses are asked for one car

    @property
    def series(self) -> Seen:
        """The motion as it is compared."""
        return Seen(self._video_s, self._value)

    def told(self, driver: str, offsets_s: Floats, rate: float) -> Floats:
        """Return (k,) nats for (k,) offsets of a car: of the correlation, as if its noise were Gaussian."""
        like = self._likeness(driver, offsets_s, rate)
        news = len(self._video_s) * SEEN_STEP_S / NEWS_S
        return np.asarray(-0.5 * news * np.sign(like) * np.log1p(-(np.minimum(np.abs(like), MOST_LIKE) ** 2)))

    def agreement(self, driver: str, offset_s: float, rate: float) -> float:
        """Return the correlation at a place, 0 where it is negative."""
        return max(float(self._likeness(driver, np.array([offset_s]), rate)[0]), 0.0)

    def turns(self, driver: str, offset_s: float, rate: float) -> Float32s:
        """Return the car's heading rate at the series' times, in rad/s, positive to the right."""
        return self._turns(driver).at(offset_s + rate * self._video_s)

    def _likeness(self, driver: str, offsets_s: Floats, rate: float) -> Floats:
        """Return (k,) correlations over the clip at each offset, 0 where positions are missing or the car goes straight."""
        seen = (self._value - self._value.mean()).astype(np.float32)
        count, total, squares, product = np.zeros((4, len(offsets_s)), np.float32)
        channel = self._turns(driver)
        for video_s, value in zip(self._video_s, seen, strict=True):
            turn = channel.later(offsets_s, float(rate * video_s))
            known = np.isfinite(turn)
            count += known
            turn = np.where(known, turn, np.float32(0))
            total += turn
            squares += turn * turn
            product += turn * value
        samples = np.maximum(count, 1)
        spread = np.sqrt(np.maximum(squares / samples - (total / samples) ** 2, 0))
        like = product / samples / np.maximum(spread * float(np.std(seen)), 1e-9)
        usable = (count > 0.8 * len(seen)) & (spread > LEAST_TURN)
        return np.where(usable, np.clip(like, -1, 1), 0.0).astype(np.float64)

    def _turns(self, driver: str) -> Channel:
        if driver not in self._rate:
            self._rate[driver] = turning(self._traces[driver])
        return self._rate[driver]


def turning(trace: Trace) -> Channel:
    """Return a car's heading rate over session time in rad/s, positive to the right."""
    known = np.isfinite(trace.x_m) & np.isfinite(trace.y_m)
    time_s, x, y = trace.position_time_s[known], trace.x_m[known], trace.y_m[known]
    if len(time_s) < 8:
        return Channel(np.empty(0), np.empty(0))
    even_s = np.arange(time_s[0], time_s[-1], STEP_S)
    holes = np.interp(even_s, time_s[1:], np.diff(time_s)) > 1.0
    path = gaussian_filter1d(CubicSpline(time_s, np.c_[x, y])(even_s), SMOOTH_S / STEP_S, axis=0, mode="nearest")
    speed = np.gradient(path, STEP_S, axis=0)
    turn = np.gradient(speed, STEP_S, axis=0)
    across = speed[:, 0] * turn[:, 1] - speed[:, 1] * turn[:, 0]
    squared = (speed**2).sum(1)
    rate = np.where(squared > STANDING_MPS**2, -across / np.maximum(squared, 1e-6), 0.0)
    return Channel(even_s, np.where(holes, np.nan, rate))
