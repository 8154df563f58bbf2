"""Judges all witnesses together, where the sound by itself is not enough: one place must stand out, and what was seen must follow it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from telemetry.race_record import RaceRecord
from telemetry.sync import close_call, fusion, thresholds, verdict
from telemetry.sync.apparent_size import ApparentSize
from telemetry.sync.fusion import SOUND, Fused, Weighed
from telemetry.sync.ground import Ground
from telemetry.sync.places import Hearing, Place, near
from telemetry.sync.scrutiny import scrutinise
from telemetry.sync.sights import Sights
from telemetry.sync.verdict import Judgement
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


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the sound by itself says of the likeliest place.

    Attributes:
        follows: Whether its pieces agree with the place, if not as closely as `verdict.judge` asks of them alone.
        strength: By what factor its lead over each other place is what is asked of it alone.
        laps: Of a loud and short clip, where another lap may pass for one that is missing: the same for being by itself sure of its
            very lap, of as many places as were listened to closely, or of none at all.
    """

    follows: bool
    strength: tuple[float, ...]
    laps: tuple[float, ...] = ()


def _judged(
    found: Sequence[Weighed],
    what: Hearing | None,
    seen: Sequence[Witness],
    ground: Ground,
    sights: Sights,
) -> Findings:
    if not found:
        return Findings((), (), Objection.NOTHING, 0.0, ())
    middle_s = _middle_s(what, sights)
    best, others, heard, strength = _weighed_against(found[0], found, what, seen, middle_s)
    if heard is not None and heard.laps and min(strength, default=0.0) < 0:
        # Nats of a loud clip say little of the lap; by all that is asked of each witness another place is ahead.
        best, others, heard, strength = _weighed_against(others[int(np.argmin(strength))], found, what, seen, middle_s)
    methods = _methods(best, seen)
    asked = thresholds.UNUSUAL_FACTOR if best.place.rate != 1 else 1.0
    asked *= 1.0 if set(methods) & set(thresholds.TELL_THE_SESSION) else thresholds.WITHOUT_FACTOR
    strength = tuple(one / asked for one in strength)
    objection = _objection(best, others, strength, methods, heard, seen)
    return Findings((best, *others), strength, objection, _residual_s(best, ground, sights, middle_s), methods)


def _weighed_against(
    best: Weighed, found: Sequence[Weighed], what: Hearing | None, seen: Sequence[Witness], middle_s: float
) -> tuple[Weighed, tuple[Weighed, ...], _Heard | None, tuple[float, ...]]:
    """Return a place, the places elsewhere, what the sound says of it, and by what factor it is far enough ahead of each other one."""
    others = tuple(other for other in found if other is not best and not other.place.same(best.place, middle_s))
    heard = _closely(best, others, what) if what is not None and best.told.get(SOUND, 0.0) >= thresholds.LEAST_EVIDENCE else None
    by_sound = heard.strength if heard else [_lead(SOUND, best, other) / thresholds.LEAST_MARGIN for other in others]
    return best, others, heard, tuple(sound + _by_sight(best, other, seen) for sound, other in zip(by_sound, others, strict=True))


def _objection(
    best: Weighed,
    others: Sequence[Weighed],
    strength: Sequence[float],
    methods: Sequence[str],
    heard: _Heard | None,
    seen: Sequence[Witness],
) -> Objection | None:
    if best.place.evidence < thresholds.LEAST_EVIDENCE or not set(methods) - {SOUND}:
        return Objection.NOTHING
    if heard is not None and not heard.follows:
        return Objection.SOUND
    asked = thresholds.FOLLOWS if SOUND in methods else thresholds.LEAST_AGREEMENT
    # Where a loud engine is followed closely bends need not be: on a straight they tell little. But they must not speak against it.
    spared = {"motion"} if heard is not None and heard.laps and best.told.get("motion", 0.0) > 0 else set()
    if any(agreement(witness, best.place) < asked[witness.name] for witness in seen if witness.name not in spared):
        return Objection.SIGHT
    if min(strength, default=np.inf) < 1:
        return Objection.RIVAL
    lap_told = heard is None or not heard.laps or _tells_lap(best, others, heard, seen) >= 1
    return None if lap_told else Objection.SIGHT


def _closely(best: Weighed, others: Sequence[Weighed], what: Hearing) -> _Heard:
    """Return what the sound says of a place beside others; where it is loud, the sharper spectrum has the word as it has alone."""
    start_s, end_s = what.ear.start_s, what.ear.end_s
    places = tuple(replace(one.place, evidence=one.told.get(SOUND, 0.0)) for one in (best, *others))
    route = near(what.filled[best.place.driver], best.place, start_s, end_s)
    close = scrutinise(what.ear, route, best.place.offset_s, rate=best.place.rate)
    judged = Judgement(start_s, end_s, places, close, None)
    in_time = close.time_share >= thresholds.LEAST_TIME_SHARE and close.time_agree >= thresholds.LEAST_TIME_AGREE
    follows = in_time and close.misfit <= thresholds.MARGIN_MISFIT
    least = max(judged.least_margin, thresholds.MARGIN_SHARE * places[0].evidence)
    strength = tuple(_lead(SOUND, best, other) / least for other in others)
    closer = close_call.look(what, places[0], places[1:], start_s, end_s) if follows and judged.loud else None
    if closer is None:
        return _Heard(follows, strength)
    follows = not verdict.speaks_against(judged, closer)
    if judged.short == 1:
        return _Heard(follows, strength)
    # Laps that are there are told apart by less than one that is not may be like another.
    asked = verdict.short_share(judged, closer.off, thresholds.BESIDE_POWER)
    strength = tuple(lead / asked for lead in closer.leads) + strength[len(closer.leads) :]
    alone = verdict.short_share(judged, closer.off, thresholds.SHORT_SHARP_POWER)
    return _Heard(follows, strength, tuple(lead / alone for lead in closer.leads or (1.0,)))


def _by_sight(best: Weighed, other: Weighed, seen: Sequence[Witness]) -> float:
    """Return by what factor a place is far enough ahead of another by what is seen: each witness's lead over what is asked of it alone.

    Bends are much the same on every lap: they do not tell a place from another one that they follow as well.
    """
    telling = set(best.told) - {SOUND}
    if any(witness.name == "motion" and agreement(witness, other.place) >= thresholds.FOLLOWS["motion"] for witness in seen):
        telling -= {"motion"}
    return sum(_lead(name, best, other) / thresholds.LEAST_SIGHT_MARGIN[name] for name in telling)


def _lead(name: str, best: Weighed, other: Weighed) -> float:
    return best.told.get(name, 0.0) - other.told.get(name, 0.0)


def _tells_lap(best: Weighed, others: Sequence[Weighed], heard: _Heard, seen: Sequence[Witness]) -> float:
    """Return by what factor sound and sights together are sure of a short and loud clip's very lap; 1 is just enough.

    Sights are held against the other laps that the sound leaves possible: who hangs on a car's tail lap after lap sees it as wide on all.
    """
    possible = [other for other, lap in zip(others, heard.laps, strict=False) if lap < 1] or others
    factor = min((*heard.laps, thresholds.MOST_OF_LAP))
    for witness in seen:
        asked = thresholds.TELLS_LAP.get(witness.name)
        if isinstance(witness, ApparentSize) and best.told[witness.name] < thresholds.SIZE_FOLLOWS * witness.most:
            continue
        if asked is not None and possible:
            factor += float(np.median([_lead(witness.name, best, other) for other in possible])) / asked
        factor += thresholds.FOLLOWED.get(witness.name, 0.0)
    return factor


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
