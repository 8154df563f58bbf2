"""Races made up in memory, whose truth is known to the millimetre."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from telemetry.race_record import Driver, Lap, RaceRecord, Trace
from telemetry.race_session import RaceSession

Floats = npt.NDArray[np.float64]

STEP_S = 0.02
LAG_S = 0.08
LENGTH_M = 3_000.0
ZERO = datetime(2024, 5, 26, 13, 0, tzinfo=UTC)


def _centreline() -> Floats:
    angle = np.linspace(0, 2 * np.pi, 40_001)
    radius = 1 + 0.18 * np.sin(2 * angle + 0.4) + 0.09 * np.cos(3 * angle)
    points = np.c_[radius * np.cos(angle) * 1.4, radius * np.sin(angle)]
    run = np.r_[0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
    points *= LENGTH_M / run[-1]
    run *= LENGTH_M / run[-1]
    even = np.arange(0, LENGTH_M, 0.5)
    return np.c_[np.interp(even, run, points[:, 0]), np.interp(even, run, points[:, 1])]


LINE = _centreline()
_ALONG = np.roll(LINE, -1, axis=0) - np.roll(LINE, 1, axis=0)
NORMAL = np.c_[-_ALONG[:, 1], _ALONG[:, 0]] / np.hypot(*_ALONG.T)[:, None]


def place(progress_m: Floats, lateral_m: Floats | float = 0.0) -> tuple[Floats, Floats]:
    """Return where on the plane a car is."""
    at = np.asarray(progress_m) % LENGTH_M / 0.5
    low = np.floor(at).astype(int) % len(LINE)
    share = (at - np.floor(at))[:, None]
    high = (low + 1) % len(LINE)
    point = LINE[low] * (1 - share) + LINE[high] * share
    point = point + NORMAL[low] * np.broadcast_to(np.asarray(lateral_m, float), len(at))[:, None]
    return point[:, 0], point[:, 1]


@dataclass(frozen=True)
class Car:
    """What a car does: progress in metres every `STEP_S` since session time 0, and what befalls it.

    `lateral_m` is metres left of the centreline; `pits` are (in_s, out_s) spans in the pit lane; `lost` are spans without
    positions (published as X=Y=0), `silent` without any data.
    """

    progress_m: Floats
    lateral_m: Floats
    pits: tuple[tuple[float, float], ...] = ()
    lost: tuple[tuple[float, float], ...] = ()
    silent: tuple[tuple[float, float], ...] = ()
    ends_s: float = np.inf

    def at(self, time_s: Floats) -> Floats:
        return np.interp(time_s, np.arange(len(self.progress_m)) * STEP_S, self.progress_m)


def drive(
    start_m: float,
    pace: float,
    *,
    end_s: float,
    lights_out_s: float = 10.0,
    changes: Sequence[tuple[float, float, float]] = (),
    lateral_m: float = 0.0,
    off: Sequence[tuple[float, float, float]] = (),
    **what: tuple[tuple[float, float], ...],
) -> Car:
    """Return a car that waits at `start_m` and then laps at `pace` times 50 m/s, slower in corners.

    `changes` are (from_s, to_s, factor) on its speed, `off` are (from_s, to_s, lateral_m).
    """
    count = int(end_s / STEP_S) + 1
    time_s = np.arange(count) * STEP_S
    factor = np.where(time_s < lights_out_s, 0.0, pace)
    for from_s, to_s, by in changes:
        factor[(time_s >= from_s) & (time_s < to_s)] *= by
    factor = np.convolve(np.pad(factor, 25, mode="edge"), np.ones(51) / 51, mode="valid")
    progress_m = np.empty(count)
    now_m = start_m
    for step in range(count):
        progress_m[step] = now_m
        now_m += 50 * factor[step] * (1 + 0.35 * np.sin(now_m / LENGTH_M * 8 * np.pi)) * STEP_S
    sideways = np.full(count, lateral_m)
    for from_s, to_s, by in off:
        sideways[(time_s >= from_s) & (time_s < to_s)] = by
    return Car(progress_m, sideways, **what)  # type: ignore[arg-type]


@dataclass
class Made:
    """A race: what is published, and the truth behind it."""

    record: RaceRecord
    cars: Mapping[str, Car] = field(default_factory=dict)

    def gap_m(self, behind: str, ahead: str, session_time_s: float) -> float:
        """Return the true metres along the road from one car to another."""
        now = np.array([session_time_s])
        return float((self.cars[ahead].at(now) - self.cars[behind].at(now))[0] % LENGTH_M)

    def gap_s(self, behind: str, ahead: str, session_time_s: float) -> float:
        """Return the true seconds since the car ahead passed the place of the one behind."""
        other = self.cars[ahead].progress_m
        there_m = self.cars[ahead].at(np.array([session_time_s]))[0] - self.gap_m(behind, ahead, session_time_s)
        return session_time_s - float(np.interp(there_m, other, np.arange(len(other)) * STEP_S))

    def ahead_of(self, driver: str, session_time_s: float) -> str:
        """Return who truly is next on the road."""
        return min((other for other in self.cars if other != driver), key=lambda other: self.gap_m(driver, other, session_time_s))


def race(
    cars: Mapping[str, Car],
    *,
    seed: int = 1,
    kind: str = "R",
    status: Sequence[tuple[float, str]] = ((0.0, "1"),),
    lights_out_s: float = 10.0,
    with_laps: bool = True,
    with_pit_times: bool = True,
    year: int = 2024,
) -> Made:
    """Return a race as the feed would publish it: about four samples a second, whole km/h, decimetres, car data late by `LAG_S`."""
    rng = np.random.default_rng(seed)
    end_s = max(len(car.progress_m) for car in cars.values()) * STEP_S - 1
    car_s, position_s = (np.unique(np.round(np.cumsum(rng.choice([0.2, 0.24, 0.28, 0.36], int(end_s * 5))), 3)) for _ in range(2))
    car_s, position_s = car_s[car_s < end_s], position_s[position_s < end_s]
    return Made(
        RaceRecord(
            race=RaceSession(year, "Made", kind),
            event_name="Made Grand Prix",
            utc_at_zero=ZERO,
            drivers={tla: Driver(tla, number, f"{tla} Made", "Team", "ff0000") for number, tla in enumerate(cars, start=2)},
            traces={tla: _trace(tla, car, car_s, position_s) for tla, car in cars.items()},
            laps={
                tla: _laps(tla, car, lights_out_s, with_pit_times=with_pit_times) if with_laps else ()
                for tla, car in cars.items()
            },
            interval_s={},
            track_status=tuple(status),
            total_laps=None,
        ),
        cars,
    )


def _kept(time_s: Floats, spans: Sequence[tuple[float, float]], ends_s: float) -> npt.NDArray[np.bool_]:
    kept = time_s < ends_s
    for from_s, to_s in spans:
        kept &= ~((time_s >= from_s) & (time_s < to_s))
    return kept


def _trace(tla: str, car: Car, car_s: Floats, position_s: Floats) -> Trace:
    car_s = car_s[_kept(car_s, car.silent, car.ends_s)]
    position_s = position_s[_kept(position_s, car.silent, car.ends_s)]
    speed_kmh = np.gradient(car.progress_m, STEP_S) * 3.6
    truth_s = np.arange(len(speed_kmh)) * STEP_S
    speed_kmh = np.floor(np.interp(car_s - LAG_S, truth_s, speed_kmh))
    x_m, y_m = place(car.at(position_s), np.interp(position_s, truth_s, car.lateral_m))
    lost = ~_kept(position_s, car.lost, np.inf)
    return Trace(
        driver=tla,
        session_time_s=car_s,
        speed_kmh=speed_kmh,
        rpm=6000 + 20 * speed_kmh,
        gear=np.clip(speed_kmh // 40 + 1, 1, 8).astype(np.int8),
        throttle=np.full(len(car_s), 80.0),
        brake=np.zeros(len(car_s), bool),
        drs=np.zeros(len(car_s), np.int8),
        position_time_s=position_s,
        x_m=np.where(lost, np.nan, np.round(x_m, 1)),
        y_m=np.where(lost, np.nan, np.round(y_m, 1)),
    )


def _laps(tla: str, car: Car, lights_out_s: float, *, with_pit_times: bool) -> tuple[Lap, ...]:
    truth_s = np.arange(len(car.progress_m)) * STEP_S
    last = int(car.progress_m[-1] // LENGTH_M)
    crossings = [lights_out_s, *(float(np.interp(n * LENGTH_M, car.progress_m, truth_s)) for n in range(1, last + 1)), None]
    laps = []
    for number, (start_s, end_s) in enumerate(pairwise(crossings), start=1):
        if start_s is None or start_s > car.ends_s:
            break
        end_s = end_s if end_s is not None and end_s < car.ends_s else None
        until_s = np.inf if end_s is None else end_s
        ins = [in_s for in_s, _ in car.pits if start_s <= in_s < until_s]
        outs = [out_s for _, out_s in car.pits if start_s <= out_s < until_s]
        laps.append(
            Lap(
                driver=tla,
                number=number,
                start_s=start_s,
                end_s=end_s,
                lap_time_s=None if end_s is None else end_s - start_s,
                sector_times_s=(None, None, None),
                position=None,
                compound="SOFT",
                tyre_age_laps=number,
                accurate=number > 1 and end_s is not None and not ins and not outs,
                in_pit=bool(ins or outs),
                pit_in_s=ins[0] if ins and with_pit_times else None,
                pit_out_s=outs[0] if outs and with_pit_times else None,
            )
        )
    return tuple(laps)
