"""What the lanes under the video show, over session time: the page lays it under the clip itself, so that dragging needs no server."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from telemetry.alignment import Alignment
from telemetry.sample import Reading
from telemetry.timeline import Timeline

Floats = npt.NDArray[np.float64]

BESIDE_S = 40.0  # before and behind the clip: how far the offset may be dragged before more is fetched
STEP_S = 0.25  # of the other car and the gap: car data come four times a second


def lanes(timeline: Timeline, start_s: float, end_s: float, *, camera: str) -> dict[str, Any]:
    """Return the own car's samples as measured, and the car in sight and the gap to it on an even grid.

    Args:
        timeline: The race session; its alignment does not matter.
        start_s: First session time wanted.
        end_s: Last.
        camera: "front" or "rear".
    """
    start_s, end_s = start_s - BESIDE_S, end_s + BESIDE_S
    trace = timeline.record.traces[timeline.driver]
    time_s = trace.session_time_s - timeline.lag_s
    part = slice(*np.searchsorted(time_s, [start_s, end_s]))
    own = {
        "time_s": _plain(time_s[part], 3),
        "speed_kmh": _plain(trace.speed_kmh[part], 1),
        "rpm": _plain(trace.rpm[part], 0),
        "gear": trace.gear[part].tolist(),
        "throttle": _plain(trace.throttle[part], 0),
        "brake": trace.brake[part].astype(int).tolist(),
    }
    race = timeline.aligned(Alignment.constant(0.0))
    other: dict[str, list[Any]] = {"time_s": [], "driver": [], "speed_kmh": [], "gap_s": []}
    for at_s in np.arange(start_s, end_s, STEP_S):
        sample = race.at(float(at_s))
        cars = sample.ahead if camera == "front" else sample.behind
        other["time_s"].append(round(float(at_s), 3))
        other["driver"].append(cars[0].car.driver if cars else None)
        other["speed_kmh"].append(_value(cars[0].car.speed_kmh) if cars else None)
        other["gap_s"].append(_value(cars[0].gap_s) if cars else None)
    laps = [
        {"number": lap.number, "start_s": lap.start_s, "end_s": lap.end_s}
        for lap in timeline.record.laps.get(timeline.driver, ())
        if lap.start_s is not None and lap.start_s <= end_s and (lap.end_s is None or lap.end_s >= start_s)
    ]
    return {"start_s": start_s, "end_s": end_s, "own": own, "other": other, "laps": laps}


def _value(reading: Reading) -> float | None:
    return None if reading.value is None else round(reading.value, 2)


def _plain(values: Floats, digits: int) -> list[float | None]:
    return [None if math.isnan(value) else value for value in np.round(values.astype(np.float64), digits).tolist()]
