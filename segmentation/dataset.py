"""Training pictures with what is known of them, from whatever kind of label they came with."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from segmentation.errors import SegmentationError

OWN_CAR = 255  # in our id masks
WIDEST_PX = 1280  # pictures are kept no wider: the network never looks closer than that
_YOLO_CAR = "15"

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One labelled picture.

    Attributes:
        path: The picture's file.
        sequence: Whose neighbour it is; whole sequences are held out, never single pictures.
        boxes_xyxy: (n, 4) float64, every other car, in pixels of the file; None where `mask` says it.
        own_xyxy: (m, 4) float64, the own car, in pixels of the file.
        mask: File of an id mask (0 nothing, 255 own car, k another car), None where only boxes are known.
    """

    path: Path
    sequence: str
    boxes_xyxy: Floats | None
    own_xyxy: Floats
    mask: Path | None

    def picture(self) -> Bytes:
        """Return the picture as (h, w, 3) uint8 RGB.

        Raises:
            SegmentationError: The file is missing or no picture.
        """
        return read_picture(self.path)


def read_picture(path: Path) -> Bytes:
    """Return a picture file as (h, w, 3) uint8 RGB, whatever its depth and channels.

    Raises:
        SegmentationError: The file is missing, truncated or no picture.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SegmentationError(f"cannot read picture {path}: {error.strerror}") from error
    truncated = data[:2] == b"\xff\xd8" and b"\xff\xd9" not in data[-64:]
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data and not truncated else None
    if bgr is None:
        raise SegmentationError(f"{path} is {'a truncated' if truncated else 'no'} picture; export it again as PNG or JPEG")
    return np.ascontiguousarray(bgr[..., ::-1])


def read_boxes(folder: Path) -> Iterator[Example]:
    """Yield the examples of a folder with our own box labels (`labels.json`; one sequence a subfolder).

    Raises:
        SegmentationError: The labels are missing, no JSON, or name a picture that is not there.
    """
    labels = folder / "labels.json"
    try:
        entries = json.loads(labels.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise SegmentationError(f"cannot read {labels}: {error}") from error
    for name, entry in entries.items():
        path = folder / name
        if not path.exists():
            raise SegmentationError(f"{labels} names {name}, which is not there; restore it or take it out of the labels")
        others = np.array(entry.get("others_xyxy", entry.get("cars_xyxy", [])), float).reshape(-1, 4)
        own = np.array(entry.get("ego_xyxy", []), float).reshape(-1, 4)
        yield Example(path, name.rpartition("/")[0] or folder.name, others, own, None)


def read_yolo(folder: Path) -> Iterator[Example]:
    """Yield the examples of a folder of YOLO boxes (`NAME.txt` beside `NAME.jpg`); the lowest, largest box is the own car."""
    for text in sorted(folder.glob("*.txt")):
        path = text.with_suffix(".jpg")
        height, width = read_picture(path).shape[:2]
        rows = [[float(word) for word in line.split()[1:5]] for line in text.read_text().splitlines() if line.split()]
        centre = np.array(rows).reshape(-1, 4)
        xyxy = np.c_[centre[:, :2] - centre[:, 2:] / 2, centre[:, :2] + centre[:, 2:] / 2] * [width, height, width, height]
        own = (centre[:, 2] > 0.45) & (centre[:, 1] > 0.5)
        yield Example(path, folder.name, xyxy[~own], xyxy[own], None)


def read_stills(folder: Path) -> Iterator[Example]:
    """Yield the examples of a folder of stills with id masks (`NAME.png` beside `NAME.jpg`); one sequence a seed."""
    for mask in sorted(folder.glob("*.png")):
        path = mask.with_suffix(".jpg")
        if path.exists():
            yield Example(path, f"{folder.name}/{mask.stem.rpartition('_')[0]}", None, np.empty((0, 4)), mask)
