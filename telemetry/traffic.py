"""Who is where on the road: every car's progress along the circuit, who is ahead, and by how much."""

from dataclasses import dataclass

import numpy as np

from telemetry.circuit import Circuit
from telemetry.lag import USUAL_S
from telemetry.progress import STEP_S, Progress, follow
from telemetry.race_record import RaceRecord

ABREAST_M = 1.0  # less than a fifth of a car's length: positions do not tell which of two cars is in front
HOLD_S = 30.0  # nobody stays side by side for longer


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another car on the road: how far, in metres and seconds, and when the rear of the two was passed there."""

    driver: str
    gap_m: float
    gap_s: float | None
    passed_s: float | None
    laps_down: int


class Traffic:
    """Every car of a race session on its circuit."""

    def __init__(self, record: RaceRecord, circuit: Circuit, *, lag_s: float = USUAL_S) -> None:
        self.circuit = circuit
        start_s = min(float(trace.position_time_s[0]) for trace in record.traces.values())
        end_s = max(float(trace.position_time_s[-1]) for trace in record.traces.values())
        steps = int((end_s - start_s) / STEP_S) + 2
        out_s = lights_out_s(record)
        self.cars = {
            tla: follow(trace, record.laps.get(tla, ()), circuit, lag_s=lag_s, start_s=start_s, steps=steps, lights_out_s=out_s)
            for tla, trace in record.traces.items()
        }

    def around(self, driver: str, session_time_s: float, *, sight_m: float) -> tuple[list[Neighbour], list[Neighbour]]:
        """Return the cars ahead and behind within `sight_m` along the road, nearest first, whatever their laps.

        The gap in seconds is the time since the car in front passed the place where the one behind it is now.
        """
        own = self.cars.get(driver)
        own_m = own.at(session_time_s) if own else None
        if own is None or own_m is None:
            return [], []
        length_m = self.circuit.length_m
        ahead, behind = [], []
        for tla, car in self.cars.items():
            if tla == driver or (other_m := car.at(session_time_s)) is None:
                continue
            forward_m = (other_m - own_m) % length_m
            laps_down = round((own_m + forward_m - other_m) / length_m)
            if forward_m <= sight_m:
                passed_s = car.passed_s(other_m - forward_m, session_time_s)
                gap_s = None if passed_s is None else session_time_s - passed_s
                ahead.append(Neighbour(tla, forward_m, gap_s, passed_s, laps_down))
            if length_m - forward_m <= sight_m:
                back_m = length_m - forward_m
                passed_s = own.passed_s(own_m - back_m, session_time_s)
                gap_s = None if passed_s is None else session_time_s - passed_s
                behind.append(Neighbour(tla, back_m, gap_s, passed_s, round((own_m - back_m - other_m) / length_m)))
        ahead.sort(key=lambda car: car.gap_m)
        behind.sort(key=lambda car: car.gap_m)
        self._hold_abreast(ahead, session_time_s, forward=True)
        self._hold_abreast(behind, session_time_s, forward=False)
        return ahead, behind

    def _hold_abreast(self, cars: list[Neighbour], session_time_s: float, *, forward: bool) -> None:
        """Keep cars that lie side by side in the order they last were in when apart, so that names do not flicker."""
        for number in range(len(cars) - 1):
            near, far = cars[number : number + 2]
            if far.gap_m - near.gap_m < ABREAST_M and self._last_apart_m(near, far, session_time_s) * (1 if forward else -1) < 0:
                cars[number : number + 2] = [far, near]

    def _last_apart_m(self, near: Neighbour, far: Neighbour, session_time_s: float) -> float:
        """Return by how many metres the second car was further round when the two last were apart; 0 where they were not."""
        first, second = self.cars[near.driver], self.cars[far.driver]
        now = int((session_time_s - first.start_s) / STEP_S)
        past = slice(max(now - round(HOLD_S / STEP_S), 0), now + 1)
        length_m = self.circuit.length_m
        apart_m = (second.progress_m[past] - first.progress_m[past] + length_m / 2) % length_m - length_m / 2
        clear_m = apart_m[np.abs(apart_m) >= ABREAST_M]
        return float(clear_m[-1]) if len(clear_m) else 0.0

    def order(self, session_time_s: float) -> list[str]:
        """Return the drivers by progress, the leader first; those not seen are left out."""
        seen = [(progress, tla) for tla, car in self.cars.items() if (progress := _last_known(car, session_time_s)) is not None]
        return [tla for _, tla in sorted(seen, reverse=True)]


def _last_known(car: Progress, session_time_s: float) -> float | None:
    after = int(np.searchsorted(car.monotone_time_s, session_time_s, side="right"))
    if after == 0:
        return None
    now_m = car.at(session_time_s)
    return now_m if now_m is not None else float(car.monotone_m[after - 1])


def lights_out_s(record: RaceRecord) -> float | None:
    """Return when lap 1 began, None where the timing has no such lap."""
    starts = [lap.start_s for laps in record.laps.values() for lap in laps if lap.number == 1 and lap.start_s is not None]
    return min(starts) if starts else None
