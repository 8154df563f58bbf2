"""Draws layouts, anti-aliased and placed to a fraction of a pixel; the door of Skia."""

import math
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import skia

from overlay import colour
from overlay.layout import Item, Layout, Polyline, Rectangle, Words
from overlay.theme import FONTS

Bytes = npt.NDArray[np.uint8]
Bounds = tuple[float, float, float, float]

MARGIN_PX = 2  # anti-aliasing reaches this far past a shape


@lru_cache(maxsize=64)
def _font(name: str, size: float) -> skia.Font:
    font = skia.Font(_typeface(name), size)
    font.setEdging(skia.Font.Edging.kAntiAlias)
    font.setSubpixel(True)
    font.setHinting(skia.FontHinting.kNone)
    return font


@lru_cache(maxsize=16)
def _typeface(name: str) -> skia.Typeface:
    # A font manager without fonts of its own: the usual one reads the system's configuration, and complains about it.
    return skia.FontMgr.New_Custom_Empty().makeFromFile(str(FONTS / f"{name}.ttf"), 0)


@lru_cache(maxsize=4096)
def _unit_width(text: str, font: str) -> float:
    return float(_font(font, 100.0).measureText(text)) / 100.0


def text_width(text: str, font: str, size: float, *, tracking: float = 0.0) -> float:
    """Return how wide a text is, in px, with `tracking` px after each letter but the last."""
    return _unit_width(text, font) * size + max(len(text) - 1, 0) * tracking


@lru_cache(maxsize=16)
def _unit_cap(font: str) -> float:
    metrics = _font(font, 100.0).getMetrics()
    return float(metrics.fCapHeight) / 100.0


def cap_height(font: str, size: float) -> float:
    """Return the height of a capital letter, in px."""
    return _unit_cap(font) * size


def patches(layout: Layout) -> list[tuple[int, int, Bytes]]:
    """Return the drawn parts of a layout: left, top, and (h, w, 4) uint8 RGBA, premultiplied; apart from each other.

    Only where something is drawn is there a patch, so that the rest of the frame is never touched.
    """
    groups: list[tuple[list[Item], Bounds]] = []
    for item in layout.items:
        bounds = _bounds(item)
        items: list[Item] = []
        apart = []
        for group in groups:
            if _touch(group[1], bounds):
                items += group[0]
                bounds = _union(bounds, group[1])
            else:
                apart.append(group)
        groups = [*apart, ([*items, item], bounds)]
    order = {id(item): number for number, item in enumerate(layout.items)}
    drawn = []
    for items, bounds in groups:
        patch = _draw(sorted(items, key=lambda item: order[id(item)]), bounds, layout.size_wh)
        if patch is not None:
            drawn.append(patch)
    return drawn


def picture(layout: Layout) -> Bytes:
    """Return a whole layout as (h, w, 4) uint8 RGBA, premultiplied, transparent where nothing is drawn."""
    width, height = layout.size_wh
    canvas = np.zeros((height, width, 4), np.uint8)
    for left, top, patch in patches(layout):
        canvas[top : top + patch.shape[0], left : left + patch.shape[1]] = patch
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


def _draw(items: list[Item], bounds: Bounds, size_wh: tuple[int, int]) -> tuple[int, int, Bytes] | None:
    left, top = (max(math.floor(value) - MARGIN_PX, 0) // 2 * 2 for value in bounds[:2])
    right = min(math.ceil(bounds[2]) + MARGIN_PX, size_wh[0])
    bottom = min(math.ceil(bounds[3]) + MARGIN_PX, size_wh[1])
    if right <= left or bottom <= top:
        return None
    raster = np.zeros((bottom - top, right - left, 4), np.uint8)
    info = skia.ImageInfo.Make(right - left, bottom - top, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType)
    surface = skia.Surface.MakeRasterDirect(info, raster)
    canvas = surface.getCanvas()
    canvas.translate(-left, -top)
    for item in items:
        _put(canvas, item)
    return left, top, raster


@lru_cache(maxsize=32)
def _path(points: tuple[tuple[float, float], ...], closed: bool) -> skia.Path:
    """Return a line's path; the map's hundred points stay the same all along."""
    path = skia.Path()
    path.addPoly([skia.Point(x, y) for x, y in points], closed)
    return path


def _paint(shade: str, opacity: float) -> skia.Paint:
    red, green, blue = colour.rgb(shade)
    return skia.Paint(AntiAlias=True, Color4f=skia.Color4f(red / 255, green / 255, blue / 255, min(max(opacity, 0.0), 1.0)))


def _put(canvas: skia.Canvas, item: Item) -> None:
    if isinstance(item, Rectangle):
        shape = skia.RRect.MakeRect(skia.Rect.MakeXYWH(item.x, item.y, item.width, item.height))
        if any(item.radii):
            shape.setRectRadii(shape.rect(), [(radius, radius) for radius in item.radii])
        canvas.drawRRect(shape, _paint(item.fill, item.opacity))
        if item.outline:
            line = _paint(item.outline, item.opacity * 0.8)
            line.setStyle(skia.Paint.kStroke_Style)
            line.setStrokeWidth(max(item.width * 0.16, 1.0))
            canvas.drawRRect(shape, line)
    elif isinstance(item, Polyline):
        path = _path(item.points, item.closed)
        paint = _paint(item.colour, item.opacity)
        if not item.closed:
            paint.setStyle(skia.Paint.kStroke_Style)
            paint.setStrokeWidth(item.width)
            paint.setStrokeCap(skia.Paint.kRound_Cap)
            paint.setStrokeJoin(skia.Paint.kRound_Join)
        canvas.drawPath(path, paint)
    else:
        _write(canvas, item)


def _write(canvas: skia.Canvas, words: Words) -> None:
    font, paint = _font(words.font, words.size), _paint(words.colour, words.opacity)
    if not words.tracking and not words.cell:
        canvas.drawString(words.text, words.x, words.y, font, paint)
        return
    x = words.x
    for sign in words.text:
        width = text_width(sign, words.font, words.size)
        in_cell = words.cell and sign.isdigit()
        canvas.drawString(sign, x + (words.cell - width) / 2 if in_cell else x, words.y, font, paint)
        x += (words.cell if in_cell else width) + words.tracking


def _bounds(item: Item) -> Bounds:
    if isinstance(item, Rectangle):
        return item.x, item.y, item.x + item.width, item.y + item.height
    if isinstance(item, Polyline):
        xs, ys = [x for x, _ in item.points], [y for _, y in item.points]
        half = item.width / 2
        return min(xs) - half, min(ys) - half, max(xs) + half, max(ys) + half
    width = text_width(item.text, item.font, item.size, tracking=item.tracking)
    width = max(width, item.cell * len(item.text))
    return item.x, item.y - item.size, item.x + width, item.y + item.size * 0.3


def _touch(first: Bounds, second: Bounds) -> bool:
    gap = 4 * MARGIN_PX
    return (
        first[0] <= second[2] + gap
        and second[0] <= first[2] + gap
        and first[1] <= second[3] + gap
        and second[1] <= first[3] + gap
    )


def _union(first: Bounds, second: Bounds) -> Bounds:
    return min(first[0], second[0]), min(first[1], second[1]), max(first[2], second[2]), max(first[3], second[3])
