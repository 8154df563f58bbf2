"""Colours that can be told apart and read."""

from functools import lru_cache

Rgb = tuple[int, int, int]

#: Of tyres from 2019, by compound; 2018 had more of them, and other colours.
COMPOUNDS = {
    "SOFT": "#da291c",
    "MEDIUM": "#ffd12e",
    "HARD": "#f0f0ec",
    "INTERMEDIATE": "#43b02a",
    "WET": "#0067ad",
    "HYPERSOFT": "#feb1c1",
    "ULTRASOFT": "#b24ba7",
    "SUPERSOFT": "#fc2b2a",
    "SUPERHARD": "#fd7d3c",
}

READABLE = 4.5  # contrast of text (WCAG 2.2, 1.4.3)
VISIBLE = 3.0  # contrast of graphics (WCAG 2.2, 1.4.11)


@lru_cache(maxsize=256)
def rgb(colour: str) -> Rgb:
    """Return the parts, 0 to 255, of "#rrggbb" or "rrggbb".

    Raises:
        ValueError: It is neither.
    """
    digits = colour.removeprefix("#")
    if len(digits) != 6:
        raise ValueError(f"{colour!r} is no colour; wanted #rrggbb")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def readable_on(fill: str) -> str:
    """Return black or white, whichever is read better on a fill."""
    return "#ffffff" if contrast("#ffffff", fill) >= contrast("#000000", fill) else "#000000"


def needs_outline(stripe: str, plate: str) -> bool:
    """Return whether a stripe would drown in its plate."""
    return contrast(stripe, plate) < VISIBLE


def mixed(top: str, opacity: float, ground: str) -> str:
    """Return the colour of `top` at an opacity over a ground."""
    parts = (round(a * opacity + b * (1 - opacity)) for a, b in zip(rgb(top), rgb(ground), strict=True))
    return "#" + "".join(f"{part:02x}" for part in parts)


@lru_cache(maxsize=256)
def _luminance(colour: str) -> float:
    linear = [part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
