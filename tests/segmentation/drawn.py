"""Pictures, networks and exports made for tests."""

from pathlib import Path

import cv2
import numpy as np

from segmentation.dataset import Bytes
from segmentation.engine import ALONE_WH, CLOSE_WH, OUTPUTS, Float32s
from segmentation.masks import SIZE_UNIT_PX, STRIDE
from segmentation.regions import INPUT_WH

CAR_COLOUR = (200, 40, 40)


def scene(cars: list[tuple[int, int, int, int]], size_wh: tuple[int, int] = (384, 224), *, grey: int = 90) -> Bytes:
    """Return a grey picture with plain red cars in it."""
    picture = np.full((size_wh[1], size_wh[0], 3), grey, np.uint8)
    for x1, y1, x2, y2 in cars:
        picture[y1:y2, x1:x2] = CAR_COLOUR
    return picture


def answer(
    boxes: list[tuple[float, float, float, float]],
    stray: list[tuple[int, int]] | None = None,
    input_wh: tuple[int, int] = INPUT_WH,
) -> Float32s:
    """Return what a perfect network answers for cars that fill their boxes, in input pixels; `stray` cells are sure of a car too."""
    values = np.zeros((OUTPUTS, input_wh[1] // STRIDE, input_wh[0] // STRIDE), np.float32)
    values[:3] = -8
    ys, xs = np.mgrid[: values.shape[1], : values.shape[2]]
    px, py = (xs + 0.5) * STRIDE, (ys + 0.5) * STRIDE
    for x1, y1, x2, y2 in boxes:
        # The logit of the share of the cell that the car covers, as training asks for.
        cover = np.clip((np.minimum(px + STRIDE / 2, x2) - np.maximum(px - STRIDE / 2, x1)) / STRIDE, 0, 1) * np.clip(
            (np.minimum(py + STRIDE / 2, y2) - np.maximum(py - STRIDE / 2, y1)) / STRIDE, 0, 1
        )
        values[0] = np.maximum(values[0], np.log((cover + 1e-3) / (1 - cover + 1e-3)))
        row, column = int((y1 + y2) / 2 / STRIDE), int((x1 + x2) / 2 / STRIDE)
        near = (np.abs(ys - row) <= 1) & (np.abs(xs - column) <= 1)
        values[2][near] = -1
        values[2, row, column] = 3
        reach = np.stack([px - x1, py - y1, x2 - px, y2 - py])
        values[3:7, near] = np.log(np.maximum(reach[:, near], 0.25) / SIZE_UNIT_PX)
    for row, column in stray or []:
        values[0, row, column] = 6
    return values


class ColourNetwork:
    """A network that knows nothing but red cars; it sees what is put before it, as a real one does.

    Attributes:
        sizes_wh: Of the pictures it was asked about.
    """

    fingerprint = "red"

    def __init__(self) -> None:
        self.sizes_wh: list[tuple[int, int]] = []

    @property
    def looks(self) -> int:
        """How often it was asked."""
        return len(self.sizes_wh)

    def answer(self, rgb: Bytes) -> Float32s:
        """Return the boxes of red parts, 3 input pixels wide or more."""
        size_wh = (rgb.shape[1], rgb.shape[0])
        assert size_wh in (INPUT_WH, CLOSE_WH, ALONE_WH)
        self.sizes_wh.append(size_wh)
        red = ((rgb[..., 0].astype(int) - rgb[..., 1]) > 60).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(red)
        boxes = [(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h, _ in stats[1:] if w >= 6]
        return answer(boxes, input_wh=size_wh)


def cvat_masks(folder: Path, *, label: str = "car", frames: int = 3, objects: bool = True, grey: int = 90) -> Path:
    """Write an export "segmentation mask 1.1" with two cars a picture, and return its folder."""
    for part in ("JPEGImages", "SegmentationClass", "SegmentationObject"):
        (folder / part).mkdir(parents=True)
    (folder / "labelmap.txt").write_text(
        f"# label:color_rgb:parts:actions\nbackground:0,0,0::\n{label}:250,50,83::\nown car:51,221,255::\n"
    )
    for number in range(frames):
        cars = [(40 + 9 * number, 60, 120 + 9 * number, 110), (200, 70, 240, 95)]
        classes, instances = scene([]), scene([])
        classes[:], instances[:] = 0, 0
        for colour, (x1, y1, x2, y2) in zip([(255, 0, 0), (0, 255, 0)], cars, strict=True):
            classes[y1:y2, x1:x2] = (250, 50, 83)
            instances[y1:y2, x1:x2] = colour
        classes[200:, :] = (51, 221, 255)
        cv2.imwrite(str(folder / "JPEGImages" / f"f{number}.jpg"), scene(cars, grey=grey)[..., ::-1])
        cv2.imwrite(str(folder / "SegmentationClass" / f"f{number}.png"), classes[..., ::-1])
        if objects:
            cv2.imwrite(str(folder / "SegmentationObject" / f"f{number}.png"), instances[..., ::-1])
    return folder
