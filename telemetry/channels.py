"""Everything that one car sent, ready to be read at any instant."""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from telemetry.pit_stops import pit_stops_s
from telemetry.race_record import Lap, RaceRecord, Trace
from telemetry.sample import ABSENT, Quality
from telemetry.series import SPEED_REACH, Between, Series

DRS_OPEN = 10
MOST_THROTTLE = 100.0  # the feed says 104 where it does not know
INTERVAL_HOLE_S = 30.0  # the timing screen changes a number only when a car passes a timing line
AFTER_S = 300.0  # so long after its last lap a car is still in it, on the way home


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """One car's channels, by the method right for each, and its laps; the lag of the car data is taken out."""

    speed_kmh: Series
    rpm: Series
    gear: Series
    throttle: Series
    brake: Series
    drs: Series | None
    x_m: Series
    y_m: Series
    leader_s: Series
    ahead_s: Series
    laps: tuple[Lap, ...]
    lap_starts_s: list[float]
    pits_s: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, record: RaceRecord, trace: Trace, *, lag_s: float) -> "Channels":
        """Return a car's channels.

        Args:
            record: The race session.
            trace: The car's samples.
            lag_s: How late its car data are stamped against its positions.
        """
        car_s = trace.session_time_s - lag_s
        laps = tuple(lap for lap in record.laps.get(trace.driver, ()) if lap.start_s is not None)
        nothing = (np.empty(0), np.empty(0), np.empty(0))
        stamps_s, leader_s, ahead_s = record.interval_s.get(trace.driver, nothing)
        return cls(
            speed_kmh=Series(car_s, trace.speed_kmh, between=Between.SMOOTH, reach=SPEED_REACH),
            rpm=Series(car_s, trace.rpm),
            gear=Series(car_s, trace.gear.astype(float), between=Between.STEP),
            throttle=Series(car_s, np.where(trace.throttle <= MOST_THROTTLE, trace.throttle, np.nan)),
            brake=Series(car_s, trace.brake.astype(float), between=Between.STEP),
            drs=None if trace.drs is None else Series(car_s, trace.drs.astype(float), between=Between.STEP),
            x_m=Series(trace.position_time_s, trace.x_m),
            y_m=Series(trace.position_time_s, trace.y_m),
            leader_s=Series(stamps_s, leader_s, between=Between.STEP, hole_s=INTERVAL_HOLE_S),
            ahead_s=Series(stamps_s, ahead_s, between=Between.STEP, hole_s=INTERVAL_HOLE_S),
            laps=laps,
            lap_starts_s=[lap.start_s for lap in laps if lap.start_s is not None],
            pits_s=pit_stops_s(laps),
        )

    def lap(self, session_time_s: float) -> tuple[Lap | None, Lap | None]:
        """Return the lap at an instant and the one before it; None before the first and long after the last."""
        number = bisect_right(self.lap_starts_s, session_time_s) - 1
        if number < 0:
            return None, None
        lap = self.laps[number]
        if number == len(self.laps) - 1 and lap.end_s is not None and session_time_s > lap.end_s + AFTER_S:
            return None, None
        return lap, self.laps[number - 1] if number > 0 else None

    def drs_open(self, session_time_s: float) -> bool | None:
        """Return whether the flap is open, None where the season has none or nothing was sent."""
        reading = self.drs.at(session_time_s) if self.drs else ABSENT
        return None if reading.value is None or reading.quality is Quality.STALE else reading.value >= DRS_OPEN

    def in_pit_lane(self, session_time_s: float) -> bool:
        """Return whether the timing has the car in the pit lane."""
        return any(in_s <= session_time_s < out_s for in_s, out_s in self.pits_s)
