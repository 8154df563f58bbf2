"""Cars cut out of labelled pictures, to be pasted into others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from segmentation.dataset import OWN_CAR, Bytes, Labelled, boxes_of

Floats = npt.NDArray[np.float64]

LEAST_PX = 36  # of width: smaller cars are not worth showing again
MARGIN = 0.22  # of the box on each side: road around the car, in which the cutting fades out
SOFT_PX = 0.6  # an exact mask's edge is softened by about a lens's blur
FULL = 0.4  # of a simulated car's box that its mask fills at least: others stand before a car that fills less


@dataclass(frozen=True, slots=True, eq=False)
class Cutting:
    """A car with the road around it: (h, w, 3) RGB, (h, w) how much of it is pasted, 255 all, and its (4,) box in it.

    `exact` where that comes from a mask, which knows the car from the road in its box.
    """

    rgb: Bytes
    share: Bytes
    box: Floats
    exact: bool


def cut_out(pictures: Iterable[Labelled]) -> list[Cutting]:
    """Return the cars that lie free, neither cut by the edge nor touching another car: of onboards with boxes, and of exact masks."""
    found: list[Cutting] = []
    for labelled in pictures:
        if labelled.ids is not None:
            found.extend(_masked(labelled.rgb, labelled.ids))
        elif len(labelled.own_xyxy):
            found.extend(_boxed(labelled))
    return found


def touches(box: Floats, others: Floats) -> bool:
    """Return whether a (4,) box shares a pixel with one of (n, 4) others."""
    return bool(((others[:, 0] < box[2]) & (others[:, 2] > box[0]) & (others[:, 1] < box[3]) & (others[:, 3] > box[1])).any())


def _boxed(labelled: Labelled) -> Iterator[Cutting]:
    """Yield the cars of a picture with boxes, each with road around it that fades out."""
    height, width = labelled.rgb.shape[:2]
    for index, box in enumerate(labelled.boxes_xyxy):
        others = np.vstack([np.delete(labelled.boxes_xyxy, index, axis=0), labelled.own_xyxy])
        x1, y1, x2, y2 = _grown(box)
        if x1 < 0 or y1 < 0 or x2 > width or y2 > height or box[2] - box[0] < LEAST_PX or touches(box, others):
            continue
        rows, columns = np.mgrid[y1:y2, x1:x2]
        size = (box[2:] - box[:2]) * MARGIN
        out_x = np.maximum(np.maximum(box[0] - columns, columns - box[2]), 0) / size[0]
        out_y = np.maximum(np.maximum(box[1] - rows, rows - box[3]), 0) / size[1]
        share = np.clip(1 - np.hypot(out_x, out_y), 0, 1) ** 0.7
        yield Cutting(labelled.rgb[y1:y2, x1:x2].copy(), (share * 255).astype(np.uint8), box - [x1, y1, x1, y1], False)


def _masked(rgb: Bytes, ids: Bytes) -> Iterator[Cutting]:
    """Yield the cars of a picture with exact masks."""
    height, width = ids.shape
    for box in boxes_of(ids):
        x1, y1, x2, y2 = _grown(box)
        part = ids[int(box[1]) : int(box[3]), int(box[0]) : int(box[2])]
        number = int(np.bincount(part[(part > 0) & (part < OWN_CAR)], minlength=1).argmax())
        car = part == number
        whole = x1 >= 0 and y1 >= 0 and x2 <= width and y2 <= height
        if not whole or car.shape[1] < LEAST_PX or car.mean() < FULL or (part[~car] > 0).any():
            continue
        share = cv2.GaussianBlur((ids[y1:y2, x1:x2] == number).astype(np.float32) * 255, (0, 0), SOFT_PX)
        yield Cutting(rgb[y1:y2, x1:x2].copy(), np.asarray(share).round().astype(np.uint8), box - [x1, y1, x1, y1], True)


def _grown(box: Floats) -> list[int]:
    margin = MARGIN * (box[2:] - box[:2])
    return [int(edge) for edge in np.r_[box[:2] - margin, box[2:] + margin].round()]
