"""What the network sees of a labelled picture in training: a piece of it, near or far, mirrored, in some weather."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from segmentation.augmentation import weather
from segmentation.cuttings import cut_out
from segmentation.dataset import Bytes, Labelled, resized_ids
from segmentation.pasting import paste
from segmentation.targets import Target, make_target

Floats = npt.NDArray[np.float64]

WHOLE = 0.25  # of the pieces are the whole picture, as the engine's first look is
NARROWEST = 0.16  # of the picture's width: the engine's magnified look goes no closer
AIMED = 0.6  # of the pieces are taken where a car is
SQUEEZE = 0.1  # lenses and broadcasters squeeze pictures by about this much
CHANGED = 0.85  # of the pieces get other weather, light or a worse codec
SEEN_SHARE = 0.2  # of a car must lie in the piece for it to be asked for
FLIP = 0.5
PASTED = 0.5  # of the pictures get cars of other pictures pasted in


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One training picture at the network's size, (h, w, 3) uint8 RGB, and what the network should answer."""

    rgb: Bytes
    target: Target


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Labelled pictures in groups, and how often a piece is taken from each group."""

    groups: Sequence[Sequence[Labelled]]
    shares: Sequence[float]

    def pieces(self, seed: int, size_wh: tuple[int, int], *, stride: int, unit_px: float) -> Iterator[Piece]:
        """Yield training pieces without end, the same ones for the same seed."""
        dice = np.random.default_rng(seed)
        chances = np.array(self.shares, float) / sum(self.shares)
        cuttings = cut_out(labelled for group in self.groups for labelled in group)
        while True:
            group = self.groups[int(dice.choice(len(self.groups), p=chances))]
            labelled = group[int(dice.integers(len(group)))]
            if cuttings and dice.random() < PASTED:
                labelled = paste(labelled, cuttings, dice)
            yield cut_piece(labelled, dice, size_wh, stride=stride, unit_px=unit_px)


def cut_piece(labelled: Labelled, dice: np.random.Generator, size_wh: tuple[int, int], *, stride: int, unit_px: float) -> Piece:
    """Return a random piece of a picture with its target; see `Target` for `stride` and `unit_px`."""
    width, height = size_wh
    x1, y1, x2, y2 = _region(labelled, dice, size_wh)
    shrinks = x2 - x1 > 1.3 * width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    rgb = np.asarray(cv2.resize(labelled.rgb[y1:y2, x1:x2], size_wh, interpolation=method), np.uint8)
    ids = None
    if labelled.ids is not None:
        ids = resized_ids(labelled.ids[y1:y2, x1:x2], size_wh)
    scale = np.array([width / (x2 - x1), height / (y2 - y1)] * 2)
    boxes, cut_off = _inside((labelled.boxes_xyxy - [x1, y1, x1, y1]) * scale, size_wh)
    own, _ = _inside((labelled.own_xyxy - [x1, y1, x1, y1]) * scale, size_wh)
    if dice.random() < FLIP:
        rgb = rgb[:, ::-1]
        ids = None if ids is None else np.ascontiguousarray(ids[:, ::-1])
        boxes, cut_off, own = (_mirrored(part, width) for part in (boxes, cut_off, own))
    rgb = np.ascontiguousarray(rgb)
    if dice.random() < CHANGED:
        rgb = weather(rgb, boxes, dice)
    target = make_target(boxes, own, ids, size_wh, stride=stride, unit_px=unit_px)
    _forgive(target, cut_off, stride=stride, exact=ids is not None)
    return Piece(rgb, target)


def _region(labelled: Labelled, dice: np.random.Generator, size_wh: tuple[int, int]) -> tuple[int, int, int, int]:
    height, width = labelled.rgb.shape[:2]
    if dice.random() < WHOLE:
        return 0, 0, width, height
    w = width * dice.uniform(NARROWEST, 1.0)
    h = min(w * size_wh[1] / size_wh[0] * dice.uniform(1 - SQUEEZE, 1 + SQUEEZE), height)
    x, y = dice.uniform(0, width), dice.uniform(0, height)
    if len(labelled.boxes_xyxy) and dice.random() < AIMED:
        box = labelled.boxes_xyxy[int(dice.integers(len(labelled.boxes_xyxy)))]
        x = (box[0] + box[2]) / 2 + dice.uniform(-0.4, 0.4) * w
        y = (box[1] + box[3]) / 2 + dice.uniform(-0.4, 0.4) * h
    left, top = float(np.clip(x - w / 2, 0, width - w)), float(np.clip(y - h / 2, 0, height - h))
    return int(left), int(top), min(int(np.ceil(left + w)), width), min(int(np.ceil(top + h)), height)


def _inside(boxes: Floats, size_wh: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return boxes clipped to the piece: those that show enough of a car, and those that show too little to be asked for."""
    area = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1e-6)
    clipped = np.clip(boxes, 0, [*size_wh, *size_wh])
    seen = (clipped[:, 2] - clipped[:, 0]) * (clipped[:, 3] - clipped[:, 1]) / area
    return clipped[seen > SEEN_SHARE], clipped[(seen > 0) & (seen <= SEEN_SHARE)]


def _mirrored(boxes: Floats, width: int) -> Floats:
    return np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], axis=1)


def _forgive(target: Target, boxes: Floats, *, stride: int, exact: bool) -> None:
    """Ask nothing where a car is nearly all outside the piece."""
    for x1, y1, x2, y2 in boxes / stride:
        rows, columns = slice(max(int(y1) - 1, 0), int(y2) + 2), slice(max(int(x1) - 1, 0), int(x2) + 2)
        asked = target.centre[rows, columns] > 0.3
        target.centre_weight[rows, columns] = np.where(asked, target.centre_weight[rows, columns], 0)
        if not exact:
            target.class_weight[0, rows, columns] = 0
