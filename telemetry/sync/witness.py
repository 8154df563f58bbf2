"""What all witnesses have in common: at any moment of any car, they say by how many nats what was seen is likelier there than by chance."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Float32s = npt.NDArray[np.float32]

GRID_S = 0.04  # the feed's own grid of stamps
HOLE_S = 2.0  # across longer gaps in a channel nothing is known


class Witness(Protocol):
    """One independent view of a clip, laid over the race session's telemetry."""

    @property
    def name(self) -> str:
        """Its name among an alignment's methods."""
        ...

    def told(self, driver: str, offsets_s: Floats, rate: float) -> Floats:
        """Return (k,) nats for (k,) session times at video time 0, for one car; 0 where its telemetry says nothing."""
        ...

    def agreement(self, driver: str, offset_s: float, rate: float) -> float:
        """Return 0 to 1: how well what was seen follows the telemetry at one place."""
        ...


class Channel:
    """A car's channel over session time, joined by lines; NaN in holes and outside."""

    def __init__(self, time_s: Floats, value: Floats) -> None:
        known = np.isfinite(value)
        time_s, value = time_s[known], value[known]
        self._first_s, self._value = 0.0, np.full(1, np.nan, np.float32)
        if len(time_s) < 2:
            return
        # Read some million times in a search: a fine even grid is ten times faster than the samples themselves.
        even_s = np.arange(time_s[0], time_s[-1], GRID_S)
        even = np.interp(even_s, time_s, value)
        for before in np.flatnonzero(np.diff(time_s) > HOLE_S):
            even[slice(*np.searchsorted(even_s, time_s[before : before + 2], side="right"))] = np.nan
        self._first_s, self._value = float(time_s[0]), np.r_[np.nan, even, np.nan].astype(np.float32)

    def at(self, session_s: Floats) -> Float32s:
        """Return the values at session times, in their shape."""
        at = np.rint((session_s - self._first_s) / GRID_S).astype(np.intp) + 1
        return self._value.take(at, mode="clip")

    def later(self, session_s: Floats, by_s: float) -> Float32s:
        """Return the values by so much later than (k,) session times; even times a multiple of the grid apart are read in one go."""
        steps = np.diff(session_s) / GRID_S
        if len(steps) == 0 or steps[0] < 0.5 or np.abs(steps - round(steps[0])).max() > 1e-3:
            return self.at(session_s + by_s)
        step, first = round(steps[0]), round((session_s[0] + by_s - self._first_s) / GRID_S) + 1
        begin, end = (int(np.clip(-(-(place - first) // step), 0, len(session_s))) for place in (0, len(self._value)))
        out = np.full(len(session_s), np.nan, np.float32)
        out[begin:end] = self._value[first + begin * step : first + end * step : step][: end - begin]
        return out
