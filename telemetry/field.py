"""The whole race session at once: for every car at every step, who is ahead and by how much."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telemetry.circuit import survey
from telemetry.lag import car_data_lag_s
from telemetry.progress import STEP_S
from telemetry.race_record import RaceRecord
from telemetry.traffic import Traffic

Floats = npt.NDArray[np.float64]

NOBODY = -1
EVERY_STEPS = 2  # of `STEP_S`: five a second, a little more often than positions come


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Every car of a race session on a common clock.

    Attributes:
        drivers: TLAs, in the order of the rows.
        time_s: (n,) session times, evenly spaced.
        progress_m: (cars, n) metres since lap 1 began, NaN where a car is not on the road.
        ahead: (cars, n) row of the next car on the road, whatever its lap, `NOBODY` where there is none.
        gap_m: (cars, n) metres along the road to it.
        gap_s: (cars, n) seconds since it passed this place, NaN where it was not seen there.
        length_m: Once around.
    """

    drivers: tuple[str, ...]
    time_s: Floats
    progress_m: Floats
    ahead: npt.NDArray[np.intp]
    gap_m: Floats
    gap_s: Floats
    length_m: float

    @property
    def step_s(self) -> float:
        """Seconds between two steps."""
        return EVERY_STEPS * STEP_S

    def row(self, driver: str) -> int:
        """Return a driver's row.

        Raises:
            ValueError: They are not in the field.
        """
        return self.drivers.index(driver)

    def behind(self, row: int) -> tuple[npt.NDArray[np.intp], Floats]:
        """Return (n,) row of the next car behind one, `NOBODY` where there is none, and (n,) seconds to it, NaN where unknown."""
        follows = self.ahead == row
        nearest = np.argmin(np.where(follows, self.gap_m, np.inf), axis=0)
        steps = np.arange(len(self.time_s))
        there = follows[nearest, steps]
        return np.where(there, nearest, NOBODY), np.where(there, self.gap_s[nearest, steps], np.nan)


def field_of(record: RaceRecord) -> Field | None:
    """Return who is ahead of whom over the whole of a race session, None where its circuit is not known."""
    circuit = survey(record)
    return None if circuit is None else whole_race(Traffic(record, circuit, lag_s=car_data_lag_s(record, circuit)))


def whole_race(traffic: Traffic) -> Field:
    """Return who is ahead of whom over the whole race session."""
    drivers = tuple(traffic.cars)
    cars = list(traffic.cars.values())
    length_m = traffic.circuit.length_m
    progress_m = np.stack([car.progress_m[::EVERY_STEPS] for car in cars])
    time_s: Floats = cars[0].start_s + STEP_S * EVERY_STEPS * np.arange(progress_m.shape[1], dtype=np.float64)
    ahead, gap_m = _next_on_road(progress_m, length_m)
    gap_s = np.full(progress_m.shape, np.nan)
    for own in range(len(cars)):
        for other in range(len(cars)):
            steps = np.flatnonzero(ahead[own] == other)
            if len(steps):
                passed_s = cars[other].passed_times_s(progress_m[other, steps] - gap_m[own, steps])
                gap_s[own, steps] = np.where(passed_s <= time_s[steps], time_s[steps] - passed_s, np.nan)
    return Field(drivers, time_s, progress_m, ahead, gap_m, gap_s, length_m)


def _next_on_road(progress_m: Floats, length_m: float) -> tuple[npt.NDArray[np.intp], Floats]:
    """Return (cars, n) the row of the next car around the circuit, and the metres to it."""
    place_m = progress_m % length_m
    around = np.argsort(place_m, axis=0, kind="stable")  # NaN comes last
    there = np.isfinite(place_m).sum(axis=0)
    rank = np.arange(len(place_m))[:, None]
    following = np.take_along_axis(around, np.where(rank + 1 < there, rank + 1, 0), axis=0)
    ahead = np.full(progress_m.shape, NOBODY, dtype=np.intp)
    np.put_along_axis(ahead, around, np.where((rank < there) & (there > 1), following, NOBODY), axis=0)
    other_m = np.take_along_axis(place_m, np.maximum(ahead, 0), axis=0)
    return ahead, np.where(ahead == NOBODY, np.nan, (other_m - place_m) % length_m)
