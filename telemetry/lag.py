"""How late the car data are stamped against the positions."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from telemetry.circuit import Circuit
from telemetry.parabola import top_off
from telemetry.race_record import RaceRecord, Trace

Floats = npt.NDArray[np.float64]

USUAL_S = 0.075  # middle of what was measured on recordings: 0.04 to 0.12 s
TRUST = 0.5  # in this race's own estimate: on simulated races with exact truth it was 0.02 to 0.04 s off, as much as races differ
SEARCH_S = 0.4
STEP_S = 0.01
COARSE_S = 0.05  # the error has one valley, some tenths wide
COARSE_EVERY = 4  # samples; enough to find the valley, not which of two neighbours is its floor:
FINE_REACH_S = 0.08
MOST_SAMPLES = 4_000  # a car; more do not move the estimate by a millisecond
FEWEST_SAMPLES = 200
THREADS = 2  # NumPy and SciPy hold no lock while they look up positions and add
KEPT = 0.97  # of the samples; the rest are lost positions, and trimming more would favour accelerating over braking


def car_data_lag_s(record: RaceRecord, circuit: Circuit | None) -> float:
    """Return by how many seconds car-data stamps are late against position stamps.

    Speed along the centreline between positions is compared with the car's own speed read later and later; the delay with the
    least squared difference, refined by a parabola, is that car's. Their median is drawn halfway to the usual lag, for racing lines
    that cut corners bend the estimate.
    """
    if circuit is None:
        return USUAL_S
    with ThreadPoolExecutor(THREADS) as pool:
        found = [lag for lag in pool.map(lambda trace: _lag_of(trace, circuit), record.traces.values()) if lag is not None]
    return USUAL_S + TRUST * (float(np.median(found)) - USUAL_S) if found else USUAL_S


def _lag_of(trace: Trace, circuit: Circuit) -> float | None:
    distance_m, lateral_m = circuit.along(trace)
    step_s = np.diff(trace.position_time_s)
    step_m = (np.diff(distance_m) + circuit.length_m / 2) % circuit.length_m - circuit.length_m / 2
    speed = step_m / step_s * 3.6
    good = (step_s < 0.6) & (speed > 40) & (speed < 380) & (np.abs(lateral_m[1:]) < 12)
    known = np.isfinite(trace.speed_kmh)
    if min(good.sum(), known.sum()) < FEWEST_SAMPLES:
        return None
    car_s, speed_kmh = trace.session_time_s[known], trace.speed_kmh[known]
    used = np.flatnonzero(good)[:: max(1, int(good.sum()) // MOST_SAMPLES)]
    middle_s = (trace.position_time_s[1:] + trace.position_time_s[:-1])[used] / 2

    def error(delay: float, every: int = 1) -> float:
        return _error(speed[used][::every], np.interp(middle_s[::every] + delay, car_s, speed_kmh))

    coarse = np.arange(-SEARCH_S, SEARCH_S + COARSE_S / 2, COARSE_S)
    near = float(coarse[np.argmin([error(delay, COARSE_EVERY) for delay in coarse])])
    delays = near + np.arange(-FINE_REACH_S, FINE_REACH_S + STEP_S / 2, STEP_S)
    errors = [error(delay) for delay in delays]
    best = int(np.argmin(errors))
    if best in (0, len(delays) - 1):
        return None
    left, middle, right = errors[best - 1 : best + 2]
    return float(delays[best] + STEP_S * top_off(-left, -middle, -right))


def _error(wanted: Floats, got: Floats) -> float:
    """Return the mean squared residual of a straight line from one speed to the other.

    The line takes up what is no delay: published speeds are cut to whole km/h, and a surveyed line is a little shorter than the driven
    one. The few furthest off do not count, so that lost positions do not.
    """
    residual = _off_line(got, wanted, np.ones(len(got), bool))
    usual = np.abs(residual) <= np.quantile(np.abs(residual), KEPT)
    return float(np.mean(_off_line(got, wanted, usual)[usual] ** 2))


def _off_line(x: Floats, y: Floats, used: npt.NDArray[np.bool_]) -> Floats:
    """Return how far points lie off the straight line through those that are used."""
    centred_x, centred_y = x - x[used].mean(), y - y[used].mean()
    spread = float((centred_x[used] ** 2).sum())
    slope = float((centred_x[used] * centred_y[used]).sum()) / spread if spread > 0 else 0.0
    return np.asarray(centred_y - slope * centred_x)
