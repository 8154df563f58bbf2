"""Still pictures, as the engine takes them."""

from dataclasses import dataclass

import cv2
import numpy as np

from segmentation.dataset import Bytes


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A picture in memory, (h, w, 3) uint8 RGB."""

    pixels: Bytes

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def rgb(self, size_wh: tuple[int, int], region_xyxy: tuple[int, int, int, int] | None = None) -> Bytes:
        """Return the region (all of it when None), scaled to `size_wh`, as (h, w, 3) uint8 RGB."""
        x1, y1, x2, y2 = region_xyxy or (0, 0, *self.size_wh)
        shrinks = x2 - x1 > 1.3 * size_wh[0]
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        scaled = cv2.resize(self.pixels[y1:y2, x1:x2], size_wh, interpolation=method)
        return np.ascontiguousarray(scaled, np.uint8)
