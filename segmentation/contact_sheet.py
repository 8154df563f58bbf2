"""The worst pictures of an evaluation side by side: true boxes green, told boxes orange."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from segmentation.dataset import Bytes

CELL_WH = (480, 270)
COLUMNS = 4
CAPTION_PX = 24
GREEN, ORANGE, PAPER, INK = (60, 200, 90), (255, 140, 0), (24, 24, 28), (235, 235, 235)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Specimen:
    """A picture for the sheet: (h, w, 3) RGB with true and told boxes in its pixels, a caption, and how bad it is."""

    rgb: Bytes
    true_xyxy: Floats
    told_xyxy: Floats
    caption: str
    badness: float


def draw(specimens: Sequence[Specimen]) -> Bytes:
    """Return the sheet as (h, w, 3) uint8 RGB, the worst first.

    Raises:
        ValueError: There is nothing to show.
    """
    if not specimens:
        raise ValueError("wanted one specimen or more, got none")
    cells = [_cell(specimen) for specimen in specimens]
    blank = np.full_like(cells[0], PAPER)
    columns = min(COLUMNS, len(cells))
    cells += [blank] * (-len(cells) % columns)
    return np.vstack([np.hstack(cells[row : row + columns]) for row in range(0, len(cells), columns)])


def shrunk(rgb: Bytes, boxes: Sequence[Floats]) -> tuple[Bytes, list[Floats]]:
    """Return a picture at the size of a cell, and boxes moved with it."""
    height, width = rgb.shape[:2]
    scale = min(CELL_WH[0] / width, CELL_WH[1] / height)
    small = cv2.resize(rgb, (max(round(width * scale), 1), max(round(height * scale), 1)), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), [box * scale for box in boxes]


def _cell(specimen: Specimen) -> Bytes:
    small, (true, told) = shrunk(specimen.rgb, [specimen.true_xyxy, specimen.told_xyxy])
    cell = np.full((CELL_WH[1] + CAPTION_PX, CELL_WH[0], 3), PAPER, np.uint8)
    cell[: small.shape[0], : small.shape[1]] = small
    for boxes, colour in ((true, GREEN), (told, ORANGE)):
        for box in boxes:
            x1, y1, x2, y2 = (round(float(value)) for value in box)
            cv2.rectangle(cell, (x1, y1), (x2, y2), colour, 1, cv2.LINE_AA)
    at = (6, CELL_WH[1] + CAPTION_PX - 8)
    cv2.putText(cell, specimen.caption, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, INK, 1, cv2.LINE_AA)
    return cell
