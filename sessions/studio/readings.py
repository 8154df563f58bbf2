"""Speeds that were read off the broadcast's graphics, for dots over the speed lane: right where they lie on the line."""

from typing import Any

import numpy as np
import numpy.typing as npt

from sessions import sights_stage
from sessions.session import Session
from sessions.workspace import Workspace, key_of
from telemetry.alignment import Alignment
from telemetry.race_record import Trace

Floats = npt.NDArray[np.float64]

STAGE = "hud"  # under which `sights_stage` keeps what it read
UNITS_KMH = (1.0, 1.609344)


def speeds(session: Session, workspace: Workspace, trace: Trace, lag_s: float, where: Alignment) -> list[list[float]]:
    """Return [video time, km/h] rows of the number on the screen that follows the car's speed best; none where none was read.

    Args:
        session: The session.
        workspace: Where the sync keeps what it read.
        trace: The own car.
        lag_s: How late its stamps are.
        where: Where the clip lies: which number is the speed, and in which unit, shows there.
    """
    values: Any = workspace.read(STAGE, key_of(sights_stage.VERSION, session.clip))
    best: list[list[float]] = []
    least = np.inf
    for rows in (values or {}).get("speeds", ()):
        table = np.array(rows, np.float64).reshape(-1, 2)
        session_s = where.session_times_s(table[:, 0])
        told = np.interp(session_s, trace.session_time_s - lag_s, trace.speed_kmh)
        for unit in UNITS_KMH:
            off = float(np.nanmedian(np.abs(table[:, 1] * unit - told))) if np.isfinite(told).any() else np.inf
            if off < least:
                least = off
                best = [[round(float(at_s), 3), round(float(value) * unit, 1)] for at_s, value in table]
    return best
