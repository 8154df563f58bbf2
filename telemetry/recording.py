"""Live-timing recordings as files: unpacked, and what they say of their session."""

import gzip
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from telemetry.errors import TelemetryError
from telemetry.events import plain
from telemetry.race_session import KIND_NAMES, RaceSession

_TOPIC = b'"SessionInfo"'


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
        plain = Path(folder) / path.stem
        try:
            plain.write_bytes(gzip.decompress(path.read_bytes()))
        except (OSError, EOFError) as error:
            raise TelemetryError(f"recording {path} cannot be unpacked: {error}; copy it again") from error
        yield plain


def session_info(path: Path) -> dict[str, Any] | None:
    """Return what a recording says of its session, None where it does not.

    Raises:
        TelemetryError: It is no recording at all.
    """
    readable = False
    with path.open("rb") as lines:
        for line in lines:
            if _TOPIC not in line:
                readable = readable or line.startswith((b"[", b"{"))
                continue
            try:
                topic, payload, *_ = json.loads(line)
            except (ValueError, TypeError):
                continue
            if topic == "SessionInfo" and isinstance(payload, dict):
                return payload
    if not readable:
        raise TelemetryError(f"{path} is no live-timing recording; FastF1's recorder writes one")
    return None


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
    if year.isdigit() and int(year) != race.year:
        raise TelemetryError(f"recording {path} is of {names[0]} {year}, not {race}; name that one or choose another")
    if any(names) and not any(wanted in plain(name) for name in names):
        raise TelemetryError(
            f"recording {path} is of {names[0]} {year}, not {race.event}; name that one or choose another recording"
        )
    kind = _kind_of(info)
    if kind is not None and kind != race.kind:
        raise TelemetryError(f"recording {path} is of {kind}, not {race.kind}; write {race.year}/{race.event}/{kind}")


def _kind_of(info: dict[str, Any]) -> str | None:
    name = str(info.get("Name") or "")
    known = {value: key for key, value in KIND_NAMES.items()} | {"Sprint Shootout": "SQ", "Sprint Race": "S"}
    return known.get(name)
