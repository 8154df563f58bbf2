"""What segmentation asks of a picture, whether it is a frame of a video or a still."""

from typing import Protocol

import numpy as np
import numpy.typing as npt


class Picture(Protocol):
    """One picture that can hand out any part of itself at any size."""

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels as displayed."""
        ...

    def rgb(self, size_wh: tuple[int, int], region_xyxy: tuple[int, int, int, int] | None = None) -> npt.NDArray[np.uint8]:
        """Return the region (all of it when None), scaled to `size_wh`, as (h, w, 3) uint8 RGB.

        Args:
            size_wh: Width and height of the answer in pixels.
            region_xyxy: Part of this picture in its own pixels, inside its edges, x1 < x2 and y1 < y2.
        """
        ...
