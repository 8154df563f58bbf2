"""SMPTE timecode (ST 12): what editors call the frames of a clip, by a count that may leave numbers out to keep up with the clock."""

import re
from dataclasses import dataclass
from fractions import Fraction

_WRITTEN = re.compile(r"(\d\d):([0-5]\d):([0-5]\d)([:;.,])(\d\d)")
_LEFT_OUT = Fraction(2, 30)  # of a second's numbers, at the beginning of every minute but each tenth


@dataclass(frozen=True, slots=True)
class Timecode:
    """The timecode of a clip's first frame.

    Attributes:
        frames: Frames since 00:00:00:00.
        drops: Whether its count leaves numbers out.
    """

    frames: int = 0
    drops: bool = False


NONE = Timecode()


def read(text: str | None, rate: Fraction) -> Timecode:
    """Return what a clip of so many frames a second says of its first frame; zero where it says nothing, or what cannot be."""
    written = _WRITTEN.fullmatch(text or "")
    base = round(rate)
    if written is None or int(written[5]) >= base:
        return NONE
    minutes = 60 * int(written[1]) + int(written[2])
    frames = (60 * minutes + int(written[3])) * base + int(written[5])
    drops = written[4] != ":" and base % 30 == 0
    return Timecode(frames - int(_LEFT_OUT * base) * (minutes - minutes // 10) if drops else frames, drops)


def written(frame: int, base: int) -> str:
    """Return hours:minutes:seconds:frames of a frame count at `base` frames a second, none left out."""
    return f"{frame // (3600 * base):02d}:{frame // (60 * base) % 60:02d}:{frame // base % 60:02d}:{frame % base:02d}"
