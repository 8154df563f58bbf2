"""Where cars are: in one frame as detected, over many frames as followed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def _require_boxes(xyxy: Floats, count: int) -> None:
    if xyxy.shape != (count, 4):
        raise ValueError(f"xyxy: wanted shape ({count}, 4), got {xyxy.shape}")
    if not np.isfinite(xyxy).all() or (xyxy[:, 2:] < xyxy[:, :2]).any():
        raise ValueError("xyxy: wanted finite boxes with x1 <= x2 and y1 <= y2")


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """The other cars of one frame, the own car left out.

    Attributes:
        frame_index: Index of the frame in its clip, from 0.
        mask: (n, h, w) bool, one instance each, on the engine's grid stretched over the whole picture.
        xyxy: (n, 4) float64, boxes in source pixels.
        score: (n,) float64, 0 to 1.
        cut: Whether a new scene begins with this frame.
    """

    frame_index: int
    mask: Bools
    xyxy: Floats
    score: Floats
    cut: bool = False

    def __post_init__(self) -> None:
        count = len(self.score)
        _require_boxes(self.xyxy, count)
        if self.mask.ndim != 3 or len(self.mask) != count:
            raise ValueError(f"mask: wanted shape ({count}, h, w), got {self.mask.shape}")

    def __len__(self) -> int:
        return len(self.score)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One car followed over frames.

    Attributes:
        track_id: Number of the track, unique in its clip, from 1.
        frame_index: (n,) int64, strictly increasing.
        video_time_s: (n,) float64, presentation times, strictly increasing.
        xyxy: (n, 4) float64, boxes in source pixels.
        score: (n,) float64, 0 to 1.
        observed: (n,) bool, False where the box was filled in between sightings.
    """

    track_id: int
    frame_index: Ints
    video_time_s: Floats
    xyxy: Floats
    score: Floats
    observed: Bools

    def __post_init__(self) -> None:
        count = len(self.frame_index)
        _require_boxes(self.xyxy, count)
        for name in ("video_time_s", "score", "observed"):
            if len(getattr(self, name)) != count:
                raise ValueError(f"{name}: wanted {count} rows, got {len(getattr(self, name))}")
        if (np.diff(self.frame_index) <= 0).any() or (np.diff(self.video_time_s) <= 0).any():
            raise ValueError("frame_index and video_time_s must strictly increase")

    def __len__(self) -> int:
        return len(self.frame_index)


@dataclass(frozen=True, slots=True)
class SteadyBox:
    """One followed car in one frame, after smoothing: box in source pixels."""

    track_id: int
    xyxy: tuple[float, float, float, float]
    score: float
    observed: bool


@dataclass(frozen=True, slots=True)
class SteadyFrame:
    """All followed cars of one frame, after smoothing, largest first; `cut` where a new scene begins here."""

    frame_index: int
    video_time_s: float
    boxes: tuple[SteadyBox, ...]
    cut: bool = False
