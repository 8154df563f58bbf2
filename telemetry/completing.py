"""Recordings completed by what FastF1 cannot do without: where it misses one of these streams, it gives no laps, or nothing at all."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from telemetry.messages import DRIVERS, Message, line_for_fastf1, lines
from telemetry.race_record import GREY, nameless
from telemetry.recording import STARTED, Contents

NEEDED = ("CarData.z", "Position.z")  # streams that nothing stands in for
CLEAR = "1"  # of FastF1's codes of the track's status


@contextmanager
def completed(path: Path, held: Contents, about: dict[str, Any]) -> Iterator[Path]:
    """Lend a copy of a recording with all that FastF1 cannot do without, and nothing that it stumbles over.

    What is put in says nothing new: drivers are called by their numbers, and nothing is told of tyres. Only a track status there has
    to be; whoever reads the copy leaves it out again.

    Args:
        path: The recording, plain.
        held: What it holds.
        about: Stands in for its SessionInfo.
    """
    with tempfile.TemporaryDirectory(prefix="slipstream-") as folder:
        copy = Path(folder) / path.name
        with copy.open("w", encoding="utf-8") as whole:
            whole.writelines(map(line_for_fastf1, _missing(held, about)))
            kept = ((number, line) for number, line in enumerate(lines(path)) if number not in held.unread)
            whole.writelines(held.lost.get(number, "") + held.mended.get(number, line) for number, line in kept)
        yield copy


def _missing(held: Contents, about: dict[str, Any]) -> Iterator[Message]:
    """Yield the messages to put before a recording's own."""
    first = held.first_stamp
    start = held.started.get("SessionData") or held.started.get("SessionStatus")
    # FastF1 takes the first line that says so for one of SessionData, whatever it is.
    status_lacks = "SessionStatus" not in (held.started if start else held.topics)
    if start is not None and (status_lacks or next(iter(held.started)) != "SessionData"):
        yield "SessionData", {"StatusSeries": {"0": {"Utc": start, "SessionStatus": STARTED}}}, start
    if status_lacks:
        yield "SessionStatus", {"Status": STARTED if start else "Inactive"}, start or first
    if "SessionInfo" not in held.topics:
        yield "SessionInfo", about, first
    unnamed = [number for number in held.numbers if number not in held.named]
    if unnamed:
        yield DRIVERS, {number: _driver(number) for number in unnamed}, first
    if "TrackStatus" not in held.topics:
        yield "TrackStatus", {"Status": CLEAR, "Message": "AllClear"}, first
    if "TimingAppData" not in held.topics:
        yield "TimingAppData", {"Lines": {}}, first


def _driver(number: str) -> dict[str, Any]:
    first, last = nameless(number).split()
    return {"RacingNumber": number, "Tla": number, "FirstName": first, "LastName": last, "TeamName": "", "TeamColour": GREY}
