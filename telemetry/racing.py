"""When and where cars race each other: on the road, between lights out and flag, not behind a safety car."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telemetry.field import NOBODY, Field
from telemetry.flag import flag_s
from telemetry.race_record import RaceRecord
from telemetry.track_status import neutral
from telemetry.traffic import lights_out_s

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Racing:
    """The field of a race while it races.

    Attributes:
        record: The race session.
        field: Every car of it on a common clock.
        on: (cars, n) whether the car races: seen on the road, after lights out, before its flag, and not neutralised.
        duel: (cars, n) whether it races the car ahead for position: that one races too, on the same lap.
        speed_kmh: (cars, n) along the road, NaN where not on it.
        come_m: (cars, n) how far each car has come; where it is not seen, on the line between where it was last and next, NaN before it
            was first.
    """

    record: RaceRecord
    field: Field
    on: Bools
    duel: Bools
    speed_kmh: Floats
    come_m: Floats

    @classmethod
    def of(cls, record: RaceRecord, field: Field) -> "Racing":
        """Return when and where the cars of a race race each other."""
        on = np.isfinite(field.progress_m) & ~neutral(record, field.time_s)
        start_s = lights_out_s(record)
        if start_s is not None:
            on &= field.time_s >= start_s
        for row, driver in enumerate(field.drivers):
            on[row] &= field.time_s < flag_s(record, driver)
        other = np.maximum(field.ahead, 0)
        beyond_m = np.take_along_axis(field.progress_m, other, axis=0) - field.progress_m - field.gap_m
        duel = on & np.take_along_axis(on, other, axis=0) & (np.abs(beyond_m) < field.length_m / 2) & (field.ahead != NOBODY)
        speed_kmh = np.gradient(field.progress_m, field.step_s, axis=1) * 3.6
        come_m = np.stack([_come_m(progress_m, field.time_s) for progress_m in field.progress_m])
        return cls(record, field, on, duel, speed_kmh, come_m)

    def steps(self, duration_s: float) -> int:
        """Return how many steps of the field's clock a duration is."""
        return round(duration_s / self.field.step_s)

    def lap(self, driver: str, session_time_s: float) -> int | None:
        """Return a driver's lap at an instant by the timing, None before the first."""
        laps = self.record.laps.get(driver, ())
        begun = [lap.number for lap in laps if lap.start_s is not None and lap.start_s <= session_time_s]
        return begun[-1] if begun else None

    def place(self, row: int, step: int) -> int:
        """Return a car's place in the race at a step: one more than the cars that have come further."""
        return 1 + int((self.come_m[:, step] > self.come_m[row, step]).sum())


def _come_m(progress_m: Floats, time_s: Floats) -> Floats:
    known = np.isfinite(progress_m)
    if not known.any():
        return progress_m
    return np.interp(time_s, time_s[known], np.maximum.accumulate(progress_m[known]), left=np.nan)


def runs(mask: Bools, *, bridge: int = 0) -> list[tuple[int, int]]:
    """Return the (first, last) steps of every stretch of True in (n,) `mask`; pauses of up to `bridge` steps do not part them."""
    edges = np.diff(np.r_[False, mask, False].astype(np.int8))
    found: list[tuple[int, int]] = []
    for first, after in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
        if found and first - found[-1][1] - 1 <= bridge:
            found[-1] = (found[-1][0], after - 1)
        else:
            found.append((first, after - 1))
    return found
