"""Judges what is heard and seen: locked, place sure but lap unsure, or refused; never a silent guess."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from telemetry.alignment import Alignment, Piece
from telemetry.race_record import RaceRecord
from telemetry.sync import fusion, jury, pieces, thresholds, timing
from telemetry.sync.answer import MOST_CANDIDATES, Verdict, candidate, of_what_is_known, refused, too_short, unlocked, unsure
from telemetry.sync.ground import Ground
from telemetry.sync.jury import Findings, Objection
from telemetry.sync.pieces import SHORTEST_S, Stretch
from telemetry.sync.places import Hearing, Place, hearing
from telemetry.sync.sights import NOTHING_SEEN, Sights
from telemetry.sync.sound import Sound
from telemetry.sync.verdict import Doubt, Judgement, State, judge, judge_again

Floats = npt.NDArray[np.float64]

CLOCK_RATES = (1.008, 0.992)  # beside those of the jury, clocks a per cent off; what lies between is found as drift
# A shorter clip's per cent is not told from a lap driven that much slower: two of 10 s and one of 20 s whose lap was missing were believed.
CLOCK_S = 30.0
WHOLE_S = 45.0  # up to here a clip is first tried as one piece
SCOUTED_S = 25.0  # from here on also parts of it are tried, of this length:
SCOUT_S = 20.0
MOST_SCOUTS = 5
PATIENT_S = 180.0  # up to here a clip is searched for pieces even when no part of it is found at once
EDGE_S = 1.0  # a piece that ends this near to the clip's end goes on to it


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A clip and its race session, its sound heard: what was seen can be weighed with it as it becomes known.

    Attributes:
        ground: The race session.
        drivers: TLAs of whose onboard it may be.
        given: Whether the driver is known beforehand.
        duration_s: Length of the clip.
        what: The sound beside the drivers' paths, None where there is nothing to hear.
        by_sound: What the sound says by itself.
        hopeless: Whether no witness can help: the clip is too short, or longer than the race session.
    """

    ground: Ground
    drivers: tuple[str, ...]
    given: bool
    duration_s: float
    what: Hearing | None
    by_sound: Verdict
    hopeless: bool = False

    def verdict(self, sights: Sights) -> Verdict:
        """Return what sound and sights say: sights must not contradict the sound, and help where it is not sure."""
        drivers = None if self.given else self.drivers
        return of_what_is_known(self._weighed(sights), self.ground.record, drivers, self.duration_s)

    def _weighed(self, sights: Sights) -> Verdict:
        if self.hopeless or not sights:
            return self.by_sound
        if self.by_sound.alignment is not None:
            return _checked(self, self.by_sound.alignment, sights)
        findings = jury.hear_all(self.ground, self.drivers, self.what, sights, self.duration_s)
        return _together(self, findings)


def find(
    record: RaceRecord, sound: Sound | None, *, driver: str | None, duration_s: float, sights: Sights = NOTHING_SEEN
) -> Verdict:
    """Return where a clip lies on its race session, from its engine sound and from what was seen in it; arguments as of `hear`."""
    return hear(record, sound, driver=driver, duration_s=duration_s).verdict(sights)


def hear(
    record: RaceRecord,
    sound: Sound | None,
    *,
    driver: str | None,
    duration_s: float,
    when_unsure: Callable[[Ground], object] | None = None,
) -> Case:
    """Return a clip's case with its sound heard; it is asked first, for it is by far the best witness.

    Args:
        record: The race session.
        sound: The clip's sound at 16 kHz, None where it has none.
        driver: TLA of the own car's driver; None tries all.
        duration_s: Length of the clip.
        when_unsure: Called once, with the race session, as soon as the sound hardly does without sights.
    """
    ground = Ground(record)
    drivers = tuple(record.traces) if driver is None else (driver,)
    covered_s = max((float(np.ptp(trace.session_time_s)) for trace in record.traces.values() if len(trace.rpm)), default=0.0)
    hopeless = None
    if duration_s < SHORTEST_S:
        hopeless = too_short(duration_s, "clip's")
    elif duration_s > covered_s:
        hopeless = refused(
            f"the clip ({duration_s / 60:.1f} min) is longer than the race session's telemetry ({covered_s / 60:.1f} min);"
            " cut it first"
        )
    if hopeless is not None:
        return Case(ground, drivers, driver is not None, duration_s, None, hopeless, hopeless=True)
    traces = {tla: record.traces[tla] for tla in drivers}
    what = None if sound is None or sound.duration_s < SHORTEST_S else hearing(sound, traces, ground.lag_s)
    by_sound = _by_sound(what, sound, ground, when_unsure or (lambda _: None))
    return Case(ground, drivers, driver is not None, duration_s, what, by_sound)


def _by_sound(what: Hearing | None, sound: Sound | None, ground: Ground, when_unsure: Callable[[Ground], object]) -> Verdict:
    if sound is None:
        return refused("the clip has no sound; set [sync] offset_s or an anchor by hand")
    if sound.duration_s < SHORTEST_S:
        return too_short(sound.duration_s, "sound's")
    if what is None:
        return refused("the clip's sound is silent; set [sync] offset_s or an anchor by hand")
    record, start_s, end_s = ground.record, what.ear.start_s, what.ear.end_s
    judgements: list[Judgement] = []
    rates = jury.RATES + CLOCK_RATES if end_s - start_s >= CLOCK_S else jury.RATES
    for rate in rates:
        judged = _scouted(what, start_s, end_s, rate)
        verdict = _settled(what, record, judged, judgements, rate)
        if verdict is not None:
            return verdict
        judgements.append(judged)
        if len(judgements) == len(rates):
            when_unsure(ground)
    first = _again(what, judgements[0], start_s, end_s)
    verdict = _settled(what, record, first, judgements[1:], 1.0)
    # Where all of the clip follows one place and only another one is as near there is no cut, and no part of it tells more than the whole.
    whole = first.start_s <= start_s and first.end_s >= end_s
    uncut = whole and first.agreed and first.doubt is Doubt.RIVAL
    if verdict is None and first.places and not uncut and end_s - start_s <= PATIENT_S:
        verdict = _in_pieces(what, record, first, 1.0)
    return verdict or unlocked(first, record, ground.circuit)


def _settled(what: Hearing, record: RaceRecord, judged: Judgement, others: Sequence[Judgement], rate: float) -> Verdict | None:
    """Return the verdict on a clip of which a part is locked, None where it is not, or not clearly likelier than at other rates."""
    # What fits well at another rate, and which lap it is, is in doubt: a worse fit at this one does not settle it.
    settles = judged.doubt is None and all(judged.clearly_above(other) for other in others)
    return _locked(what, record, judged, rate) if settles else None


def _again(what: Hearing, first: Judgement, start_s: float, end_s: float) -> Judgement:
    """Return the judgement of the clip, or of the likeliest part of a longer one, searched for engines of any kind if that tells more."""
    part_only = (first.start_s, first.end_s) != (start_s, end_s) and end_s - start_s <= WHOLE_S
    again = judge_again(what, judge(what, start_s, end_s) if part_only else first)
    # What is not settled by it either, nor clearly likelier, leaves the first doubt as it was: which laps fit, for one.
    return again if again.doubt is None or again.clearly_above(first) else first


def _checked(case: Case, where: Alignment, sights: Sights) -> Verdict:
    """Return the verdict by the sound with the sights that follow it among its methods; refused where one contradicts it."""
    verdict, record = case.by_sound, case.ground.record
    tla = verdict.candidates[0].driver
    longest = max(where.pieces, key=lambda piece: min(piece.end_video_s, case.duration_s) - max(piece.start_video_s, 0.0))
    here = Place(tla, longest.offset_s, longest.rate, 0.0)
    part = sights.between(longest.start_video_s, longest.end_video_s)
    seen = fusion.witnesses(case.ground, part)
    contrary = jury.contradiction(record, seen, here)
    if contrary is not None:
        there = candidate(contrary, record)
        reason = (
            f"the sound says lap {verdict.candidates[0].lap or '?'} of {tla}, the picture's numbers lap {there.lap or '?'} of"
            f" {there.driver}; is the sound the clip's own? An anchor decides"
        )
        shown = (verdict.candidates[0], there)
        return replace(verdict, state=State.REFUSED, driver=None, alignment=None, candidates=shown, reason=reason, untagged_s=())
    methods = jury.named(where.methods + jury.following(here, seen))
    return replace(verdict, alignment=replace(where, methods=methods))


def _together(case: Case, findings: Findings) -> Verdict:
    """Return the verdict of sound and sights together, that of the sound where they have nothing to add."""
    if findings.objection in (Objection.NOTHING, Objection.SOUND, Objection.SIGHT):
        if case.what is not None:
            return case.by_sound
        reason = case.by_sound.reason.replace("; ", ", and what is seen fits the telemetry nowhere; ", 1)
        return replace(case.by_sound, reason=reason)
    best, record = findings.places[0], case.ground.record
    shown = tuple(candidate(one.place, record) for one in findings.places[:MOST_CANDIDATES])
    margin = best.place.evidence - max((one.place.evidence for one in findings.places[1:]), default=0.0)
    tells = set(findings.methods) & set(thresholds.TELL_THE_SESSION)
    if findings.objection is not None and case.by_sound.candidates and not tells:
        # An engine is heard: why it fits none tells more than that bends fit several places. These are still worth a look.
        return case.by_sound if case.by_sound.of_candidates else replace(case.by_sound, candidates=shown)
    if findings.objection is not None:
        near = [one.place for one in findings.near[:MOST_CANDIDATES]]
        listed = tuple(candidate(place, record) for place in near)
        verdict = unsure(near, replace(case.by_sound, candidates=listed, margin=margin), record, case.ground.circuit)
        if case.what is None and verdict.state is State.REFUSED:
            deaf, _, _ = case.by_sound.reason.partition(";")
            return replace(verdict, reason=f"{deaf}, and by what is seen {verdict.reason}")
        return verdict
    place, residual_s = best.place, findings.residual_s
    if case.what is not None and fusion.SOUND in findings.methods:
        place, residual_s = timing.line(case.what, place, case.what.ear.start_s, case.what.ear.end_s)
    where = Alignment.constant(
        place.offset_s,
        drift_ppm=(place.rate - 1) * 1e6,
        confidence=_confidence(min(findings.strength, default=1.0) * thresholds.LEAST_MARGIN),
        residual_s=residual_s,
        methods=jury.named(findings.methods),
    )
    first = candidate(replace(place, evidence=best.place.evidence), record)
    return Verdict(State.LOCKED, place.driver, where, (first, *shown[1:]), margin, "")


def _confidence(margin: float) -> float:
    return 1 - math.exp(-margin / 10)


def _scouted(what: Hearing, start_s: float, end_s: float, rate: float) -> Judgement:
    """Return the judgement of the whole clip, or of the first part of a longer one that is locked, else of the likeliest."""
    length_s = end_s - start_s
    judgements = [judge(what, start_s, end_s, rate=rate)] if length_s <= WHOLE_S else []
    if length_s < SCOUTED_S or any(judged.doubt is None for judged in judgements):
        return judgements[0]
    count = min(MOST_SCOUTS, int(length_s // SCOUT_S))
    starts = np.linspace(start_s, end_s - SCOUT_S, max(count, 2))
    for begin in sorted(starts, key=lambda begin: abs(begin + SCOUT_S / 2 - (start_s + end_s) / 2)):
        judgements.append(judge(what, float(begin), float(begin) + SCOUT_S, rate=rate))
        if judgements[-1].doubt is None:
            break
    return max(judgements, key=lambda judged: (judged.doubt is None, judged.places[0].evidence if judged.places else 0.0))


def _locked(what: Hearing, record: RaceRecord, judged: Judgement, rate: float) -> Verdict | None:
    """Return the verdict on a clip of which a part is locked: as one piece where all of it agrees, else in pieces."""
    best = judged.places[0]
    start_s, end_s = what.ear.start_s, what.ear.end_s
    whole = judged.start_s <= start_s and judged.end_s >= end_s
    verdict = None if whole and judged.agreed else _in_pieces(what, record, judged, rate)
    if verdict is not None or not whole:
        return verdict
    place, residual_s = timing.line(what, best, start_s, end_s)
    return _verdict([Stretch(start_s, end_s, place, residual_s, judged)], record, judged, start_s, end_s)


def _in_pieces(what: Hearing, record: RaceRecord, judged: Judgement, rate: float) -> Verdict | None:
    """Return the verdict on a clip by its locked pieces, None where there is none; they are all of the likeliest place's driver."""
    start_s, end_s = what.ear.start_s, what.ear.end_s
    alone = what.of([judged.places[0].driver])
    # Whose onboard it is, is known where a part was locked; where none was, each piece must beat every other car by itself.
    rivals = alone if judged.doubt is None else what
    found = [entry for entry in pieces.stretches(alone, rivals, start_s, end_s, rate=rate) if entry.locked]
    sure = [entry for entry in found if entry.length_s >= thresholds.LONE_PIECE_S]
    if judged.doubt is not None:
        sure = [
            entry for entry in sure if entry.judged.scrutiny and entry.judged.scrutiny.tone_share >= thresholds.LONE_TONE_SHARE
        ]
        if sum(entry.length_s for entry in sure) < thresholds.LEAST_COVERED * (end_s - start_s):
            return None
    # A short piece by itself fits too many places; near to a longer one it is believed.
    kept = [entry for entry in found if entry in sure or any(_follows(entry, other) for other in sure)]
    return _verdict(kept, record, judged, start_s, end_s) if sure else None


def _follows(piece: Stretch, sure: Stretch) -> bool:
    """Return whether a piece lies a little before or after another on the video and in the race alike: edits mostly leave out."""
    skipped_s = (piece.place.offset_s - sure.place.offset_s) * (1 if piece.start_s > sure.start_s else -1)
    return -pieces.SLACK_S < skipped_s < thresholds.NEAR_PIECE_S


def _verdict(found: Sequence[Stretch], record: RaceRecord, judged: Judgement, start_s: float, end_s: float) -> Verdict:
    place = found[0].place
    edges = [(stretch.start_s, stretch.end_s) for stretch in found]
    begins = [-math.inf if begin - start_s < EDGE_S and index == 0 else begin for index, (begin, _) in enumerate(edges)]
    ends = [math.inf if end_s - end < EDGE_S and index == len(edges) - 1 else end for index, (_, end) in enumerate(edges)]
    aligned = tuple(
        Piece(begin, end, stretch.place.offset_s, (stretch.place.rate - 1) * 1e6)
        for begin, end, stretch in zip(begins, ends, found, strict=True)
    )
    gaps = [(start_s if index == 0 else ends[index - 1], begin) for index, begin in enumerate(begins)] + [(ends[-1], end_s)]
    untagged = tuple((max(begin, 0.0), end) for begin, end in gaps if end - begin > EDGE_S)
    margins = [stretch.judged.margin for stretch in found]
    where = Alignment(
        aligned,
        confidence=_confidence(min(margins)),
        residual_s=max(stretch.residual_s for stretch in found),
        methods=("engine_sound",),
    )
    first = candidate(replace(place, evidence=judged.places[0].evidence), record)
    rest = tuple(candidate(other, record) for other in judged.elsewhere[: MOST_CANDIDATES - 1])
    return Verdict(State.LOCKED, place.driver, where, (first, *rest), min(margins), "", untagged)
