"""Cars pasted into other real pictures: real ones far off, simulated ones of any size, on another track, in other light.

What a network learns of simulated cars before simulated roads it need not find before real ones, and the labelled real cars are few,
most of them far off in the rain. Pasted into real pictures, simulated cars are seen beside us, dark, blurred and broken by the codec as
real ones are (Dwibedi et al. 2017, "Cut, Paste and Learn").
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from segmentation.cuttings import Cutting, touches
from segmentation.dataset import Bytes, Labelled

Floats = npt.NDArray[np.float64]
Float32s = npt.NDArray[np.float32]

MOST = 3  # cars pasted into one picture
EXACT = 0.5  # of them are simulated ones where there are both kinds
NARROWEST, WIDEST, WIDEST_EXACT = 0.011, 0.25, 0.45  # of the picture's width: a pasted car's; a simulated one may be beside us
LARGER, LARGER_EXACT = 1.6, 3.5  # at most: a real car blown up further is blurred as no lens blurs it; simulated ones are sharper
HORIZON = (0.26, 0.42)  # of the picture's height, where the horizon lies on most onboards
BELOW_HORIZON = 0.55  # of its width a car's wheels stand below the horizon, seen from a camera about 1.1 m above the road
SEEN = 0.5  # of a simulated car lies neither beyond the picture's edge nor behind the own car
DARKEST = 0.35  # of its light that a simulated car keeps at least: many real ones are dark before a bright street


def paste(labelled: Labelled, cuttings: Sequence[Cutting], dice: np.random.Generator) -> Labelled:
    """Return a box-labelled picture with a few cars more; one with exact masks as it is."""
    if labelled.ids is not None:
        return labelled
    rgb, boxes = labelled.rgb.copy(), labelled.boxes_xyxy
    horizon = dice.uniform(*HORIZON) * rgb.shape[0]
    kinds = [kind for exact in (False, True) if (kind := [it for it in cuttings if it.exact is exact])]
    for _ in range(int(dice.integers(1, MOST + 1))):
        kind = kinds[-1] if dice.random() < EXACT else kinds[0]
        cutting = kind[int(dice.integers(len(kind)))]
        put = _put_exact if cutting.exact else _put
        box = put(rgb, cutting, boxes, labelled.own_xyxy, horizon, dice)
        if box is not None:
            boxes = np.vstack([boxes, box])
    return replace(labelled, rgb=rgb, boxes_xyxy=boxes)


def _put(rgb: Bytes, cutting: Cutting, boxes: Floats, own: Floats, horizon: float, dice: np.random.Generator) -> Floats | None:
    """Paste a car with its road into a picture, in place, and return its box; None, and nothing done, where it has no room."""
    height, width = rgb.shape[:2]
    patch, share, box = _sized(cutting, width, WIDEST, LARGER, dice)
    y = _top(box, horizon, dice)
    x = int(dice.uniform(0, width - patch.shape[1]))
    at: Floats = box + np.array([x, y, x, y])
    if y < 0 or y + patch.shape[0] > height or touches(at, np.vstack([boxes, own])):
        return None
    _blend(rgb, patch, share, (x, y), dice)
    return at


def _put_exact(
    rgb: Bytes, cutting: Cutting, boxes: Floats, own: Floats, horizon: float, dice: np.random.Generator
) -> Floats | None:
    """Paste a simulated car into a picture, in place, partly beyond its edge or behind the own car, and return the box of what is seen."""
    height, width = rgb.shape[:2]
    patch, share, box = _sized(cutting, width, WIDEST_EXACT, LARGER_EXACT, dice)
    y = _top(box, horizon, dice)
    beyond = (box[2] - box[0]) * (1 - SEEN)
    x = int(dice.uniform(-beyond, width - patch.shape[1] + beyond))
    if y < 0 or y + patch.shape[0] > height or touches(box + np.array([x, y, x, y]), boxes):
        return None
    whole = float((share > 0.5).sum())
    left, right = max(-x, 0), min(width - x, patch.shape[1])
    patch, share, x = patch[:, left:right], share[:, left:right].copy(), x + left
    for x1, y1, x2, y2 in (own - [x, y, x, y]).astype(int):
        share[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = 0
    seen = np.argwhere(share[..., 0] > 0.5)
    if len(seen) < SEEN * whole:
        return None
    (top, first), (foot, last) = seen.min(0), seen.max(0) + 1
    _blend(rgb, patch * np.float32(dice.uniform(DARKEST, 1.0)), share, (x, y), dice)
    return np.array([first + x, top + y, last + x, foot + y], float)


def _sized(
    cutting: Cutting, picture_width: int, widest: float, larger: float, dice: np.random.Generator
) -> tuple[Float32s, Float32s, Floats]:
    """Return a cutting's (h, w, 3) RGB, its (h, w, 1) share and its box, in some size and perhaps mirrored."""
    wide = picture_width * np.exp(dice.uniform(np.log(NARROWEST), np.log(widest)))
    scale = min(wide / (cutting.box[2] - cutting.box[0]), larger)
    height, width = cutting.share.shape
    size = (max(round(width * scale), 4), max(round(height * scale), 4))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    patch = np.asarray(cv2.resize(cutting.rgb, size, interpolation=method), np.float32)
    share = np.asarray(cv2.resize(cutting.share, size, interpolation=method), np.float32)[..., None] / np.float32(255)
    box = cutting.box * np.array([size[0] / width, size[1] / height] * 2)
    if dice.random() < 0.5:
        patch, share = patch[:, ::-1], share[:, ::-1]
        box = np.array([size[0] - box[2], box[1], size[0] - box[0], box[3]])
    return patch, share, box


def _top(box: Floats, horizon: float, dice: np.random.Generator) -> int:
    """Return the row at which a cutting begins for its car to stand on the road."""
    return int(horizon + BELOW_HORIZON * (box[2] - box[0]) * dice.uniform(0.7, 1.3) - box[3])


def _blend(rgb: Bytes, patch: Float32s, share: Float32s, at_xy: tuple[int, int], dice: np.random.Generator) -> None:
    x, y = at_xy
    place = rgb[y : y + patch.shape[0], x : x + patch.shape[1]]
    place[:] = _matched(patch, share, place, dice.uniform(0.3, 1.0)) * share + place * (1 - share)


def _matched(patch: Float32s, share: Float32s, place: Bytes, strength: float) -> Float32s:
    """Return the patch in the light of its new place: what fades out around the car is brought to what lies there."""
    rim = 1 - share + 1e-3
    here = (patch * rim).sum((0, 1)) / rim.sum()
    there = (place * rim).sum((0, 1)) / rim.sum()
    gain = np.clip((there + 12) / (here + 12), 0.5, 2.0) ** strength
    lit: Float32s = np.clip(patch * gain, 0, 255).astype(np.float32)
    return lit
