"""Frames of a clip as posts take them: upright, whole, of square pixels, 4:2:0, 8 bits, limited range, BT.709."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from overlay.clip import Clip
from overlay.export.framing import Plane, Planes
from overlay.export.progressive import progressive
from overlay.frame import Frame
from overlay.planes import plane_view

FULL_RANGE = 2
BT709 = 1
UNKNOWN = 2
SD_HEIGHT = 576  # untagged pictures up to this height are BT.601 by custom, larger ones BT.709


@dataclass(frozen=True, slots=True, eq=False)
class ClipFrame:
    """A clip's frame whose planes are taken once and shared by all canvases; nobody writes into them."""

    frame: Frame
    taken: Planes

    @property
    def video_time_s(self) -> float:
        """Presentation time."""
        return self.frame.video_time_s

    def planes(self) -> Planes:
        """Y (h, w), U and V (h/2, w/2), uint8."""
        return self.taken


def frames(clip: Clip, start_s: float) -> Iterator[ClipFrame]:
    """Yield a clip's frames from an instant on."""
    size_wh = clip.shown_wh
    for frame in progressive(clip.frames(start_s)):
        yield ClipFrame(frame, planes_of(frame, size_wh))


def planes_of(frame: Frame, size_wh: tuple[int, int] | None = None) -> Planes:
    """Return a frame's planes, its own memory: Y (h, w), U and V (h/2, w/2), even sides; its own size, or the one wanted."""
    picture = frame.picture
    standard = (picture.colorspace in (BT709, UNKNOWN) and picture.height > SD_HEIGHT) or picture.colorspace == BT709
    odd = picture.width % 2 or picture.height % 2
    if picture.format.name != "yuv420p" or picture.color_range == FULL_RANGE or not standard or odd:
        source = "ITU709" if standard else "ITU601"
        size = (picture.width // 2 * 2, picture.height // 2 * 2)
        picture = picture.reformat(*size, "yuv420p", src_colorspace=source, dst_colorspace="ITU709", dst_color_range="MPEG")
    views = [plane_view(plane, 8)[:, : plane.width].astype(np.uint8, copy=False) for plane in picture.planes]
    y, u, v = (_upright(view, frame.quarter_turns) for view in views)
    if size_wh is None or y.shape == (size_wh[1], size_wh[0]):
        return y, u, v
    half_wh = (size_wh[0] // 2, size_wh[1] // 2)
    return _resized(y, size_wh), _resized(u, half_wh), _resized(v, half_wh)


def _resized(plane: Plane, size_wh: tuple[int, int]) -> Plane:
    return np.asarray(cv2.resize(plane, size_wh, interpolation=cv2.INTER_CUBIC), np.uint8)


def _upright(plane: Plane, turns: int) -> Plane:
    return np.ascontiguousarray(np.rot90(plane, turns)) if turns else plane.copy()
