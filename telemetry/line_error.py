"""What a car's published positions are slowly off by, told at the line, where the timing knows to the millisecond."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter, uniform_filter1d

from telemetry.race_record import Lap

Floats = npt.NDArray[np.float64]

FEWEST_LAPS = 4
LAPS = 9  # the error wanders over several laps: against a real race's intervals 3 to 9 do equally well, 99 and 1 less
WORST_M = 25.0  # more is a hole, or a lap that the timing has wrong
DEVIATIONS = 1.4826  # from a median deviation to a standard one


def slow_error_m(progress_m: Floats, time_s: Floats, laps: Sequence[Lap], length_m: float) -> Floats:
    """Return (n,) by how many metres a car's progress runs ahead of the timing at the line, steadied over several laps.

    On Monaco 2024 it is 2 to 3 m, lasts for laps, and differs from car to car. How far the crossings of single laps scatter says how
    much to believe: timing that was stamped when its messages came in moves nothing.

    Args:
        progress_m: (n,) since lap 1 began.
        time_s: (n,) session times of those.
        laps: The car's laps by the timing.
        length_m: Once around.
    """
    ended = [(lap.end_s, lap.number) for lap in laps if lap.end_s is not None and lap.number > 1 and not lap.in_pit]
    if len(ended) < FEWEST_LAPS:
        return np.zeros(len(time_s))
    end_s, number = (np.array(column, np.float64) for column in zip(*ended, strict=True))
    error_m = np.interp(end_s, time_s, progress_m) - number * length_m
    believed = np.abs(error_m) < WORST_M
    if believed.sum() < FEWEST_LAPS:
        return np.zeros(len(time_s))
    end_s, error_m = end_s[believed], error_m[believed]
    steady_m = uniform_filter1d(median_filter(error_m, 3, mode="nearest"), LAPS, mode="nearest")
    noise_m = DEVIATIONS * float(np.median(np.abs(np.diff(error_m)))) / np.sqrt(2)
    found, doubt = float(np.mean(steady_m**2)), noise_m**2 / LAPS
    trust = found / (found + doubt) if found > 0 else 0.0
    return trust * np.interp(time_s, end_s, steady_m)
