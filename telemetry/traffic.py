"""Who is where on the road: every car's progress along the circuit, who is ahead, and by how much."""

import math
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from telemetry.circuit import Circuit
from telemetry.flag import distance_laps, finishes
from telemetry.lag import THREADS, USUAL_S
from telemetry.progress import STEP_S, Progress, follow
from telemetry.race_record import RaceRecord

ABREAST_M = 1.0  # less than a fifth of a car's length: positions do not tell which of two cars is in front
ROUNDING = 1e-9  # of whole laps in metres
HOLD_S = 30.0  # nobody stays side by side for longer


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another car on the road.

    Attributes:
        driver: TLA.
        gap_m: Metres between the two.
        gap_s: Seconds since the front one of the two passed the place of the rear one; None where it was not seen there.
        passed_s: When that was.
        line_gap_s: The gap when the rear one last crossed the line.
        laps_down: Laps that the other car is behind.
    """

    driver: str
    gap_m: float
    gap_s: float | None
    passed_s: float | None
    line_gap_s: float | None
    laps_down: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A car's place in the race, its gaps in seconds to the leader and to the car a place ahead, and the laps it is down.

    The leader has no gaps, and a lapped car has none to the leader.
    """

    place: int
    leader_s: float | None
    ahead_s: float | None
    laps_down: int


class Traffic:
    """Every car of a race session on its circuit."""

    def __init__(self, record: RaceRecord, circuit: Circuit, *, lag_s: float = USUAL_S) -> None:
        self.circuit = circuit
        start_s = min(float(trace.position_time_s[0]) for trace in record.traces.values())
        end_s = max(float(trace.position_time_s[-1]) for trace in record.traces.values())
        steps = int((end_s - start_s) / STEP_S) + 2
        out_s = lights_out_s(record)
        # Where nobody says how long the race is, the last lap there is need not be its last.
        self._finishes = finishes(record) if distance_laps(record) else {}

        def followed(tla: str) -> Progress:
            trace, laps = record.traces[tla], record.laps.get(tla, ())
            return follow(trace, laps, circuit, lag_s=lag_s, start_s=start_s, steps=steps, lights_out_s=out_s)

        with ThreadPoolExecutor(THREADS) as pool:
            self.cars = dict(zip(record.traces, pool.map(followed, record.traces), strict=True))

    def between(self, start_s: float, end_s: float) -> "Traffic":
        """Return the cars between two session times, in arrays of their own."""
        other = copy(self)
        other.circuit = replace(self.circuit)  # which remembers what it was asked of whole traces
        other.cars = {tla: car.between(start_s, end_s) for tla, car in self.cars.items()}
        return other

    def around(
        self,
        driver: str,
        session_time_s: float,
        *,
        sight_m: float,
        with_ahead: bool = True,
        with_behind: bool = True,
        brief: bool = False,
    ) -> tuple[list[Neighbour], list[Neighbour]]:
        """Return the cars ahead and behind within `sight_m` along the road, nearest first, whatever their laps; none where not wanted.

        The gap in seconds is the time since the car in front passed the place where the one behind it is now. The gaps at the line are
        left out where the answer is to be `brief`.
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
            if with_ahead and forward_m <= sight_m:
                there_m = other_m - forward_m
                times_s = self._times_s(own, own_m, car, there_m, session_time_s, brief=brief)
                ahead.append(Neighbour(tla, forward_m, *times_s, laps_down))
            if with_behind and length_m - forward_m <= sight_m:
                back_m = length_m - forward_m
                laps_down = round((own_m - back_m - other_m) / length_m)
                times_s = self._times_s(car, other_m, own, own_m - back_m, session_time_s, brief=brief)
                behind.append(Neighbour(tla, back_m, *times_s, laps_down))
        ahead.sort(key=lambda car: car.gap_m)
        behind.sort(key=lambda car: car.gap_m)
        self._hold_abreast(ahead, session_time_s, forward=True)
        self._hold_abreast(behind, session_time_s, forward=False)
        return ahead, behind

    def _times_s(
        self, rear: Progress, rear_m: float, front: Progress, there_m: float, now_s: float, *, brief: bool
    ) -> tuple[float | None, float | None, float | None]:
        """Return the gap between two cars, when the front one passed, and the gap when the rear one crossed the line.

        `there_m` is the front car's progress where the rear one is now.
        """
        passed_s = front.passed_s(there_m, now_s)
        gap_s = None if passed_s is None else now_s - passed_s
        if brief:
            return gap_s, passed_s, None
        since_line_m = rear_m % self.circuit.length_m
        rear_s, front_s = rear.passed_s(rear_m - since_line_m, now_s), front.passed_s(there_m - since_line_m, now_s)
        return gap_s, passed_s, None if rear_s is None or front_s is None else rear_s - front_s

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

    def standings(self, session_time_s: float, drivers: Collection[str], *, brief: bool = False) -> dict[str, Standing]:
        """Return the places of some cars among all, by progress; those not seen yet are left out, and all gaps where it is `brief`.

        From the chequered flag on a car's place, gaps and laps are those it took it with, however they drive home.
        """
        seen = [(come, tla) for tla in self.cars if (come := self._come(tla, session_time_s)) is not None]
        order = sorted(seen, reverse=True)
        found = {}
        for number, ((progress_m, since_s), tla) in enumerate(order):
            if tla not in drivers:
                continue
            ((leader_m, _), leader), (_, ahead) = order[0], order[max(number - 1, 0)]
            laps_down = int((leader_m - progress_m) / self.circuit.length_m + ROUNDING)
            on_road = not brief and number > 0 and self.cars[tla].at(session_time_s) is not None
            now_s = min(session_time_s, -since_s)
            leader_s = self.cars[leader].passed_s(progress_m, now_s) if on_road and not laps_down else None
            ahead_s = self.cars[ahead].passed_s(progress_m, now_s) if on_road else None
            found[tla] = Standing(
                number + 1,
                None if leader_s is None else now_s - leader_s,
                None if ahead_s is None else now_s - ahead_s,
                laps_down,
            )
        return found

    def _come(self, tla: str, session_time_s: float) -> tuple[float, float] | None:
        """Return how far a car has come in the race and, negative, when it took the flag, −∞ before; None where it is not seen yet."""
        finish = self._finishes.get(tla)
        if finish is not None and finish.at_s <= session_time_s:
            return finish.laps * self.circuit.length_m, -finish.at_s
        known_m = _come_m(self.cars[tla], session_time_s)
        if known_m is None:
            return None
        # By positions, which are metres off, it may be over the line just before it is.
        return known_m if finish is None else min(known_m, finish.laps * self.circuit.length_m), -math.inf


def _come_m(car: Progress, session_time_s: float) -> float | None:
    """Return how far a car has come; where it is not seen, on the line between where it was last and next, None before it was first."""
    now_m = car.at(session_time_s)
    if now_m is not None:
        return now_m
    after = int(car.monotone_time_s.searchsorted(session_time_s, side="right"))
    if after in (0, len(car.monotone_m)):
        return float(car.monotone_m[-1]) if after > 0 else None
    between = slice(after - 1, after + 1)
    return float(np.interp(session_time_s, car.monotone_time_s[between], car.monotone_m[between]))


def lights_out_s(record: RaceRecord) -> float | None:
    """Return when lap 1 began, None where the timing has no such lap."""
    starts = [lap.start_s for laps in record.laps.values() for lap in laps if lap.number == 1 and lap.start_s is not None]
    return min(starts) if starts else None
