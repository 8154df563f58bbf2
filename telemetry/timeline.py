"""What is known of the own car and those around it at any instant of the video."""

import math
from copy import copy
from dataclasses import replace

from telemetry.alignment import Alignment
from telemetry.channels import Channels
from telemetry.circuit import Circuit, survey
from telemetry.corner_speeds import CornerBook
from telemetry.corners import corners
from telemetry.errors import TelemetryError
from telemetry.lag import car_data_lag_s
from telemetry.race_record import RaceRecord
from telemetry.race_session import RACES
from telemetry.sample import ABSENT, CarInSight, CarSample, Quality, Reading, Sample
from telemetry.track_status import is_neutral
from telemetry.traffic import Neighbour, Standing, Traffic

SIGHT_M = 400.0  # a car further ahead is under ten pixels wide at 1280
HEADING_S = 0.2  # a car heads where it goes from so long before to so long after: about the time between two positions
AROUND_S = 600.0  # so far back gaps and corners are looked for: longer than any lap but those under a red flag
LEAST_WAY_M = 1.0  # a car that hardly moves heads nowhere that positions could tell


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
        self._channels = self._all_channels()
        self._traffic, self._corners = None, None
        if self.circuit is not None:
            self._traffic = Traffic(record, self.circuit, lag_s=self.lag_s)
            self._corners = self._corner_book(self._traffic, self.circuit)

    def _all_channels(self) -> dict[str, Channels]:
        return {tla: Channels.of(self.record, trace, lag_s=self.lag_s) for tla, trace in self.record.traces.items()}

    def _corner_book(self, traffic: Traffic, circuit: Circuit) -> CornerBook:
        speeds = {tla: channels.speed_kmh for tla, channels in self._channels.items()}
        return CornerBook(corners(circuit, self.record.corners), circuit.length_m, traffic.cars, speeds)

    def aligned(self, alignment: Alignment) -> "Timeline":
        """Return the same race session from the same car, the video lying elsewhere on it; nothing is prepared anew."""
        other = copy(self)
        other.alignment = alignment
        return other

    def near(self, first_s: float, last_s: float) -> "Timeline":
        """Return the same race session as seen from a stretch of video, known around that alone: of two hours, some 50 MB are not kept.

        What it says of an instant in the stretch is the same; gaps and corners look back for no longer than `AROUND_S`. Where nothing
        is known around the stretch, all is kept.
        """
        stretches = [
            (piece.offset_s + start_s * piece.rate, piece.offset_s + end_s * piece.rate)
            for piece in self.alignment.pieces
            if (start_s := max(piece.start_video_s, first_s)) < (end_s := min(piece.end_video_s, last_s))
        ]
        if not stretches:
            return self
        around_s = min(start_s for start_s, _ in stretches) - AROUND_S, max(end_s for _, end_s in stretches) + AROUND_S
        traces = {tla: trace.between(*around_s) for tla, trace in self.record.traces.items()}
        if not any(len(trace.session_time_s) for trace in traces.values()):
            return self
        other = copy(self)
        other.record = replace(self.record, traces=traces)
        other._channels = other._all_channels()
        if self._traffic is not None:
            other._traffic = self._traffic.between(*around_s)
            other.circuit = other._traffic.circuit
            other._corners = other._corner_book(other._traffic, other.circuit)
        return other

    def at(self, video_time_s: float, *, ahead: bool = True, behind: bool = True, brief: bool = False) -> Sample:
        """Return what is known at an instant of the video; nothing where it lies outside the alignment.

        Args:
            video_time_s: The instant.
            ahead: Whether the cars ahead are wanted; looking up a car takes time, and a render asks for every frame.
            behind: Whether those behind are.
            brief: Whether only what tags and the own car's bar say is wanted; the rest is left unknown, in a third of the time.
        """
        session_time_s = self.alignment.session_time_s(video_time_s)
        if session_time_s is None:
            return Sample(video_time_s, None, _unknown(self.driver), (), (), neutralised=False)
        in_front, at_back = (
            self._traffic.around(self.driver, session_time_s, sight_m=SIGHT_M, with_ahead=ahead, with_behind=behind, brief=brief)
            if self._traffic
            else ([], [])
        )
        standings = self._standings(session_time_s, {self.driver, *(car.driver for car in (*in_front, *at_back))}, brief=brief)
        own = self._car(self.driver, session_time_s, standings, brief=brief)
        heading = self._heading(session_time_s)
        return Sample(
            video_time_s,
            session_time_s,
            own,
            tuple(self._in_sight(car, own, session_time_s, standings, heading, is_ahead=True, brief=brief) for car in in_front),
            tuple(self._in_sight(car, own, session_time_s, standings, heading, is_ahead=False, brief=brief) for car in at_back),
            neutralised=is_neutral(self.record, session_time_s),
        )

    def _standings(self, session_time_s: float, drivers: set[str], *, brief: bool) -> dict[str, Standing]:
        if self._traffic is None or self.record.race.kind not in RACES:
            return {}
        return self._traffic.standings(session_time_s, drivers, brief=brief)

    def _car(self, tla: str, session_time_s: float, standings: dict[str, Standing], *, brief: bool) -> CarSample:
        channels = self._channels[tla]
        lap, last = channels.lap(session_time_s)
        standing = standings.get(tla)
        told = CarSample(
            driver=tla,
            position=standing.place if standing else None,
            lap=lap.number if lap else None,
            speed_kmh=channels.speed_kmh.at(session_time_s),
            rpm=ABSENT,
            gear=ABSENT,
            throttle=ABSENT,
            brake=ABSENT,
            distance_m=ABSENT,
            drs_open=channels.drs_open(session_time_s),
            compound=lap.compound if lap else None,
            tyre_age_laps=lap.tyre_age_laps if lap else None,
            last_lap_time_s=None,
            interval_leader_s=ABSENT,
            interval_ahead_s=ABSENT,
            x_m=channels.x_m.at(session_time_s).value,
            y_m=channels.y_m.at(session_time_s).value,
        )
        if brief and tla != self.driver:
            return told
        told = replace(
            told,
            rpm=channels.rpm.at(session_time_s),
            gear=channels.gear.at(session_time_s),
            throttle=channels.throttle.at(session_time_s),
            brake=channels.brake.at(session_time_s),
        )
        if brief:
            return told
        progress_m = self._traffic.cars[tla].at(session_time_s) if self._traffic else None
        return replace(
            told,
            distance_m=_interpolated(None if progress_m is None or self.circuit is None else progress_m % self.circuit.length_m),
            last_lap_time_s=last.lap_time_s if last else None,
            interval_leader_s=_published_or(channels.leader_s.at(session_time_s), standing.leader_s if standing else None),
            interval_ahead_s=_published_or(channels.ahead_s.at(session_time_s), standing.ahead_s if standing else None),
            lap_time_s=session_time_s - lap.start_s if lap and lap.start_s is not None else None,
            laps_behind_leader=standing.laps_down if standing else None,
            in_pit_lane=channels.in_pit_lane(session_time_s),
        )

    def _in_sight(
        self,
        neighbour: Neighbour,
        own: CarSample,
        session_time_s: float,
        standings: dict[str, Standing],
        heading: tuple[float, float] | None,
        *,
        is_ahead: bool,
        brief: bool,
    ) -> CarInSight:
        car = self._car(neighbour.driver, session_time_s, standings, brief=brief)
        rear, front = (own, car) if is_ahead else (car, own)
        told = CarInSight(
            car=car,
            gap_m=_interpolated(neighbour.gap_m),
            gap_s=_interpolated(neighbour.gap_s),
            closing_kmh=_difference(rear.speed_kmh, front.speed_kmh),
            speed_here_kmh=ABSENT,
            laps_down=neighbour.laps_down,
            bearing_rad=_bearing_rad(own, car, heading),
        )
        if brief:
            return told
        speed_here = ABSENT
        if neighbour.passed_s is not None:
            speed_here = self._channels[front.driver].speed_kmh.at(neighbour.passed_s)
        won_s = None if neighbour.gap_s is None or neighbour.line_gap_s is None else neighbour.line_gap_s - neighbour.gap_s
        return replace(
            told,
            speed_here_kmh=speed_here,
            won_here_kmh=_difference(rear.speed_kmh, speed_here),
            won_this_lap_s=_interpolated(won_s),
            corner=self._corners.last(own.driver, car.driver, session_time_s) if self._corners else None,
        )

    def _heading(self, session_time_s: float) -> tuple[float, float] | None:
        """Return the way in m east and north that the own car goes around an instant, None where it goes none."""
        channels = self._channels[self.driver]
        before = channels.x_m.at(session_time_s - HEADING_S).value, channels.y_m.at(session_time_s - HEADING_S).value
        after = channels.x_m.at(session_time_s + HEADING_S).value, channels.y_m.at(session_time_s + HEADING_S).value
        if before[0] is None or before[1] is None or after[0] is None or after[1] is None:
            return None
        way = after[0] - before[0], after[1] - before[1]
        return way if math.hypot(*way) >= LEAST_WAY_M else None


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


def _bearing_rad(own: CarSample, other: CarSample, heading: tuple[float, float] | None) -> float | None:
    """Return where another car is, clockwise from the own one's heading."""
    if heading is None or own.x_m is None or own.y_m is None or other.x_m is None or other.y_m is None:
        return None
    east, north = other.x_m - own.x_m, other.y_m - own.y_m
    onward, aside = heading[0] * east + heading[1] * north, heading[1] * east - heading[0] * north
    return math.atan2(aside, onward)


def _published_or(published: Reading, derived: float | None) -> Reading:
    return _interpolated(derived) if published is ABSENT else published


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
