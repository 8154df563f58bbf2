"""Overtakes: the order of two cars on the road swaps, and stays so."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from telemetry.moment import Kind
from telemetry.pursuits import Found
from telemetry.racing import Racing

Floats = npt.NDArray[np.float64]

CLEAR_M = 6.0  # a car's length: nearer, the two are side by side
STAYS_S = 10.0  # a pass that is undone sooner was none
SIDE_BY_SIDE_S = 25.0  # from clear behind to clear ahead; what takes longer is not one move
PITS_SOON_S = 15.0  # who heads for the pit lane lets others by
CRAWLING = 0.55  # of the passing car's speed: the other has spun, stopped or is limping
HUNT_S = 60.0  # what led to a pass
HUNT_WITHIN_S = 1.0
FIRST_LAP_WORTH = 0.5  # places change by the dozen there
CRAWLING_WORTH = 0.3


def overtakes(racing: Racing) -> Iterator[Found]:
    """Yield every pass for position on the road; in the pit lane, by retirements and behind a safety car there are none."""
    for one in range(len(racing.field.drivers)):
        for two in range(one + 1, len(racing.field.drivers)):
            yield from _between(racing, one, two)


def _between(racing: Racing, one: int, two: int) -> Iterator[Found]:
    progress_m = racing.field.progress_m
    lead_m = progress_m[one] - progress_m[two]
    both = racing.on[one] & racing.on[two]
    clear = np.flatnonzero(both & (np.abs(lead_m) > CLEAR_M))
    if len(clear) == 0:
        return
    first_ahead = lead_m[clear] > 0
    for at in np.flatnonzero(first_ahead[1:] != first_ahead[:-1]):
        before, after = int(clear[at]), int(clear[at + 1])
        if (after - before) > racing.steps(SIDE_BY_SIDE_S) or not both[before : after + 1].all():
            continue
        own, other = (one, two) if first_ahead[at + 1] else (two, one)
        until = min(after + racing.steps(STAYS_S), len(lead_m) - 1)
        later_m = (progress_m[own] - progress_m[other])[after : until + 1]
        undone = (later_m[np.isfinite(later_m)] < -CLEAR_M).any()
        passed_s = float(racing.field.time_s[after])
        if not undone and not _heads_for_pits(racing, other, passed_s) and _line_agrees(racing, own, other, passed_s):
            yield _found(racing, own, other, before, after)


def _heads_for_pits(racing: Racing, row: int, session_time_s: float) -> bool:
    ins_s = (lap.pit_in_s for lap in racing.record.laps.get(racing.field.drivers[row], ()) if lap.pit_in_s is not None)
    return any(0 <= in_s - session_time_s < PITS_SOON_S for in_s in ins_s)


def _line_agrees(racing: Racing, own: int, other: int, passed_s: float) -> bool:
    """Return whether the timing saw the cars swap: one order at the line before, the other order after, where it saw both.

    Positions are off by metres for seconds, so of cars nose to tail they tell passes that never were.
    """
    own_s, other_s = (
        {lap.number: lap.end_s for lap in racing.record.laps.get(racing.field.drivers[row], ()) if lap.end_s is not None}
        for row in (own, other)
    )
    both = sorted(own_s.keys() & other_s.keys())
    was_behind = [own_s[lap] > other_s[lap] for lap in both if min(own_s[lap], other_s[lap]) < passed_s]
    is_ahead = [own_s[lap] < other_s[lap] for lap in both if min(own_s[lap], other_s[lap]) >= passed_s]
    return all(was_behind[-1:]) and all(is_ahead[:1])


def _found(racing: Racing, own: int, other: int, before: int, after: int) -> Found:
    field = racing.field
    lead_m = (field.progress_m[own] - field.progress_m[other])[before : after + 1]
    key = before + int(np.argmax(lead_m > 0))
    own_kmh, other_kmh = float(racing.speed_kmh[own, key]), float(racing.speed_kmh[other, key])
    first_lap = field.progress_m[own, key] < field.length_m
    hunted = slice(max(before - racing.steps(HUNT_S), 0), before)
    hunting = (field.ahead[own, hunted] == other) & (field.gap_s[own, hunted] < HUNT_WITHIN_S)
    hunted_s = float(hunting.sum()) * field.step_s
    place = racing.place(own, after)
    words = f"passes {field.drivers[other]} for P{place} at {own_kmh:.0f} km/h, {max(own_kmh - other_kmh, 0):.0f} km/h faster"
    worth = 0.55 + 0.25 * min(hunted_s / HUNT_S, 1.0) + 0.2 * max(0.0, 1 - (place - 1) / 10)
    if first_lap:
        words += ", on lap 1"
        worth *= FIRST_LAP_WORTH
    if other_kmh < CRAWLING * own_kmh:
        words += ", the other crawling"
        worth *= CRAWLING_WORTH
    elif hunted_s > 5 and not first_lap:
        words += f", after {hunted_s:.0f} s within a second"
    return Found(Kind.OVERTAKE, own, other, before, after, key, words, worth)
