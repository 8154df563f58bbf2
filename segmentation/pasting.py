"""Real cars pasted into other real pictures, mostly smaller: the same car far off, on another track, in other light."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from segmentation.dataset import Bytes, Labelled

Floats = npt.NDArray[np.float64]
Float32s = npt.NDArray[np.float32]

LEAST_PX = 36  # of width: smaller cars are not worth showing again
MARGIN = 0.22  # of the box on each side: road around the car, in which the cutting fades out
NARROWEST_PX, WIDEST_PX = 0.011, 0.25  # of the picture's width that a pasted car is wide
LARGER = 1.6  # at most: a car blown up further is blurred as no lens blurs it
HORIZON = (0.26, 0.42)  # of the picture's height, where the horizon lies on most onboards
BELOW_HORIZON = 0.55  # of its width a car's wheels stand below the horizon, seen from a camera about 1.1 m above the road
MOST = 3  # cars pasted into one picture


@dataclass(frozen=True, slots=True, eq=False)
class Cutting:
    """A car with the road around it: (h, w, 3) float32 RGB, (h, w, 1) how much of it is pasted, and its (4,) box in it."""

    rgb: Float32s
    share: Float32s
    box: Floats


def cut_out(pictures: Iterable[Labelled]) -> list[Cutting]:
    """Return the cars of onboards with box labels that lie free: neither cut by the edge nor touching another car."""
    found = []
    for labelled in pictures:
        if labelled.ids is not None or not len(labelled.own_xyxy):
            continue
        height, width = labelled.rgb.shape[:2]
        for index, box in enumerate(labelled.boxes_xyxy):
            size = box[2:] - box[:2]
            grown = np.r_[box[:2] - MARGIN * size, box[2:] + MARGIN * size]
            others = np.vstack([np.delete(labelled.boxes_xyxy, index, axis=0), labelled.own_xyxy])
            inside = grown[0] >= 0 and grown[1] >= 0 and grown[2] <= width and grown[3] <= height
            if inside and size[0] >= LEAST_PX and not _touches(box, others):
                found.append(_cutting(labelled.rgb, box, grown))
    return found


def paste(labelled: Labelled, cuttings: Sequence[Cutting], dice: np.random.Generator) -> Labelled:
    """Return a box-labelled picture with a few cars more; one with exact masks as it is."""
    if labelled.ids is not None:
        return labelled
    height, width = labelled.rgb.shape[:2]
    rgb, boxes = labelled.rgb.copy(), labelled.boxes_xyxy
    horizon = dice.uniform(*HORIZON) * height
    for _ in range(int(dice.integers(1, MOST + 1))):
        cutting = cuttings[int(dice.integers(len(cuttings)))]
        wide = width * np.exp(dice.uniform(np.log(NARROWEST_PX), np.log(WIDEST_PX)))
        scale = min(wide / (cutting.box[2] - cutting.box[0]), LARGER)
        patch, share, box = _scaled(cutting, scale, mirrored=dice.random() < 0.5)
        wheels_y = horizon + BELOW_HORIZON * (box[2] - box[0]) * dice.uniform(0.7, 1.3)
        x, y = int(dice.uniform(0, width - patch.shape[1])), int(wheels_y - box[3])
        at = box + np.array([x, y, x, y])
        if y < 0 or y + patch.shape[0] > height or _touches(at, np.vstack([boxes, labelled.own_xyxy])):
            continue
        place = rgb[y : y + patch.shape[0], x : x + patch.shape[1]]
        place[:] = _matched(patch, share, place, dice.uniform(0.3, 1.0)) * share + place * (1 - share)
        boxes = np.vstack([boxes, at])
    return replace(labelled, rgb=rgb, boxes_xyxy=boxes)


def _cutting(rgb: Bytes, box: Floats, grown: Floats) -> Cutting:
    x1, y1, x2, y2 = grown.round().astype(int)
    rows, columns = np.mgrid[y1:y2, x1:x2]
    size = (box[2:] - box[:2]) * MARGIN
    out_x = np.maximum(np.maximum(box[0] - columns, columns - box[2]), 0) / size[0]
    out_y = np.maximum(np.maximum(box[1] - rows, rows - box[3]), 0) / size[1]
    share = np.clip(1 - np.hypot(out_x, out_y), 0, 1) ** 0.7
    return Cutting(rgb[y1:y2, x1:x2].astype(np.float32), share.astype(np.float32), box - [x1, y1, x1, y1])


def _scaled(cutting: Cutting, scale: float, *, mirrored: bool) -> tuple[Float32s, Float32s, Floats]:
    height, width = cutting.share.shape
    size = (max(round(width * scale), 4), max(round(height * scale), 4))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    patch = np.asarray(cv2.resize(cutting.rgb, size, interpolation=method), np.float32)
    share = np.asarray(cv2.resize(cutting.share, size, interpolation=method), np.float32)[..., None]
    box = cutting.box * np.array([size[0] / width, size[1] / height] * 2)
    if mirrored:
        patch, share = patch[:, ::-1], share[:, ::-1]
        box = np.array([size[0] - box[2], box[1], size[0] - box[0], box[3]])
    return patch, share, box


def _matched(patch: Float32s, share: Float32s, place: Bytes, strength: float) -> Float32s:
    """Return the patch in the light of its new place: what fades out around the car is brought to what lies there."""
    rim = 1 - share + 1e-3
    here = (patch * rim).sum((0, 1)) / rim.sum()
    there = (place * rim).sum((0, 1)) / rim.sum()
    gain = np.clip((there + 12) / (here + 12), 0.5, 2.0) ** strength
    lit: Float32s = np.clip(patch * gain, 0, 255).astype(np.float32)
    return lit


def _touches(box: Floats, others: Floats) -> bool:
    return bool(((others[:, 0] < box[2]) & (others[:, 2] > box[0]) & (others[:, 1] < box[3]) & (others[:, 3] > box[1])).any())
