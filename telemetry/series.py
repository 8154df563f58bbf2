"""One channel of one car over session time, read between its samples by the method right for it."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from telemetry.sample import ABSENT, Quality, Reading

Floats = npt.NDArray[np.float64]

HOLE_S = 2.0  # nothing is drawn across a longer gap between samples
CLOSE_S = 0.02  # half the 40 ms grid on which the feed stamps: this near, the sample itself is meant
STALE_S = 4.0  # a last value is shown, dimmed, for this long at the most


class Series:
    """Samples of one channel; `steps` holds each value until the next, as a gear does; otherwise they are joined by lines."""

    __slots__ = ("_hole_s", "_steps", "_time_s", "_value")

    def __init__(self, time_s: Floats, value: Floats, *, steps: bool = False, hole_s: float = HOLE_S) -> None:
        known = np.isfinite(value)
        # Plain lists: reading one instant from them is ten times faster than from arrays.
        self._time_s: Sequence[float] = time_s[known].tolist()
        self._value: Sequence[float] = value[known].tolist()
        self._steps = steps
        self._hole_s = hole_s

    def at(self, session_time_s: float) -> Reading:
        """Return the value at an instant: measured, interpolated, stale after the last sample before a hole, or absent."""
        after = bisect_right(self._time_s, session_time_s)
        if after == 0:
            return ABSENT
        before = after - 1
        past_s = session_time_s - self._time_s[before]
        if past_s <= CLOSE_S:
            return Reading(self._value[before], Quality.MEASURED)
        if after < len(self._time_s) and self._time_s[after] - self._time_s[before] <= self._hole_s:
            if self._time_s[after] - session_time_s <= CLOSE_S and not self._steps:
                return Reading(self._value[after], Quality.MEASURED)
            if self._steps:
                return Reading(self._value[before], Quality.INTERPOLATED)
            share = past_s / (self._time_s[after] - self._time_s[before])
            return Reading(self._value[before] + share * (self._value[after] - self._value[before]), Quality.INTERPOLATED)
        return Reading(self._value[before], Quality.STALE) if past_s <= STALE_S else ABSENT
