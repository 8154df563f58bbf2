"""How good the finding is: each picture against its truth, and the sums over sequences."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentation.masks import overlap
from segmentation.track import Detections

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FOUND_IOU = 0.5
REFERENCE_PX = 1280.0  # pixels are counted in a picture this wide
VISIBLE_PX = 12.0  # a narrower car, in a picture of the reference width, is neither asked for nor counted against


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is really in a picture: (n, 4) boxes of other cars in its pixels, and the (h, w) mask of them all where it is known."""

    boxes_xyxy: Floats
    mask: Bools | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One picture's marks; None where the question does not arise.

    `nearest_found`: whether the largest true car is found. `first_right`: whether the largest car told is a true one. `nearest_iou`
    and `centre_percent` (of the box width): of the nearest car where it is found. `alarm`: whether a picture without a car shows one.
    `cars`, `cars_found`, `told`, `told_right`: counts over all cars.
    """

    sequence: str
    picture: str
    nearest_found: bool | None
    first_right: bool | None
    nearest_iou: float | None
    centre_percent: float | None
    alarm: bool | None
    dice: float | None
    mask_iou: float | None
    cars: int
    cars_found: int
    told: int
    told_right: int

    @property
    def badness(self) -> float:
        """How bad the picture is, to show the worst first."""
        missed = 2.0 if self.nearest_found is False else 0.0
        wrong = 1.5 if self.first_right is False or self.alarm else 0.0
        away = 0.0 if self.nearest_found is None else 1 - (self.nearest_iou or 0.0)
        return missed + wrong + away + (1 - self.dice if self.dice is not None else 0.0)


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of a sequence, or of all; NaN where nothing was asked.

    `jitter_px`, `tracked` and `steady_iou` are of a clip's steady track; see `ClipMarks`.
    """

    sequence: str
    pictures: int
    recall: float
    precision: float
    box_iou: float
    centre_percent: float
    false_alarms: float
    dice: float
    mask_iou: float
    recall_all: float
    precision_all: float
    jitter_px: float = float("nan")
    tracked: float = float("nan")
    steady_iou: float = float("nan")

    def to_json(self) -> dict[str, Any]:
        """Return the marks by name; null where nothing was asked."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in values.items()}


def judge(sequence: str, picture: Path | str, truth: Truth, found: Detections, width_px: float) -> Judged:
    """Return one picture's marks.

    Args:
        sequence: Its sequence.
        picture: Its name.
        truth: What is in it.
        found: What was found in it; masks as large as the truth's where that is known.
        width_px: Width of the view, of which the picture may be a tall piece, for what counts as visible.
    """
    true = truth.boxes_xyxy[np.argsort(-_areas(truth.boxes_xyxy), kind="stable")]
    asked = true[(true[:, 2] - true[:, 0]) * REFERENCE_PX / width_px >= VISIBLE_PX]
    told = found.xyxy[np.argsort(-_areas(found.xyxy), kind="stable")]
    best = [max(((overlap(car, box), box) for box in told), key=lambda pair: pair[0], default=(0.0, None)) for car in asked]
    right = [max((overlap(car, box) for car in true), default=0.0) >= FOUND_IOU for box in told]
    iou, box = best[0] if best else (0.0, None)
    hit = box is not None and iou >= FOUND_IOU
    dice, mask_iou = _mask_marks(truth.mask, found.mask)
    return Judged(
        sequence,
        str(picture),
        nearest_found=hit if len(asked) else None,
        first_right=right[0] if right else None,
        nearest_iou=iou if hit else None,
        centre_percent=_centre_percent(asked[0], box) if hit and box is not None else None,
        alarm=len(told) > 0 if not len(true) else None,
        dice=dice,
        mask_iou=mask_iou,
        cars=len(asked),
        cars_found=sum(iou >= FOUND_IOU for iou, _ in best),
        told=len(told),
        told_right=sum(right),
    )


@dataclass(slots=True)
class ClipMarks:
    """Gathers what only a clip can tell: whether the nearest visible car has a track, and how it trembles."""

    width_px: float
    _centres: dict[int, list[tuple[int, float, float]]] = field(default_factory=dict)
    _visible: int = 0
    _tracked: int = 0
    _iou: list[float] = field(default_factory=list)

    def add(self, frame_index: int, truth: Truth, boxes: Sequence[tuple[int, tuple[float, float, float, float]]]) -> None:
        """Take a frame's truth and its steady boxes as (track id, box)."""
        true = truth.boxes_xyxy[np.argsort(-_areas(truth.boxes_xyxy), kind="stable")]
        if not len(true) or (true[0, 2] - true[0, 0]) * REFERENCE_PX / self.width_px <= VISIBLE_PX:
            return
        self._visible += 1
        iou, track_id, box = max(
            ((overlap(true[0], np.array(box)), track_id, box) for track_id, box in boxes),
            key=lambda entry: entry[0],
            default=(0.0, 0, None),
        )
        if box is None or iou < 0.3:
            return
        self._tracked += 1
        self._iou.append(iou)
        scale = REFERENCE_PX / self.width_px
        place = (frame_index, (box[0] + box[2]) / 2 * scale, (box[1] + box[3]) / 2 * scale)
        self._centres.setdefault(track_id, []).append(place)

    @property
    def tracked(self) -> float:
        """Share of the frames with a visible nearest car in which a track lies on it."""
        return self._tracked / self._visible if self._visible else float("nan")

    @property
    def box_iou(self) -> float:
        """Mean overlap of the steady box with the nearest car where a track lies on it."""
        return float(np.mean(self._iou)) if self._iou else float("nan")

    @property
    def jitter_px(self) -> float:
        """Root mean square of the second difference of the box centre between frames, in pixels of a picture 1280 wide."""
        bends = []
        for places in self._centres.values():
            table = np.array(places)
            steady = (np.diff(table[:, 0])[1:] == 1) & (np.diff(table[:, 0])[:-1] == 1)
            bends.append(np.diff(table[:, 1:], n=2, axis=0)[steady])
        every = np.concatenate(bends) if bends else np.empty((0, 2))
        return float(np.sqrt((every**2).sum(1).mean())) if len(every) else float("nan")


def summed(judged: Sequence[Judged], name: str) -> Marks:
    """Return the marks over pictures."""
    told, cars = sum(one.told for one in judged), sum(one.cars for one in judged)
    return Marks(
        name,
        len(judged),
        recall=_mean(one.nearest_found for one in judged),
        precision=_mean(one.first_right for one in judged),
        box_iou=_mean(one.nearest_iou for one in judged),
        centre_percent=_mean(one.centre_percent for one in judged),
        false_alarms=_mean(one.alarm for one in judged),
        dice=_mean(one.dice for one in judged),
        mask_iou=_mean(one.mask_iou for one in judged),
        recall_all=sum(one.cars_found for one in judged) / cars if cars else float("nan"),
        precision_all=sum(one.told_right for one in judged) / told if told else float("nan"),
    )


def by_sequence(judged: Sequence[Judged]) -> list[Marks]:
    """Return the marks of each sequence in order of name, and at last of all together."""
    names = sorted({one.sequence for one in judged})
    each = [summed([one for one in judged if one.sequence == name], name) for name in names]
    return [*each, summed(judged, "all")]


def table(marks: Sequence[Marks]) -> list[str]:
    """Return the marks as lines of text."""
    width = max([len(one.sequence) for one in marks] + [8])
    head = f"{'sequence':<{width}}  pictures  recall  precision  box IoU  centre %  alarms   Dice  mask IoU  tracked  steady IoU  jitter px"
    lines = [head]
    for one in marks:
        numbers = (
            (one.recall, 6, 3),
            (one.precision, 9, 3),
            (one.box_iou, 7, 3),
            (one.centre_percent, 8, 2),
            (one.false_alarms, 6, 3),
            (one.dice, 5, 3),
            (one.mask_iou, 8, 3),
            (one.tracked, 7, 3),
            (one.steady_iou, 10, 3),
            (one.jitter_px, 9, 2),
        )
        cells = "  ".join(f"{'–':>{w}}" if np.isnan(value) else f"{value:{w}.{digits}f}" for value, w, digits in numbers)
        lines.append(f"{one.sequence:<{width}}  {one.pictures:8d}  {cells}")
    return lines


def _mean(values: Iterable[float | None]) -> float:
    known = [float(value) for value in values if value is not None]
    return float(np.mean(known)) if known else float("nan")


def _areas(boxes: Floats) -> Floats:
    areas: Floats = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return areas


def _centre_percent(true: Floats, told: Floats) -> float:
    away = np.hypot(*((true[:2] + true[2:] - told[:2] - told[2:]) / 2))
    return float(away / (true[2] - true[0]) * 100)


def _mask_marks(true: Bools | None, masks: Bools) -> tuple[float | None, float | None]:
    """Return Dice and intersection over union of all cars' masks, None where the picture truly has none."""
    if true is None or not true.any():
        return None, None
    told = masks.any(0) if len(masks) else np.zeros_like(true)
    both = float((told & true).sum())
    return 2 * both / float(told.sum() + true.sum()), both / float((told | true).sum())
