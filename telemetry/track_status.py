"""When a race session is neutralised: nobody may pass then."""

from bisect import bisect_right

import numpy as np
import numpy.typing as npt

from telemetry.race_record import RaceRecord

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NEUTRAL = frozenset("4567")  # safety car, red flag, virtual safety car and its ending


def is_neutral(record: RaceRecord, session_time_s: float) -> bool:
    """Return whether a safety car, a virtual one or a red flag is out."""
    at = bisect_right(record.track_status, session_time_s, key=lambda change: change[0]) - 1
    return at >= 0 and record.track_status[at][1] in NEUTRAL


def neutral(record: RaceRecord, session_times_s: Floats) -> Bools:
    """Return (n,) whether one is out at (n,) session times."""
    changes_s = np.array([change_s for change_s, _ in record.track_status])
    codes = np.array([False, *(code in NEUTRAL for _, code in record.track_status)])
    return np.asarray(codes[np.searchsorted(changes_s, session_times_s, side="right")])
