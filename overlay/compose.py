"""Blends drawn patches into a frame's YUV planes, only where they lie."""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from overlay.drawing import Ink, patches, plain_ink
from overlay.frame import Frame
from overlay.layout import Layout
from overlay.planes import Coding, YuvPicture, chroma_step, plane_view

Bytes = npt.NDArray[np.uint8]
Plane = npt.NDArray[Any]


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
    ink = _ink(Coding.of(picture))
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


@lru_cache(maxsize=8)
def _ink(coding: Coding) -> Ink:
    """Return what turns a colour into a picture's own Y, U and V, 0 to 1 of a byte.

    Mixing is linear, so that what is drawn with these mixes as its colours would: no pixel needs to be converted.
    """
    red, blue = coding.red, coding.blue
    green = 1 - red - blue
    y_span, c_span, y_zero = coding.scale

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
    height, width = patch.shape[:2]
    # Where all four planes lie alike in lines of the cache, OpenCV writes them past it, and all that follows waits for the memory.
    room = np.empty(4 * height * width + 1, np.uint8)
    luma, fine = room[: height * width].reshape(height, width), room[height * width + 1 :].reshape(3, height, width)
    cv2.split(patch, (luma, *fine))
    kept = cv2.bitwise_not(fine[2], dst=fine[2])
    if (step_x, step_y) != (1, 1):  # all three at once, one below the other: their heights are whole steps
        coarse = cv2.resize(fine.reshape(-1, width), (width // step_x, 3 * height // step_y), interpolation=cv2.INTER_AREA)
        fine = np.asarray(coarse, np.uint8).reshape(3, height // step_y, width // step_x)
    blend = _blend_bytes if depth == 8 else _blend_words
    blend(planes[0], left, top, luma, np.asarray(kept, np.uint8), depth)
    for plane, chroma in zip(planes[1:], fine[:2], strict=True):
        blend(plane, left // step_x, top // step_y, chroma, fine[2], depth)


def _blend_bytes(plane: Plane, left: int, top: int, drawn: Bytes, kept: Bytes, _depth: int) -> None:
    part, drawn, kept = _under(plane, left, top, drawn, kept)
    cv2.multiply(part, kept, dst=part, scale=1 / 255)
    cv2.add(part, drawn, dst=part)


def _blend_words(plane: Plane, left: int, top: int, drawn: Bytes, kept: Bytes, depth: int) -> None:
    part, drawn, kept = _under(plane, left, top, drawn, kept)
    lit = cv2.multiply(part, kept, scale=1 / 255, dtype=cv2.CV_32F)
    part[:] = np.rint(lit + drawn.astype(np.float32) * 2 ** (depth - 8)).astype(part.dtype)


def _under(plane: Plane, left: int, top: int, drawn: Bytes, kept: Bytes) -> tuple[Plane, Bytes, Bytes]:
    """Return the part of a plane under a patch, to be written to, and the patch's two planes, cut where the picture ends."""
    part = plane[top : top + drawn.shape[0], left : left + drawn.shape[1]]
    if part.shape != drawn.shape:
        drawn, kept = (whole[: part.shape[0], : part.shape[1]] for whole in (drawn, kept))
    return part, drawn, kept
