"""A car named by where it is seen at one instant: the numbers of tracks change whenever a clip is followed anew."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segmentation.masks import overlap
from segmentation.track import Track

NEAR_S = 0.06  # a track that has no box this near in time is not in sight: three frames at 50 a second
SAME_CAR = 0.3  # of intersection over union: two trackings of a car share far more, two cars side by side far less


@dataclass(frozen=True, slots=True)
class Sighting:
    """One instant and the box of a car at it, in px of the source frame."""

    video_time_s: float
    xyxy: tuple[float, float, float, float]

    def __post_init__(self) -> None:
        x1, y1, x2, y2 = self.xyxy
        if not (x1 < x2 and y1 < y2):
            raise ValueError(f"wanted x1 < x2 and y1 < y2, got {list(self.xyxy)}")

    def track_id(self, tracks: Sequence[Track]) -> int | None:
        """Return the number that the car has among tracks, None where none of them is of it."""
        shares = {track.track_id: self._share(track) for track in tracks if len(track)}
        best = max(shares, key=lambda number: shares[number], default=None)
        return best if best is not None and shares[best] >= SAME_CAR else None

    def _share(self, track: Track) -> float:
        row = int(np.argmin(np.abs(track.video_time_s - self.video_time_s)))
        near = abs(float(track.video_time_s[row]) - self.video_time_s) <= NEAR_S
        return overlap(np.array(self.xyxy), track.xyxy[row]) if near else 0.0
