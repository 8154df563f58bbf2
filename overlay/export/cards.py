"""Title and end cards, captions and labels of a social edit: words as pictures, placed where no platform covers them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from overlay import colour as colours
from overlay.export.presets import SafeZone

Picture = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

WHITE: Colour = (244, 244, 250)
QUIET: Colour = (186, 190, 202)
PLATE = (16, 18, 26)
OUTLINE: Colour = (255, 255, 255)  # of a stripe that would drown, as on a tag's plate
FILL = 0.9  # of the safe zone's height, at most
CAPTION = 0.045  # of the canvas's shorter side: read at arm's length on a phone
GROUND_LIGHT = 0.34  # of the frame behind a card: its mood, not its detail
#: Fonts as shipped, the first that is there; heavy for names, narrow for words.
HEAVY = ("SairaCondensed-ExtraBold", "SairaCondensed-Bold", "TitilliumWeb-Black", "TitilliumWeb-Bold", "BarlowCondensed-Bold")
NARROW = ("BarlowCondensed-SemiBold", "BarlowCondensed-Medium", "SairaCondensed-SemiBold", "TitilliumWeb-SemiBold")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a card.

    Attributes:
        words: What it says.
        size: Height of its letters as a share of the canvas's shorter side.
        colour: Of the letters.
        stripe: Colour of a team stripe before it, None for none.
        heavy: Whether it is a name or a number to be seen first.
        space: Before it, in its own heights.
    """

    words: str
    size: float
    colour: Colour = WHITE
    stripe: Colour | None = None
    heavy: bool = False
    space: float = 0.35


def title_lines(
    event: str, own: str, own_colour: Colour, ahead: str | None, ahead_colour: Colour, detail: str
) -> tuple[Line, ...]:
    """Return what a title card says: where, who behind whom, and which lap."""
    lines = [Line(event.upper(), 0.036, QUIET, space=0.0), Line(own, 0.16, WHITE, own_colour, heavy=True, space=0.3)]
    if ahead is not None:
        lines += [Line("behind", 0.042, QUIET, space=0.9), Line(ahead, 0.16, WHITE, ahead_colour, heavy=True, space=0.22)]
    return (*lines, Line(detail, 0.044, WHITE, space=1.1))


def end_lines(headline: str, facts: Sequence[str]) -> tuple[Line, ...]:
    """Return what an end card says: the number that counts, the others, and where they come from."""
    lines = [Line(headline, 0.1, WHITE, heavy=True, space=0.0)]
    lines += [Line(fact, 0.046, WHITE, space=1.0 if index == 0 else 0.6) for index, fact in enumerate(facts)]
    return (*lines, Line("Numbers from official timing · Slipstream", 0.03, QUIET, space=1.8))


def ground(picture: Picture) -> Picture:
    """Return (h, w, 3) RGB blurred and darkened for words to stand on."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (max(width // 16, 8), max(height // 16, 8)), interpolation=cv2.INTER_AREA).astype(np.float32)
    soft = cv2.resize(cv2.GaussianBlur(small, (0, 0), 2.5), (width, height), interpolation=cv2.INTER_CUBIC)
    fall = np.linspace(1.0, 0.72, height, dtype=np.float32)[:, None, None]  # darker towards the bottom, as light falls
    # Eight bits show a slow fall of dark colours as rings; grain below a step of them breaks the rings up.
    grain = np.random.default_rng(0).triangular(-1.0, 0.0, 1.0, (height, width, 1)).astype(np.float32)
    return np.asarray(np.clip(soft * GROUND_LIGHT * fall + np.array(PLATE) * 0.35 + grain + 0.5, 0, 255), np.uint8)


def card(lines: Sequence[Line], size: tuple[int, int], zone: SafeZone) -> Picture:
    """Return (h, w, 4) RGBA of the lines, left-aligned in the safe zone and in the middle of its height."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    short: float = min(size)
    left, right = zone.x1 + 0.02 * short, zone.x2 - 0.02 * short
    wanted = sum((1 + line.space) * line.size for line in lines) * short
    short *= min(1.0, FILL * (zone.y2 - zone.y1) / wanted)
    set_lines = [(line, *_fitted(line, short, right - left)) for line in lines]
    heights = [(line.space * tall + tall) for line, _, tall in set_lines]
    y = (zone.y1 + zone.y2 - sum(heights)) / 2
    for line, font, tall in set_lines:
        y += line.space * tall
        x = left
        if line.stripe is not None:
            _stripe(draw, (x, y + 0.06 * tall, x + 0.1 * tall, y + 0.94 * tall), line.stripe)
            x += 0.26 * tall
        draw.text((x, y + tall), line.words, font=font, fill=(*line.colour, 255), anchor="ls")
        y += tall
    return np.asarray(image, np.uint8)


def caption(words: str, size: tuple[int, int], zone: SafeZone) -> Picture:
    """Return (h, w, 4) RGBA of a caption on a plate at the bottom of the safe zone; in two lines rather than in small type."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    short, room = min(size), 0.86 * (zone.x2 - zone.x1)
    lines = [words]
    if _fitted(Line(words, CAPTION), short, math.inf)[0].getlength(words) > room:
        lines = _halves(words)
    font, tall = min((_fitted(Line(line, CAPTION), short, room) for line in lines), key=lambda fitted: fitted[1])
    middle, bottom = (zone.x1 + zone.x2) / 2, zone.y2 - 0.03 * short
    half = max(font.getlength(line) for line in lines) / 2 + 0.6 * tall
    step = 1.55 * tall
    draw.rectangle((middle - half, bottom - 1.9 * tall - step * (len(lines) - 1), middle + half, bottom), fill=(*PLATE, 214))
    for above, line in enumerate(reversed(lines)):
        draw.text((middle, bottom - 0.46 * tall - step * above), line, font=font, fill=(*WHITE, 255), anchor="ms")
    return np.asarray(image, np.uint8)


def _halves(words: str) -> list[str]:
    """Return the words in two lines, broken after a comma if there is one, as a number belongs to its unit; else in the middle."""
    places = [place for place, letter in enumerate(words) if letter == " "]
    places = [place for place in places if words[place - 1] in ",:"] or places
    if not places:
        return [words]
    place = min(places, key=lambda place: abs(2 * place - len(words)))
    return [words[:place], words[place + 1 :]]


def label(
    words: str, size: tuple[int, int], zone: SafeZone, colour: Colour, *, clear_of: Sequence[tuple[float, ...]] = ()
) -> Picture:
    """Return (h, w, 4) RGBA of a small label in a corner of the safe zone, as over a replay.

    Args:
        words: What it says.
        size: Of the canvas.
        zone: What is free.
        colour: Of its stripe.
        clear_of: Boxes that it must not cover: the first corner free of them is taken, the upper left before the others.
    """
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    short = min(size)
    inset = 0.03 * short
    font, tall = _fitted(Line(words, 0.034, heavy=True), short, zone.x2 - zone.x1 - 2 * inset)
    width, height = font.getlength(words) + 1.5 * tall, 1.9 * tall
    left, right = zone.x1 + inset, zone.x2 - inset - width
    top, bottom = zone.y1 + inset, zone.y2 - inset - height
    corners = ((left, top), (right, top), (left, bottom), (right, bottom))
    x, y = next((corner for corner in corners if _free(corner, (width, height), clear_of, inset)), corners[0])
    draw.rectangle((x, y, x + width, y + height), fill=(*PLATE, 224))
    _stripe(draw, (x, y, x + 0.22 * tall, y + 1.9 * tall), colour)
    draw.text((x + 0.85 * tall, y + 1.44 * tall), words, font=font, fill=(*WHITE, 255), anchor="ls")
    return np.asarray(image, np.uint8)


def _stripe(draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], team: Colour) -> None:
    """Draw a team's stripe; one too dark for what it stands on gets the outline that it has on a tag."""
    line = max(round(0.16 * (box[2] - box[0])), 1) if colours.needs_outline(_hexadecimal(team), _hexadecimal(PLATE)) else 0
    draw.rectangle(box, fill=(*team, 255), outline=(*OUTLINE, 255) if line else None, width=line)


def _hexadecimal(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _free(corner: tuple[float, float], size: tuple[float, float], boxes: Sequence[tuple[float, ...]], apart: float) -> bool:
    x1, y1 = corner[0] - apart, corner[1] - apart
    x2, y2 = corner[0] + size[0] + apart, corner[1] + size[1] + apart
    return not any(box[0] < x2 and x1 < box[2] and box[1] < y2 and y1 < box[3] for box in boxes)


def rgb(hexadecimal: str) -> Colour:
    """Return the colour of six hex digits; white where they are none."""
    try:
        value = int(hexadecimal.lstrip("#"), 16)
    except ValueError:
        return WHITE
    return value >> 16 & 255, value >> 8 & 255, value & 255


def _fitted(line: Line, short: float, room: float) -> tuple[ImageFont.FreeTypeFont, float]:
    """Return a font whose capitals are as tall as the line asks, or as its width allows, and that height in pixels."""
    tall = line.size * short
    room -= 0.26 * tall if line.stripe is not None else 0.0
    font = _font(HEAVY if line.heavy else NARROW, tall)
    if (width := font.getlength(line.words)) > room:
        tall *= room / width
        font = _font(HEAVY if line.heavy else NARROW, tall)
    return font, tall


def _font(names: tuple[str, ...], capitals_px: float) -> ImageFont.FreeTypeFont:
    probe = _face(names, 100)
    top = probe.getbbox("H", anchor="ls")[1]
    return _face(names, max(round(capitals_px * 100 / -top), 4))


@cache
def _face(names: tuple[str, ...], size_px: int) -> ImageFont.FreeTypeFont:
    folder = files("overlay").joinpath("fonts")
    for name in names:
        resource = folder.joinpath(f"{name}.ttf")
        if resource.is_file():
            with as_file(resource) as path:
                return ImageFont.truetype(str(path), size_px)
    face = ImageFont.load_default(size_px)
    assert isinstance(face, ImageFont.FreeTypeFont)  # noqa: S101  # Pillow's own has been scalable since 10.1
    return face
