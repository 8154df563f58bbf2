"""One car after another for position: battles, closing runs and braking duels."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter, uniform_filter1d

from telemetry.moment import Kind
from telemetry.racing import Racing, runs

Floats = npt.NDArray[np.float64]

BATTLE_S = 1.0  # where DRS was allowed, and where the air of the car ahead begins to matter
BATTLE_AT_LEAST_S = 20.0
BROKEN_S = 1.6  # a battle is over when the gap is larger than this
PAUSE_S = 6.0  # for so long
STEADY_S = 6.0  # the gap's median over this: what one corner does to it is no closing
CLOSED_S = 1.5  # of gap gone makes a closing run
WITHIN_S = 300.0  # three or four laps
FASTEST = 0.3  # of gap gone a second; what falls faster is a car that has spun or comes out of the pits
STOOD_MPS = 5.0  # slower over the whole gap: a stop lies in it, as at the restart of a race
END_S = 1.2  # a closing run has come this near
NEAR_M = 12.0  # from one car's transponder to the other's: nose to tail is 6 m
NEAR_S = 0.6  # at the braking point
BRAKING_MPS2 = 12.0  # no car slows so without its brakes
SLOWER_KMH = 80.0
DUEL_EVERY_S = 400.0  # of a pair only the best braking duel in so long is told


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of a pair of cars, in steps of the field's clock; `strength` runs 0 to 1."""

    kind: Kind
    own: int
    other: int | None
    first: int
    last: int
    key: int
    reason: str
    strength: float


def battles(racing: Racing) -> Iterator[Found]:
    """Yield every stretch in which a car stays within a second of the one ahead; lap 1 is left out, all are close then."""
    for own, other, mask in _pairs(racing):
        gap_s = racing.field.gap_s[own]
        after_lap_1 = racing.field.progress_m[own] > racing.field.length_m
        close = mask & (gap_s < BATTLE_S) & after_lap_1
        for begun, ended in runs(mask & (gap_s < BROKEN_S) & after_lap_1, bridge=racing.steps(PAUSE_S)):
            within = begun + np.flatnonzero(close[begun : ended + 1])
            if len(within) * racing.field.step_s < BATTLE_AT_LEAST_S:
                continue
            first, last = int(within[0]), int(within[-1])
            lasted_s = (last - first) * racing.field.step_s
            inside = np.where(close[first : last + 1], gap_s[first : last + 1], np.inf)
            steady = uniform_filter1d(np.minimum(inside, BATTLE_S), racing.steps(STEADY_S), mode="nearest")
            key = first + int(np.argmin(steady))
            usual_s = float(np.median(inside[np.isfinite(inside)]))
            words = f"battles {racing.field.drivers[other]} for {_long(lasted_s)}, {usual_s:.1f} s behind typically"
            strength = 0.5 * min(np.log2(lasted_s / BATTLE_AT_LEAST_S) / 5, 1.0) + 0.5 * (1 - float(steady.min()) / BATTLE_S)
            yield Found(Kind.BATTLE, own, other, first, last, key, words, strength)


def closing_runs(racing: Racing) -> Iterator[Found]:
    """Yield every stretch in which a car takes seconds out of the one ahead and ends up on its gearbox."""
    for own, other, mask in _pairs(racing):
        moving = mask & (racing.field.gap_m[own] > STOOD_MPS * racing.field.gap_s[own])
        for first, last in runs(moving, bridge=racing.steps(PAUSE_S)):
            if (last - first) * racing.field.step_s < STEADY_S:
                continue
            yield from _closing(racing, own, other, first, last)


def _closing(racing: Racing, own: int, other: int, first: int, last: int) -> Iterator[Found]:
    step_s = racing.field.step_s
    part = racing.field.gap_s[own, first : last + 1]
    known = np.flatnonzero(np.isfinite(part))
    if len(known) < racing.steps(STEADY_S):
        return
    gap_s = np.interp(np.arange(len(part)), known, part[known])
    gap_s = median_filter(gap_s, racing.steps(STEADY_S), mode="nearest")
    begun = 0
    for arrived in np.flatnonzero((gap_s[1:] < END_S) & (gap_s[:-1] >= END_S)) + 1:
        since = max(begun, int(arrived) - racing.steps(WITHIN_S))
        top = since + int(np.argmax(gap_s[since : arrived + 1]))
        closed_s = float(gap_s[top] - gap_s[arrived])
        took_s = float(arrived - top) * step_s
        if closed_s < CLOSED_S or closed_s > FASTEST * took_s:
            continue
        begun = int(arrived)
        words = f"closed on {racing.field.drivers[other]} from {gap_s[top]:.1f} s to {gap_s[arrived]:.1f} s in {_long(took_s)}"
        strength = 0.6 * min(closed_s / 8, 1.0) + 0.4 * min(closed_s / max(took_s, 1.0) * 20, 1.0)
        yield Found(Kind.CLOSING, own, other, first + top, first + int(arrived), first + int(arrived), words, strength)


def braking_duels(racing: Racing) -> Iterator[Found]:
    """Yield the corners that a car brakes for right behind another, the tightest of each pair in a while."""
    slowing = np.gradient(racing.speed_kmh, racing.field.step_s, axis=1) / 3.6 < -BRAKING_MPS2
    for own, other, mask in _pairs(racing):
        found = sorted(_braking(racing, own, other, mask & slowing[own]), key=lambda duel: -duel.strength)
        told: list[Found] = []
        for duel in found:
            if all(abs(duel.key - other_duel.key) * racing.field.step_s > DUEL_EVERY_S for other_duel in told):
                told.append(duel)
        yield from told


def _braking(racing: Racing, own: int, other: int, mask: npt.NDArray[np.bool_]) -> Iterator[Found]:
    field = racing.field
    for first, last in runs(mask, bridge=1):
        from_kmh, to_kmh = racing.speed_kmh[own, first], racing.speed_kmh[own, last]
        gaps_m = field.gap_m[own, first : last + 1]
        nearest = int(np.nanargmin(gaps_m))
        if from_kmh - to_kmh < SLOWER_KMH or not gaps_m[nearest] < NEAR_M or not field.gap_s[own, first] < NEAR_S:
            continue
        gap_m = float(gaps_m[nearest])
        words = f"{gap_m:.0f} m behind {field.drivers[other]} under braking from {from_kmh:.0f} to {to_kmh:.0f} km/h"
        strength = 0.6 * (1 - gap_m / NEAR_M) + 0.4 * min((from_kmh - to_kmh) / 250, 1.0)
        yield Found(Kind.BRAKING, own, other, first, last, first + nearest, words, strength)


def _pairs(racing: Racing) -> Iterator[tuple[int, int, npt.NDArray[np.bool_]]]:
    """Yield (own, other, (n,) when own races other for position, right behind it)."""
    for own in range(len(racing.field.drivers)):
        for other in np.unique(racing.field.ahead[own][racing.duel[own]]).tolist():
            yield own, other, racing.duel[own] & (racing.field.ahead[own] == other)


def _long(duration_s: float) -> str:
    minutes, seconds = divmod(round(duration_s), 60)
    return f"{minutes}:{seconds:02d} min" if minutes else f"{seconds} s"
