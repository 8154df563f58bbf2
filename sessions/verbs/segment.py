"""`slipstream segment`: finds the cars in still pictures."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="pictures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found there; - is standard output")
    parser.add_argument("--masks", type=Path, metavar="DIR", help="write a mask of each there: 0 nothing, 1 the largest car …")
    parser.add_argument("--model", choices=("lite0", "fcn_resnet101"), default="lite0", help="ours, or the one this began with")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="weights to use; ours when left out")


def run(arguments: argparse.Namespace) -> int:
    """Find the cars of each picture; one that cannot be read is said and counted, the rest goes on."""
    import json
    import sys

    from segmentation.errors import SegmentationError
    from segmentation.picture_file import read_picture
    from segmentation.stills import Still
    from sessions import finders
    from sessions.errors import EXIT_OK, EXIT_USER
    from sessions.outputs import STANDARD_OUTPUT, refuse_other_than_own_json, write_text

    finder = finders.find(arguments.model, arguments.weights)
    if arguments.json is not None:
        refuse_other_than_own_json(arguments.json, fields=("image", "cars"))
    masks: list[Path | None] = [None] * len(arguments.images)
    if arguments.masks is not None:
        masks = [*_places(arguments.images, arguments.masks)]
        _make(arguments.masks)
    entries: list[dict[str, Any]] = []
    failed = 0
    for path, mask in zip(arguments.images, masks, strict=True):
        try:
            found = finder.find(Still(read_picture(path)))
        except SegmentationError as error:
            failed += 1
            print(f"slipstream: {error}", file=sys.stderr)
            continue
        cars: list[dict[str, Any]] = [
            {"xyxy": [round(float(value), 2) for value in box], "score": round(float(score), 4)}
            for box, score in zip(found.xyxy, found.score, strict=True)
        ]
        entries.append({"image": str(path), "cars": cars})
        if mask is not None:
            _write_mask(found.mask, mask)
        if arguments.json is None:
            places = "; ".join(" ".join(f"{value:.0f}" for value in car["xyxy"]) + f" ({car['score']:.2f})" for car in cars)
            print(f"{path}: {places or 'no car'}")
    if arguments.json is not None:
        write_text(arguments.json, json.dumps(entries, indent=1))
    if arguments.json not in (None, STANDARD_OUTPUT):
        print(f"{len(entries)} pictures, {sum(len(entry['cars']) for entry in entries)} cars: {arguments.json}")
    if failed:
        print(f"slipstream: {failed} of {len(arguments.images)} pictures could not be read", file=sys.stderr)
    return EXIT_USER if failed else EXIT_OK


def _places(pictures: Sequence[Path], folder: Path) -> list[Path]:
    """Return where each picture's mask goes.

    Raises:
        SessionError: One would take the place of a picture that was asked for.
    """
    from sessions.errors import SessionError
    from sessions.outputs import followed

    named: set[str] = set()
    places = [folder / f"{_name(picture, named)}.png" for picture in pictures]
    asked = {followed(picture) for picture in pictures}
    lost = next((place for place in places if followed(place) in asked), None)
    if lost is not None:
        raise SessionError(f"a mask would replace the picture {lost}; choose another place for --masks")
    return places


def _make(folder: Path) -> None:
    from sessions.errors import SessionError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SessionError(f"cannot make {folder}: {error.strerror}; choose another place for --masks") from error


def _name(picture: Path, named: set[str]) -> str:
    """Return what a picture's mask is called, and note it: no two are called the same."""
    from sessions.outputs import followed

    folder = followed(picture).parent.name
    candidates = (picture.stem, f"{folder}-{picture.stem}", *(f"{picture.stem}-{number}" for number in range(2, len(named) + 3)))
    name = next(candidate for candidate in candidates if candidate not in named)
    named.add(name)
    return name


def _write_mask(masks: Any, path: Path) -> None:
    import cv2
    import numpy as np

    from sessions.outputs import write_beside

    ids = np.zeros(masks.shape[1:], np.uint8)
    for number in range(len(masks), 0, -1):  # the largest car is drawn last, over the others
        ids[masks[number - 1]] = number
    _, coded = cv2.imencode(".png", ids)
    write_beside(path, lambda place: place.write_bytes(coded.tobytes()))
