"""Where a tag stands: above its car, inside the frame, clear of every car and tag, and never with a jump."""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]

EDGE = 0.012  # of the frame's height, kept free at its edges
SOFT = 0.6  # of a tag's height or width: over so much way it makes room for what it will meet
COVERED = 0.2  # share of a tag over a car or another tag at which it is gone: it hides nothing rather than stand in front of it
FAINT = 0.4  # opacity of a tag that comes or goes up to which it hides nothing, while the others make room

Sides = MutableMapping[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tag lies, px, and how much of its opacity it keeps there, 0 to 1."""

    xyxy: Box
    opacity: float


def place(
    car: Box,
    tag_wh: tuple[float, float],
    lift: float,
    size_wh: tuple[int, int],
    *,
    obstacles: Sequence[tuple[Box, float]] = (),
    sides: Sides,
    key: int,
) -> Place:
    """Return the place of one tag.

    Every part of it follows from boxes alone and without steps, so that a tag moves as smoothly as its car does, and with it, not
    after it. Only the side that a tag takes beside a car at the frame's upper edge is remembered, lest it change sides there.

    Args:
        car: Box of its car, px.
        tag_wh: Width and height of the tag, px.
        lift: Free space between tag and car, px.
        size_wh: Width and height of the frame, px.
        obstacles: Boxes of other cars, and of tags that stand already, px, each with how much it is there, 0 to 1: for one that comes or
            goes, room is made little by little, and all of it before it hides anything.
        sides: The sides taken so far by key, −1 left, 1 right; changed in place.
        key: Whose tag it is.
    """
    width, height = tag_wh
    edge = EDGE * size_wh[1]
    left, right, foot = edge, size_wh[0] - edge - width, size_wh[1] - edge - height
    x = _between((car[0] + car[2] - width) / 2, left, right)
    y = _between(car[1] - lift - height, edge, foot)
    room = car[1] - lift - height - edge
    soft = SOFT * height
    if room >= soft:
        sides.pop(key, None)
    else:
        # It leaves the car's roof sideways while there is still room above, and is beside the car when there is none.
        side = sides.setdefault(key, 1 if size_wh[0] - car[2] >= car[0] else -1)
        beside = car[2] + lift if side > 0 else car[0] - lift - width
        x += (_between(beside, left, right) - x) * _smooth(1 - room / soft)
    for other, there in sorted(obstacles, key=lambda obstacle: -obstacle[0][3]):
        y -= _smooth(there / FAINT) * _lift_over((x, y, x + width, y + height), other, edge, soft=SOFT * width)
    y = max(y, edge)
    xyxy = (x, y, x + width, y + height)
    hides = (max(there - FAINT, 0.0) / (1 - FAINT) * _shared(xyxy, other) for other, there in ((car, 1.0), *obstacles))
    covered = max(hides) / max(width * height, 1.0)
    return Place(xyxy, 1 - _smooth(covered / COVERED))


def _lift_over(tag: Box, other: Box, gap: float, *, soft: float) -> float:
    """Return how far up a tag goes to be clear of what it would meet; sideways it begins to rise `soft` px before it touches."""
    need = tag[3] + gap - other[1]
    if need <= 0 or tag[1] >= other[3] + gap:
        return 0.0
    apart = max(other[0] - tag[2], tag[0] - other[2]) - gap
    return need * _smooth(1 - apart / soft)


def _shared(first: Box, second: Box) -> float:
    """Return the area that two boxes share, px²."""
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    return max(wide, 0.0) * max(high, 0.0)


def _between(value: float, low: float, high: float) -> float:
    return min(max(value, low), max(high, low))


def _smooth(share: float) -> float:
    """Return the smoothstep of 0 to 1: no sudden start, no sudden end."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)
