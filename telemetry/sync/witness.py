"""What all witnesses have in common: at any moment of any car, they say by how many nats what was seen is likelier there than by chance."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

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
        self._time_s, self._value = time_s[known], value[known]

    def at(self, session_s: Floats) -> Floats:
        """Return the values at session times, in their shape."""
        if len(self._time_s) < 2:
            return np.full(session_s.shape, np.nan)
        out = np.interp(session_s, self._time_s, self._value)
        after = np.clip(np.searchsorted(self._time_s, session_s), 1, len(self._time_s) - 1)
        hole = self._time_s[after] - self._time_s[after - 1] > HOLE_S
        outside = (session_s < self._time_s[0]) | (session_s > self._time_s[-1])
        return np.where(hole | outside, np.nan, out)
