"""Pictures and masks in files: read whole, or not at all."""

import zlib
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from segmentation.errors import SegmentationError

# Of a file that cannot be read we say one line; OpenCV would say some of its own.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
ANCILLARY = 32  # in the first letter of a PNG chunk's name: its picture can be shown without it

Bytes = npt.NDArray[np.uint8]


def read_picture(path: Path) -> Bytes:
    """Return a picture file as (h, w, 3) uint8 RGB, whatever its depth and channels, turned as it is shown.

    Raises:
        SegmentationError: The file is missing, truncated, damaged or no picture.
    """
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # a name with a zero in it is a ValueError
        why = error.strerror if isinstance(error, OSError) else error
        raise SegmentationError(
            f"cannot read picture {path}: {why}; check the path (CVAT exports pictures with “Save images” on)"
        ) from error
    damage = _damage(data)
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data and not damage else None
    except cv2.error as error:  # it refuses pictures of more than 2^30 pixels, or 2^20 a side
        raise SegmentationError(f"{path} is too large a picture, or says so; make it smaller") from error
    if bgr is None:
        raise SegmentationError(f"{path} is {damage or 'no'} picture; export it again as PNG or JPEG")
    return np.ascontiguousarray(bgr[..., ::-1])


def read_mask(path: Path, how: int) -> Bytes | None:
    """Return a mask file as OpenCV reads it, None where it cannot or where not all of it is there."""
    try:
        data = path.read_bytes()
        mask = cv2.imdecode(np.frombuffer(data, np.uint8), how) if data and not _damage(data) else None
    except (OSError, cv2.error):
        return None
    return None if mask is None else np.asarray(mask)


def read_ids(path: Path) -> Bytes:
    """Return an id mask file as (h, w) uint8.

    Raises:
        SegmentationError: The file is missing or damaged, or has colours instead of ids.
    """
    ids = read_mask(path, cv2.IMREAD_UNCHANGED)
    if ids is None or ids.ndim != 2 or ids.dtype != np.uint8:
        raise SegmentationError(f"{path} is no mask of ids, one 8-bit channel: 0 nothing, 255 own car, 1 to 254 other cars")
    return np.asarray(ids, np.uint8)


def _damage(data: bytes) -> str | None:
    """Return what is wrong with a JPEG or PNG file that OpenCV would read all the same, grey or torn from there on, or moan about."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _png_damage(data)
    if data[:2] != b"\xff\xd8":
        return None
    at = 2  # from segment to segment up to the first scan: a thumbnail inside one of them has an end of its own
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] != b"\xda":
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None if b"\xff\xd9" in data[at:] else "a truncated"


def _png_damage(data: bytes) -> str | None:
    at = 8
    while at + 12 <= len(data):  # of each chunk: length, name, content, checksum
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if end + 4 > len(data):
            break
        name = data[at + 4 : at + 8]
        if not name[0] & ANCILLARY and zlib.crc32(data[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            return "a damaged"
        if name == b"IEND":
            return None
        at = end + 4
    return "a truncated"
