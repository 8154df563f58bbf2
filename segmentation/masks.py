"""From the network's answer to cars: one mask and one box each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from segmentation.edges import MASK_LOGIT, ONWARD_LOGIT, grown, sharpened

Floats = npt.NDArray[np.float64]
Float32s = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

STRIDE = 4  # input pixels a cell of the answer; the network's
SIZE_UNIT_PX = 16.0  # unit of the answer's log distances; the network's
CENTRE_SCORE = 0.3  # a weaker centre is no car
DOUBTFUL_SCORE = 0.2  # a weaker one is not worth a closer look
# A weaker car must show in a sharper look too. In 79 pictures held out 11 that were none did not, all weaker than 0.41, and every car did;
# in pictures learnt from some far cars in spray do not, most of them surer.
WEAK = 0.45
NEIGHBOURS = np.ones((3, 3), np.uint8)  # a peak is no lower than the cells around it
SAME_CAR = 0.45  # boxes that overlap by more (intersection over union) are one car …
INSIDE = 0.75  # … and so is a box that lies in another by more of its own area
GROWN = 0.06  # of a box on each side: mirrors and wing tips reach a little over it
EDGE = 0.02  # of a look's width: a car that ends nearer to its edge may go on outside
# A car that the picture's edge cuts may show no centre but a body: as wide as this share of the picture at the least (cars nearby), on
# average so sure, and this full. Of 51 cars held out 4 more were found so with one training's weights and 2 with another's, and none where
# there was none. It reaches as far as a lone picture's boxes follow masks; of 38 cars of another onboard held out, one whose mask fades
# before the edge is found so too; the boxes of three others gained .05 to .12 of IoU, and one lost .02.
CUT_WIDTH, CUT_SURE, CUT_FULL = 0.06, 0.75, 0.4
LEAST_COVER = 0.12  # of a box by its mask: centres without a body under them are reflections and signs


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One answer of the network: (7, h, w) logits and log distances, and the region of the picture that it saw, in pixels."""

    values: Float32s
    region_xyxy: tuple[int, int, int, int]

    @property
    def cell_px(self) -> float:
        """How many of the picture's pixels a cell is wide."""
        return (self.region_xyxy[2] - self.region_xyxy[0]) / float(self.values.shape[2])


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One car.

    Attributes:
        xyxy: Its box in the picture's pixels.
        score: How sure the network is.
        mask: Its mask stretched over the whole picture.
        cell_px: How many of the picture's pixels a cell was wide in the look that shows it.
    """

    xyxy: Floats
    score: float
    mask: Bools
    cell_px: float


def read_answer(look: Look, size_wh: tuple[int, int], mask_wh: tuple[int, int], *, grow: bool = False) -> list[Answer]:
    """Return the cars in one look, the largest first; their masks are `mask_wh` wide and high over a picture of `size_wh`.

    A car is a peak of the centre map; its box reaches from the peak's cell as far as the network says (Zhou et al. 2019,
    "Objects as Points"; distances to the sides as in Tian et al. 2019, FCOS), drawn towards where the class map ends sharply. Its
    mask is what of the class map lies in the box, so a stray pixel elsewhere never stretches a box. Where boxes may `grow`, they follow
    a class map that goes on beyond them.
    """
    body, kept = look.values[0], _centred(look.values, CENTRE_SCORE)
    cells = [box / STRIDE for box, _ in kept]
    for draw in (sharpened, grown) if grow else (sharpened,):
        cells = [draw(body, cell, cells[:at] + cells[at + 1 :]) for at, cell in enumerate(cells)]
    kept = [(cell * STRIDE, score) for cell, (_, score) in zip(cells, kept, strict=True)]
    answers = [
        Answer(_to_picture(box, look, body.shape), score, _mask(body, box, look, size_wh, mask_wh), look.cell_px)
        for box, score in kept
    ]
    return sorted(answers, key=lambda car: -area(car.xyxy))


def doubtful(looks: Sequence[Look], found: Sequence[Answer]) -> list[Floats]:
    """Return the boxes where looks show what may be further cars, the likeliest first, each once."""
    seen = [
        (score, _to_picture(box, look, look.values.shape[1:]))
        for look in looks
        for box, score in _centred(look.values, DOUBTFUL_SCORE)
    ]
    boxes: list[Floats] = []
    for _, box in sorted(seen, key=lambda one: -one[0]):
        if not any(_shared(box, known) for known in [*(car.xyxy for car in found), *boxes]):
            boxes.append(box)
    return boxes


def _centred(values: Float32s, least_score: float) -> list[tuple[Floats, float]]:
    """Return the boxes of centres that have a body under them, in input pixels, with their scores, the surest first."""
    body, centre = values[0], values[2]
    least = math.log(least_score / (1 - least_score))
    peaks = np.argwhere((centre >= least) & (centre == cv2.dilate(centre, NEIGHBOURS)))
    order = np.argsort(-centre[peaks[:, 0], peaks[:, 1]], kind="stable")
    kept: list[tuple[Floats, float]] = []
    for row, column in peaks[order]:
        box = _box(values, int(row), int(column))
        if not any(_same(box, other) for other, _ in kept) and _cover(body, box) >= LEAST_COVER:
            kept.append((box, float(_sigmoid(centre[row, column]))))
    return kept


def add_cut(look: Look, found: Sequence[Answer], size_wh: tuple[int, int], mask_wh: tuple[int, int]) -> list[Answer]:
    """Return the cars found, and those that the left or right edge of a look at the whole picture cuts so that no centre shows.

    What of the class map reaches the edge in one piece is a car, where none of those found lies on it. How sure it is,
    its surer part says: towards its rim it is less so.
    """
    body = _sigmoid(look.values[0])
    _, pieces, stats, _ = cv2.connectedComponentsWithStats((look.values[0] > ONWARD_LOGIT).astype(np.uint8), connectivity=4)
    cars = []
    for number, (x, y, wide, high, cells) in enumerate(stats[1:].tolist(), start=1):
        piece = body[pieces == number]
        sure = float(piece[piece > 0.5].mean()) if (piece > 0.5).any() else 0.0
        if wide < CUT_WIDTH * body.shape[1] or sure < CUT_SURE or cells < CUT_FULL * wide * high:
            continue
        # The class map is less sure in its last column.
        left, right = (0 if x <= 1 else x), (body.shape[1] if x + wide >= body.shape[1] - 1 else x + wide)
        if left > 0 and right < body.shape[1]:
            continue
        box = np.array([left, y, right, y + high], np.float64) * STRIDE
        xyxy = _to_picture(box, look, body.shape)
        if not any(_shared(xyxy, car.xyxy) for car in found):
            cars.append(Answer(xyxy, sure / 2, _mask(look.values[0], box, look, size_wh, mask_wh), look.cell_px))
    return sorted([*found, *cars], key=lambda car: -area(car.xyxy))


def merge(first: list[Answer], second: list[Answer], look: Look) -> list[Answer]:
    """Return the cars found so far and those of a further look, each once.

    Inside its region a sharper look knows better: a weak car that it does not show there is none.
    """
    sharper = [
        car
        for car in second
        # A car cut by the region's edge is seen whole only in the first look.
        if _lies_inside(car, look) or not any(overlap(car.xyxy, other.xyxy) > 0.2 for other in first)
    ]
    rest = [
        car
        for car in first
        if not any(_same(car.xyxy, other.xyxy) for other in sharper)
        and not (car.score < WEAK and look.cell_px < car.cell_px and _lies_inside(car, look, whole=True))
    ]
    return sorted(sharper + rest, key=lambda car: -area(car.xyxy))


def _lies_inside(car: Answer, look: Look, *, whole: bool = False) -> bool:
    """Return whether a look's region goes on to the left and right of a car, and, where it is to hold it whole, above and below."""
    x1, y1, x2, y2 = look.region_xyxy
    margin = EDGE * (x2 - x1)
    across = car.xyxy[0] > x1 + margin and car.xyxy[2] < x2 - margin
    return bool(across and (not whole or (car.xyxy[1] > y1 and car.xyxy[3] < y2)))


def overlap(first: Floats, second: Floats) -> float:
    """Return the intersection over union of two (4,) boxes."""
    shared = _shared(first, second)
    return shared / (area(first) + area(second) - shared) if shared else 0.0


def area(box: Floats) -> float:
    """Return the area of a (4,) box."""
    return float((box[2] - box[0]) * (box[3] - box[1]))


def _shared(first: Floats, second: Floats) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return float(width * height) if width > 0 and height > 0 else 0.0


def _same(first: Floats, second: Floats) -> bool:
    smaller = max(min(area(first), area(second)), 1e-6)
    return overlap(first, second) > SAME_CAR or _shared(first, second) / smaller > INSIDE


def _sigmoid(values: Float32s) -> Float32s:
    return (1 / (1 + np.exp(-values))).astype(np.float32)


def _box(values: Float32s, row: int, column: int) -> Floats:
    """Return the box that a cell tells of, in input pixels; its neighbours say the same from beside it and are averaged in."""
    rows = slice(max(row - 1, 0), row + 2)
    columns = slice(max(column - 1, 0), column + 2)
    weight = _sigmoid(values[2, rows, columns]).astype(np.float64) ** 2
    sides = np.exp(values[3:7, rows, columns].astype(np.float64)) * SIZE_UNIT_PX
    ys, xs = np.mgrid[rows.start : rows.start + weight.shape[0], columns.start : columns.start + weight.shape[1]]
    px, py = (xs + 0.5) * STRIDE, (ys + 0.5) * STRIDE
    boxes = np.stack([px - sides[0], py - sides[1], px + sides[2], py + sides[3]])
    box = (boxes * weight).sum((1, 2)) / weight.sum()
    height, width = values.shape[1] * STRIDE, values.shape[2] * STRIDE
    inside: Floats = np.clip(box, 0, [width, height, width, height])
    return inside


def _cells(box: Floats, shape: tuple[int, ...]) -> tuple[slice, slice]:
    x1, y1 = np.floor(box[:2] / STRIDE).astype(int)
    x2, y2 = np.ceil(box[2:] / STRIDE).astype(int)
    return slice(max(y1, 0), min(max(y2, y1 + 1), shape[0])), slice(max(x1, 0), min(max(x2, x1 + 1), shape[1]))


def _cover(logits: Float32s, box: Floats) -> float:
    part = logits[_cells(box, logits.shape)]
    return float(_sigmoid(part).mean()) if part.size else 0.0


def _to_picture(box: Floats, look: Look, shape: tuple[int, ...]) -> Floats:
    x1, y1, x2, y2 = look.region_xyxy
    scale = np.array([(x2 - x1) / (shape[1] * STRIDE), (y2 - y1) / (shape[0] * STRIDE)])
    moved: Floats = box * np.tile(scale, 2) + [x1, y1, x1, y1]
    return moved


def _mask(logits: Float32s, box: Floats, look: Look, size_wh: tuple[int, int], mask_wh: tuple[int, int]) -> Bools:
    """Return the car's (h, w) mask, stretched over the whole picture.

    Between cells the logits are interpolated, so that an edge lies where it is and not on the grid. The box, a little grown, bounds
    the mask: what lies elsewhere is another car.
    """
    mask = np.zeros(mask_wh[::-1], bool)
    x1, y1, x2, y2 = look.region_xyxy
    cells_x = (x2 - x1) / size_wh[0] * mask_wh[0] / logits.shape[1]  # mask pixels a cell
    cells_y = (y2 - y1) / size_wh[1] * mask_wh[1] / logits.shape[0]
    left, top = x1 / size_wh[0] * mask_wh[0], y1 / size_wh[1] * mask_wh[1]
    grow = GROWN * (box[2:] - box[:2])
    bounds = np.r_[box[:2] - grow, box[2:] + grow] / STRIDE * np.array([cells_x, cells_y] * 2) + [left, top] * 2
    columns = np.arange(max(round(bounds[0]), 0), min(round(bounds[2]), mask_wh[0]))
    rows = np.arange(max(round(bounds[1]), 0), min(round(bounds[3]), mask_wh[1]))
    if len(columns) and len(rows):
        at_x, at_y = (columns + 0.5 - left) / cells_x - 0.5, (rows + 0.5 - top) / cells_y - 0.5
        part = _between(_between(logits, at_y).T, at_x).T > MASK_LOGIT
        mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = part
    return mask


def _between(values: Float32s, at: Floats) -> Float32s:
    """Return the rows of (h, w) values at the (n,) fractional places, by lines between rows."""
    at = np.clip(at, 0, len(values) - 1)
    low = np.minimum(at.astype(int), max(len(values) - 2, 0))
    share = (at - low).astype(np.float32)[:, None]
    lines: Float32s = values[low] * (1 - share) + values[np.minimum(low + 1, len(values) - 1)] * share
    return lines
