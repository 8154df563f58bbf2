"""Whether an output may be written where it is asked for."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sessions.errors import SessionError

PICTURES = {".png", ".jpg", ".jpeg"}


def refuse_existing(path: Path, *, force: bool) -> None:
    """Make sure that an output can be written, before any long work begins.

    Raises:
        SessionError: It exists and `force` is off, its folder is missing, or the place cannot be written.
    """
    folder = path.parent
    if path.is_dir():
        raise SessionError(f"{path} is a folder; name a file with -o")
    if path.exists() and not force:
        raise SessionError(f"{path} exists; give another name with -o, or --force to replace it")
    if not folder.is_dir():
        raise SessionError(f"cannot write {path}: the folder {folder} does not exist; make it first or choose another")
    if not os.access(folder, os.W_OK):
        raise SessionError(f"cannot write {path}: no permission in {folder}; choose another place")


def refuse_other_than_picture(path: Path) -> None:
    """Make sure that a name ends as a picture's does.

    Raises:
        SessionError: It does not.
    """
    if path.suffix.lower() not in PICTURES:
        raise SessionError(f"{path} is neither PNG nor JPEG; name it so")


def write_beside(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside its place, and move it there when it is whole.

    Raises:
        SessionError: The place cannot be written.
    """
    beside = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        write(beside)
        beside.replace(path)
    except OSError as error:
        raise SessionError(f"cannot write {path}: {error.strerror or error}; choose another place") from error
    finally:
        beside.unlink(missing_ok=True)


def write_png(path: Path, rgb: npt.NDArray[np.uint8]) -> None:
    """Write an (h, w, 3) RGB picture, whole or not at all.

    Raises:
        SessionError: The place cannot be written.
    """
    from overlay import drawing

    write_beside(path, lambda place: drawing.save(rgb, place))
