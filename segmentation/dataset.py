"""Training pictures with what is known of them, from whatever kind of label they came with."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from segmentation.errors import SegmentationError
from segmentation.picture_file import read_ids, read_picture

OWN_CAR = 255  # in our id masks
LEAST_BOX_PX = 6  # pixels of a car in an id mask; fewer are a crumb behind something
OWN_WIDTH, OWN_CENTRE = (
    0.45,
    0.5,
)  # a YOLO box wider than this share, centred below this share, is the car that carries the camera
LEAST_PICTURE_PX = 32  # of width and height, as it is kept: pieces of less have no pixels left
LEAST_SIDE_PX = 1.0  # of a box: narrower ones are told in shares of the picture
YOLO_NAMES = "classes.txt"  # lies beside the labels, and names what their first column means
YOLO_COLUMNS = (5, 6)  # the last of six says how sure a network was of a box
BOX_LABELS = '{"PICTURE": {"others_xyxy": [[x1, y1, x2, y2], …], "ego_xyxy": […]}, …} in px, x1 < x2 and y1 < y2'

_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
PICTURES = (*_ENDINGS, *(ending.upper() for ending in _ENDINGS))  # cameras write capitals

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One labelled picture.

    Attributes:
        path: The picture's file.
        sequence: Whose neighbour it is; whole sequences are held out, never single pictures.
        boxes_xyxy: (n, 4) float64, every other car, in pixels of the file; None where `read_ids` says it.
        own_xyxy: (m, 4) float64, the own car, in pixels of the file.
        read_ids: Reads the exact (h, w) uint8 ids (0 nothing, 255 own car, k another car); None where only boxes are known, or nothing:
            CVAT's masks leave out pictures without a shape, whether nobody has labelled them yet or somebody saw no car there.
    """

    path: Path
    sequence: str
    boxes_xyxy: Floats | None
    own_xyxy: Floats
    read_ids: Callable[[], Bytes] | None

    @property
    def is_labelled(self) -> bool:
        """Whether anything is known of the picture."""
        return self.boxes_xyxy is not None or self.read_ids is not None

    def picture(self) -> Bytes:
        """Return the picture as (h, w, 3) uint8 RGB.

        Raises:
            SegmentationError: The file is missing or no picture.
        """
        return read_picture(self.path)


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """One labelled picture in memory: (h, w, 3) RGB, (n, 4) other cars, (m, 4) own car, and (h, w) ids where they are known."""

    sequence: str
    path: Path
    rgb: Bytes
    boxes_xyxy: Floats
    own_xyxy: Floats
    ids: Bytes | None


def load(example: Example, *, widest_px: int | None = None) -> Labelled:
    """Return a labelled example's pixels and labels, scaled down where it is wider than `widest_px`.

    Raises:
        ValueError: It is not labelled.
        SegmentationError: A file is missing or broken, it is hardly a picture, picture and mask differ in size, or a box lies
            outside the picture.
    """
    if not example.is_labelled:
        raise ValueError(f"wanted a labelled picture, got {example.path}")
    rgb = example.picture()
    height, width = rgb.shape[:2]
    ids = example.read_ids() if example.read_ids else None
    if ids is not None and ids.shape != rgb.shape[:2]:
        raise SegmentationError(
            f"the mask of {example.path} is {ids.shape[1]}×{ids.shape[0]}, the picture {width}×{height}; export both again"
        )
    known = np.concatenate([example.own_xyxy, np.empty((0, 4)) if example.boxes_xyxy is None else example.boxes_xyxy])
    if ((known[:, :2] >= [width, height]) | (known[:, 2:] <= 0)).any():
        raise SegmentationError(
            f"a box of {example.path} lies outside the picture of {width}×{height}; label it in its own pixels"
        )
    scale = 1.0 if widest_px is None else min(1.0, widest_px / width)
    if min(width, height) * scale < LEAST_PICTURE_PX:
        raise SegmentationError(f"{example.path} of {width}×{height} is too small or too narrow a picture; leave it out")
    if scale < 1:
        size = (round(width * scale), round(height * scale))
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        ids = None if ids is None else resized_ids(ids, size)
    boxes = boxes_of(ids) if ids is not None else (np.empty((0, 4)) if example.boxes_xyxy is None else example.boxes_xyxy * scale)
    return Labelled(example.sequence, example.path, rgb, boxes, example.own_xyxy * scale, ids)


def resized_ids(ids: Bytes, size_wh: tuple[int, int]) -> Bytes:
    """Return an (h, w) id mask at another size; each pixel has the id that lies under its middle, as pictures are resized too."""
    return np.asarray(cv2.resize(ids, size_wh, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)


def boxes_of(ids: Bytes) -> Floats:
    """Return (n, 4) boxes of the other cars in an (h, w) id mask, in its pixels."""
    boxes = []
    for number in np.unique(ids):
        if number in (0, OWN_CAR):
            continue
        rows, columns = np.where(ids == number)
        if len(columns) >= LEAST_BOX_PX:
            boxes.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return np.array(boxes, np.float64).reshape(-1, 4)


def with_labels(folder: Path, examples: Sequence[Example]) -> tuple[list[Example], list[str]]:
    """Return the examples of a folder of which something is known, and what is said of the others: a line, or none where there are none.

    Raises:
        SegmentationError: Nothing is known of any.
    """
    known = [example for example in examples if example.is_labelled]
    left, words = len(examples) - len(known), "CVAT writes no mask for a picture without a shape, labelled or not"
    if not known:
        raise SegmentationError(f"none of the {left} pictures in {folder} has a label, and {words}; draw the cars there")
    if not left:
        return known, []
    said = f"{left} of {len(examples)} pictures in {folder} have no label and are not used, for {words}"
    return known, [f"{said}; where there is truly no other car, draw the own car there"]


def read_folder(
    folder: Path, *, car_labels: Sequence[str] = (), own_labels: Sequence[str] = (), labels: Path | None = None
) -> list[Example]:
    """Return the examples of a folder, whichever kind of labels lies in it; of some nothing may be known, see `with_labels`.

    Args:
        folder: Our own boxes (`labels.json`), YOLO boxes, stills with id masks, or a CVAT export (segmentation mask 1.1, or COCO).
        car_labels: CVAT labels that mean another car; a usual name when empty.
        own_labels: CVAT labels that mean the own car; a usual name when empty.
        labels: Boxes in the form of `labels.json`, kept apart from the pictures; what lies in the folder when None.

    Raises:
        SegmentationError: The folder is missing, holds no labels we know, or labels that cannot be understood.
    """
    from segmentation import coco, cvat

    if not folder.is_dir():
        raise SegmentationError(f"no training folder {folder}; check the path (unpack a CVAT export first)")
    if labels is not None or (folder / "labels.json").exists():
        found = list(read_boxes(folder, labels))
    elif (folder / cvat.LABEL_MAP).exists():
        found = list(cvat.read_masks(folder, car_labels=car_labels, own_labels=own_labels))
    elif files := coco.annotation_files(folder):
        found = [example for file in files for example in coco.read(folder, file, car_labels=car_labels, own_labels=own_labels)]
    elif any(folder.glob("*.txt")):
        found = list(read_yolo(folder))
    else:
        found = list(read_stills(folder))
    if not found:
        raise SegmentationError(
            f"{folder} holds no labelled pictures; wanted labels.json, a CVAT export (segmentation mask 1.1 or COCO), "
            "YOLO boxes, or NAME.jpg with NAME.png id masks"
        )
    return found


def read_boxes(folder: Path, labels: Path | None = None) -> Iterator[Example]:
    """Yield the examples of a folder with our own box labels (`labels.json`, or another file of that form; one sequence a subfolder).

    A picture that is not there is found out when it is loaded: the others can be used.

    Raises:
        SegmentationError: The labels are missing or no such JSON.
    """
    labels = labels or folder / "labels.json"
    try:
        entries = [
            (
                str(name),
                _xyxy(entry["others_xyxy"] if "others_xyxy" in entry else entry["cars_xyxy"]),
                _xyxy(entry.get("ego_xyxy", [])),
            )
            for name, entry in json.loads(labels.read_text(encoding="utf-8-sig")).items()
        ]
    except (OSError, json.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise SegmentationError(
            f"cannot read {labels} as boxes by picture: {type(error).__name__}: {error}; wanted {BOX_LABELS}"
        ) from error
    for name, others, own in entries:
        yield Example(folder / name, name.rpartition("/")[0] or folder.name, others, own, None)


def _xyxy(boxes: Any) -> Floats:
    """Return boxes as (n, 4) float64.

    Raises:
        ValueError: They are none.
    """
    table = np.array(boxes, np.float64).reshape(-1, 4)
    if not (np.isfinite(table).all() and (table[:, 2:] - table[:, :2] >= LEAST_SIDE_PX).all()):
        raise ValueError(f"a box begins before it ends and is no narrower than a pixel, got {boxes}")
    return table


def read_yolo(folder: Path) -> Iterator[Example]:
    """Yield the examples of a folder of YOLO boxes (`NAME.txt` beside its picture); the lowest, largest box is the own car."""
    for text in sorted(set(folder.glob("*.txt")) - {folder / YOLO_NAMES}):
        path = next((place for ending in PICTURES if (place := text.with_suffix(ending)).exists()), text.with_suffix(".jpg"))
        try:
            height, width = read_picture(path).shape[:2]
        except SegmentationError:
            height = width = 1  # it cannot be used; loading it says so, and the others can be
        try:
            rows = [[float(word) for word in line.split()] for line in text.read_text().splitlines() if line.split()]
        except ValueError as error:
            raise SegmentationError(f"{text} is no YOLO label file: {error}; name a folder that holds these alone") from error
        if any(len(row) not in YOLO_COLUMNS for row in rows):
            raise SegmentationError(
                f"{text} holds something else than YOLO boxes (class, x, y, width, height); export outlines as COCO"
            )
        centre = np.array([row[1:5] for row in rows]).reshape(-1, 4)
        if not ((centre >= 0) & (centre <= 1)).all() or not (centre[:, 2:] > 0).all():
            raise SegmentationError(f"{text} holds boxes that are not in shares of the picture, 0 to 1; export them as YOLO")
        xyxy = np.c_[centre[:, :2] - centre[:, 2:] / 2, centre[:, :2] + centre[:, 2:] / 2] * [width, height, width, height]
        own = (centre[:, 2] > OWN_WIDTH) & (centre[:, 1] > OWN_CENTRE)
        yield Example(path, folder.name, xyxy[~own], xyxy[own], None)


def read_stills(folder: Path) -> Iterator[Example]:
    """Yield the examples of a folder of stills with id masks (`NAME.png` beside `NAME.jpg`); one sequence a seed."""
    for mask in sorted(folder.glob("*.png")):
        path = mask.with_suffix(".jpg")
        if path.exists():
            yield Example(
                path,
                f"{folder.name}/{mask.stem.rpartition('_')[0]}",
                None,
                np.empty((0, 4)),
                partial(read_ids, mask),
            )
