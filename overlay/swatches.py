"""What a clip's pictures say beside where cars are, kept for those who see none: swatches of the cars' paint, and where scenes begin."""

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from segmentation.picture import Picture
from segmentation.track import SteadyBox, SteadyFrame

Bytes = npt.NDArray[np.uint8]

TAKEN_EVERY_S = 0.4
LEAST_WIDTH_PX = 30.0  # a narrower car's paint is a handful of pixels of haze
MIDDLE = (0.25, 0.05, 0.75, 0.75)  # of a box: within the mask, between the tyres and above the road
GRID_WH = (16, 12)


@dataclass(frozen=True, slots=True, eq=False)
class Swatch:
    """The middle of a car in one frame; `rgb` is (12, 16, 3) uint8."""

    frame_index: int
    track_id: int
    rgb: Bytes


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What was seen in a clip: swatches in order, and the frames with which another scene begins."""

    swatches: Sequence[Swatch] = ()
    cuts: Sequence[int] = ()


class Swatcher:
    """Takes swatches of the cars that are seen clearly and of which none was taken just now; frames come in order."""

    def __init__(self) -> None:
        self._taken_s: dict[int, float] = {}

    def take(self, picture: Picture, frame: SteadyFrame) -> list[Swatch]:
        """Return the swatches that a frame gives."""
        if frame.cut:
            self._taken_s.clear()
        swatches = []
        for box in frame.boxes:
            before_s = self._taken_s.get(box.track_id)
            if before_s is not None and frame.video_time_s - before_s < TAKEN_EVERY_S:
                continue
            region = _middle(box, picture.size_wh)
            if box.observed and region is not None:
                self._taken_s[box.track_id] = frame.video_time_s
                swatches.append(Swatch(frame.frame_index, box.track_id, picture.rgb(GRID_WH, region)))
        return swatches


def _middle(box: SteadyBox, size_wh: tuple[int, int]) -> tuple[int, int, int, int] | None:
    x1, y1, x2, y2 = box.xyxy
    wide, high = x2 - x1, y2 - y1
    if wide < LEAST_WIDTH_PX:
        return None
    left, top, right, foot = MIDDLE
    region = (round(x1 + left * wide), round(y1 + top * high), round(x1 + right * wide), round(y1 + foot * high))
    inside = region[0] >= 0 and region[1] >= 0 and region[2] <= size_wh[0] and region[3] <= size_wh[1]
    return region if inside and region[3] - region[1] >= 2 else None


def by_frame(swatches: Iterable[Swatch]) -> dict[int, list[Swatch]]:
    """Return swatches by the index of their frame."""
    found: dict[int, list[Swatch]] = {}
    for swatch in swatches:
        found.setdefault(swatch.frame_index, []).append(swatch)
    return found


def write(seen: Seen, path: Path) -> None:
    """Write what was seen to a .npz file.

    Raises:
        OSError: The file cannot be written.
    """
    width, height = GRID_WH
    whose = np.array([(swatch.frame_index, swatch.track_id) for swatch in seen.swatches], np.int64).reshape(-1, 2)
    rgb = np.array([swatch.rgb for swatch in seen.swatches], np.uint8).reshape(-1, height, width, 3)
    np.savez(path, whose=whose, rgb=rgb, cuts=np.array(seen.cuts, np.int64))


def read(path: Path) -> Seen | None:
    """Return what a file holds that `write` wrote, None where there is none, or it is damaged."""
    try:
        with path.open("rb") as file, np.load(file) as kept:
            whose, rgb, cuts = kept["whose"], kept["rgb"], kept["cuts"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    swatches = [Swatch(int(frame), int(track), colours) for (frame, track), colours in zip(whose, rgb, strict=True)]
    return Seen(swatches, cuts.tolist())
