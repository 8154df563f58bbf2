"""Graphics on a post's canvas: laid out afresh for it, inside what the platform leaves free, and blended into its planes."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from overlay.drawing import patches
from overlay.export.framing import Planes
from overlay.export.presets import SafeZone
from overlay.export.report import TagPlace
from overlay.export.script import BarBook, Box, TagBook
from overlay.export.stamp import TO_YUV
from overlay.layout import Item, Layout, Polyline
from overlay.placing import Sides
from overlay.tag import Tag
from overlay.tag_layout import lay_out
from overlay.theme import Theme

Bytes = npt.NDArray[np.uint8]
Scaled = npt.NDArray[np.float32]

# Of the canvas's width, beyond its edge: from where on a car's tag fades, the further out its middle lies, and where it is gone.
FADING, OUTSIDE = 0.05, 0.15


class TagPainter:
    """Lays out and draws the tags and the own car's bar of one canvas.

    Attributes:
        free: What the bar leaves of the zone.
    """

    def __init__(self, book: TagBook, bar: BarBook, theme: Theme, *, canvas_wh: tuple[int, int], zone: SafeZone) -> None:
        """Take the tags of the clip, and its bar at the foot of a frame as large as the zone."""
        self._book, self._bar, self._theme, self._canvas_wh, self._zone = book, bar, theme, canvas_wh, zone
        self._sides: Sides = {}
        self.free = replace(zone, y2=min(zone.y2, zone.y1 + bar.top))

    def layout(self, video_time_s: float, to_canvas: Callable[[Box], Box]) -> Layout:
        """Return the graphics of an instant, in canvas pixels.

        The zone is the frame that the theme sees: its sizes are shares of it and its edges keep tags in. So a tag is as large
        on a tall canvas as its readers need, and never under a button.
        """
        zone = self._zone
        tags = [replace(tag, target_xyxy=to_canvas(tag.target_xyxy)) for tag in self._book.at(video_time_s)]
        shown = [tag for tag in (_shown(tag, self._canvas_wh[0]) for tag in tags) if tag.taken > 0]
        moved = [replace(tag, target_xyxy=_shifted(tag.target_xyxy, -zone.x1, -zone.y1)) for tag in shown]
        laid = lay_out(moved, self._theme, zone.size_wh, extra=self._bar.at(video_time_s), sides=self._sides)
        return Layout(
            self._canvas_wh,
            tuple(_item_shifted(item, zone.x1, zone.y1) for item in laid.items),
            tuple(
                replace(
                    place,
                    target_xyxy=_shifted(place.target_xyxy, zone.x1, zone.y1),
                    tag_xyxy=_shifted(place.tag_xyxy, zone.x1, zone.y1),
                )
                for place in laid.tags
            ),
        )

    def paint(self, planes: Planes, video_time_s: float, to_canvas: Callable[[Box], Box], /) -> TagPlace | None:
        """Draw an instant's tags onto the planes and return where the nearest car's tag lies."""
        laid = self.layout(video_time_s, to_canvas)
        for left, top, patch in patches(laid):
            blend(planes, left, top, patch)
        if not laid.tags:
            return None
        first, *others = laid.tags
        return TagPlace(-1, first.tag_xyxy, first.target_xyxy, tuple(other.tag_xyxy for other in others))


def blend(planes: Planes, left: int, top: int, patch: Bytes) -> None:
    """Lay a premultiplied RGBA patch onto planes, in place; what reaches past their edges is left out."""
    height, width = planes[0].shape
    x1, y1, x2, y2 = max(left, 0), max(top, 0), min(left + patch.shape[1], width), min(top + patch.shape[0], height)
    if x1 >= x2 or y1 >= y2:
        return
    patch = patch[y1 - top : y2 - top, x1 - left : x2 - left]
    # Chroma has a sample every second pixel: the patch is widened to begin and end on one.
    even = (x1 // 2 * 2, y1 // 2 * 2, -(-x2 // 2) * 2, -(-y2 // 2) * 2)
    if even != (x1, y1, x2, y2):
        patch = np.pad(patch, ((y1 - even[1], even[3] - y2), (x1 - even[0], even[2] - x2), (0, 0)))
    x1, y1, x2, y2 = even
    colour = patch[:, :, :3].astype(np.float32)
    cover: Scaled = patch[:, :, 3].astype(np.float32) / np.float32(255)
    whole = np.asarray(cv2.transform(colour, TO_YUV[:, :3]), np.float32)
    _mix(planes[0][y1:y2, x1:x2], whole[:, :, 0] + TO_YUV[0, 3] * cover, cover)
    half = ((x2 - x1) // 2, (y2 - y1) // 2)
    small = np.asarray(cv2.resize(cover, half, interpolation=cv2.INTER_AREA), np.float32)
    for index in (1, 2):
        shade = np.asarray(cv2.resize(whole[:, :, index], half, interpolation=cv2.INTER_AREA), np.float32)
        _mix(planes[index][y1 // 2 : y2 // 2, x1 // 2 : x2 // 2], shade + TO_YUV[index, 3] * small, small)


def _mix(target: Bytes, colour: Scaled, cover: Scaled) -> None:
    target[:] = np.clip(colour + target * (1 - cover) + 0.5, 0, 255).astype(np.uint8)


def _shown(tag: Tag, width: int) -> Tag:
    """Return a tag with as much of it as is shown where its car lies: less and less beyond the canvas's edge."""
    middle = (tag.target_xyxy[0] + tag.target_xyxy[2]) / 2 / width
    share = min(max((OUTSIDE - max(-middle, middle - 1)) / (OUTSIDE - FADING), 0.0), 1.0)
    return replace(tag, opacity=tag.opacity * share, taken=tag.taken * share)


def _shifted(box: Box, x: float, y: float) -> Box:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _item_shifted(item: Item, x: float, y: float) -> Item:
    if isinstance(item, Polyline):
        return replace(item, points=tuple((a + x, b + y) for a, b in item.points))
    return replace(item, x=item.x + x, y=item.y + y)
