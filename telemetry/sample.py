"""What the timeline says at one instant, and how sure it is of each number."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class CornerSpeeds:
    """The lowest speeds of two cars in one corner."""

    corner: str
    own_kmh: float
    other_kmh: float

    @property
    def difference_kmh(self) -> float:
        """By how much the own car was faster."""
        return self.own_kmh - self.other_kmh


class Quality(StrEnum):
    """How a number came about."""

    MEASURED = "measured"  # a sample lies close by
    INTERPOLATED = "interpolated"  # between two samples
    STALE = "stale"  # the last sample is old
    ABSENT = "absent"  # nothing to go by


@dataclass(frozen=True, slots=True)
class Reading:
    """One number with its quality; the value is None exactly when it is absent."""

    value: float | None
    quality: Quality

    def __post_init__(self) -> None:
        if (self.value is None) != (self.quality is Quality.ABSENT):
            raise ValueError(f"wanted a value or ABSENT, got {self.value!r} as {self.quality}")


ABSENT = Reading(None, Quality.ABSENT)


@dataclass(frozen=True, slots=True)
class CarSample:
    """One car at one instant. What is unknown is None or `ABSENT`.

    `throttle` runs 0 to 100, `brake` is 0 or 1, `drs_open` is None where the season has no DRS. `interval_leader_s` is GAP on the
    timing screen, `interval_ahead_s` is INT: as published, else by when the other car passed this place. A lapped car has no GAP in
    seconds but `laps_behind_leader`. `distance_m` is the place along the circuit from the line, 0 to its length. `lap_time_s` runs.
    """

    driver: str
    position: int | None
    lap: int | None
    speed_kmh: Reading
    rpm: Reading
    gear: Reading
    throttle: Reading
    brake: Reading
    distance_m: Reading
    drs_open: bool | None
    compound: str | None
    tyre_age_laps: int | None
    last_lap_time_s: float | None
    interval_leader_s: Reading
    interval_ahead_s: Reading
    x_m: float | None
    y_m: float | None
    lap_time_s: float | None = None
    laps_behind_leader: int | None = None
    in_pit_lane: bool = False


@dataclass(frozen=True, slots=True)
class CarInSight:
    """Another car near on the road.

    Attributes:
        car: That car.
        gap_m: Metres along the road between the two cars, positive.
        gap_s: Seconds since the car ahead of the two passed this place.
        closing_kmh: Speed at which the gap in metres shrinks; negative when it grows.
        speed_here_kmh: Speed of the front car of the two when it was where the rear one is now.
        laps_down: Laps that the other car is behind (positive) or ahead of (negative) the own car.
        won_here_kmh: By how much the rear car of the two is faster than the front one was at this place: positive wins time.
        won_this_lap_s: How much of the gap the rear car has taken since it began its lap; negative when it grew.
        corner: Both cars' lowest speeds in the last corner that both have left, None where one was not seen in it.
        bearing_rad: Where the other car is, clockwise from where the own one heads; None where that is not known.
    """

    car: CarSample
    gap_m: Reading
    gap_s: Reading
    closing_kmh: Reading
    speed_here_kmh: Reading
    laps_down: int
    won_here_kmh: Reading = ABSENT
    won_this_lap_s: Reading = ABSENT
    corner: CornerSpeeds | None = None
    bearing_rad: float | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """The own car and those within sight at one instant, nearest first; `neutralised` under safety car, VSC or red flag."""

    video_time_s: float
    session_time_s: float | None
    own: CarSample
    ahead: tuple[CarInSight, ...]
    behind: tuple[CarInSight, ...]
    neutralised: bool
