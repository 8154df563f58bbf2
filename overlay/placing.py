"""Where a tag stands: above its car, inside the frame, clear of every car and tag, and never with a jump."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]

Sides = MutableMapping[tuple[int, str], int]  # by tag, and by what it keeps aside of

EDGE = 0.012  # of the frame's height, kept free at its edges
SOFT = 0.6  # of a tag's height or width: over so much way it makes room for what it will meet
ROOM = 0.25  # of a tag's height: with less above, it goes aside of what it lies over, and with none it is clear of it
COVERED = 0.2  # share of a tag over a car or another tag at which it is gone: it hides nothing rather than stand in front of it
FAINT = 0.4  # opacity of a tag that comes or goes up to which it hides nothing: while one comes so far, the others make room


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What a tag must be clear of: a box, px, and what it is called from frame to frame.

    Attributes:
        opacity: Of what is there, 0 to 1.
        taken: How far its room is its own, 0 to 1: one that comes gets it, and one that is gone gives it back, little by little.
    """

    xyxy: Box
    opacity: float
    taken: float
    name: str


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
    obstacles: Sequence[Obstacle] = (),
    sides: Sides,
    key: int,
    there: float = 1.0,
) -> Place:
    """Return the place of one tag.

    It goes up until it is clear of all, and where the frame ends there, aside. Every part of this follows from boxes alone and without
    steps, so that a tag moves as smoothly as its car does, and with it, not after it. Only the sides that a tag takes at the frame's
    upper edge are remembered, lest it change sides there.

    Args:
        car: Box of its car, px.
        tag_wh: Width and height of the tag, px.
        lift: Free space between tag and car, px.
        size_wh: Width and height of the frame, px.
        obstacles: Other cars, and tags that stand already. A tag that is seen makes as much room for one as is taken.
        sides: The sides taken so far, −1 left, 1 right; changed in place.
        key: Whose tag it is.
        there: How much of it is there, 0 to 1.
    """
    width, height = tag_wh
    edge = EDGE * size_wh[1]
    left, right, foot = edge, size_wh[0] - edge - width, size_wh[1] - edge - height
    x = _between((car[0] + car[2] - width) / 2, left, right)
    y = _between(car[1] - lift - height, edge, foot)
    room = car[1] - lift - height - edge
    soft = SOFT * height
    if room >= soft:
        sides.pop((key, "car"), None)
    else:
        # It leaves the car's roof sideways while there is still room above, and is beside the car when there is none.
        side = sides.setdefault((key, "car"), 1 if size_wh[0] - car[2] >= car[0] else -1)
        beside = car[2] + lift if side > 0 else car[0] - lift - width
        x += (_between(beside, left, right) - x) * _smooth(1 - room / soft)
    for other in sorted(obstacles, key=lambda obstacle: -obstacle.xyxy[3]):
        y -= _heeded(other, there) * _lift_over((x, y, x + width, y + height), other.xyxy, edge)
    y, wanted = max(y, edge), _smooth(1 - (y - edge) / (ROOM * height))
    heeded = {other: wanted * _heeded(other, there) for other in obstacles}
    x = _aside((x, y, x + width, y + height), heeded, edge, (left, right), sides, key)
    xyxy = (x, y, x + width, y + height)
    over = (max(other.opacity - FAINT, 0.0) / (1 - FAINT) * _shared(xyxy, other.xyxy) for other in obstacles)
    covered = max(_shared(xyxy, car), *over, 0.0) / max(width * height, 1.0)
    return Place(xyxy, 1 - _smooth(covered / COVERED))


def _heeded(other: Obstacle, there: float) -> float:
    """Return how far a tag heeds an obstacle, 0 to 1: the fainter it is itself, the less its moving is seen."""
    return _smooth(other.taken + max(FAINT - there, 0.0) / FAINT)


def _lift_over(tag: Box, other: Box, gap: float) -> float:
    """Return how far up a tag goes to be clear of what it would meet.

    It begins to rise before it touches from the side, and over the first of its own rows that would lie beside something above it.
    """
    need = tag[3] + gap - other[1]
    deep = other[3] + gap - tag[1]
    if need <= 0 or deep <= 0:
        return 0.0
    apart = max(other[0] - tag[2], tag[0] - other[2]) - gap
    return need * _smooth(1 - apart / (SOFT * (tag[2] - tag[0]))) * _smooth(deep / (SOFT * (tag[3] - tag[1])))


def _aside(tag: Box, heeded: Mapping[Obstacle, float], gap: float, reach: tuple[float, float], sides: Sides, key: int) -> float:
    """Return a tag's left edge, within `reach`, once it has gone sideways of what lies in its rows or just beside them.

    It keeps to the side of each on which it came. One that it lies upon from the first it passes on the side to which others sent it.
    """
    x, width, soft = tag[0], tag[2] - tag[0], ROOM * (tag[3] - tag[1])
    sent = 0
    for other, share in heeded.items():
        left, top, right, foot = other.xyxy
        deep = min(tag[3], foot) - max(tag[1], top) + gap
        if share <= 0 or deep <= -soft or x + width + gap <= left or x >= right + gap:
            sides.pop((key, other.name), None)
            continue
        clear = {-1: left - gap - width, 1: right + gap}
        fits = {side: reach[0] <= at <= reach[1] for side, at in clear.items()}
        aside = 2 * x + width - left - right
        nearer = sent if sent and abs(aside) < width else 1 if aside >= 0 else -1
        sent = sides.setdefault((key, other.name), nearer if fits[nearer] or not fits[-nearer] else -nearer)
        x += (_between(clear[sent], *reach) - x) * share * _smooth(1 + deep / soft)
    return x


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
