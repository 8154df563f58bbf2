"""Whether an output may be written where it is asked for."""

import json
import os
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sessions.errors import SessionError

PICTURES = {".png", ".jpg", ".jpeg"}
PLOTS = (".png", ".svg", ".pdf")
STANDARD_OUTPUT = Path("-")  # what a table or JSON is written to, to be piped


def refuse_existing(path: Path, *, force: bool, inputs: Iterable[Path] = ()) -> None:
    """Make sure that an output can be written, before any long work begins.

    Args:
        path: Where it is wanted.
        force: Whether it may replace a file.
        inputs: What it is made from, which it may not replace even so.

    Raises:
        SessionError: It exists and `force` is off or it is no plain file, it is one of the inputs, its folder is missing, or the
            place cannot be written.
    """
    if path == STANDARD_OUTPUT:
        return
    folder = path.parent
    if path.is_dir():
        raise SessionError(f"{path} is a folder; name a file")
    if path.exists() and not path.is_file():
        raise SessionError(f"{path} is no plain file, and is not replaced by one; tables and JSON go to standard output as `-`")
    if path.exists() and any(source.exists() and path.samefile(source) for source in inputs):
        raise SessionError(f"{path} is what this is made from, and would be lost; give another name")
    if path.exists() and not force:
        raise SessionError(f"{path} exists; give another name, or --force to replace it")
    if not folder.is_dir():
        raise SessionError(f"cannot write {path}: the folder {folder} does not exist; make it first or choose another")
    if not os.access(folder, os.W_OK):
        raise SessionError(f"cannot write {path}: no permission in {folder}; choose another place")


def refuse_other_than_own_json(path: Path, *, fields: Collection[str]) -> None:
    """Make sure that JSON replaces nothing but what the same command wrote before, which costs no --force: made again, it is the same.

    Args:
        path: Where it is wanted.
        fields: By which it is known: those of the whole, or of the first entry of a list.

    Raises:
        SessionError: The file holds something else, or the place cannot be written.
    """
    refuse_existing(path, force=True)
    if path == STANDARD_OUTPUT or not path.exists() or path.stat().st_size == 0:
        return
    try:
        held = json.loads(path.read_bytes())
    except OSError as error:
        raise SessionError(f"cannot read {path}: {error.strerror}; choose another place") from error
    except ValueError:  # another encoding is one too
        held = None
    first = held[0] if isinstance(held, list) and held else held
    if not isinstance(first, dict) or not set(fields) <= first.keys():
        raise SessionError(
            f"{path} holds something else than what is written there, and is not replaced by it; give another name"
        )


def refuse_other_than_picture(path: Path) -> None:
    """Make sure that a name ends as a picture's does.

    Raises:
        SessionError: It does not.
    """
    if path.suffix.lower() not in PICTURES:
        raise SessionError(f"{path} is neither PNG nor JPEG; name it so")


def refuse_other_than_plot(path: Path, *, kinds: Sequence[str] = PLOTS) -> None:
    """Make sure, before any long work begins, that a name ends as one of the kinds of plot does.

    Raises:
        SessionError: It does not.
    """
    if path.suffix.lower() not in kinds:
        raise SessionError(f"{path} names no kind of plot that is known; name a {', '.join(kinds[:-1])} or {kinds[-1]}")


def followed(path: Path) -> Path:
    """Return the place that a path leads to; `Path.resolve` ends in an error of its own where links lead round in a circle."""
    return Path(os.path.realpath(path))


def write_beside(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside its place, and move it there when it is whole; what a link points to is its place.

    Raises:
        SessionError: The place cannot be written.
    """
    place = followed(path)
    beside = place.with_name(f".{place.stem}.{secrets.token_hex(4)}.part{place.suffix}")
    try:
        write(beside)
        beside.replace(place)
    except OSError as error:
        raise SessionError(f"cannot write {path}: {error.strerror or error}; choose another place") from error
    finally:
        with suppress(OSError):  # on a disk that takes nothing there is nothing to remove, and it would say so
            beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text, whole or not at all, or print it where the place is `STANDARD_OUTPUT`.

    Raises:
        SessionError: The place cannot be written.
    """
    if path == STANDARD_OUTPUT:
        print(text, end="" if text.endswith("\n") else "\n")
    else:
        write_beside(path, lambda place: place.write_text(text, encoding="utf-8"))


def write_png(path: Path, rgb: npt.NDArray[np.uint8]) -> None:
    """Write an (h, w, 3) RGB picture, whole or not at all.

    Raises:
        SessionError: The place cannot be written.
    """
    from overlay import drawing

    write_beside(path, lambda place: drawing.save(rgb, place))
