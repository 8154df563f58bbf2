"""The clip's sound as a picture, and the engine orders that are loud in it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from telemetry.alignment import Alignment
from telemetry.sync import orders
from telemetry.sync.engine_sound import HOP, ORDERS, RATE_HZ, SPECTRUM
from telemetry.sync.places import Hearing, Place, near

TOP_HZ = 2_000.0  # the orders that are heard best lie below
LOW, HIGH = -0.8, 2.5  # of the whitened spectrum, drawn from dark to bright
SHOWN = 3  # orders; more lines hide what they lie on
USUAL_ORDERS = (1.5, 3.0, 4.5)  # of a V6, where the clip does not say
WIDEST = 8_000  # columns; a longer clip's are averaged


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A spectrogram: (t, f) uint8, the video time of its first column's middle, seconds a column, and Hz at its top."""

    level: npt.NDArray[np.uint8]
    start_s: float
    step_s: float
    top_hz: float

    def facts(self) -> dict[str, Any]:
        """Return all but the levels."""
        columns, rows = self.level.shape
        return {"columns": columns, "rows": rows, "start_s": self.start_s, "step_s": self.step_s, "top_hz": self.top_hz}


def picture(what: Hearing) -> Picture:
    """Return the spectrogram of a clip."""
    bins = round(TOP_HZ * SPECTRUM / RATE_HZ)
    white = what.ear.white[:, :bins]
    together = -(-len(white) // WIDEST)
    white = white[: len(white) // together * together].reshape(-1, together, bins).mean(1)
    # Two bins to a row: the page draws about a hundred rows.
    white = white[:, : bins // 2 * 2].reshape(len(white), -1, 2).max(2)
    level = np.clip((white - LOW) / (HIGH - LOW) * 255, 0, 255).astype(np.uint8)
    step_s = HOP / RATE_HZ
    return Picture(level, what.ear.start_s + (together - 1) / 2 * step_s, together * step_s, TOP_HZ)


def loud_orders(what: Hearing, driver: str, where: Alignment) -> list[float]:
    """Return the orders that stand out most along the driver's RPM at an alignment, the loudest first."""
    total = np.zeros(len(ORDERS))
    for piece in where.pieces:
        start_s, end_s = max(piece.start_video_s, what.ear.start_s), min(piece.end_video_s, what.ear.end_s)
        if start_s >= end_s or driver not in what.filled:
            continue
        route = near(what.filled[driver], Place(driver, piece.offset_s, piece.rate, 0.0), start_s, end_s)
        if len(route.time_s):
            levels = orders.voice(orders.heard(what.ear, route, piece.offset_s, rate=piece.rate).between(start_s, end_s))
            total += levels.max(0)  # under power or on the overrun, whichever is louder
    found = [float(ORDERS[index]) for index in np.argsort(total)[::-1][:SHOWN] if total[index] > 0]
    return found or list(USUAL_ORDERS)
