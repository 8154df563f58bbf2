"""What the sync answers: where a clip lies, or why that is not sure, in words for a person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from telemetry.alignment import Alignment
from telemetry.circuit import Circuit
from telemetry.race_record import RaceRecord, Trace
from telemetry.sync import fusion, thresholds
from telemetry.sync.pieces import SHORTEST_S
from telemetry.sync.places import Place
from telemetry.sync.unheard import unheard, unheard_laps
from telemetry.sync.verdict import Doubt, Judgement, State

SAME_PLACE_M = 90.0  # two offsets this near on the circuit show the same corner
MOST_CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place where the clip may lie: driver, session time at video time 0, the lap then, and nats of evidence."""

    driver: str
    offset_s: float
    lap: int | None
    evidence: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the sync found.

    Attributes:
        state: How sure it is.
        driver: Whose onboard it is, None where that is unsure.
        alignment: Where the clip lies, None unless locked.
        candidates: Places that fit, the best first.
        margin: Nats between the best place and the best one elsewhere.
        reason: In one sentence, for a person; empty when locked.
        untagged_s: Stretches of a locked clip that lie nowhere, as (start, end) in video time.
        of_candidates: Whether the reason speaks of the candidates, and so holds for these alone.
    """

    state: State
    driver: str | None
    alignment: Alignment | None
    candidates: tuple[Candidate, ...]
    margin: float
    reason: str
    untagged_s: tuple[tuple[float, float], ...] = ()
    of_candidates: bool = False


def unlocked(judged: Judgement, record: RaceRecord, circuit: Circuit | None) -> Verdict:
    """Return the verdict on a clip that its sound does not lock."""
    if not judged.places or judged.scrutiny is None:
        return refused("the race session has no car data where the clip could lie; choose another recording")
    near = judged.near[:MOST_CANDIDATES]
    if judged.doubt is Doubt.NO_ENGINE:
        return refused("no engine is heard that fits the telemetry; is it this race session, and a clip with engine sound?")
    listed = Verdict(State.REFUSED, None, None, tuple(candidate(place, record) for place in near), judged.margin, "")
    if judged.doubt is Doubt.TIME:
        share = judged.scrutiny.time_agree
        reason = f"only {share:.0%} of the clip's pieces say the same time; is it in slow motion, or of another race session?"
        return replace(listed, reason=reason)
    if judged.doubt is Doubt.TONE:
        share = min(judged.scrutiny.tone_agree, judged.scrutiny.tone_share)  # all pieces may be off a little, and alike
        return replace(
            listed, reason=f"the engine follows the telemetry in only {share:.0%} of the clip; is it another race session?"
        )
    return unsure(near, listed, record, circuit)


def unsure(near: Sequence[Place], listed: Verdict, record: RaceRecord, circuit: Circuit | None) -> Verdict:
    """Return the verdict on a clip that several places fit: the lap unsure where all are one place, else refused."""
    listed = replace(listed, of_candidates=True)
    names = sorted({place.driver for place in near})
    if len(names) > 1:
        return replace(listed, reason=f"it may be the onboard of {' or '.join(names)}; add driver to the session file")
    if len(near) > 1 and _same_place(record, circuit, near):
        reason = f"the place is sure, the lap is not: {len(near)} laps fit; add one as an anchor"
        return replace(listed, state=State.LAP_UNSURE, driver=near[0].driver, reason=reason)
    if len(near) == 1:
        return replace(listed, reason="what fits best does not fit closely enough to be sure; use a longer clip, or an anchor")
    return replace(listed, reason=f"{len(near)} moments fit about equally well; use a longer clip, or an anchor")


def of_what_is_known(verdict: Verdict, record: RaceRecord, drivers: Sequence[str] | None, duration_s: float) -> Verdict:
    """Return a verdict, no longer locked where the clip may as well be of a car or a lap whose car data are missing.

    Args:
        verdict: On the clip.
        record: The race session.
        drivers: TLAs of whose onboard it may be, None where the driver is given.
        duration_s: Of the clip.
    """
    where, named = verdict.alignment, verdict.driver
    if where is None or named is None:
        return verdict
    others = () if drivers is None else unheard(record, named, where, duration_s)
    if others:
        reason = (
            f"the moment is found, but not whether it is the onboard of {named} or {' or '.join(others)}, whose car data are missing"
            " there; add driver to the session file"
        )
        return replace(verdict, state=State.REFUSED, driver=None, alignment=None, reason=reason, untagged_s=())
    alone = where.methods == (fusion.SOUND,) and duration_s < thresholds.SHORT_S
    laps = unheard_laps(record, drivers or (named,), named, where, duration_s) if alone else ()
    if not laps:
        return verdict
    missing = ", ".join(f"lap {number} of {tla}" for tla, number in laps)
    reason = (
        f"the place is found, but a clip this short may as well be of {missing}, whose car data are missing there; use a longer"
        " one, or an anchor"
    )
    own = all(tla == named for tla, _ in laps)
    state, driver = (State.LAP_UNSURE, named) if own else (State.REFUSED, None)
    return replace(verdict, state=state, driver=driver, alignment=None, reason=reason, untagged_s=())


def candidate(place: Place, record: RaceRecord) -> Candidate:
    """Return a place as it is shown to a person."""
    return Candidate(place.driver, place.offset_s, lap_at(record, place.driver, place.offset_s), place.evidence)


def lap_at(record: RaceRecord, driver: str, session_time_s: float) -> int | None:
    """Return the lap that a driver is on at a session time, None before the first."""
    laps = [lap for lap in record.laps.get(driver, ()) if lap.start_s is not None and lap.start_s <= session_time_s]
    return laps[-1].number if laps else None


def refused(reason: str) -> Verdict:
    """Return a refusal without any candidate."""
    return Verdict(State.REFUSED, None, None, (), 0.0, reason)


def too_short(length_s: float, whose: str) -> Verdict:
    """Return the refusal of what is too short to be told from others; `whose` length it is, as "clip's"."""
    return refused(
        f"the {whose} {length_s:.1f} s are too short to be told from others; use {SHORTEST_S:.0f} s or more, or an anchor"
    )


def _same_place(record: RaceRecord, circuit: Circuit | None, near: Sequence[Place]) -> bool:
    """Return whether all candidates begin at one place of the circuit, on different laps."""
    if circuit is None:
        return False
    metres = np.array([_along_m(record.traces[place.driver], circuit, place.offset_s) for place in near])
    apart_m = np.abs((metres - metres[0] + circuit.length_m / 2) % circuit.length_m - circuit.length_m / 2)
    return bool((apart_m < SAME_PLACE_M).all())


def _along_m(trace: Trace, circuit: Circuit, session_time_s: float) -> float:
    known = np.isfinite(trace.x_m)
    if not known.any():
        return np.nan
    x = np.interp([session_time_s], trace.position_time_s[known], trace.x_m[known])
    y = np.interp([session_time_s], trace.position_time_s[known], trace.y_m[known])
    return float(circuit.project(x, y)[0][0])
