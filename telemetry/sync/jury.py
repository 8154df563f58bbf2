"""Judges all witnesses together, where the sound by itself is not enough: one place must stand out, and what was seen must follow it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from telemetry.race_record import RaceRecord
from telemetry.sync import fusion, thresholds
from telemetry.sync.fusion import SOUND, Fused, Weighed
from telemetry.sync.ground import Ground
from telemetry.sync.places import Hearing, Place, near
from telemetry.sync.scrutiny import scrutinise
from telemetry.sync.sights import Sights
from telemetry.sync.witness import Witness

Floats = npt.NDArray[np.float64]

RATES = (1.0, 25 / 24, 24 / 25)  # as recorded, PAL and film; sights are too coarse for clocks a per cent off
# No nearer is a moment known by a sight alone: graphics lag, positions jump.
HALVES_FLOOR_S = {"hud": 0.3, "motion": 0.15, "size": 0.4}


class Objection(StrEnum):
    """Why the witnesses together do not lock a clip."""

    NOTHING = "nothing"
    SOUND = "sound"
    SIGHT = "sight"
    RIVAL = "rival"


@dataclass(frozen=True, slots=True)
class Findings:
    """What the witnesses say together.

    Attributes:
        places: Where the clip may lie, the likeliest first; none where nothing fits.
        strength: By what factor the best one passes what is asked of its lead over each other one, in their order; 1 is just enough.
        objection: Why the best is not believed, None when it is.
        residual_s: How far the halves of the clip disagree, at least what the witnesses can know.
        methods: The witnesses that follow the best place.
    """

    places: tuple[Weighed, ...]
    strength: tuple[float, ...]
    objection: Objection | None
    residual_s: float
    methods: tuple[str, ...]

    @property
    def near(self) -> tuple[Weighed, ...]:
        """The likeliest place and those that it does not beat clearly."""
        beaten = zip(self.places[1:], self.strength, strict=True)
        return self.places[:1] + tuple(other for other, strength in beaten if strength < 1)


def hear_all(
    ground: Ground,
    drivers: Sequence[str],
    what: Hearing | None,
    sights: Sights,
    duration_s: float,
) -> Findings:
    """Return what sound and sights say together, at the first of `RATES` at which a place is sure, else as recorded."""
    seen = fusion.witnesses(ground, sights)
    findings: list[Findings] = []
    for rate in RATES if sights.speeds else RATES[:1]:
        by_sight = fusion.curves(ground.record, drivers, seen, duration_s, rate=rate)

        def judged(heard: Hearing | None, by_sight: Sequence[Fused] = by_sight) -> Findings:
            found = fusion.weighed(fusion.with_sound(by_sight, heard), heard, seen)
            return _judged(found, heard, seen, ground, sights)

        found = judged(what)
        if found.objection is Objection.SOUND:
            # A sound too faint to follow, or another one laid over the pictures, does not silence them.
            found = judged(None)
        # A place that fits better at another rate, but not alone, is not settled by a worse one at this.
        before = max((other.places[0].place.evidence for other in findings if other.places), default=-np.inf)
        if found.objection is None and found.places[0].place.evidence >= before:
            return found
        findings.append(found)
    return findings[0]


def contradiction(record: RaceRecord, seen: Sequence[Witness], here: Place) -> Place | None:
    """Return the place that the picture's numbers name clearly while they do not follow the one given; None where they agree."""
    numbers = [witness for witness in seen if witness.name in thresholds.CONTRADICTS]
    if not numbers or all(agreement(witness, here) >= thresholds.CONTRADICTS[witness.name] for witness in numbers):
        return None
    found = fusion.weighed(fusion.curves(record, list(record.traces), numbers, 0.0, rate=here.rate), None, numbers)
    told_here = sum(float(_told_about(witness, here).max()) for witness in numbers)
    clearly = thresholds.UNUSUAL_FACTOR * thresholds.LEAST_SIGHT_MARGIN[numbers[0].name]
    if not found or found[0].place.same(here, 0.0) or found[0].place.evidence - told_here < clearly:
        return None
    return found[0].place


def _judged(
    found: Sequence[Weighed],
    what: Hearing | None,
    seen: Sequence[Witness],
    ground: Ground,
    sights: Sights,
) -> Findings:
    if not found:
        return Findings((), (), Objection.NOTHING, 0.0, ())
    best = found[0]
    middle_s = _middle_s(what, sights)
    others = tuple(other for other in found[1:] if not other.place.same(best.place, middle_s))
    methods = _methods(best, seen)
    asked = thresholds.UNUSUAL_FACTOR if best.place.rate != 1 else 1.0
    asked *= 1.0 if set(methods) & set(thresholds.TELL_THE_SESSION) else thresholds.WITHOUT_FACTOR
    strength = tuple(_strength(best, other) / asked for other in others)
    residual_s = _residual_s(best, ground, sights, middle_s)
    return Findings((best, *others), strength, _objection(best, strength, methods, what, seen), residual_s, methods)


def _objection(
    best: Weighed, strength: Sequence[float], methods: Sequence[str], what: Hearing | None, seen: Sequence[Witness]
) -> Objection | None:
    if best.place.evidence < thresholds.LEAST_EVIDENCE or not set(methods) - {SOUND}:
        return Objection.NOTHING
    if best.told.get(SOUND, 0.0) >= thresholds.LEAST_EVIDENCE and what is not None and not _sound_follows(best, what):
        return Objection.SOUND
    asked = thresholds.FOLLOWS if SOUND in methods else thresholds.LEAST_AGREEMENT
    if any(agreement(witness, best.place) < asked[witness.name] for witness in seen):
        return Objection.SIGHT
    return Objection.RIVAL if min(strength, default=np.inf) < 1 else None


def _strength(best: Weighed, other: Weighed) -> float:
    """Return by what factor a place is far enough ahead of another: every witness's lead over what is asked of that witness alone."""
    asked = {
        **thresholds.LEAST_SIGHT_MARGIN,
        SOUND: max(thresholds.LEAST_MARGIN, thresholds.MARGIN_SHARE * best.told.get(SOUND, 0.0)),
    }
    return sum((nats - other.told.get(name, 0.0)) / asked[name] for name, nats in best.told.items())


def _sound_follows(best: Weighed, what: Hearing) -> bool:
    """Return whether the pieces of the sound agree with a place, if not as closely as `verdict.judge` asks of them alone."""
    place, start_s, end_s = best.place, what.ear.start_s, what.ear.end_s
    close = scrutinise(what.ear, near(what.filled[place.driver], place, start_s, end_s), place.offset_s, rate=place.rate)
    in_time = close.time_share >= thresholds.LEAST_TIME_SHARE and close.time_agree >= thresholds.LEAST_TIME_AGREE
    return in_time and close.misfit <= thresholds.MARGIN_MISFIT


def _methods(best: Weighed, seen: Sequence[Witness]) -> tuple[str, ...]:
    heard = (SOUND,) if best.told.get(SOUND, 0.0) >= thresholds.LEAST_EVIDENCE else ()
    return heard + following(best.place, seen)


def named(methods: Sequence[str]) -> tuple[str, ...]:
    """Return witnesses as an alignment names its methods, each once: speed and lap counter both stand in the HUD."""
    return tuple(dict.fromkeys("hud" if name == "laps" else name for name in methods))


def following(place: Place, seen: Sequence[Witness]) -> tuple[str, ...]:
    """Return the names of the witnesses that follow the telemetry at a place, each once."""
    return tuple(witness.name for witness in seen if agreement(witness, place) >= thresholds.FOLLOWS[witness.name])


def agreement(witness: Witness, place: Place) -> float:
    """Return how well a witness follows the telemetry at a place, its own lag left out."""
    return witness.agreement(place.driver, place.offset_s + move_s(witness, place), place.rate)


def move_s(witness: Witness, place: Place) -> float:
    """Return by how much a witness would move a place: a graphic that lags the picture shows what was true before."""
    told = _told_about(witness, place)
    best = fusion.MOVES_S[told >= told.max() - 1e-6]
    return float(best[np.argmin(np.abs(best))])  # where a witness does not tell, it moves nothing


def _told_about(witness: Witness, place: Place) -> Floats:
    return witness.told(place.driver, place.offset_s + fusion.MOVES_S, place.rate)


def _middle_s(what: Hearing | None, sights: Sights) -> float:
    if what is not None:
        return (what.ear.start_s + what.ear.end_s) / 2
    seen = [*sights.speeds, *(one for one in (sights.turning, sights.width, sights.laps and sights.laps.lap) if one)]
    return float(np.median([one.video_time_s.mean() for one in seen])) if seen else 0.0


def _residual_s(best: Weighed, ground: Ground, sights: Sights, middle_s: float) -> float:
    """Return half of how far the sights of the clip's halves lie apart, at least what the best of them can know."""
    parts = []
    for start_s, end_s in ((-np.inf, middle_s), (middle_s, np.inf)):
        seen = fusion.witnesses(ground, replace(sights.between(start_s, end_s), width=None))  # which tell no moment
        if seen:
            parts.append(fusion.fine_offset_s(best.place, seen))
    floor_s = min((HALVES_FLOOR_S[name] for name in HALVES_FLOOR_S if name in best.told), default=0.0)
    return max(abs(parts[0] - parts[1]) / 2 if len(parts) == 2 else 0.0, floor_s)
