"""A frame's graphics as a flat list of shapes and words: decided before any pixel, the same for video, page and tests."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A filled box; corner radii clockwise from the top left, px. `outline` is a colour or empty."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    opacity: float
    radii: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    outline: str = ""


@dataclass(frozen=True, slots=True)
class Polyline:
    """A line through points, px; filled when `closed`."""

    points: tuple[tuple[float, float], ...]
    colour: str
    opacity: float
    width: float
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Text on a baseline that begins at (x, y), px. `cell` is the width of a digit's fixed cell, 0 for none."""

    text: str
    x: float
    y: float
    font: str
    size: float
    colour: str
    opacity: float
    tracking: float = 0.0
    cell: float = 0.0


Item = Rectangle | Polyline | Words


@dataclass(frozen=True, slots=True)
class TagPlace:
    """Which car a tag belongs to and where both are, px: for checks, exports and the page."""

    track_id: int
    driver: str
    target_xyxy: tuple[float, float, float, float]
    tag_xyxy: tuple[float, float, float, float]
    opacity: float


@dataclass(frozen=True, slots=True)
class Layout:
    """All graphics of one frame, from back to front."""

    size_wh: tuple[int, int]
    items: tuple[Item, ...]
    tags: tuple[TagPlace, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values: each item with its kind, numbers rounded to a hundredth of a pixel."""
        return {
            "size_wh": list(self.size_wh),
            "items": [{"kind": type(item).__name__.lower(), **_rounded(asdict(item))} for item in self.items],
            "tags": [_rounded(asdict(tag)) for tag in self.tags],
        }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 2)
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(part) for part in value]
    return value
