"""What PyTorch keeps in files: weights and checkpoints; a door of PyTorch."""

import struct
from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

# What its reader raises for an empty file, a text, or one that was cut off: it takes whatever it is given for a pickle.
_BROKEN = (RuntimeError, EOFError, LookupError, ValueError, TypeError, AttributeError, UnpicklingError, struct.error)


def write(held: Any, path: Path) -> None:
    """Write a file, whole or not at all.

    Raises:
        OSError: The place cannot be written.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as place:  # by name PyTorch raises what does not tell a full disk from a defect
            torch.save(held, place)
        beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def read(path: Path) -> Any:
    """Return what a file holds, with tensors on the processor.

    Raises:
        OSError: It is missing.
        ValueError: PyTorch did not write it, or not all of it is there.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except _BROKEN as error:
        raise ValueError("PyTorch did not write this file, or not all of it is there") from error
