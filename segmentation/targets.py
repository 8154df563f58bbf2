"""What the network should answer for a training picture."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Float32s = npt.NDArray[np.float32]

SMALLEST_PX = 3.0  # a car narrower than this in the network's input teaches nothing and is not counted against it
CORE = 0.62  # of a box's half size: an ellipse this large lies on the car in nearly every box we looked at


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The wanted answer on the network's grid, (h, w) = input / stride.

    Attributes:
        classes: (2, h, w) float32, how much of each cell is another car and the own car.
        class_weight: (2, h, w) float32, 0 where that is unknown.
        centre: (h, w) float32, 1 at a car's centre, falling off around it.
        centre_weight: (h, w) float32, 0 where a car is too small to ask for.
        sides: (4, h, w) float32, log of the distances from the cell to left, top, right, bottom in units.
        sides_weight: (h, w) float32, how much the sides count there.
    """

    classes: Float32s
    class_weight: Float32s
    centre: Float32s
    centre_weight: Float32s
    sides: Float32s
    sides_weight: Float32s


def _ellipse(shape: tuple[int, int], box: Floats, size: float) -> Bytes:
    canvas = np.zeros(shape, np.uint8)
    centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    half = (max((box[2] - box[0]) / 2 * size, 0.5), max((box[3] - box[1]) / 2 * size, 0.5))
    cv2.ellipse(canvas, (round(centre[0]), round(centre[1])), (round(half[0]), round(half[1])), 0, 0, 360, 1, -1)
    return canvas


def _rectangle(shape: tuple[int, int], box: Floats, grow: float = 0.0) -> tuple[slice, slice]:
    x1, y1 = np.floor(box[:2] - grow).astype(int)
    x2, y2 = np.ceil(box[2:] + grow).astype(int)
    return slice(max(y1, 0), min(y2, shape[0])), slice(max(x1, 0), min(x2, shape[1]))


def _shrink(image: Float32s, stride: int) -> Float32s:
    height, width = image.shape
    small: Float32s = image.reshape(height // stride, stride, width // stride, stride).mean((1, 3))
    return small


def make_target(
    boxes: Floats, own_boxes: Floats, ids: Bytes | None, size_wh: tuple[int, int], *, stride: int, unit_px: float
) -> Target:
    """Return the wanted answer for one input picture.

    Args:
        boxes: (n, 4) other cars in input pixels, clipped to the picture.
        own_boxes: (m, 4) own car in input pixels.
        ids: (h, w) exact ids (255 own car, k others), None where only boxes are known: then an ellipse in each box is surely
            car, the rest of the box is unknown, and all outside is surely none.
        size_wh: Width and height of the input.
        stride: Input pixels a cell.
        unit_px: The unit of the sides.
    """
    width, height = size_wh
    shape = (height, width)
    other, own = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    other_weight, own_weight = np.ones(shape, np.float32), np.ones(shape, np.float32)
    if ids is not None:
        other[(ids > 0) & (ids < 255)] = 1
        own[ids == 255] = 1
    else:
        for box in own_boxes:
            own_weight[_rectangle(shape, box)] = 0
        for box in boxes:
            other_weight[_rectangle(shape, box, grow=1)] = 0
        for box in boxes:
            core = _ellipse(shape, box, CORE) > 0
            other[core], other_weight[core] = 1, 1
    grid = (height // stride, width // stride)
    centre, centre_weight = np.zeros(grid, np.float32), np.ones(grid, np.float32)
    sides, sides_weight = np.zeros((4, *grid), np.float32), np.zeros(grid, np.float32)
    ys, xs = np.mgrid[: grid[0], : grid[1]].astype(np.float32)
    px, py = (xs + 0.5) * stride, (ys + 0.5) * stride
    # Near cars last, so that they own the cells where cars overlap.
    for box in boxes[np.argsort((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))]:
        w, h = box[2] - box[0], box[3] - box[1]
        if w < SMALLEST_PX or h < SMALLEST_PX / 2:
            centre_weight[_rectangle(grid, box / stride, grow=1)] = 0
            continue
        cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        spread = np.maximum(np.array([w, h]) / stride * 0.11, 0.6)
        cell_x, cell_y = min(int(cx / stride), grid[1] - 1), min(int(cy / stride), grid[0] - 1)
        bump = np.exp(-0.5 * (((xs - cell_x) / spread[0]) ** 2 + ((ys - cell_y) / spread[1]) ** 2)).astype(np.float32)
        centre = np.maximum(centre, bump)
        near = (bump > 0.3) & (bump >= sides_weight)
        reach = np.stack([px - box[0], py - box[1], box[2] - px, box[3] - py])
        inside = near & (reach.min(0) > 0.25)
        inside[cell_y, cell_x] = True
        sides[:, inside] = np.log(np.maximum(reach[:, inside], 0.25) / unit_px)
        sides_weight[inside] = bump[inside]
    classes = np.stack([_shrink(other, stride), _shrink(own, stride)])
    weight = np.stack([_shrink(other_weight, stride), _shrink(own_weight, stride)])
    return Target(classes, np.floor(weight + 1e-6), centre, centre_weight, sides, sides_weight)
