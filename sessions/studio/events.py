"""Moments that a person can see or hear and the telemetry knows: the line, a braking point, a gear change."""

from dataclasses import dataclass

import numpy as np

from overlay.tag import MPH
from telemetry.errors import TelemetryError
from telemetry.race_record import RaceRecord

REACH_S = 15.0  # a mark is taken for the nearest event within this; laps repeat a corner no sooner than after a minute
KINDS = {"line": "line crossing", "brake": "braking point", "gear": "gear change"}


@dataclass(frozen=True, slots=True)
class Event:
    """One moment: its kind ("line", "brake", "gear"), session time, what it is in words, and the lap that begins, for the line."""

    kind: str
    session_time_s: float
    words: str
    lap: int | None = None


def events(record: RaceRecord, driver: str, lag_s: float, *, units: str) -> tuple[Event, ...]:
    """Return a driver's events in order; `lag_s` is how late car data are stamped, speeds are told in `units`.

    Brakes and gears are known at samples a quarter of a second apart: an event lies halfway between the two that differ.
    """
    trace = record.traces[driver]
    middle_s = (trace.session_time_s[1:] + trace.session_time_s[:-1]) / 2 - lag_s
    pressed = np.flatnonzero(np.diff(trace.brake.astype(np.int8)) > 0)
    shifted = np.flatnonzero((np.diff(trace.gear) != 0) & (trace.gear[1:] > 0) & (trace.gear[:-1] > 0))
    scale, unit = (MPH, "mph") if units == "mph" else (1.0, "km/h")
    found = [Event("brake", float(middle_s[at]), f"braking at {trace.speed_kmh[at] * scale:.0f} {unit}") for at in pressed]
    found += [Event("gear", float(middle_s[at]), f"gear {trace.gear[at]} to {trace.gear[at + 1]}") for at in shifted]
    found += [
        Event("line", lap.start_s, f"start of lap {lap.number}", lap.number)
        for lap in record.laps.get(driver, ())
        if lap.start_s is not None
    ]
    return tuple(sorted(found, key=lambda event: event.session_time_s))


def nearest(found: tuple[Event, ...], kind: str, session_time_s: float) -> Event:
    """Return the event of a kind nearest to a session time.

    Raises:
        TelemetryError: There is none near.
    """
    of_kind = [event for event in found if event.kind == kind]
    best = min(of_kind, key=lambda event: abs(event.session_time_s - session_time_s), default=None)
    if best is None or abs(best.session_time_s - session_time_s) > REACH_S:
        raise TelemetryError(f"the telemetry has no {KINDS[kind]} within {REACH_S:.0f} s of here; bring the offset nearer first")
    return best
