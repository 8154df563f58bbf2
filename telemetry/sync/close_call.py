"""Where laps are nearly the same and the engine is loud: the last few places weighed once more, on a sharper spectrum.

The spectrum that everything is searched on is a logarithm cut off at `CLIP`, which keeps speech and music down; but it also makes a loud
order's peak as flat as it is wide, and laps a per cent apart in RPM look alike. As amplitudes its peaks are sharp, and show how the very
engine follows the path: that is asked even where no other lap comes near, for the right one may not be there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telemetry.sync import engine_sound, orders
from telemetry.sync.off_path import OffPath, off_path
from telemetry.sync.orders import Ear
from telemetry.sync.places import Hearing, Place, near
from telemetry.sync.scrutiny import scrutinise
from telemetry.sync.sound import Sound

Floats = npt.NDArray[np.float64]

MOST_RIVALS = 14
MOVES_S: Floats = np.linspace(-0.08, 0.08, 9)  # a sharper top may lie a little beside the blunt one


@dataclass(frozen=True, slots=True)
class CloseLook:
    """What the sharper spectrum says of the likeliest place.

    Attributes:
        leads: Evidence over each place elsewhere, as a share of its own; negative where that one is better.
        tone_share: As of `scrutiny.Scrutiny`.
        off: How the samples are off its path.
    """

    leads: tuple[float, ...]
    tone_share: float
    off: OffPath

    @property
    def margin_share(self) -> float:
        """Evidence over the best place elsewhere, or over none, as a share of its own."""
        return min((*self.leads, 1.0))


def look(what: Hearing, best: Place, others: Sequence[Place], start_s: float, end_s: float) -> CloseLook | None:
    """Return what a sharper spectrum says of the clip between two video times at its likeliest place, None where it is silent.

    Args:
        what: The clip and the cars that are tried.
        best: The likeliest place.
        others: The places elsewhere, the likeliest first.
        start_s: Video time.
        end_s: Video time.
    """
    source = _sharp(what.sound, start_s, end_s)
    if source is None:
        return None
    here = _evidence(source, what, best, start_s, end_s)
    there = [_evidence(source, what, other, start_s, end_s) for other in others[:MOST_RIVALS]]
    route = near(what.filled[best.driver], best, start_s, end_s)
    close = scrutinise(source, route, best.offset_s, rate=best.rate, start_s=start_s, end_s=end_s)
    leads = tuple((here - other) / max(here, 1e-9) for other in there)
    return CloseLook(leads, close.tone_share, _off(source, what, best, start_s, end_s))


def off(what: Hearing, best: Place, start_s: float, end_s: float) -> OffPath | None:
    """Return how the clip between two video times is off the path at a place, None where it is silent; arguments as of `look`."""
    source = _sharp(what.sound, start_s, end_s)
    return None if source is None else _off(source, what, best, start_s, end_s)


def _off(source: Ear, what: Hearing, best: Place, start_s: float, end_s: float) -> OffPath:
    route = near(what.filled[best.driver], best, start_s, end_s)
    levels = orders.voice(orders.heard(source, route, best.offset_s, rate=best.rate).between(start_s, end_s))
    return off_path(source, near(what.measured[best.driver], best, start_s, end_s), best, levels, start_s, end_s)


def _sharp(sound: Sound, start_s: float, end_s: float) -> Ear | None:
    """Return the part of a clip's sound between two video times on a sharp spectrum, None where it is silent."""
    margin_s = engine_sound.WINDOW / sound.rate_hz
    first, last = (round((time_s - sound.start_video_s) * sound.rate_hz) for time_s in (start_s - margin_s, end_s + margin_s))
    first = max(first, 0)
    part = Sound(sound.samples[first : max(last, first)], sound.rate_hz, sound.start_video_s + first / sound.rate_hz)
    white = engine_sound.spectrum(part, sharp=True)
    return None if white is None else orders.ear(white, part.start_video_s)


def _evidence(source: Ear, what: Hearing, place: Place, start_s: float, end_s: float) -> float:
    route = near(what.filled[place.driver], place, start_s, end_s)
    return max(
        orders.evidence(orders.heard(source, route, place.offset_s + move_s, rate=place.rate).between(start_s, end_s))
        for move_s in MOVES_S.tolist()
    )
