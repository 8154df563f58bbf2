"""The apparent width of the car ahead against the gap to it: twice as near is twice as wide."""

import numpy as np
import numpy.typing as npt

from telemetry.field import Field
from telemetry.sync.sights import Seen

Floats = npt.NDArray[np.float64]
Float32s = npt.NDArray[np.float32]

CAR_WIDTH_M = 2.0
BEHIND_M = 2.5  # from the own car's camera and the other's tail to what the timing counts between: about half a car's length
NEAREST_M = 2.0
FURTHEST_M = 120.0  # no further car is told from the hoardings
VIEW = (0.6, 0.35)  # picture widths a radian, and how far its logarithm spreads: fields of view of 80°, from 60° to 100°
SCALE = 0.2  # of the logarithm: cars are seen at an angle, and positions are metres off
CHANCE = 1.0 / 4.4  # widths from a hundredth to most of the picture
MISSED = 0.1  # of the boxes are something else
NEAREST_NATS = float(np.log((1 - MISSED) / (SCALE * np.sqrt(2 * np.pi)) / CHANCE))  # of a width that is what the gap says
NEWS_S = 2.0  # positions that are off stay off for about this long
MOST = 60


class ApparentSize:
    """The width of the nearest car ahead in the picture."""

    name = "size"

    def __init__(self, seen: Seen, field: Field) -> None:
        """Take the widths as measured in picture widths, and who is ahead of whom by how much."""
        self._seen = seen.thinned(MOST)
        self._field = field
        self._away_of: dict[str, Float32s] = {}  # made as they are asked for
        self._news = self._seen.news(NEWS_S)

    def told(self, driver: str, offsets_s: Floats, rate: float) -> Floats:
        """Return (k,) nats for (k,) offsets of a car, with the camera's field of view as fits best."""
        view = self._views(driver, offsets_s, rate)
        nobody = np.isnan(view)
        seen = (~nobody).sum(0)
        middle = _middle(view)
        # Drawn towards the usual field of view, as far as the spread of both allows.
        weight = seen * self._news / SCALE**2
        view_is = (middle * weight + np.log(VIEW[0]) / VIEW[1] ** 2) / (weight + 1 / VIEW[1] ** 2)
        off = np.abs(np.where(nobody, np.float32(np.inf), view) - view_is.astype(np.float32)) / np.float32(SCALE)
        near = np.float32(NEAREST_NATS) - np.minimum(off, np.float32(9.0)) ** 2 / 2
        total = np.maximum(near, np.float32(np.log(MISSED))).sum(0) * self._news
        unusual = (view_is - np.log(VIEW[0])) / VIEW[1]
        return np.asarray(np.where(self._known(offsets_s), total - unusual**2 / 2, 0.0))

    def agreement(self, driver: str, offset_s: float, rate: float) -> float:
        """Return the share of the widths within two deviations of what the gap says."""
        view = self._views(driver, np.array([offset_s]), rate)
        return float(np.mean(np.abs(view - _middle(view)) < 2 * SCALE)) if np.isfinite(view).any() else 0.0

    def expected(self, driver: str, offset_s: float, rate: float, video_s: Floats) -> Floats:
        """Return the widths that the gaps at (n,) video times would show, NaN where nobody is ahead."""
        view = self._views(driver, np.array([offset_s]), rate)
        middle = float(_middle(view)[0]) if np.isfinite(view).any() else np.log(VIEW[0])
        return np.exp(middle - self._away(driver, offset_s + rate * video_s).astype(np.float64))

    @property
    def most(self) -> float:
        """The nats of widths that all are what the gaps say, through a usual camera."""
        return len(self._seen) * self._news * NEAREST_NATS

    @property
    def series(self) -> Seen:
        """The widths as they are compared."""
        return self._seen

    def _views(self, driver: str, offsets_s: Floats, rate: float) -> Float32s:
        """Return (n, k): the logarithm of the field of view that each width would mean at each offset; NaN where nobody is ahead."""
        away = self._away(driver, offsets_s[None, :] + rate * self._seen.video_time_s[:, None])
        return np.asarray(np.log(self._seen.value[:, None]).astype(np.float32) + away)

    def _away(self, driver: str, session_s: Floats) -> Float32s:
        """Return the logarithm of how many car widths the next car is ahead at session times, NaN where nobody is."""
        field = self._field
        if driver not in field.drivers:
            return np.full(session_s.shape, np.nan, np.float32)
        if driver not in self._away_of:
            gap_m = field.gap_m[field.row(driver)]
            away_m = np.where(gap_m < FURTHEST_M, np.maximum(gap_m - BEHIND_M, NEAREST_M), np.nan)
            self._away_of[driver] = np.r_[np.nan, np.log(away_m / CAR_WIDTH_M), np.nan].astype(np.float32)
        at = np.rint((session_s - (field.time_s[0] - field.step_s)) / field.step_s).astype(np.intp)
        return np.asarray(self._away_of[driver].take(at, mode="clip"))

    def _known(self, offsets_s: Floats) -> npt.NDArray[np.bool_]:
        return np.asarray((offsets_s >= self._field.time_s[0]) & (offsets_s <= self._field.time_s[-1]))


def _middle(view: Float32s) -> Float32s:
    """Return (k,) medians over the widths, deaf to NaN; 0 where all are."""
    ordered = np.sort(view, axis=0)  # NaN comes last
    count = np.isfinite(view).sum(0)
    middle = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[None, :], axis=0)[0]
    return np.asarray(np.where(count > 0, middle, 0.0), np.float32)
