"""Files that are whole or not there, and the words for a place that cannot be written."""

import errno
from contextlib import suppress
from pathlib import Path

from overlay.errors import OverlayError

FULL = (errno.ENOSPC, errno.EDQUOT)


def write_text(path: Path, text: str) -> None:
    """Write a text beside its place and move it there.

    Raises:
        OverlayError: The place cannot be written; nothing is left there that was not there before.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(path)
    except OSError as error:
        remove(beside)
        raise refused(error, f"cannot write {path}") from error


def remove(path: Path) -> None:
    """Remove what was not finished, where there is any; a disk that takes nothing has nothing, and would say so."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def refused(error: Exception, what: str) -> OverlayError:
    """Return what to tell of a place that could not be written.

    Args:
        error: From the system, or from FFmpeg, whose errors carry the system's number.
        what: What could not be done, as "cannot write reels.mp4".
    """
    if getattr(error, "errno", None) in FULL:
        return OverlayError(f"{what}: the disk is full; make room or choose another place with -o")
    return OverlayError(f"{what}: {getattr(error, 'strerror', None) or error}; choose another place with -o")
