"""SMPTE timecode (ST 12): what editors call the frames of a clip, by a count that may leave numbers out to keep up with the clock."""

import re
from dataclasses import dataclass
from fractions import Fraction

KEY = "timecode"  # of what containers say of a stream, in small letters or capitals
_WRITTEN = re.compile(r"(\d\d):([0-5]\d):([0-5]\d)([:;.,])(\d\d)")
_LEFT_OUT = Fraction(2, 30)  # of a second's numbers, at the beginning of every minute but each tenth


@dataclass(frozen=True, slots=True)
class Timecode:
    """What a clip calls its first picture, by which editors find its place in their material.

    Attributes:
        text: As it is written, as 10:59:59;28.
        frames: Frames since 00:00:00:00.
        drops: Whether its count leaves numbers out.
    """

    text: str = "00:00:00:00"
    frames: int = 0
    drops: bool = False


MIDNIGHT = Timecode()  # where editors begin to count a clip that says nothing


def read(text: str, rate: Fraction) -> Timecode | None:
    """Return the timecode that a text is for a clip of so many frames a second; None where it is none, or none of such a clip."""
    parts = _WRITTEN.fullmatch(text)
    base = round(rate)
    if parts is None or int(parts[5]) >= base or (parts[4] != ":" and base % 30):
        return None
    drops = parts[4] != ":"
    minutes = 60 * int(parts[1]) + int(parts[2])
    frames = (60 * minutes + int(parts[3])) * base + int(parts[5])
    return Timecode(text, frames - int(_LEFT_OUT * base) * (minutes - minutes // 10) if drops else frames, drops)


def written(frame: int, base: int) -> str:
    """Return hours:minutes:seconds:frames of a frame count at `base` frames a second, none left out."""
    return f"{frame // (3600 * base):02d}:{frame // (60 * base) % 60:02d}:{frame // base % 60:02d}:{frame % base:02d}"
