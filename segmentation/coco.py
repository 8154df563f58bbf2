"""What CVAT and others export as "COCO 1.0", unpacked: polygons or run lengths."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

from segmentation.cvat import NO_BOXES, meanings, picture_for, sequence_of
from segmentation.dataset import OWN_CAR, PICTURES, Example
from segmentation.errors import SegmentationError
from segmentation.picture_file import Bytes

MOST_PIXELS = 1 << 28  # of a picture; no camera takes larger ones
_INSTANCES = "instances_"  # begins the name of annotations, which ends with their subset's


def annotation_files(folder: Path) -> list[Path]:
    """Return the annotations of a COCO export: one file, or one a subset of the project."""
    return sorted(folder.glob(f"annotations/{_INSTANCES}*.json")) or sorted(folder.glob(f"{_INSTANCES}*.json"))


def read(folder: Path, annotations: Path, *, car_labels: Sequence[str], own_labels: Sequence[str]) -> Iterator[Example]:
    """Yield the examples of an export in the format "COCO 1.0": polygons or run lengths.

    Raises:
        SegmentationError: The annotations cannot be read, or a label's meaning is not known.
    """
    try:
        coco: dict[str, Any] = json.loads(annotations.read_text(encoding="utf-8-sig"))
        names = {int(entry["id"]): str(entry["name"]) for entry in coco["categories"]}
        shapes: dict[int, list[tuple[dict[str, Any], str]]] = {int(entry["id"]): [] for entry in coco["images"]}
        for entry in coco["annotations"]:
            shapes[int(entry["image_id"])].append((entry, names[int(entry["category_id"])]))
        images = [
            (int(entry["id"]), _relative(str(entry["file_name"])), int(entry["height"]), int(entry["width"]))
            for entry in coco["images"]
        ]
        for _, file_name, height, width in images:
            _require_picture(file_name, height, width)
    except (OSError, json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise SegmentationError(
            f"{annotations} is no COCO annotation file: {type(error).__name__}: {error}; export it from CVAT again"
        ) from error
    cars, own = meanings(list(names.values()), folder, car_labels, own_labels)
    meaning = {name: 1 if name in cars else OWN_CAR if name in own else 0 for name in names.values()}
    subset = annotations.stem.removeprefix(_INSTANCES)
    for image_id, file_name, height, width in images:
        path = picture_for(folder, file_name.with_suffix(""), (file_name.suffix, *PICTURES), subset)
        parts = [(shape, meaning[name]) for shape, name in shapes[image_id]]
        yield Example(path, sequence_of(folder, file_name), None, NO_BOXES, partial(_read_shapes, parts, height, width, path))


def _relative(file_name: str) -> Path:
    """Return a picture's place in its export, whatever system wrote it; of a place on somebody's disk only the name holds here."""
    place = PureWindowsPath(file_name)  # which takes both strokes
    return Path(place.name if place.anchor else place.as_posix())


def _require_picture(name: Path, height: int, width: int) -> None:
    """Make sure that a picture has a name and a size that can be; masks are made in that size before the picture is read.

    Raises:
        ValueError: It has not.
    """
    if not name.name:
        raise ValueError("a picture has no name")
    if height < 1 or width < 1 or height * width > MOST_PIXELS:
        raise ValueError(f"{name} has {height} rows and {width} columns")


def _read_shapes(shapes: list[tuple[dict[str, Any], int]], height: int, width: int, path: Path) -> Bytes:
    """Return (h, w) ids of COCO annotations; the own car is drawn last."""
    from pycocotools import mask as coco_mask

    ids = np.zeros((height, width), np.uint8)
    number = 0
    for shape, meaning in sorted(shapes, key=lambda entry: entry[1]):
        if not meaning:
            continue
        outline = shape.get("segmentation")
        try:
            _require_outline(outline, height, width)
            runs = coco_mask.frPyObjects(outline, height, width) if not _is_packed(outline) else outline
            covered = coco_mask.decode(runs).reshape(height, width, -1).any(-1)
        except (TypeError, ValueError, IndexError) as error:
            raise SegmentationError(f"an outline of {path.name} cannot be read: {error}; export it from CVAT again") from error
        number = min(number + 1, OWN_CAR - 1)
        ids[covered] = OWN_CAR if meaning == OWN_CAR else number
    return ids


def _require_outline(outline: Any, height: int, width: int) -> None:
    """Make sure that an outline is one: pycocotools takes some that are none for something else, or all memory for others.

    Raises:
        ValueError: It is none.
    """
    if not outline:
        raise ValueError("it is a rectangle only; draw masks or polygons")
    if isinstance(outline, dict) and {"counts", "size"} <= outline.keys():
        if outline["size"] != [height, width]:
            raise ValueError(f"it is of a picture of {outline['size']} rows and columns, not [{height}, {width}]")
        runs = _unpacked(outline["counts"]) if _is_packed(outline) else outline["counts"]
        if not runs or min(runs) < 0 or sum(runs) != height * width:
            raise ValueError("its run lengths do not fill the picture")
        return
    if not isinstance(outline, list):
        raise ValueError(f"wanted polygons or run lengths, got {type(outline).__name__}")
    if any(not isinstance(corners, list) or len(corners) < 6 or len(corners) % 2 for corners in outline):
        raise ValueError("a polygon wants three corners or more, of two numbers each")
    if not all(
        -width <= x <= 2 * width and -height <= y <= 2 * height for one in outline for x, y in zip(*[iter(one)] * 2, strict=True)
    ):
        raise ValueError("a corner lies far outside the picture")


def _unpacked(counts: str | bytes) -> list[int]:
    """Return run lengths that COCO has packed: six bits a letter, from "0": five of the number, low ones first, and whether it goes on.

    From the fourth on they are told by how much they differ from the last but one (`rleFrString` of pycocotools).
    """
    runs: list[int] = []
    number = shift = 0
    for letter in counts.encode() if isinstance(counts, str) else counts:
        bits = letter - ord("0")
        number |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            signed = number - (1 << shift) if bits & 16 else number
            runs.append(signed + (runs[-2] if len(runs) > 2 else 0))
            number = shift = 0
    return runs


def _is_packed(outline: Any) -> bool:
    return isinstance(outline, dict) and isinstance(outline.get("counts"), str | bytes)
