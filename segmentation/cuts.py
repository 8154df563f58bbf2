"""Scene cuts: where one picture has nothing to do with the one before."""

from collections import deque

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

LEAST_CHANGE = 22.0  # of 255, mean; a car's own shaking stays below 12, tunnels and sun below 20
OVER_USUAL = 3.5  # times the usual change of the last pictures
MEMORY = 12


class CutDetector:
    """Looks at one picture after another; compares coarse brightness, colour apart, with the picture before."""

    def __init__(self) -> None:
        self._before: npt.NDArray[np.float32] | None = None
        self._changes: deque[float] = deque(maxlen=MEMORY)

    def is_cut(self, rgb: Bytes) -> bool:
        """Return whether a new scene begins with this (h, w, 3) thumbnail; all must have one size."""
        now = rgb.astype(np.float32)
        before, self._before = self._before, now
        if before is None:
            return False
        change = float(np.abs(now - before).mean())
        usual = float(np.median(self._changes)) if self._changes else 0.0
        cut = change > LEAST_CHANGE and change > OVER_USUAL * usual
        if cut:
            self._changes.clear()
        else:
            self._changes.append(change)
        return cut
