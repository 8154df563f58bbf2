"""Blends drawn patches into a frame's YUV planes, only where they lie."""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from overlay.clip import Frame, YuvPicture, chroma_step, copied, plane_view
from overlay.drawing import patches
from overlay.layout import Layout

Bytes = npt.NDArray[np.uint8]
Float32s = npt.NDArray[np.float32]

# Luma weights of red and blue (ITU-R BT.601, BT.709, BT.2020), by FFmpeg's number of the matrix; 2 is unknown.
_WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
_FULL_RANGE = 2
_HD_HEIGHT = 720  # untagged material is BT.709 from here up, BT.601 below


def compose(frame: Frame, layout: Layout) -> YuvPicture:
    """Return the frame's picture with a layout drawn into it; its planes are copied first, the decoder may still need them.

    The layout is in upright pixels; where the picture is stored turned, the patches are turned with it.
    """
    picture = frame.picture
    if not layout.items:
        return picture
    target = copied(picture)
    for left, top, patch in patches(layout):
        _blend(target, *_turned(left, top, patch, layout.size_wh, frame.quarter_turns))
    return target


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
def _matrix(colorspace: int, full: bool, height: int, depth: int) -> Float32s:
    """Return the (3, 4) matrix from premultiplied 8-bit RGBA to premultiplied Y, U, V at a picture's depth and range."""
    known = _WEIGHTS.get(colorspace)
    red, blue = known or _WEIGHTS[1 if height >= _HD_HEIGHT else 6]
    green = 1 - red - blue
    y_span, c_span, y_zero = (255.0, 255.0, 0.0) if full else (219.0, 224.0, 16.0)
    y = np.array([red, green, blue])
    u = np.array([-red, -green, 1 - blue]) / (2 * (1 - blue))
    v = np.array([1 - red, -green, -blue]) / (2 * (1 - red))
    rows = np.zeros((3, 4))
    rows[0, :3], rows[1, :3], rows[2, :3] = y * y_span / 255, u * c_span / 255, v * c_span / 255
    rows[:, 3] = np.array([y_zero, 128.0, 128.0]) / 255  # premultiplied: the zero point fades with the opacity
    matrix: Float32s = (rows * 2 ** (depth - 8)).astype(np.float32)
    return matrix


def _blend(target: YuvPicture, left: int, top: int, patch: Bytes) -> None:
    step = chroma_step(target.format.name)
    if step is None:
        raise ValueError(f"wanted planar YUV, got {target.format.name}")
    step_x, step_y, depth = step
    # Chroma samples cover several pixels: the patch is grown to whole ones.
    grow_left, grow_top = left % step_x, top % step_y
    grow_right, grow_bottom = -(left + patch.shape[1]) % step_x, -(top + patch.shape[0]) % step_y
    if grow_left or grow_top or grow_right or grow_bottom:
        patch = np.pad(patch, ((grow_top, grow_bottom), (grow_left, grow_right), (0, 0)))
        left, top = left - grow_left, top - grow_top
    matrix = _matrix(int(target.colorspace), _is_full(target), target.height, depth)
    small = patch
    if (step_x, step_y) != (1, 1):
        half = (patch.shape[1] // step_x, patch.shape[0] // step_y)
        small = np.asarray(cv2.resize(patch, half, interpolation=cv2.INTER_AREA), np.uint8)
    blend = _blend_bytes if depth == 8 else _blend_words
    chroma = _drawn(small, matrix[1:], depth)
    blend(_part(target, 0, patch, left, top, depth), _drawn(patch, matrix[:1], depth), patch[..., 3])
    for plane in (1, 2):
        part = _part(target, plane, small, left // step_x, top // step_y, depth)
        blend(part, chroma[..., plane - 1], small[..., 3])


def _drawn(patch: Bytes, rows: Float32s, depth: int) -> npt.NDArray[Any]:
    """Return a patch in some of Y, U, V, premultiplied: whole numbers for 8 bits, float32 above."""
    return np.asarray(cv2.transform(patch if depth == 8 else patch.astype(np.float32), rows))


def _part(target: YuvPicture, number: int, patch: Bytes, left: int, top: int, depth: int) -> npt.NDArray[Any]:
    """Return the part of a plane under a patch, to be written to; smaller than the patch at the picture's edges."""
    plane = target.planes[number]
    height, width = min(patch.shape[0], plane.height - top), min(patch.shape[1], plane.width - left)
    return plane_view(plane, depth)[top : top + height, left : left + width]


def _blend_bytes(part: npt.NDArray[Any], drawn: npt.NDArray[Any], opacity: Bytes) -> None:
    height, width = part.shape
    kept = cv2.multiply(part, cv2.bitwise_not(opacity[:height, :width]), scale=1 / 255)
    cv2.add(kept, drawn[:height, :width], dst=part)


def _blend_words(part: npt.NDArray[Any], drawn: npt.NDArray[Any], opacity: Bytes) -> None:
    height, width = part.shape
    kept = cv2.multiply(part, 255 - opacity[:height, :width], scale=1 / 255, dtype=cv2.CV_32F)
    part[:] = np.rint(kept + drawn[:height, :width]).astype(part.dtype)
