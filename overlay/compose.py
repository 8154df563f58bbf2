"""Blends drawn patches into a frame's YUV planes, only where they lie."""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from overlay.drawing import Ink, patches, plain_ink
from overlay.frame import Frame
from overlay.layout import Layout
from overlay.planes import YuvPicture, chroma_step, plane_view

Bytes = npt.NDArray[np.uint8]
Plane = npt.NDArray[Any]

# Luma weights of red and blue (ITU-R BT.601, BT.709, BT.2020), by FFmpeg's number of the matrix; 2 is unknown.
_WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
_FULL_RANGE = 2
_HD_HEIGHT = 720  # untagged material is BT.709 from here up, BT.601 below


def compose(frame: Frame, layout: Layout) -> YuvPicture:
    """Draw a layout into the frame's own picture and return it; where the decoder still holds the planes, into a copy of them.

    The layout is in upright, square pixels; where the picture is stored turned, the patches are turned with it.
    """
    picture = frame.picture
    if not layout.items:
        return picture
    step = chroma_step(picture.format.name)
    if step is None:
        raise ValueError(f"wanted planar YUV, got {picture.format.name}")
    picture.make_writable()
    planes = [plane_view(plane, step[2])[:, : plane.width] for plane in picture.planes]
    ink = _ink(int(picture.colorspace), _is_full(picture), picture.height)
    for left, top, patch in patches(layout, ink, stored_wh=frame.size_wh):
        _blend(planes, step, *_turned(left, top, patch, frame.size_wh, frame.quarter_turns))
    return picture


def _turned(left: int, top: int, patch: Bytes, size_wh: tuple[int, int], turns: int) -> tuple[int, int, Bytes]:
    """Return a patch as it lies in the stored picture, which `turns` quarter turns anticlockwise make upright."""
    if turns == 0:
        return left, top, patch
    height, width = patch.shape[:2]
    right, bottom = size_wh[0] - left - width, size_wh[1] - top - height
    place = {1: (bottom, left), 2: (right, bottom), 3: (top, right)}[turns]
    return *place, np.ascontiguousarray(np.rot90(patch, -turns))


def _is_full(picture: YuvPicture) -> bool:
    return int(picture.color_range) == _FULL_RANGE or picture.format.name.startswith("yuvj")


@lru_cache(maxsize=8)
def _ink(colorspace: int, full: bool, height: int) -> Ink:
    """Return what turns a colour into a picture's own Y, U and V, 0 to 1 of a byte.

    Mixing is linear, so that what is drawn with these mixes as its colours would: no pixel needs to be converted.
    """
    red, blue = _WEIGHTS.get(colorspace) or _WEIGHTS[1 if height >= _HD_HEIGHT else 6]
    green = 1 - red - blue
    y_span, c_span, y_zero = (255.0, 255.0, 0.0) if full else (219.0, 224.0, 16.0)

    @lru_cache(maxsize=256)
    def ink(shade: str) -> tuple[float, float, float]:
        r, g, b = plain_ink(shade)
        y = red * r + green * g + blue * b
        u, v = (b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red))
        return (y_zero + y * y_span) / 255, (128 + u * c_span) / 255, (128 + v * c_span) / 255

    return ink


def _blend(planes: list[Plane], step: tuple[int, int, int], left: int, top: int, patch: Bytes) -> None:
    """Lay a premultiplied patch of Y, U, V and opacity, as bytes, onto a picture's planes; `step` is its format's `chroma_step`."""
    step_x, step_y, depth = step
    # Chroma samples cover several pixels: the patch is grown to whole ones.
    grow_left, grow_top = left % step_x, top % step_y
    grow_right, grow_bottom = -(left + patch.shape[1]) % step_x, -(top + patch.shape[0]) % step_y
    if grow_left or grow_top or grow_right or grow_bottom:
        border = (grow_top, grow_bottom, grow_left, grow_right)
        patch = np.asarray(cv2.copyMakeBorder(patch, *border, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0)), np.uint8)
        left, top = left - grow_left, top - grow_top
    luma, u, v, cover = apart = np.empty((4, *patch.shape[:2]), np.uint8)
    cv2.split(patch, tuple(apart))  # into room that is there, in a quarter of the time
    blend = _blend_bytes if depth == 8 else _blend_words
    blend(_part(planes[0], luma, left, top), luma, cover, depth)
    if (step_x, step_y) != (1, 1):
        half = (patch.shape[1] // step_x, patch.shape[0] // step_y)
        u, v, cover = (cv2.resize(plane, half, interpolation=cv2.INTER_AREA) for plane in (u, v, cover))
    for plane, chroma in ((planes[1], u), (planes[2], v)):
        blend(_part(plane, chroma, left // step_x, top // step_y), chroma, cover, depth)


def _part(plane: Plane, patch: npt.NDArray[Any], left: int, top: int) -> Plane:
    """Return the part of a plane under a patch, to be written to; smaller than the patch at the picture's edges."""
    return plane[top : top + patch.shape[0], left : left + patch.shape[1]]


def _blend_bytes(part: npt.NDArray[Any], drawn: npt.NDArray[Any], cover: npt.NDArray[Any], _depth: int) -> None:
    height, width = part.shape
    kept = cv2.multiply(part, cv2.bitwise_not(cover[:height, :width]), scale=1 / 255)
    cv2.add(kept, drawn[:height, :width], dst=part)


def _blend_words(part: npt.NDArray[Any], drawn: npt.NDArray[Any], cover: npt.NDArray[Any], depth: int) -> None:
    height, width = part.shape
    kept = cv2.multiply(part, 255 - cover[:height, :width], scale=1 / 255, dtype=cv2.CV_32F)
    part[:] = np.rint(kept + drawn[:height, :width].astype(np.float32) * 2 ** (depth - 8)).astype(part.dtype)
