"""Draws layouts, anti-aliased and placed to a fraction of a pixel; the door of Skia."""

import math
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import skia

from overlay import colour
from overlay.layout import Item, Layout, Polyline, Rectangle
from overlay.theme import FONTS

Bytes = npt.NDArray[np.uint8]
Bounds = tuple[float, float, float, float]
Ink = Callable[[str], tuple[float, float, float]]

MARGIN_PX = 2  # anti-aliasing reaches this far past a shape
EMPTY_PX = 16_000  # so much emptiness takes as long as a patch more
PLATE_PX = 4_000  # something this large is best drawn first, onto nothing
OUTLINE = 0.8  # of a shape's own opacity
MEASURED_AT = 100.0  # px; widths are proportional, for nothing is hinted
FULL = 255  # opacities are told apart as finely as a picture's alpha can

_RGBA = skia.ImageInfo.Make(1, 1, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType)


@lru_cache(maxsize=256)
def _font(name: str, size: float) -> skia.Font:
    font = skia.Font(_typeface(name), size)
    font.setEdging(skia.Font.Edging.kAntiAlias)
    font.setHinting(skia.FontHinting.kNone)
    font.setSubpixel(True)
    font.setBaselineSnap(False)  # on whole rows, text would tremble in its plate
    font.setLinearMetrics(True)
    return font


@lru_cache(maxsize=16)
def _typeface(name: str) -> skia.Typeface:
    # A font manager without fonts of its own: the usual one reads the system's configuration, and complains about it.
    return skia.FontMgr.New_Custom_Empty().makeFromFile(str(FONTS / f"{name}.ttf"), 0)


@lru_cache(maxsize=4096)
def _unit_width(text: str, font: str) -> float:
    return float(_font(font, MEASURED_AT).measureText(text)) / MEASURED_AT


def text_width(text: str, font: str, size: float, *, tracking: float = 0.0) -> float:
    """Return how wide a text is, in px, with `tracking` px after each letter but the last."""
    return _unit_width(text, font) * size + max(len(text) - 1, 0) * tracking


@lru_cache(maxsize=16)
def _unit_cap(font: str) -> float:
    return float(_font(font, MEASURED_AT).getMetrics().fCapHeight) / MEASURED_AT


def cap_height(font: str, size: float) -> float:
    """Return the height of a capital letter, in px."""
    return _unit_cap(font) * size


def plain_ink(shade: str) -> tuple[float, float, float]:
    """Return red, green and blue of "#rrggbb", 0 to 1."""
    red, green, blue = colour.rgb(shade)
    return red / 255, green / 255, blue / 255


def patches(layout: Layout, ink: Ink = plain_ink, *, stored_wh: tuple[int, int] | None = None) -> list[tuple[int, int, Bytes]]:
    """Return the drawn parts of a layout: left, top, and (h, w, 4) uint8, premultiplied, read only; from back to front.

    Only where something is drawn is there a patch, so that the rest of the frame is never touched.

    Args:
        layout: What to draw.
        ink: The three numbers, 0 to 1, that a colour is drawn with: red, green and blue, or whatever mixes as they do. All that is
            drawn is flat, so colours may be converted before they are mixed, a handful of them in place of every pixel.
        stored_wh: Size of the picture to draw for where its pixels are not square, and it is shown in the layout's width.
    """
    size_wh = stored_wh or layout.size_wh
    wider = size_wh[0] / layout.size_wh[0]
    drawn = [_draw(tuple(items), bounds, size_wh, ink, wider) for items, bounds in _groups(layout.items)]
    return [patch for patch in drawn if patch is not None]


def picture(layout: Layout) -> Bytes:
    """Return a whole layout as (h, w, 4) uint8 RGBA, premultiplied, transparent where nothing is drawn."""
    width, height = layout.size_wh
    canvas = np.zeros((height, width, 4), np.uint8)
    for left, top, patch in patches(layout):
        part = canvas[top : top + patch.shape[0], left : left + patch.shape[1]]
        kept = cv2.multiply(part, cv2.merge([cv2.bitwise_not(patch[..., 3])] * 4), scale=1 / 255)
        cv2.add(kept, patch, dst=part)
    return canvas


def save(rgb: Bytes, path: Path) -> None:
    """Write an (h, w, 3) uint8 RGB picture as PNG, or as JPEG where the name ends so.

    Raises:
        OSError: The file cannot be written.
    """
    rgba = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    kind = skia.kJPEG if path.suffix.lower() in {".jpg", ".jpeg"} else skia.kPNG
    data = skia.Image.fromarray(rgba, colorType=skia.kRGBA_8888_ColorType).encodeToData(kind, 95)
    path.write_bytes(bytes(data))


def _groups(items: tuple[Item, ...]) -> list[tuple[list[Item], Bounds]]:
    """Return the items in runs from back to front, each with its bounds: what lies far from the others, or under them, begins one."""
    groups: list[tuple[list[Item], Bounds]] = []
    for item in items:
        own = _bounds(item)
        if groups:
            members, bounds = groups[-1]
            if _holds(bounds, own):  # most lie on the plate
                members.append(item)
                continue
            both = _union(bounds, own)
            if _area(own) < PLATE_PX and _area(both) <= _area(bounds) + EMPTY_PX:
                members.append(item)
                groups[-1] = members, both
                continue
        groups.append(([item], own))
    return groups


def _holds(outer: Bounds, inner: Bounds) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def _area(bounds: Bounds) -> float:
    return (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])


def _union(first: Bounds, second: Bounds) -> Bounds:
    return min(first[0], second[0]), min(first[1], second[1]), max(first[2], second[2]), max(first[3], second[3])


@lru_cache(maxsize=8)
def _draw(
    items: tuple[Item, ...], bounds: Bounds, size_wh: tuple[int, int], ink: Ink, wider: float
) -> tuple[int, int, Bytes] | None:
    """Return a group's patch, not to be written to: the own car's bar stays the same for many frames."""
    if wider != 1.0:
        bounds = bounds[0] * wider, bounds[1], bounds[2] * wider, bounds[3]
    left, top = (max(math.floor(value) - MARGIN_PX, 0) // 2 * 2 for value in bounds[:2])
    # Even edges: what is blended into halved chroma then needs no growing.
    right = min((math.ceil(bounds[2]) + MARGIN_PX + 1) // 2 * 2, size_wh[0])
    bottom = min((math.ceil(bounds[3]) + MARGIN_PX + 1) // 2 * 2, size_wh[1])
    if right <= left or bottom <= top:
        return None
    raster = np.zeros((bottom - top, right - left, 4), np.uint8)
    surface = skia.Surface.MakeRasterDirect(_RGBA.makeWH(right - left, bottom - top), raster)
    canvas = surface.getCanvas()
    canvas.translate(-left, -top)
    canvas.scale(wider, 1.0)
    for number, item in enumerate(items):
        if isinstance(item, Rectangle):
            _fill(canvas, item, ink, first=number == 0)
        elif isinstance(item, Polyline):
            _line(canvas, item, ink)
        else:
            paint = _paint(ink(item.colour), round(item.opacity * FULL), 0.0)
            canvas.drawTextBlob(_blob(item.text, item.font, item.size, item.tracking, item.cell), item.x, item.y, paint)
    raster.flags.writeable = False
    return left, top, raster


@lru_cache(maxsize=512)
def _paint(shade: tuple[float, float, float], opacity: int, line: float, *, first: bool = False) -> skia.Paint:
    """Return what fills shapes, or draws lines where `line` is their width in px; its opacity is 0 to 255.

    What is drawn `first`, over nothing, need not be mixed with what is there: a plate takes a third of the time.
    """
    paint = skia.Paint(AntiAlias=True, Color4f=skia.Color4f(*shade, min(max(opacity / FULL, 0.0), 1.0)))
    if first:
        paint.setBlendMode(skia.BlendMode.kSrc)
    if line:
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(line)
        paint.setStrokeCap(skia.Paint.kRound_Cap)
        paint.setStrokeJoin(skia.Paint.kRound_Join)
    return paint


def _fill(canvas: skia.Canvas, item: Rectangle, ink: Ink, *, first: bool) -> None:
    place = skia.Rect.MakeXYWH(item.x, item.y, item.width, item.height)
    paint = _paint(ink(item.fill), round(item.opacity * FULL), 0.0, first=first)
    radius = item.radii[0]
    if item.radii == (radius, radius, radius, radius):
        canvas.drawRoundRect(place, radius, radius, paint)
    else:
        shape = skia.RRect()
        shape.setRectRadii(place, [skia.Point(radius, radius) for radius in item.radii])
        canvas.drawRRect(shape, paint)
    if item.outline:
        # Inside the shape, so that an outline makes nothing larger than it was measured.
        line = max(min(item.width, item.height) * 0.16, 1.0)
        inner = place.makeInset(line / 2, line / 2)
        paint = _paint(ink(item.outline), round(item.opacity * OUTLINE * FULL), line)
        canvas.drawRoundRect(inner, max(radius - line / 2, 0.0), max(radius - line / 2, 0.0), paint)


def _line(canvas: skia.Canvas, item: Polyline, ink: Ink) -> None:
    paint = _paint(ink(item.colour), round(item.opacity * FULL), 0.0 if item.closed else item.width)
    if len(item.points) == 2:
        canvas.drawLine(*item.points[0], *item.points[1], paint)
    else:
        canvas.drawPath(_path(item.points, item.closed), paint)


@lru_cache(maxsize=32)
def _path(points: tuple[tuple[float, float], ...], closed: bool) -> skia.Path:
    """Return a line's path; the map's hundred points stay the same all along."""
    path = skia.Path()
    path.addPoly([skia.Point(x, y) for x, y in points], closed)
    return path


@lru_cache(maxsize=512)
def _blob(text: str, font: str, size: float, tracking: float, cell: float) -> skia.TextBlob:
    """Return a text's glyphs where they stand, from the origin of its baseline; digits in the middle of their cells."""
    places, x = [], 0.0
    for sign in text:
        width = _unit_width(sign, font) * size
        in_cell = cell > 0 and sign.isdigit()
        places.append(skia.Point(x + (cell - width) / 2 if in_cell else x, 0.0))
        x += (cell if in_cell else width) + tracking
    return skia.TextBlob.MakeFromPosText(text, places, _font(font, size))


def _bounds(item: Item) -> Bounds:
    if isinstance(item, Rectangle):
        return item.x, item.y, item.x + item.width, item.y + item.height
    if isinstance(item, Polyline):
        xs, ys = [x for x, _ in item.points], [y for _, y in item.points]
        half = item.width / 2
        return min(xs) - half, min(ys) - half, max(xs) + half, max(ys) + half
    width = max(text_width(item.text, item.font, item.size, tracking=item.tracking), item.cell * len(item.text))
    return item.x, item.y - item.size, item.x + width, item.y + item.size * 0.3
