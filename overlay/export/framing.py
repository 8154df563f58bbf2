"""A frame of the clip laid on a post's canvas: cropped, moved by fractions of a pixel, on a blurred ground where it ends.

A general warp of a 1080×1920 canvas takes 12 ms; shifting the crop by its fraction at the clip's own size and enlarging it
with the resizer's fast path takes 1 ms and looks the same.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]
Light = npt.NDArray[np.float32]

GROUND_REDUCTION = 24  # the ground is blurred so far that a twenty-fourth of the pixels carries it
GROUND_SIGMA = 2.0  # of the reduced ground's pixels
GROUND_LIGHT = 0.42  # dark enough to leave the eye on the picture, light enough to keep its mood
GROUND_COLOUR = 0.8
BLACK = 16  # of limited-range luma
SHADOW_OF_HEIGHT = 0.018  # soft edge between picture and ground
HALVE_BELOW = 0.55  # the resizer's samples skip pixels below half size; averaging first does not
REACH = 3  # clip pixels beyond the crop that sampling looks at
LEAST_SHIFT = 0.004  # clip pixels; what nobody can see is not computed


def lay(planes: Planes, *, canvas_wh: tuple[int, int], scale: float, left: float, top: float) -> Planes:
    """Return new planes of the canvas with the clip's frame at canvas px = `scale` · clip px + (`left`, `top`).

    Args:
        planes: Y (h, w), U and V (h/2, w/2) uint8 of the clip, 4:2:0 with chroma sited left, limited range.
        canvas_wh: Width and height of the canvas, even.
        scale: Enlargement.
        left: Canvas x of the clip's left edge.
        top: Canvas y of the clip's top edge.
    """
    while scale < HALVE_BELOW:
        planes, scale = _halved(planes), scale * 2
    # Where samples lie: luma at pixel centres; chroma at every second luma sample across, between two of them down.
    x, y = left + 0.5 * scale - 0.5, top + 0.5 * scale - 0.5
    shifts = ((x, y), (x / 2, (y + 0.5 * scale - 0.5) / 2), (x / 2, (y + 0.5 * scale - 0.5) / 2))
    size = planes[0].shape[1] * scale, planes[0].shape[0] * scale
    ground = _Ground(planes, canvas_wh, (left, top, left + size[0], top + size[1]))
    y_plane, u_plane, v_plane = (
        _laid(plane, index, canvas_wh, scale, shift, ground)
        for index, (plane, shift) in enumerate(zip(planes, shifts, strict=True))
    )
    return y_plane, u_plane, v_plane


@dataclass(frozen=True, slots=True)
class _Axis:
    """One axis of the lay: samples `first` to `last` of the clip become `length` samples, placed from `start` to `end`.

    `skip` samples of the length lie before `start`, and the clip is read `shift` samples further on.
    """

    first: int
    last: int
    length: int
    skip: int
    start: int
    end: int
    shift: float


def _axis(clip: int, canvas: int, scale: float, offset: float) -> _Axis:
    first = max(int(np.floor(-offset / scale)) - REACH, 0)
    last = min(int(np.ceil((canvas - 1 - offset) / scale)) + REACH + 1, clip)
    if last <= first:
        return _Axis(0, 1, 1, 0, 0, 0, 0.0)
    length = max(round((last - first) * scale), 1)
    exact = length / (last - first)
    middle = (max(0.0, offset) + min(canvas - 1.0, offset + scale * (clip - 1))) / 2
    away = ((middle - offset) / scale - first + 0.5) * exact - 0.5 - middle
    start = max(-round(away), 0)
    end = min(length - round(away), canvas)
    return _Axis(first, last, length, start + round(away), start, max(end, start), (away - round(away)) / exact)


def _laid(
    plane: Plane, index: int, canvas_wh: tuple[int, int], scale: float, offset: tuple[float, float], ground: "_Ground"
) -> Plane:
    half = 1 if index == 0 else 2
    width, height = canvas_wh[0] // half, canvas_wh[1] // half
    across = _axis(plane.shape[1], width, scale, offset[0])
    down = _axis(plane.shape[0], height, scale, offset[1])
    part = plane[down.first : down.last, across.first : across.last]
    part = _shifted(part, across.shift, down.shift)
    how = cv2.INTER_CUBIC if scale > 1.0 else cv2.INTER_LINEAR  # cubic keeps an enlarged picture crisp
    if part.shape != (down.length, across.length):
        part = np.asarray(cv2.resize(part, (across.length, down.length), interpolation=how), np.uint8)
    rows, columns = slice(down.start, down.end), slice(across.start, across.end)
    part = part[down.skip : down.skip + down.end - down.start, across.skip : across.skip + across.end - across.start]
    if part.shape == (height, width):
        return part.copy() if np.may_share_memory(part, plane) else np.ascontiguousarray(part)
    out = ground.plane(index)
    out[rows, columns] = part
    return out


def _shifted(part: Plane, across: float, down: float) -> Plane:
    if abs(across) < LEAST_SHIFT and abs(down) < LEAST_SHIFT:
        return part
    return np.asarray(cv2.sepFilter2D(part, -1, _taps(across), _taps(down), borderType=cv2.BORDER_REPLICATE), np.uint8)


def _taps(shift: float) -> Light:
    """Return a windowed sinc that reads `shift` samples further on."""
    if abs(shift) < LEAST_SHIFT:
        return np.ones(1, np.float32)
    at = np.arange(-REACH, REACH + 1) - shift
    taps = np.sinc(at) * np.where(np.abs(at) < REACH + 1, np.sinc(at / (REACH + 1)), 0.0)
    return np.asarray(taps / taps.sum(), np.float32)


def _halved(planes: Planes) -> Planes:
    y, u, v = (
        np.asarray(cv2.resize(plane, (plane.shape[1] // 2, plane.shape[0] // 2), interpolation=cv2.INTER_AREA), np.uint8)
        for plane in planes
    )
    return y, u, v


class _Ground:
    """What the picture leaves free: the frame itself, blurred and darkened, with a soft shadow around the picture."""

    def __init__(self, clip: Planes, canvas_wh: tuple[int, int], picture_xyxy: tuple[float, float, float, float]) -> None:
        self._clip, self._canvas_wh, self._picture = clip, canvas_wh, picture_xyxy

    def plane(self, index: int) -> Plane:
        """Return Y (0), U (1) or V (2) of the ground, as large as the canvas's."""
        half = 1 if index == 0 else 2
        width, height = self._canvas_wh[0] // half, self._canvas_wh[1] // half
        small = _covering(self._clip[index], width, height)
        small = BLACK + (small - BLACK) * GROUND_LIGHT if index == 0 else 128 + (small - 128) * GROUND_COLOUR
        large = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
        if index == 0:
            self._shade(large)
        return np.clip(large, 0, 255).astype(np.uint8)

    def _shade(self, light: Light) -> None:
        height, width = light.shape
        x1, y1, x2, y2 = self._picture
        across = np.maximum.reduce([x1 - np.arange(width), np.arange(width) - x2 + 1, np.zeros(width)])
        down = np.maximum.reduce([y1 - np.arange(height), np.arange(height) - y2 + 1, np.zeros(height)])
        reach = SHADOW_OF_HEIGHT * max(height, width)
        if across.any() and down.any():
            return  # the picture floats free on all sides; two ramps would meet in a seam
        for away, turned in ((across, False), (down, True)):
            if away.any():
                fade = (1 - 0.55 * np.exp(-away / reach)).astype(np.float32)
                light[:] = BLACK + (light - BLACK) * (fade[:, None] if turned else fade[None, :])


def _covering(source: Plane, width: int, height: int) -> Light:
    """Return a small blurred copy of the source's middle in the canvas's aspect."""
    rows, columns = source.shape
    scale = max(width / columns, height / rows)
    part_w, part_h = min(round(width / scale), columns), min(round(height / scale), rows)
    x, y = (columns - part_w) // 2, (rows - part_h) // 2
    size = max(width // GROUND_REDUCTION, 4), max(height // GROUND_REDUCTION, 4)
    small = cv2.resize(source[y : y + part_h, x : x + part_w], size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), GROUND_SIGMA), np.float32)
