"""Race sessions as read once, kept in the user's cache folder as NumPy archives; a stale or torn one is read anew."""

import hashlib
import io
import json
import os
import re
import sys
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import numpy.typing as npt

from telemetry import sources
from telemetry.errors import TelemetryError
from telemetry.race_record import CornerMark, Driver, Lap, RaceRecord, Trace
from telemetry.race_session import RaceSession

FORM = 8  # raised when what is stored, or how a source is read, changes
SETTLED = timedelta(days=1)  # after its start a race session's published data no longer change
REREAD = timedelta(hours=1)  # before that, a stored race session is believed for so long
_CHANNELS = tuple(field.name for field in fields(Trace) if field.name != "driver")
_INTERVALS = "interval_s"
_ABOUT = "about"

Arrays = dict[str, Any]  # an array of any kind by its name


def load(race: RaceSession, *, on_progress: Callable[[int, int], None] | None = None) -> RaceRecord:
    """Return everything known of a race session: from the store where it is fresh and whole, else from its source, then kept.

    Args:
        race: What is wanted.
        on_progress: Told (requests done, in total) while a source is asked that takes many.

    Raises:
        TelemetryError: It is not stored, and its source cannot be read.
    """
    made_of = _made_of(race)
    known = _read(race, made_of)
    if known is not None:
        return known
    record = sources.load(race, kept=folder() / "unfinished", on_progress=on_progress)
    _keep(record, made_of)
    return record


def kept(race: RaceSession) -> RaceRecord | None:
    """Return a race session as kept; None where it is not, or neither fresh nor whole.

    Raises:
        TelemetryError: Its recording cannot be read.
    """
    return _read(race, _made_of(race))


def forget(race: RaceSession) -> None:
    """Let the store have nothing of a race session."""
    path_of(race).unlink(missing_ok=True)


def folder() -> Path:
    """Return where race sessions are kept: `SLIPSTREAM_CACHE`, else the user's cache folder."""
    named = os.environ.get("SLIPSTREAM_CACHE")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "slipstream"


def path_of(race: RaceSession) -> Path:
    """Return where a race session is kept; a recording has a file of its own."""
    words = f"{race.year} {race.event} {race.kind}" + (f" {race.source}" if race.source != "auto" else "")
    place = words.casefold() if race.recording is None else f"{words.casefold()} {race.recording.resolve()}"
    readable = re.sub(r"[^a-z0-9]+", "-", words.casefold()).strip("-")
    return folder() / f"{readable}-{hashlib.sha256(place.encode()).hexdigest()[:10]}.npz"


def _read(race: RaceSession, made_of: dict[str, Any]) -> RaceRecord | None:
    """Return a race session as kept; None where it is not kept, is torn, or its source or our reading of it has changed."""
    path = path_of(race)
    if not path.exists():
        return None
    try:
        with ZipFile(path) as archive:
            about = json.loads(_array(archive, f"{_ABOUT}.npy").tobytes())
            if not _fresh(race, about, made_of):
                return None
            if {*about["arrays"], _ABOUT} != {name.removesuffix(".npy") for name in archive.namelist()}:
                return None  # one wrong byte in its table of contents hides arrays, and with them cars
            return _record(race, {name: _array(archive, f"{name}.npy") for name in about["arrays"]}, about)
    except (OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError, BadZipFile, zlib.error):
        return None


def _array(archive: ZipFile, name: str) -> npt.NDArray[Any]:
    # Not `np.load`: that trusts an array's head before its checksum is known.
    return np.lib.format.read_array(io.BytesIO(archive.read(name)), allow_pickle=False)


def _keep(record: RaceRecord, made_of: dict[str, Any]) -> None:
    """Store a race session, whole or not at all; a full or read-only cache folder slows the next load and harms nothing else."""
    path = path_of(record.race)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".npz", delete=False) as beside:
            written = Path(beside.name)
            try:
                np.savez_compressed(beside, **_arrays(record, made_of))
            except BaseException:
                written.unlink()
                raise
        written.replace(path)
    except OSError:
        return


def _made_of(race: RaceSession) -> dict[str, Any]:
    """Return what a stored race session was made from and by; it is stale once this differs."""
    made_by = {"form": FORM, "fastf1": version("fastf1")}
    if race.recording is None:
        return made_by
    try:
        with race.recording.open("rb") as recording:
            return made_by | {"content": hashlib.file_digest(recording, "sha256").hexdigest()}
    except FileNotFoundError as error:
        raise TelemetryError(f"no recording {race.recording}; check the path") from error
    except OSError as error:
        raise TelemetryError(f"recording {race.recording} cannot be read: {error.strerror}; check the path") from error


def _fresh(race: RaceSession, about: dict[str, Any], made_of: dict[str, Any]) -> bool:
    if about["made_of"] != made_of:
        return False
    read_at = datetime.fromisoformat(about["read_at"])
    settled = read_at - datetime.fromisoformat(about["utc_at_zero"]) > SETTLED
    return race.recording is not None or settled or datetime.now(UTC) - read_at < REREAD


def _arrays(record: RaceRecord, made_of: dict[str, Any]) -> Arrays:
    """Return a race session as arrays named "TLA/channel", and what is not measured many times a second as JSON in one of its own."""
    about = {
        "made_of": made_of,
        "read_at": datetime.now(UTC).isoformat(),
        "event_name": record.event_name,
        "utc_at_zero": record.utc_at_zero.isoformat(),
        "drivers": [asdict(driver) for driver in record.drivers.values()],
        "laps": {tla: [asdict(lap) for lap in laps] for tla, laps in record.laps.items()},
        "track_status": record.track_status,
        "total_laps": record.total_laps,
        "flag_s": record.flag_s,
        "unread_lines": record.unread_lines,
        "corners": [asdict(mark) for mark in record.corners],
    }
    arrays: Arrays = {}
    for tla, trace in record.traces.items():
        channels = {name: getattr(trace, name) for name in _CHANNELS}
        arrays |= {f"{tla}/{name}": channel for name, channel in channels.items() if channel is not None}
    arrays |= {f"{tla}/{_INTERVALS}": np.stack(columns) for tla, columns in record.interval_s.items()}
    return arrays | {_ABOUT: np.frombuffer(json.dumps(about | {"arrays": list(arrays)}).encode(), np.uint8)}


def _record(race: RaceSession, arrays: Arrays, about: dict[str, Any]) -> RaceRecord:
    drivers = {said["tla"]: Driver(**said) for said in about["drivers"]}
    return RaceRecord(
        race=race,
        event_name=about["event_name"],
        utc_at_zero=datetime.fromisoformat(about["utc_at_zero"]),
        drivers=drivers,
        traces={tla: _trace(tla, arrays) for tla in drivers if f"{tla}/speed_kmh" in arrays},
        laps={tla: tuple(Lap(**_of_lap(said)) for said in laps) for tla, laps in about["laps"].items()},
        interval_s={tla: tuple(arrays[f"{tla}/{_INTERVALS}"]) for tla in drivers if f"{tla}/{_INTERVALS}" in arrays},
        track_status=tuple((float(time_s), str(code)) for time_s, code in about["track_status"]),
        total_laps=about["total_laps"],
        flag_s=about["flag_s"],
        unread_lines=about["unread_lines"],
        corners=tuple(CornerMark(**said) for said in about["corners"]),
    )


def _trace(tla: str, arrays: Arrays) -> Trace:
    channels: Arrays = {name: arrays.get(f"{tla}/{name}") for name in _CHANNELS}
    return Trace(driver=tla, **channels)


def _of_lap(said: dict[str, Any]) -> dict[str, Any]:
    return said | {"sector_times_s": tuple(said["sector_times_s"])}
