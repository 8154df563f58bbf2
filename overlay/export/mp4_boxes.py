"""The box structure of an MP4 or MOV file: what plays before what, and whether an edit list shifts it."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_HOLDS_BOXES = frozenset({b"moov", b"trak", b"edts", b"mdia", b"minf"})


@dataclass(frozen=True, slots=True)
class Boxes:
    """What the boxes say.

    Attributes:
        top: Types of the outermost boxes, in order.
        edit_lists: Tracks with an edit list.
        moov_first: Whether the index lies before the media, so that playing can begin before all is there.
    """

    top: tuple[str, ...]
    edit_lists: int

    @property
    def moov_first(self) -> bool:
        """Whether the index comes before the media."""
        order = [name for name in self.top if name in ("moov", "mdat")]
        return bool(order) and order[0] == "moov"


def read(path: Path) -> Boxes | None:
    """Return the boxes of a file, None where it is not of the MP4 family.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        length = path.stat().st_size
        found = [(depth, kind) for depth, kind in _walk(file, 0, length, 0)]
    top = tuple(kind.decode("latin-1") for depth, kind in found if depth == 0)
    if not {"ftyp", "moov"} & set(top):
        return None
    return Boxes(top, sum(kind == b"elst" for _, kind in found))


def _walk(file: BinaryIO, start: int, end: int, depth: int) -> Iterator[tuple[int, bytes]]:
    place = start
    while place + 8 <= end:
        file.seek(place)
        head = file.read(16)
        size, kind = struct.unpack(">I4s", head[:8])
        header = 8
        if size == 1 and len(head) == 16:
            size, header = struct.unpack(">Q", head[8:])[0], 16
        elif size == 0:
            size = end - place
        if size < header:
            return  # torn: what was read so far stands
        yield depth, kind
        if kind in _HOLDS_BOXES:
            yield from _walk(file, place + header, min(place + size, end), depth + 1)
        place += size
