"""Text that rests long enough to be read."""

import math
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

SAME_S = 1e-6  # times this near are one
BEAT = 1.2  # of the least time: frames do not fall on beats, and a rest between two may be a frame shorter
STILL = 2  # beats


@dataclass(slots=True)
class _Rest(Generic[T]):
    """What is shown since when, and what was given since when and until when."""

    shown: T
    shown_s: float
    given: T
    given_s: float
    before_s: float


class Resting(Generic[T]):
    """Holds what is shown under each name for a least time.

    What changes all the time does so on beats of the clip's own time: whoever begins to watch at any frame soon sees the same words as
    whoever saw all of it, so that a preview shows what the render does. What changes after it was still shows at once, on its own frame.
    """

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self._rests: dict[str, _Rest[T]] = {}

    def take(self, name: str, value: T, now_s: float) -> T:
        """Return what to show under a name: the value, or the one before while that is too young to change."""
        rest = self._rests.setdefault(name, _Rest(value, now_s, value, now_s, now_s))
        if value != rest.shown and self._may_change(rest, now_s):
            rest.shown, rest.shown_s = value, now_s
        if value != rest.given:
            rest.given, rest.given_s = value, now_s
        rest.before_s = now_s
        return rest.shown

    def _may_change(self, rest: _Rest[T], now_s: float) -> bool:
        if now_s - rest.shown_s < self._hold_s - SAME_S:
            return False
        beat_s = BEAT * self._hold_s
        if now_s - rest.given_s >= STILL * beat_s - SAME_S:
            return True
        return math.floor((now_s + SAME_S) / beat_s) > math.floor((rest.before_s + SAME_S) / beat_s)
