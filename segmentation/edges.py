"""A box's sides drawn towards where the car's mask ends, where the mask ends sharply and on nothing but road."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Float32s = npt.NDArray[np.float32]

REACH = 0.1  # of a box: further from it the mask is not believed
TRUST = (
    0.6  # of the way to the mask's end a side goes at the most. On simulated clips (a mask that ends at 3.5 logits a cell at the
)
# median) box IoU rose by .006 to .014; on real ones, whose masks were learnt from boxes and end at 2 to 2.7, it stayed within .004.
BLUNT, SHARP = 1.8, 3.4  # logits a cell across the mask's end: from where it is believed at all, and from where as far as that
LEAST_CELLS = 10, 5  # width and height of a car whose mask has ends to speak of
BODY = (
    0.1,
    0.15,
    0.1,
    0.05,
)  # of a box at its left, top, right and foot: left out where the mask's reach across it is looked for


def sharpened(logits: Float32s, box: Floats, others: Sequence[Floats]) -> Floats:
    """Return a box with its sides nearer to its mask's ends.

    Args:
        logits: (h, w) of the mask, 0 where a cell is half covered.
        box: (4,), in cells of it from its outer edge.
        others: The boxes of the other cars, in whose direction a mask's end is that of both.
    """
    size = np.tile(box[2:] - box[:2], 2)
    if size[0] < LEAST_CELLS[0] or size[1] < LEAST_CELLS[1]:
        return box
    outwards = np.array([-1.0, -1.0, 1.0, 1.0])
    left, top, right, foot = _cells(box + 1.3 * REACH * size * outwards, logits.shape)
    inner = _cells(box - np.array(BODY) * size * outwards, logits.shape)
    across = logits[inner[1] : inner[3], left:right].max(0)
    down = logits[top:foot, inner[0] : inner[2]].max(1)
    ends = [*_ends(across), *_ends(down)]
    if np.isnan(ends[0][0]) or np.isnan(ends[2][0]):
        return box
    (x1, x1_steep), (x2, x2_steep), (y1, y1_steep), (y2, y2_steep) = ends
    mask = np.clip([x1 + left, y1 + top, x2 + left, y2 + top], box - REACH * size, box + REACH * size)
    trust = TRUST * np.clip((np.array([x1_steep, y1_steep, x2_steep, y2_steep]) - BLUNT) / (SHARP - BLUNT), 0, 1)
    trust[[_meets(strip, others) for strip in _strips(box, size)]] = 0
    sides: Floats = box + trust * (mask - box)
    return sides


def _ends(profile: Float32s) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return where a profile first and last is a car, in cells from its outer edge, and how steep it is there; NaN where it never is."""
    inside = np.flatnonzero(profile > 0)
    if not len(inside):
        return (np.nan, 0.0), (np.nan, 0.0)
    first, last = int(inside[0]), int(inside[-1])
    begin, end = (first + 0.5, 0.0), (last + 0.5, 0.0)
    if first > 0:
        steep = float(profile[first] - profile[first - 1])
        begin = first + 0.5 - float(profile[first]) / steep, steep
    if last < len(profile) - 1:
        steep = float(profile[last] - profile[last + 1])
        end = last + 0.5 + float(profile[last]) / steep, steep
    return begin, end


def _cells(box: Floats, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    x1, y1 = (max(int(edge), 0) for edge in np.floor(box[:2]))
    x2, y2 = np.ceil(box[2:]).astype(int).tolist()
    return x1, y1, min(x2, shape[1]), min(y2, shape[0])


def _strips(box: Floats, size: Floats) -> tuple[Floats, ...]:
    """Return the strips beyond a box's left, upper, right and lower side, as far as the mask is believed."""
    (x1, y1, x2, y2), (wide, high) = box, REACH * size[:2]
    return (
        np.array([x1 - wide, y1, x1, y2]),
        np.array([x1, y1 - high, x2, y1]),
        np.array([x2, y1, x2 + wide, y2]),
        np.array([x1, y2, x2, y2 + high]),
    )


def _meets(strip: Floats, others: Sequence[Floats]) -> bool:
    return any(other[0] < strip[2] and other[2] > strip[0] and other[1] < strip[3] and other[3] > strip[1] for other in others)
