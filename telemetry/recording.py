"""Live-timing recordings as files: unpacked, what streams they hold, and what they say of their session."""

import gzip
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telemetry.errors import TelemetryError
from telemetry.events import plain
from telemetry.lost_laps import LapEnds
from telemetry.messages import DRIVERS, Message, line_for_fastf1, lines, message, read_by_fastf1
from telemetry.race_session import NO_CARS, RaceSession, kind_named

STARTED = "Started"  # as the status of a session
_CARS = "CarData.z"


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Lend a recording as plain text, unpacked into a folder of its own where it ends in .gz.

    Raises:
        TelemetryError: It cannot be unpacked.
    """
    if path.suffix != ".gz":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="slipstream-") as folder:
        unpacked = Path(folder) / path.stem
        try:
            unpacked.write_bytes(gzip.decompress(path.read_bytes()))
        except (OSError, EOFError, zlib.error) as error:
            raise TelemetryError(f"recording {path} cannot be unpacked: {error}; copy it again") from error
        yield unpacked


@dataclass
class Contents:
    """What a recording holds.

    Attributes:
        topics: Its streams of which a message can be read.
        info: What it says of its session, None where it does not.
        first_stamp: UTC of its first message; empty where it has none that can be read.
        numbers: Racing numbers of the cars.
        named: Racing numbers of those whose drivers it names.
        started: UTC at which the session started, by the stream that says so, the stream that says it first being the first.
        mended: Lines that FastF1 would not read, by their number, in a form that it does.
        unread: Numbers of the lines that nobody can read: torn, or of another shape than their stream's.
        lost: Lines to put before a line, by its number: ends of laps that are missing.
    """

    topics: set[str] = field(default_factory=set)
    info: dict[str, Any] | None = None
    first_stamp: str = ""
    numbers: list[str] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    started: dict[str, str] = field(default_factory=dict)
    mended: dict[int, str] = field(default_factory=dict)
    unread: set[int] = field(default_factory=set)
    lost: dict[int, str] = field(default_factory=dict)


def contents(path: Path) -> Contents:
    """Return what a recording holds.

    Raises:
        TelemetryError: It is no recording at all.
    """
    held, ends = Contents(), LapEnds()
    for number, line in enumerate(lines(path)):
        what = message(line)
        if what is None:
            if not line.isspace():
                held.unread.add(number)
                ends.torn(number)
            continue
        held.topics.add(what[0])
        _hear(held, what)
        for before, end in ends.hear(number, what):
            held.lost[before] = held.lost.get(before, "") + line_for_fastf1(end)
        if what[0] == DRIVERS or ("'" in line and not what[0].endswith(".z") and not read_by_fastf1(line)):
            held.mended[number] = line_for_fastf1(what)
    if not held.first_stamp:
        raise TelemetryError(f"{path} is no live-timing recording; FastF1's recorder writes one")
    return held


def _hear(held: Contents, what: Message) -> None:
    topic, payload, stamp = what
    held.first_stamp = held.first_stamp or stamp
    if topic == _CARS and not held.numbers:
        found = {number for entry in payload.get("Entries", ()) for number in entry.get("Cars", ())}
        held.numbers = sorted(found - NO_CARS, key=int)
    elif topic == "SessionInfo":
        held.info = held.info or payload
    elif topic == DRIVERS:
        held.named.update(payload)
    elif topic in ("SessionStatus", "SessionData") and (instant := _started(what)) is not None:
        held.started.setdefault(topic, instant)


def _started(what: Message) -> str | None:
    """Return when a message says that the session started, None where it says no such thing."""
    topic, payload, stamp = what
    if topic == "SessionStatus":
        return stamp if payload.get("Status") == STARTED else None
    series = payload.get("StatusSeries") or ()
    entries = series.values() if isinstance(series, dict) else series
    instants = (entry.get("Utc") for entry in entries if entry.get("SessionStatus") == STARTED)
    return next(instants, None)


def require_same(race: RaceSession, info: dict[str, Any], path: Path) -> None:
    """Make sure that a recording is of the race session asked for, by what it says of itself.

    Raises:
        TelemetryError: It is of another year, event or kind.
    """
    meeting = info.get("Meeting") or {}
    names = [str(meeting.get(key) or "") for key in ("Name", "OfficialName", "Location")]
    names += [str((meeting.get(part) or {}).get(key) or "") for part, key in (("Country", "Name"), ("Circuit", "ShortName"))]
    year = str(info.get("StartDate") or "")[:4]
    wanted = plain(race.event)
    if year.isdecimal() and int(year) != race.year:
        raise TelemetryError(f"recording {path} is of {names[0]} {year}, not {race}; name that one or choose another")
    if any(names) and not any(wanted in plain(name) for name in names):
        raise TelemetryError(
            f"recording {path} is of {names[0]} {year}, not {race.event}; name that one or choose another recording"
        )
    kind = kind_named(str(info.get("Name") or ""), race.year)
    if kind is not None and kind != race.kind:
        raise TelemetryError(f"recording {path} is of {kind}, not {race.kind}; write {race.year}/{race.event}/{kind}")
