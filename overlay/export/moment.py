"""Which part of a clip to post when it is longer than the platform takes, and which second of it is worth showing again."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BATTLE_S = 1.0  # a gap within a second is a battle: it is where help from the car ahead begins
CLOSING_KMH = 15.0  # closing this fast counts as much as a battle
LARGE = 0.12  # of the picture's width: a car this wide fills the eye
STEADY_S = 0.8  # a moment is at least this long; shorter peaks are noise
LEAD_IN = 0.62  # of a post lies before its moment: time to see it come, and a little to see it settle


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """What happens ahead over a clip.

    Attributes:
        video_time_s: (n,) float64, increasing.
        gap_s: (n,) float64 gap to the car ahead, NaN where unknown.
        closing_kmh: (n,) float64, NaN where unknown.
        width: (n,) float64 of the followed car, as a share of the picture's width, NaN where none is seen.
    """

    video_time_s: Floats
    gap_s: Floats
    closing_kmh: Floats
    width: Floats

    def worth(self) -> Floats:
        """Return (n,) how much each instant is worth seeing: 0 without a car in sight, about 1 for a battle, steadied."""
        seen = np.isfinite(self.width)
        close = np.where(np.isfinite(self.gap_s), BATTLE_S / np.maximum(self.gap_s, 0.3 * BATTLE_S), 0.0)
        closing = np.where(np.isfinite(self.closing_kmh), np.clip(self.closing_kmh / CLOSING_KMH, 0.0, 2.0), 0.0)
        large = np.where(seen, np.minimum(self.width / LARGE, 1.5), 0.0)
        raw = np.where(seen, 0.5 * np.minimum(close, 2.0) + 0.35 * closing + 0.5 * large, 0.0)
        if len(raw) < 2:
            return np.asarray(raw)
        step_s = float(np.median(np.diff(self.video_time_s)))
        reach = max(round(STEADY_S / step_s), 1)
        kernel = np.hanning(reach + 2)[1:-1]
        weight = np.convolve(np.ones(len(raw)), kernel, mode="same")[: len(raw)]
        return np.asarray(np.convolve(raw, kernel, mode="same")[: len(raw)] / weight)

    def key_s(self, start_s: float, end_s: float) -> float | None:
        """Return the instant most worth seeing between two video times, None where no car is in sight."""
        worth = self.worth()
        inside = (self.video_time_s >= start_s) & (self.video_time_s <= end_s)
        if not (inside & (worth > 0)).any():
            return None
        return float(self.video_time_s[np.where(inside, worth, -1.0).argmax()])


def trim(story: Story, start_s: float, end_s: float, max_s: float) -> tuple[float, float]:
    """Return the part of a span to post: all of it if it fits, else the best `max_s` of it around its moment.

    Without a car in sight it is the first part.
    """
    if end_s - start_s <= max_s:
        return start_s, end_s
    times = story.video_time_s
    worth = story.worth()
    key_s = story.key_s(start_s, end_s)
    if key_s is None:
        return start_s, start_s + max_s
    latest_s = end_s - max_s
    # Whole quarters of a second: differences below are noise, and equal cuts can share a picture.
    starts = start_s + np.arange(0.0, latest_s - start_s + 1e-9, 0.25)
    total = np.concatenate([[0.0], np.cumsum(worth)])
    sums = [total[np.searchsorted(times, at + max_s)] - total[np.searchsorted(times, at)] for at in starts]
    wished = np.clip(key_s - LEAD_IN * max_s, start_s, latest_s)
    reward = np.array(sums) / max(max(sums), 1e-9) - 0.5 * np.abs(starts - wished) / max_s
    holds = (starts <= key_s) & (key_s <= starts + max_s)
    best = float(starts[np.where(holds, reward, -np.inf).argmax()])
    return best, best + max_s
