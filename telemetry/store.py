"""Race sessions as read once, kept in the user's cache folder as Parquet; a stale or torn one is read anew."""

import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from telemetry import sources
from telemetry.errors import TelemetryError
from telemetry.race_record import CornerMark, Driver, Lap, RaceRecord, Trace
from telemetry.race_session import RaceSession

FORM = 2  # raised when what is stored, or how a source is read, changes
SETTLED = timedelta(days=1)  # after its start a race session's published data no longer change
REREAD = timedelta(hours=1)  # before that, a stored race session is believed for so long
_CHANNELS: dict[str, Any] = {
    "session_time_s": pa.float64(),
    "speed_kmh": pa.float64(),
    "rpm": pa.float64(),
    "gear": pa.int8(),
    "throttle": pa.float64(),
    "brake": pa.bool_(),
    "drs": pa.int8(),
    "position_time_s": pa.float64(),
    "x_m": pa.float64(),
    "y_m": pa.float64(),
}
_INTERVALS = ("interval_time_s", "interval_leader_s", "interval_ahead_s")
_LAP = pa.struct(
    [
        ("number", pa.int32()),
        ("start_s", pa.float64()),
        ("end_s", pa.float64()),
        ("lap_time_s", pa.float64()),
        ("sector_times_s", pa.list_(pa.float64())),
        ("position", pa.int32()),
        ("compound", pa.string()),
        ("tyre_age_laps", pa.int32()),
        ("accurate", pa.bool_()),
        ("in_pit", pa.bool_()),
        ("pit_in_s", pa.float64()),
        ("pit_out_s", pa.float64()),
    ]
)
_ABOUT = b"slipstream"


def load(race: RaceSession, *, on_progress: Callable[[int, int], None] | None = None) -> RaceRecord:
    """Return everything known of a race session: from the store where it is fresh and whole, else from its source, then kept.

    Args:
        race: What is wanted.
        on_progress: Told (requests done, in total) while a source is asked that takes many.

    Raises:
        TelemetryError: It is not stored, and its source cannot be read.
    """
    made_of = _made_of(race)
    kept = _read(race, made_of)
    if kept is not None:
        return kept
    record = sources.load(race, kept=folder() / "unfinished", on_progress=on_progress)
    _keep(record, made_of)
    return record


def is_kept(race: RaceSession) -> bool:
    """Return whether a race session is kept, fresh and whole.

    Raises:
        TelemetryError: Its recording cannot be read.
    """
    return _read(race, _made_of(race)) is not None


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
    return folder() / f"{readable}-{hashlib.sha256(place.encode()).hexdigest()[:10]}.parquet"


def _read(race: RaceSession, made_of: dict[str, Any]) -> RaceRecord | None:
    """Return a race session as kept; None where it is not kept, is torn, or its source or our reading of it has changed."""
    path = path_of(race)
    if not path.exists():
        return None
    try:
        # Not `read_table`: that loads pandas, a third of a second, to read one file.
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read(use_threads=False)
        about = json.loads(table.schema.metadata[_ABOUT])
        record = _record(race, table, about) if _fresh(race, about, made_of) else None
        del table
        pa.default_memory_pool().release_unused()
        return record
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None


def _keep(record: RaceRecord, made_of: dict[str, Any]) -> None:
    """Store a race session, whole or not at all; a full or read-only cache folder slows the next load and harms nothing else."""
    path = path_of(record.race)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".parquet", delete=False) as beside:
            written = Path(beside.name)
            try:
                pq.write_table(_table(record, made_of), beside, compression="zstd", write_page_checksum=True)
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


def _table(record: RaceRecord, made_of: dict[str, Any]) -> Any:
    """Return a race session as a table: a row a driver, a list a channel."""
    drivers = list(record.drivers)
    traces = [record.traces.get(tla) for tla in drivers]
    columns = {
        name: pa.array([None if trace is None else getattr(trace, name) for trace in traces], pa.list_(kind))
        for name, kind in _CHANNELS.items()
    }
    for number, name in enumerate(_INTERVALS):
        found = [record.interval_s[tla][number] if tla in record.interval_s else None for tla in drivers]
        columns[name] = pa.array(found, pa.list_(pa.float64()))
    columns["laps"] = pa.array([[asdict(lap) for lap in record.laps.get(tla, ())] for tla in drivers], pa.list_(_LAP))
    about = {
        "made_of": made_of,
        "read_at": datetime.now(UTC).isoformat(),
        "event_name": record.event_name,
        "utc_at_zero": record.utc_at_zero.isoformat(),
        "drivers": [asdict(driver) for driver in record.drivers.values()],
        "track_status": record.track_status,
        "total_laps": record.total_laps,
        "corners": [asdict(mark) for mark in record.corners],
    }
    return pa.table(columns).replace_schema_metadata({_ABOUT: json.dumps(about).encode()})


def _record(race: RaceSession, table: Any, about: dict[str, Any]) -> RaceRecord:
    drivers = {said["tla"]: Driver(**said) for said in about["drivers"]}
    traces, intervals, laps = {}, {}, {}
    laps_of_row = table["laps"].to_pylist()
    for row, tla in enumerate(drivers):
        channels = {name: _list(table, name, row) for name in _CHANNELS}
        if channels["speed_kmh"] is not None:
            traces[tla] = Trace(driver=tla, **channels)
        times_s, leader_s, ahead_s = (_list(table, name, row) for name in _INTERVALS)
        if times_s is not None:
            intervals[tla] = (times_s, leader_s, ahead_s)
        laps[tla] = tuple(Lap(driver=tla, **_of_lap(said)) for said in laps_of_row[row])
    return RaceRecord(
        race=race,
        event_name=about["event_name"],
        utc_at_zero=datetime.fromisoformat(about["utc_at_zero"]),
        drivers=drivers,
        traces=traces,
        laps=laps,
        interval_s=intervals,
        track_status=tuple((float(time_s), str(code)) for time_s, code in about["track_status"]),
        total_laps=about["total_laps"],
        corners=tuple(CornerMark(**said) for said in about["corners"]),
    )


def _list(table: Any, name: str, row: int) -> Any:
    cell = table[name][row]
    if not cell.is_valid:
        return None
    values = cell.values
    # Not `to_numpy`, which loads pandas as well.
    if pa.types.is_boolean(values.type):
        return np.from_dlpack(values.cast(pa.uint8())).astype(bool)
    return np.from_dlpack(values).copy()


def _of_lap(said: dict[str, Any]) -> dict[str, Any]:
    return said | {"sector_times_s": tuple(said["sector_times_s"])}
