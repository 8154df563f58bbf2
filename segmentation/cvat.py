"""What CVAT exports as "segmentation mask 1.1", unpacked, and how its labels and pictures are understood."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PureWindowsPath

import cv2
import numpy as np
import numpy.typing as npt

from segmentation.dataset import OWN_CAR, PICTURES, Example
from segmentation.errors import SegmentationError
from segmentation.picture_file import Bytes, read_mask

LABEL_MAP = "labelmap.txt"
CAR = frozenset({"car", "cars", "f1", "f1 car", "f1car", "formula 1 car", "other car", "car ahead", "opponent", "vehicle"})
OWN = frozenset({"own car", "own", "ego", "ego car", "halo", "self", "cockpit", "camera car"})
_LAST_NUMBER = re.compile(r"[-_ .]?\d[\d.]*$")
NO_BOXES = np.empty((0, 4))

Colour = tuple[int, int, int]
NOTHING: Colour = (0, 0, 0)  # what no label covers


def read_masks(folder: Path, *, car_labels: Sequence[str], own_labels: Sequence[str]) -> Iterator[Example]:
    """Yield the examples of an export in the format "segmentation mask 1.1".

    CVAT writes no mask for a picture without shapes, but lists it, and exports it with the others.

    Raises:
        SegmentationError: A label's meaning is not known, or a list cannot be read.
    """
    colours = _label_colours(folder / LABEL_MAP)
    cars, own = meanings(list(colours), folder, car_labels, own_labels)
    masks = sorted((folder / "SegmentationClass").rglob("*.png"))
    for mask in masks:
        name = mask.relative_to(folder / "SegmentationClass")
        objects = folder / "SegmentationObject" / name
        yield Example(
            picture_for(folder, name.with_suffix(""), PICTURES),
            sequence_of(folder, name),
            None,
            NO_BOXES,
            partial(_read_mask, mask, objects, colours, cars, own),
        )
    shown = {mask.relative_to(folder / "SegmentationClass").with_suffix("") for mask in masks}
    for name in sorted(_listed(folder) - shown):
        yield Example(picture_for(folder, name, PICTURES), sequence_of(folder, name), None, NO_BOXES, None)


def _listed(folder: Path) -> set[Path]:
    """Return the pictures of an export without their endings, those that its lists name and those that lie there."""
    pictures = folder / "JPEGImages"
    lying = {path.relative_to(pictures).with_suffix("") for path in pictures.rglob("*") if path.suffix in PICTURES}
    lists = (folder / "ImageSets" / "Segmentation").glob("*.txt")
    return lying | {Path(PureWindowsPath(line.strip()).as_posix()) for text in lists for line in _lines(text) if line.strip()}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SegmentationError(f"cannot read {path}: {error}; export it from CVAT again") from error


def _label_colours(path: Path) -> dict[str, Colour]:
    colours: dict[str, Colour] = {}
    for line in _lines(path):
        if line.strip() and not line.startswith("#"):
            name, _, rest = line.partition(":")
            try:
                red, green, blue = (int(value) for value in rest.split(":")[0].split(","))
            except ValueError as error:
                raise SegmentationError(f"{path}: wanted label:r,g,b:… and got {line!r}; export it from CVAT again") from error
            colours[name] = (red, green, blue)
    return colours


def meanings(
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


def sequence_of(folder: Path, name: Path) -> str:
    """Return whose neighbour a picture is: those of one subfolder, or those whose names differ in their last number only.

    `slipstream frames` names pictures by clip and time, so that one export of several clips falls into its clips.
    """
    if name.parent != Path():
        return f"{folder.name}/{name.parent}"
    clip = _LAST_NUMBER.sub("", name.stem)
    return f"{folder.name}/{clip}" if clip else folder.name


def picture_for(folder: Path, name: Path, endings: Sequence[str], subset: str = "default") -> Path:
    """Return where a picture lies, its likeliest ending first; where it should lie when it is missing, which is told when it is loaded."""
    for place in (f"images/{subset}", "JPEGImages", "images", "."):
        for suffix in endings:
            path = folder / place / name.with_name(name.name + suffix)
            if os.path.exists(path):  # noqa: PTH110 - Path's own raises where the name is too long for a file
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
