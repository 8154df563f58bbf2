"""What CVAT exports: "segmentation mask 1.1" and "COCO 1.0", unpacked."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PureWindowsPath
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from segmentation.dataset import OWN_CAR, PICTURES, Bytes, Example, read_mask
from segmentation.errors import SegmentationError

LABEL_MAP = "labelmap.txt"
CAR = frozenset({"car", "cars", "f1", "f1 car", "f1car", "formula 1 car", "other car", "car ahead", "opponent", "vehicle"})
OWN = frozenset({"own car", "own", "ego", "ego car", "halo", "self", "cockpit", "camera car"})
_INSTANCES = "instances_"  # begins the name of annotations, which ends with their subset's
_LAST_NUMBER = re.compile(r"[-_ .]?\d[\d.]*$")
_NO_BOXES = np.empty((0, 4))

Colour = tuple[int, int, int]
NOTHING: Colour = (0, 0, 0)  # what no label covers


def read_masks(folder: Path, *, car_labels: Sequence[str], own_labels: Sequence[str]) -> Iterator[Example]:
    """Yield the examples of an export in the format "segmentation mask 1.1".

    Raises:
        SegmentationError: A label's meaning is not known.
    """
    colours = _label_colours(folder / LABEL_MAP)
    cars, own = _meanings(list(colours), folder, car_labels, own_labels)
    for mask in sorted((folder / "SegmentationClass").rglob("*.png")):
        name = mask.relative_to(folder / "SegmentationClass")
        objects = folder / "SegmentationObject" / name
        yield Example(
            _picture_for(folder, name.with_suffix(""), PICTURES),
            _sequence(folder, name),
            None,
            _NO_BOXES,
            partial(_read_mask, mask, objects, colours, cars, own),
        )


def coco_files(folder: Path) -> list[Path]:
    """Return the annotations of a COCO export: one file, or one a subset of the project."""
    return sorted(folder.glob(f"annotations/{_INSTANCES}*.json")) or sorted(folder.glob(f"{_INSTANCES}*.json"))


def read_coco(folder: Path, annotations: Path, *, car_labels: Sequence[str], own_labels: Sequence[str]) -> Iterator[Example]:
    """Yield the examples of an export in the format "COCO 1.0": polygons or run lengths.

    Raises:
        SegmentationError: The annotations cannot be read, or a label's meaning is not known.
    """
    try:
        coco: dict[str, Any] = json.loads(annotations.read_text(encoding="utf-8"))
        names = {int(entry["id"]): str(entry["name"]) for entry in coco["categories"]}
        shapes: dict[int, list[tuple[dict[str, Any], str]]] = {int(entry["id"]): [] for entry in coco["images"]}
        for entry in coco["annotations"]:
            shapes[int(entry["image_id"])].append((entry, names[int(entry["category_id"])]))
        images = [
            (int(entry["id"]), _relative(str(entry["file_name"])), int(entry["height"]), int(entry["width"]))
            for entry in coco["images"]
        ]
    except (OSError, json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise SegmentationError(f"{annotations} is no COCO annotation file: {error!r}; export it from CVAT again") from error
    cars, own = _meanings(list(names.values()), folder, car_labels, own_labels)
    meaning = {name: 1 if name in cars else OWN_CAR if name in own else 0 for name in names.values()}
    subset = annotations.stem.removeprefix(_INSTANCES)
    for image_id, file_name, height, width in images:
        path = _picture_for(folder, file_name.with_suffix(""), (file_name.suffix, *PICTURES), subset)
        parts = [(shape, meaning[name]) for shape, name in shapes[image_id]]
        yield Example(path, _sequence(folder, file_name), None, _NO_BOXES, partial(_read_shapes, parts, height, width, path))


def _relative(file_name: str) -> Path:
    """Return a picture's place in its export, whatever system wrote it; of a place on somebody's disk only the name holds here."""
    place = PureWindowsPath(file_name)  # which takes both strokes
    return Path(place.name if place.anchor else place.as_posix())


def _label_colours(path: Path) -> dict[str, Colour]:
    colours: dict[str, Colour] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SegmentationError(f"cannot read {path}: {error}; export it from CVAT again") from error
    for line in lines:
        if line.strip() and not line.startswith("#"):
            name, _, rest = line.partition(":")
            try:
                red, green, blue = (int(value) for value in rest.split(":")[0].split(","))
            except ValueError as error:
                raise SegmentationError(f"{path}: wanted label:r,g,b:… and got {line!r}; export it from CVAT again") from error
            colours[name] = (red, green, blue)
    return colours


def _meanings(
    labels: Sequence[str], folder: Path, car_labels: Sequence[str], own_labels: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return the labels that mean another car and the own car; a single label can only mean another car."""
    named = [label for label in labels if label.lower() != "background"]
    unknown = [label for label in (*car_labels, *own_labels) if label not in named]
    if unknown:
        raise SegmentationError(f"{folder} has no label {unknown[0]!r}; its labels are {', '.join(named)}")
    own = [label for label in named if label in own_labels or (not own_labels and _plain(label) in OWN)]
    cars = [label for label in named if label in car_labels or (not car_labels and _plain(label) in CAR)]
    others = [label for label in named if label not in own]
    if not cars and not car_labels and len(others) == 1:
        cars = others
    if not cars:
        raise SegmentationError(
            f"which label in {folder} is the car ahead? Its labels are {', '.join(named) or 'none'}; name one with --car-label"
        )
    return cars, own


def _plain(label: str) -> str:
    return label.lower().replace("_", " ").replace("-", " ")


def _sequence(folder: Path, name: Path) -> str:
    """Return whose neighbour a picture is: those of one subfolder, or those whose names differ in their last number only.

    `slipstream frames` names pictures by clip and time, so that one export of several clips falls into its clips.
    """
    if name.parent != Path():
        return f"{folder.name}/{name.parent}"
    clip = _LAST_NUMBER.sub("", name.stem)
    return f"{folder.name}/{clip}" if clip else folder.name


def _picture_for(folder: Path, name: Path, endings: Sequence[str], subset: str = "default") -> Path:
    """Return where a picture lies, its likeliest ending first; where it should lie when it is missing, which is told when it is loaded."""
    for place in (f"images/{subset}", "JPEGImages", "images", "."):
        for suffix in endings:
            path = folder / place / name.with_name(name.name + suffix)
            if path.exists():
                return path
    return folder / "JPEGImages" / name.with_name(name.name + endings[0])


def _read_mask(path: Path, objects: Path, colours: Mapping[str, Colour], cars: Sequence[str], own: Sequence[str]) -> Bytes:
    """Return (h, w) ids; cars are numbered by the object mask, by connected parts where there is none."""
    classes = _colours(path)
    unnamed = ~_any_of(classes, [NOTHING, *colours.values()])
    if unnamed.any():
        raise SegmentationError(
            f"{path} has the colour {tuple(classes[unnamed][0].tolist())}, which {LABEL_MAP} does not name; export both together"
        )
    ids = np.zeros(classes.shape[:2], np.uint8)
    is_car = _any_of(classes, [colours[label] for label in cars])
    if objects.exists():
        shown = _colours(objects)
        if shown.shape != classes.shape:
            raise SegmentationError(f"{objects} is of another size than {path}; export both together")
        instances = shown.astype(np.int32) @ np.array([65536, 256, 1])
        numbers = np.unique(instances[is_car])
        for number, instance in enumerate(numbers[: OWN_CAR - 1], start=1):
            ids[is_car & (instances == instance)] = number
    else:
        _, parts = cv2.connectedComponents(is_car.astype(np.uint8), connectivity=8)
        ids[is_car] = np.minimum(np.asarray(parts)[is_car], OWN_CAR - 1)
    ids[_any_of(classes, [colours[label] for label in own])] = OWN_CAR
    return ids


def _colours(path: Path) -> npt.NDArray[np.uint8]:
    bgr = read_mask(path, cv2.IMREAD_COLOR)
    if bgr is None:
        raise SegmentationError(f"{path} is no mask picture; export it from CVAT again")
    return np.asarray(bgr[..., ::-1], np.uint8)


def _any_of(picture: Bytes, colours: Sequence[Colour]) -> npt.NDArray[np.bool_]:
    matches = np.zeros(picture.shape[:2], bool)
    for colour in colours:
        matches |= (picture == np.array(colour, np.uint8)).all(-1)
    return matches


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
        if not _is_packed(outline) and (min(outline["counts"]) < 0 or sum(outline["counts"]) != height * width):
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


def _is_packed(outline: Any) -> bool:
    return isinstance(outline, dict) and isinstance(outline.get("counts"), str | bytes)
