"""What the sync says of one stretch of a clip, and why."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from telemetry.sync import close_call, thresholds
from telemetry.sync.close_call import CloseLook
from telemetry.sync.off_path import OffPath
from telemetry.sync.places import Hearing, Place, near, of_any_engine, places
from telemetry.sync.scrutiny import Scrutiny, scrutinise


class State(StrEnum):
    """How sure the sync is."""

    LOCKED = "locked"
    LAP_UNSURE = "lap_unsure"
    REFUSED = "refused"


class Doubt(StrEnum):
    """Why a stretch is not locked."""

    NOWHERE = "nowhere"
    NO_ENGINE = "no_engine"
    TIME = "time"
    TONE = "tone"
    RIVAL = "rival"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One stretch of a clip as judged by itself.

    Attributes:
        start_s: Video time.
        end_s: Video time.
        places: What it may be, the likeliest first.
        scrutiny: Of the likeliest, None where there is none.
        doubt: Why it is not locked, None when it is.
    """

    start_s: float
    end_s: float
    places: tuple[Place, ...]
    scrutiny: Scrutiny | None
    doubt: Doubt | None

    @property
    def margin(self) -> float:
        """Nats between the likeliest place and the likeliest elsewhere."""
        best = self.places[0]
        return best.evidence - max((other.evidence for other in self.elsewhere), default=0.0)

    @property
    def least_margin(self) -> float:
        """By how many nats the likeliest place must beat all others: the more, the shorter it is and the more loosely it is followed."""
        factor = thresholds.UNUSUAL_FACTOR if abs(self.places[0].rate - 1) > thresholds.UNUSUAL_RATE else 1.0
        misfit = self.misfit
        share = thresholds.MARGIN_SHARE / (thresholds.MARGIN_MISFIT - misfit)
        if self.short > 1:
            share *= math.pow(self.short, thresholds.SHORT_POWER)
            stricter = share + thresholds.SHORT_MISFIT * (self.short - 1) * misfit
            share = max(share, min(stricter, thresholds.SHORT_SHARE))
        least = thresholds.LEAST_MARGIN * factor * math.pow(self.brief, thresholds.BRIEF_POWER)
        least = max(least, share * self.places[0].evidence)
        clear = misfit <= thresholds.CLEAR_MISFIT and not self.loud and self.short == 1
        return min(least, thresholds.CLEAR_MARGIN) if clear else least

    @property
    def agreed(self) -> bool:
        """Whether all pieces say the same time."""
        return self.scrutiny is not None and self.scrutiny.time_agree == 1.0

    @property
    def misfit(self) -> float:
        """How loosely the likeliest place is followed, as far as that counts."""
        return min(self.scrutiny.misfit if self.scrutiny else math.inf, thresholds.MOST_MISFIT)

    @property
    def short(self) -> float:
        """By what factor it is shorter than a clip of which another lap shows by itself; 1 where it is not."""
        return max(thresholds.SHORT_S / (self.end_s - self.start_s), 1.0)

    @property
    def brief(self) -> float:
        """By what factor it is shorter than a clip whose stamps' jitter does not favour another lap; 1 where it is not."""
        return max(thresholds.LONG_S / (self.end_s - self.start_s), 1.0)

    @property
    def loud(self) -> bool:
        """Whether the engine is loud enough to be looked at more closely."""
        return bool(self.places) and self.places[0].evidence >= thresholds.LOUD * (self.end_s - self.start_s)

    def clearly_above(self, other: "Judgement") -> bool:
        """Return whether the likeliest place here is clearly likelier than that of another judgement of the same clip."""
        least = other.places[0].evidence + thresholds.LEAST_MARGIN if other.places else 0.0
        return bool(self.places) and self.places[0].evidence >= least

    @property
    def elsewhere(self) -> tuple[Place, ...]:
        """The places that are not the likeliest one's moment."""
        middle_s = (self.start_s + self.end_s) / 2
        return tuple(other for other in self.places[1:] if not other.same(self.places[0], middle_s))

    @property
    def near(self) -> tuple[Place, ...]:
        """The likeliest place and those that it does not beat clearly."""
        least = self.least_margin
        others = tuple(other for other in self.elsewhere if self.places[0].evidence - other.evidence < least)
        return (self.places[0], *(others or self.elsewhere[: int(self.doubt is Doubt.RIVAL)]))


def judge(what: Hearing, start_s: float, end_s: float, *, rate: float = 1.0) -> Judgement:
    """Return what the clip between two video times says by itself; arguments as of `places.places`."""
    return _judged(what, places(what, start_s, end_s, rate=rate), start_s, end_s)


def judge_again(what: Hearing, first: Judgement) -> Judgement:
    """Return what the same stretch as recorded says where its engine may be of any kind."""
    return _judged(what, of_any_engine(what, first.places, first.start_s, first.end_s), first.start_s, first.end_s)


def _judged(what: Hearing, found: Sequence[Place], start_s: float, end_s: float) -> Judgement:
    if not found:
        return Judgement(start_s, end_s, (), None, Doubt.NOWHERE)
    best, found = found[0], tuple(found)
    route = near(what.filled[best.driver], best, start_s, end_s)
    close = scrutinise(what.ear, route, best.offset_s, rate=best.rate, start_s=start_s, end_s=end_s)
    judged = Judgement(start_s, end_s, found, close, None)
    doubt = _doubt(judged, close)
    if doubt in (None, Doubt.RIVAL) and judged.loud:
        closer = close_call.look(what, best, judged.elsewhere, start_s, end_s)
        doubt = _close_doubt(judged, close, closer) if closer else doubt
    return Judgement(start_s, end_s, found, close, doubt)


def _close_doubt(judged: Judgement, close: Scrutiny, closer: CloseLook) -> Doubt | None:
    """Return whether a loud clip's likeliest place is in doubt: the sharper spectrum must not speak against it, and may settle it."""
    if closer.margin_share < 0 or speaks_against(judged, closer):
        return Doubt.RIVAL
    if judged.short > 1 and closer.margin_share < short_share(judged, closer.off, thresholds.SHORT_SHARP_POWER):
        return Doubt.RIVAL
    stands_out = closer.margin_share >= thresholds.SHARP_MARGIN_SHARE
    settled = close.misfit <= thresholds.CLEAR_MISFIT and stands_out and closer.tone_share >= thresholds.SHARP_TONE
    return None if settled or judged.margin >= judged.least_margin else Doubt.RIVAL


def speaks_against(judged: Judgement, closer: CloseLook) -> bool:
    """Return whether a loud engine does not follow its likeliest place on the sharper spectrum, whatever else may be there."""
    return closer.tone_share < thresholds.LEAST_SHARP_TONE or not _follows(judged, closer.off)


def short_share(judged: Judgement, off: OffPath, power: float) -> float:
    """Return by what share of its evidence a short and loud clip's likeliest place must stand out on the sharper spectrum.

    Args:
        judged: The clip.
        off: How it is off the likeliest place's path.
        power: Of how much longer it is than the shortest: how fast less is asked of it.
    """
    share = thresholds.SHORT_SHARP_SHARE * math.pow(thresholds.SHORT_SHARP_S / (judged.end_s - judged.start_s), power)
    share += thresholds.SHORT_SHARP_MISFIT * judged.misfit + thresholds.SHORT_SHARP_FASTER * abs(off.faster)
    return min(share, thresholds.SHORT_SHARP_MOST)


def _follows(judged: Judgement, off: OffPath) -> bool:
    """Return whether a loud engine is off the telemetry no otherwise than by the jitter of its stamps."""
    if judged.brief == 1:
        return off.together <= thresholds.MOST_TOGETHER
    # Another lap may be faster all along a short clip, so what is common to all samples counts with what neighbours share.
    common = (off.faster / thresholds.FASTER) ** 2
    return off.faster_error <= thresholds.FASTER_KNOWN and max(off.together, 0.0) + common <= thresholds.MOST_TOGETHER


def _doubt(judged: Judgement, close: Scrutiny) -> Doubt | None:
    best = judged.places[0]
    unusual = abs(best.rate - 1) > thresholds.UNUSUAL_RATE
    if best.evidence < thresholds.LEAST_EVIDENCE * (thresholds.UNUSUAL_FACTOR if unusual else 1.0):
        return Doubt.NO_ENGINE
    if close.time_share < thresholds.LEAST_TIME_SHARE or close.time_agree < thresholds.LEAST_TIME_AGREE:
        return Doubt.TIME
    most = thresholds.FAR_MISFIT if judged.margin >= thresholds.FAR_MARGIN else thresholds.MOST_MISFIT
    if close.misfit > most / (thresholds.UNUSUAL_FACTOR if unusual else 1.0):
        return Doubt.TONE
    # Last: that only the lap is unsure may be said where the engine follows the telemetry in all else.
    return Doubt.RIVAL if judged.margin < judged.least_margin else None
