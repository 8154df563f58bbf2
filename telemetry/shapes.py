"""Shapes of live-timing contents: what the readers of each stream, FastF1 first, take for granted of what they find in it."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

Shape = Callable[[Any], bool]

_LARGEST = 1e9  # of what cars send; what is larger no longer fits FastF1's integers
_MOST_LAPS = 1000  # no session has so many
_STAMP = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?", re.ASCII)
_LAP_TIME = re.compile(r"((\d+:){0,2}\d+(\.\d+)?)?", re.ASCII)


def of_shape(topic: str, contents: Any) -> bool:
    """Return whether a message's contents, unpacked, are of the shape that its stream needs; streams that nobody reads need none."""
    shape = _SHAPES.get(topic)
    return shape is None or shape(contents)


def named(contents: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return what a list of drivers says in words, by racing number; all come in one message, so what is wrong of one goes alone."""
    return {
        number: {key: word for key, word in said.items() if is_text(word)} | {"RacingNumber": number}
        for number, said in contents.items()
        if number and _digits(number) and isinstance(said, dict)
    }


def is_stamp(value: Any) -> bool:
    """Return whether something is a date and a time in the one form that FastF1 reads."""
    if not isinstance(value, str) or not _STAMP.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value[:19])
    except ValueError:
        return False
    return True


def is_text(value: Any) -> bool:
    """Return whether something is a word, or none at all."""
    return isinstance(value, str)


def _lap_time(value: Any) -> bool:
    return isinstance(value, str) and _LAP_TIME.fullmatch(value) is not None


def _digits(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and (value.isdecimal() or not value)


def _switch(value: Any) -> bool:
    return isinstance(value, bool)


def is_count(value: Any) -> bool:
    """Return whether something counts laps, places or cars."""
    return type(value) is int and 0 <= value < _MOST_LAPS


def is_number(value: Any) -> bool:
    """Return whether something is a number of those that cars send."""
    return type(value) in (int, float) and -_LARGEST < value < _LARGEST


def _numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(map(is_number, value.values()))


def _table(value: Any) -> bool:
    return isinstance(value, dict)


def _unless_none(shape: Shape) -> Shape:
    return lambda value: value is None or shape(value)


def _fields(**shapes: Shape) -> Shape:
    """Return the shape of a table that need not have any of some fields; others may be anything."""
    return lambda value: isinstance(value, dict) and all(shape(value[name]) for name, shape in shapes.items() if name in value)


def _of(field: str, shape: Shape) -> Shape:
    return _fields(**{field: shape})


def _numbered(shape: Shape) -> Shape:
    """Return the shape of a table by racing number, sector or stint."""
    return lambda value: isinstance(value, dict) and all(key and _digits(key) and shape(entry) for key, entry in value.items())


def _list(shape: Shape) -> Shape:
    return lambda value: isinstance(value, list) and all(map(shape, value))


def _entries(shape: Shape) -> Shape:
    """Return the shape of what is a list when it first comes, and a table of what is new in it from then on."""
    whole, news = _list(shape), _numbered(shape)
    return lambda value: whole(value) or news(value)


_NAME = _unless_none(is_text)
_VALUE = _of("Value", is_text)
_SPEED = _of("Value", _digits)

_MEETING = _fields(
    Name=_NAME,
    OfficialName=_NAME,
    Location=_NAME,
    Country=_unless_none(_of("Name", _NAME)),
    Circuit=_unless_none(_of("ShortName", _NAME)),
)
_STINT = _fields(Compound=_NAME, StartLaps=_unless_none(is_count))
_TIMES = _fields(
    NumberOfLaps=is_count,
    InPit=_switch,
    Position=_digits,
    GapToLeader=is_text,
    IntervalToPositionAhead=_VALUE,
    LastLapTime=_unless_none(_VALUE),
    BestLapTime=_of("Value", _lap_time),  # elsewhere a time that is none counts as not said
    BestLapTimes=_entries(_table),
    Sectors=_entries(_VALUE),
    Speeds=_fields(I1=_SPEED, I2=_SPEED, FL=_SPEED, ST=_SPEED),
)

_SHAPES: dict[str, Shape] = {
    "SessionInfo": _fields(Meeting=_unless_none(_MEETING), Name=_NAME, StartDate=_unless_none(is_stamp)),
    "SessionStatus": _of("Status", is_text),
    "SessionData": _of("StatusSeries", _entries(_fields(Utc=is_stamp, SessionStatus=is_text))),
    "TrackStatus": _of("Status", _digits),
    "LapCount": _fields(CurrentLap=is_count, TotalLaps=is_count),
    "DriverList": _table,
    "TimingData": _of("Lines", _numbered(_TIMES)),
    "TimingAppData": _of("Lines", _numbered(_of("Stints", _entries(_STINT)))),
    "CarData.z": _of("Entries", _list(_fields(Utc=is_stamp, Cars=_numbered(_of("Channels", _numbers))))),
    "Position.z": _of(
        "Position", _list(_fields(Timestamp=is_stamp, Entries=_numbered(_fields(X=is_number, Y=is_number, Z=is_number))))
    ),
}
