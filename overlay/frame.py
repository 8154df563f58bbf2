"""One decoded picture of a clip, and how it is seen: upright, cut, and scaled; a door of PyAV."""

import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from overlay.planes import averaged, cut

Bytes = npt.NDArray[np.uint8]

SHRINKING = 1.3  # times as wide: from here every pixel counts, as in the pictures that the network learnt from …
COARSE = 10  # … and from here so few do that what is quickest serves
FEW_PX = 256  # an answer of no more than these takes less time than the making of a scaler
_SCALERS = 8  # kept for each thread: a clip is looked at in a handful of ways
_kept = threading.local()


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture.

    Attributes:
        index: Its place in the clip, from 0.
        video_time_s: Its presentation time, counted from the container's time 0.
        picture: Planes of YUV as decoded, in even width and height; not upright where `quarter_turns` is not 0.
        quarter_turns: Turns of 90° anticlockwise that make it upright.
    """

    index: int
    video_time_s: float
    picture: VideoFrame
    quarter_turns: int

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels as displayed."""
        size = (self.picture.width, self.picture.height)
        return size if self.quarter_turns % 2 == 0 else size[::-1]

    def rgb(self, size_wh: tuple[int, int], region_xyxy: tuple[int, int, int, int] | None = None) -> Bytes:
        """Return the region (all of it when None), upright and scaled to `size_wh`, as (h, w, 3) uint8 RGB.

        Args:
            size_wh: Width and height of the answer in pixels.
            region_xyxy: Part of the upright picture in its pixels; edges move outwards to where its chroma has samples.
        """
        source = self.picture
        width, height = size_wh if self.quarter_turns % 2 == 0 else size_wh[::-1]
        if region_xyxy is not None and region_xyxy != (0, 0, *self.size_wh):
            coded = _coded_region(region_xyxy, self.size_wh, self.quarter_turns)
            if width * height <= FEW_PX:
                return np.ascontiguousarray(np.rot90(averaged(source, coded, (width, height)), self.quarter_turns))
            source = cut(source, coded)
        # The fast one puts pixel 0 upon pixel 0, not edge upon edge, and would move what the network sees by 2 px at 1280.
        shrinks = source.width / width
        how = Interpolation.AREA if shrinks > SHRINKING else Interpolation.BILINEAR
        how = Interpolation.FAST_BILINEAR if shrinks > COARSE else how
        scaled = _scaler(source, (width, height)).reformat(source, width, height, "rgb24", interpolation=how)
        return np.ascontiguousarray(np.rot90(scaled.to_ndarray(), self.quarter_turns))


def _scaler(source: VideoFrame, size_wh: tuple[int, int]) -> VideoReformatter:
    """Return what scales pictures like one to a size; making it takes longer than scaling, so this thread's last ones are kept."""
    scalers: dict[str, VideoReformatter] = _kept.__dict__
    kind = str((source.width, source.height, source.format.name, size_wh))
    scalers[kind] = scaler = scalers.pop(kind, None) or VideoReformatter()
    if len(scalers) > _SCALERS:
        del scalers[next(iter(scalers))]
    return scaler


def _coded_region(region: tuple[int, int, int, int], size_wh: tuple[int, int], turns: int) -> tuple[int, int, int, int]:
    """Return where a region of the upright picture lies in the picture as coded."""
    x1, y1, x2, y2 = region
    width, height = size_wh
    if turns == 1:
        return height - y2, x1, height - y1, x2
    if turns == 2:
        return width - x2, height - y2, width - x1, height - y1
    if turns == 3:
        return y1, width - x2, y2, width - x1
    return region
