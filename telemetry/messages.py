"""Single messages of live-timing recordings: a line each, [topic, payload, UTC]."""

import ast
import base64
import binascii
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from telemetry.shapes import is_stamp, named, of_shape

Message = tuple[str, Any, str]

DRIVERS = "DriverList"


def lines(path: Path) -> Iterator[str]:
    """Yield a recording's lines; bytes that are no text are replaced."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        yield from file


def message(line: str) -> Message | None:
    """Return a line's topic, payload (unpacked) and UTC; None where it is torn or not of the shape that its readers need."""
    try:
        topic, payload, stamp = _read(line)
        if topic.endswith(".z"):
            payload = json.loads(zlib.decompress(base64.b64decode(payload), -zlib.MAX_WBITS))
    except (ValueError, TypeError, AttributeError, SyntaxError, binascii.Error, zlib.error, RecursionError):
        return None
    if not (is_stamp(stamp) and of_shape(topic, payload)):
        return None
    return topic, named(payload) if topic == DRIVERS else payload, stamp


def _read(line: str) -> Any:
    """Return one line's message; the recorder writes Python's quotes, others JSON's."""
    try:
        return json.loads(line)
    except ValueError:
        return json.loads(json.dumps(ast.literal_eval(line.strip())))  # sets and bytes are no message


def read_by_fastf1(line: str) -> bool:
    """Return whether FastF1 reads a line: it takes every apostrophe for a quote, that of O'Ward too."""
    try:
        json.loads(line.replace("'", '"').replace("True", "true").replace("False", "false"))
    except ValueError:
        return False
    return True


def line_for_fastf1(what: Message) -> str:
    """Return a message, its payload not packed, as a line that FastF1 reads, whatever its words."""
    return json.dumps(what).replace("'", "\\u0027") + "\n"
