"""Speeds between samples by several methods, against samples withheld and against the truth of simulated races.

    python -m tests.benchmarks.interpolation RECORDING=YEAR/EVENT/KIND… [--sim FOLDER=YEAR/EVENT/KIND…]

A simulated race's FOLDER holds what `../shared/sim/tools/simrace.py` writes. One sample in five is withheld. The Kalman/RTS smoother of
a speed whose acceleration wanders is a cubic smoothing spline, which scipy solves at once; its weights know that the stamps jitter.
Their results stand in `telemetry/series.py`.
"""

import argparse
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator, make_smoothing_spline

from telemetry import store
from telemetry.race_record import RaceRecord
from telemetry.race_session import RaceSession

Floats = npt.NDArray[np.float64]
Method = Callable[[Floats, Floats], Callable[[Floats], Floats]]

EVERY = 5  # sample withheld
SLOWEST_KMH, WIDEST_S = 20.0, 1.2  # standing cars are easy, holes are not interpolated
MOST = 4_000  # samples a car
LIGHTS_OUT = datetime(2025, 6, 15, 13, 3, tzinfo=UTC)  # of every simulated race
SIM_LAG_S, CUT_KMH = 0.08, 0.5
TRUTH_STEP_S, SIM_STEP_S = 0.037, 0.02


def rts(time_s: Floats, speed_kmh: Floats, *, spread: float, jitter_s: float) -> Callable[[Floats], Floats]:
    """Return the smoothed speed; `spread` is the acceleration's, in (km/h)²/s³."""
    weight = np.full(len(time_s), 1 / (1 / 12 + (jitter_s * 25) ** 2))
    for _ in range(2):
        spline = make_smoothing_spline(time_s, speed_kmh, w=weight, lam=1 / spread)
        weight = 1 / (1 / 12 + (jitter_s * spline.derivative()(time_s)) ** 2)
    return spline  # type: ignore[no-any-return]


METHODS: dict[str, Method] = {
    "linear": lambda t, v: lambda at: np.interp(at, t, v),
    "PCHIP": PchipInterpolator,
    "makima": lambda t, v: Akima1DInterpolator(t, v, method="makima"),
} | {
    f"RTS {spread:.0f} {jitter_s * 1000:.0f} ms": lambda t, v, spread=spread, jitter_s=jitter_s: rts(
        t, v, spread=spread, jitter_s=jitter_s
    )
    for spread in (1_500.0, 5_000.0, 15_000.0)
    for jitter_s in (0.015, 0.03, 0.05)
}


def withheld(record: RaceRecord, method: Method) -> Floats:
    """Return how far off a method is at samples that it does not see, km/h."""
    errors = []
    for trace in record.traces.values():
        begin = max((len(trace.session_time_s) - MOST) // 2, 0)
        time_s, speed_kmh = trace.session_time_s[begin : begin + MOST], trace.speed_kmh[begin : begin + MOST]
        held = np.zeros(len(time_s), bool)
        held[2:-2:EVERY] = True
        asked = held & (np.r_[0, time_s[2:] - time_s[:-2], 0] < WIDEST_S) & (speed_kmh > SLOWEST_KMH)
        errors.append(method(time_s[~held], speed_kmh[~held])(time_s[asked]) - speed_kmh[asked])
    return np.concatenate(errors)


def against_truth(record: RaceRecord, folder: Path, method: Method) -> Floats:
    """Return how far off a method is between the samples of a simulated race, km/h."""
    truth = np.load(folder / "race.npz")
    zero_s = (record.utc_at_zero - LIGHTS_OUT).total_seconds()
    errors = []
    for place, driver in enumerate(sorted(record.drivers.values(), key=lambda driver: driver.number)):
        column = sorted(range(truth["s"].shape[1]), key=lambda car: NUMBERS[car])[place]
        trace = record.traces[driver.tla]
        time_s = trace.session_time_s + zero_s - SIM_LAG_S
        at_s = np.arange(20.0, time_s[-1] - 20, TRUTH_STEP_S)
        true_kmh = np.interp(at_s, np.arange(len(truth["v"])) * SIM_STEP_S, truth["v"][:, column]) * 3.6
        errors.append(method(time_s, trace.speed_kmh + CUT_KMH * (trace.speed_kmh > 0))(at_s) - true_kmh)
    return np.concatenate(errors)


NUMBERS = (7, 21, 34, 48, 52, 63, 71, 80, 88, 95, 12, 29)  # of the simulated cars, in the order of the truth's columns


def _pairs(words: list[str]) -> Iterator[tuple[Path, str]]:
    for word in words:
        path, _, race = word.rpartition("=")
        yield Path(path), race


def main() -> None:
    """Print a line a method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", nargs="*")
    parser.add_argument("--sim", nargs="*", default=[])
    arguments = parser.parse_args()
    asked: list[tuple[str, Callable[[Method], Floats]]] = []
    for path, race in _pairs(arguments.recordings):
        record = store.load(RaceSession.parse(race, recording=path))
        asked.append((f"{race} withheld", lambda method, record=record: withheld(record, method)))
    for folder, race in _pairs(arguments.sim):
        record = store.load(RaceSession.parse(race, recording=folder / "livetiming.txt"))
        asked.append((f"{race} withheld", lambda method, record=record: withheld(record, method)))
        asked.append((f"{race} truth", lambda method, record=record, folder=folder: against_truth(record, folder, method)))
    for name, errors_of in asked:
        for method_name, method in METHODS.items():
            off = errors_of(method)
            rms, worst = np.sqrt(np.mean(off**2)), np.percentile(np.abs(off), 99)
            print(f"{name:28} {method_name:16} RMS {rms:.3f}  p99 {worst:.2f} km/h  ({len(off)})", flush=True)


if __name__ == "__main__":
    main()
