"""Recordings made up in memory, in the form in which FastF1's recorder writes them."""

import base64
import json
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from telemetry.race_record import RaceRecord, Trace


def packed(payload: Any) -> str:
    """Return contents as the streams whose names end in .z pack them."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return base64.b64encode(packer.compress(json.dumps(payload).encode()) + packer.flush()).decode()


def write_bare(record: RaceRecord, path: Path) -> Path:
    """Write what a recorder that joined late leaves: car data and positions, a message every second, and nothing else."""

    def stamp(time_s: float) -> str:
        return (record.utc_at_zero + timedelta(seconds=float(time_s))).isoformat().replace("+00:00", "Z")

    numbers = {tla: str(driver.number) for tla, driver in record.drivers.items()}
    lines = [repr(["Heartbeat", {}, stamp(0.0)])]
    end_s = max(float(trace.session_time_s[-1]) for trace in record.traces.values())
    for second in range(int(end_s) + 1):
        cars, places = [], []
        for tla, trace in record.traces.items():
            cars += [{"Utc": stamp(t), "Cars": {numbers[tla]: car}} for t, car in _cars(trace, second)]
            places += [{"Timestamp": stamp(t), "Entries": {numbers[tla]: place}} for t, place in _places(trace, second)]
        lines.append(repr(["CarData.z", packed({"Entries": cars}), stamp(second + 1)]))
        lines.append(repr(["Position.z", packed({"Position": places}), stamp(second + 1)]))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _within(time_s: np.ndarray, second: int) -> Any:
    return np.flatnonzero((time_s >= second) & (time_s < second + 1))


def _cars(trace: Trace, second: int) -> list[tuple[float, Any]]:
    return [
        (
            float(trace.session_time_s[at]),
            {"Channels": {"0": trace.rpm[at], "2": trace.speed_kmh[at], "3": int(trace.gear[at]), "4": 80, "5": 0, "45": 0}},
        )
        for at in _within(trace.session_time_s, second)
    ]


def _places(trace: Trace, second: int) -> list[tuple[float, Any]]:
    lost = ~np.isfinite(trace.x_m)
    return [
        (
            float(trace.position_time_s[at]),
            {"X": 0 if lost[at] else round(trace.x_m[at] * 10), "Y": 0 if lost[at] else round(trace.y_m[at] * 10), "Z": 0},
        )
        for at in _within(trace.position_time_s, second)
    ]
