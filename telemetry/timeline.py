"""What is known of the own car and those around it at any instant of the video."""

from bisect import bisect_right
from copy import copy
from dataclasses import dataclass

import numpy as np

from telemetry.alignment import Alignment
from telemetry.circuit import Circuit, survey
from telemetry.errors import TelemetryError
from telemetry.lag import car_data_lag_s
from telemetry.race_record import Lap, RaceRecord, Trace
from telemetry.race_session import RACES
from telemetry.sample import ABSENT, CarInSight, CarSample, Quality, Reading, Sample
from telemetry.series import Series
from telemetry.track_status import is_neutral
from telemetry.traffic import Neighbour, Traffic

SIGHT_M = 400.0  # a car further ahead is under ten pixels wide at 1280
DRS_OPEN = 10
BEFORE_START_S = -1.0


@dataclass(frozen=True, slots=True, eq=False)
class _Channels:
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


class Timeline:
    """A race session seen from one car.

    Attributes:
        record: The race session.
        driver: TLA of the own car's driver.
        alignment: Where the video lies on it.
        circuit: The circuit, None where too few laps are known; then nobody is ahead.
        lag_s: How late car data are stamped against positions; corrected in every reading.
    """

    def __init__(self, record: RaceRecord, driver: str, alignment: Alignment) -> None:
        """Prepare every car's channels.

        Raises:
            TelemetryError: The driver is not in the race session, or sent no data.
        """
        require_driver(record, driver)
        self.record, self.driver, self.alignment = record, driver, alignment
        self.circuit: Circuit | None = survey(record)
        self.lag_s = car_data_lag_s(record, self.circuit)
        self._traffic = Traffic(record, self.circuit, lag_s=self.lag_s) if self.circuit else None
        self._channels = {tla: self._prepare(trace) for tla, trace in record.traces.items()}

    def aligned(self, alignment: Alignment) -> "Timeline":
        """Return the same race session from the same car, the video lying elsewhere on it; nothing is prepared anew."""
        other = copy(self)
        other.alignment = alignment
        return other

    def at(self, video_time_s: float) -> Sample:
        """Return what is known at an instant of the video; nothing where it lies outside the alignment."""
        session_time_s = self.alignment.session_time_s(video_time_s)
        if session_time_s is None:
            return Sample(video_time_s, None, _unknown(self.driver), (), (), neutralised=False)
        order = self._traffic.order(session_time_s) if self._traffic and self.record.race.kind in RACES else []
        places = {tla: place for place, tla in enumerate(order, start=1)}
        ahead, behind = self._traffic.around(self.driver, session_time_s, sight_m=SIGHT_M) if self._traffic else ([], [])
        own = self._car(self.driver, session_time_s, places)
        return Sample(
            video_time_s,
            session_time_s,
            own,
            tuple(self._in_sight(car, own, session_time_s, places, is_ahead=True) for car in ahead),
            tuple(self._in_sight(car, own, session_time_s, places, is_ahead=False) for car in behind),
            neutralised=is_neutral(self.record, session_time_s),
        )

    def _prepare(self, trace: Trace) -> _Channels:
        car_s = trace.session_time_s - self.lag_s
        laps = tuple(lap for lap in self.record.laps.get(trace.driver, ()) if lap.start_s is not None)
        nothing = (np.empty(0), np.empty(0), np.empty(0))
        stamps_s, leader_s, ahead_s = self.record.interval_s.get(trace.driver, nothing)
        return _Channels(
            speed_kmh=Series(car_s, trace.speed_kmh),
            rpm=Series(car_s, trace.rpm),
            gear=Series(car_s, trace.gear.astype(float), steps=True),
            throttle=Series(car_s, trace.throttle),
            brake=Series(car_s, trace.brake.astype(float), steps=True),
            drs=None if trace.drs is None else Series(car_s, trace.drs.astype(float), steps=True),
            x_m=Series(trace.position_time_s, trace.x_m),
            y_m=Series(trace.position_time_s, trace.y_m),
            leader_s=Series(stamps_s, leader_s, steps=True, hole_s=INTERVAL_HOLE_S),
            ahead_s=Series(stamps_s, ahead_s, steps=True, hole_s=INTERVAL_HOLE_S),
            laps=laps,
            lap_starts_s=[lap.start_s for lap in laps if lap.start_s is not None],
        )

    def _car(self, tla: str, session_time_s: float, places: dict[str, int]) -> CarSample:
        channels = self._channels[tla]
        number = bisect_right(channels.lap_starts_s, session_time_s) - 1
        lap = channels.laps[number] if number >= 0 else None
        if lap is not None and number == len(channels.laps) - 1 and lap.end_s is not None and session_time_s > lap.end_s + 300:
            lap = None
        drs = channels.drs.at(session_time_s) if channels.drs else ABSENT
        progress_m = self._traffic.cars[tla].at(session_time_s) if self._traffic else None
        return CarSample(
            driver=tla,
            position=places.get(tla),
            lap=lap.number if lap else None,
            speed_kmh=channels.speed_kmh.at(session_time_s),
            rpm=channels.rpm.at(session_time_s),
            gear=channels.gear.at(session_time_s),
            throttle=channels.throttle.at(session_time_s),
            brake=channels.brake.at(session_time_s),
            distance_m=_interpolated(None if progress_m is None or self.circuit is None else progress_m % self.circuit.length_m),
            drs_open=None if drs.value is None or drs.quality is Quality.STALE else drs.value >= DRS_OPEN,
            compound=lap.compound if lap else None,
            tyre_age_laps=lap.tyre_age_laps if lap else None,
            last_lap_time_s=channels.laps[number - 1].lap_time_s if lap and number > 0 else None,
            interval_leader_s=channels.leader_s.at(session_time_s),
            interval_ahead_s=channels.ahead_s.at(session_time_s),
            x_m=channels.x_m.at(session_time_s).value,
            y_m=channels.y_m.at(session_time_s).value,
        )

    def _in_sight(
        self, neighbour: Neighbour, own: CarSample, session_time_s: float, places: dict[str, int], *, is_ahead: bool
    ) -> CarInSight:
        car = self._car(neighbour.driver, session_time_s, places)
        rear, front = (own, car) if is_ahead else (car, own)
        speed_here = ABSENT
        if is_ahead and neighbour.passed_s is not None:
            speed_here = self._channels[neighbour.driver].speed_kmh.at(neighbour.passed_s)
        return CarInSight(
            car=car,
            gap_m=_interpolated(neighbour.gap_m),
            gap_s=_interpolated(neighbour.gap_s),
            closing_kmh=_difference(rear.speed_kmh, front.speed_kmh),
            speed_here_kmh=speed_here,
            laps_down=neighbour.laps_down,
        )


INTERVAL_HOLE_S = 30.0  # the timing screen changes a number only when a car passes a timing line


def require_driver(record: RaceRecord, driver: str) -> None:
    """Make sure that a driver is in a race session and sent data.

    Raises:
        TelemetryError: They did not; the drivers who did are named.
    """
    if driver in record.traces:
        return
    known = ", ".join(record.traces)
    if driver in record.drivers:
        raise TelemetryError(f"{driver} sent no telemetry in {record.race}; those who did are {known}")
    raise TelemetryError(f"no driver {driver!r} in {record.race}; those there are {known}")


def _interpolated(value: float | None) -> Reading:
    return ABSENT if value is None else Reading(value, Quality.INTERPOLATED)


def _difference(first: Reading, second: Reading) -> Reading:
    if first.value is None or second.value is None:
        return ABSENT
    stale = Quality.STALE in (first.quality, second.quality)
    return Reading(first.value - second.value, Quality.STALE if stale else Quality.INTERPOLATED)


def _unknown(driver: str) -> CarSample:
    return CarSample(
        driver, None, None, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, None, None, None, None, ABSENT, ABSENT, None, None
    )
