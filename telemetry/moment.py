"""A moment of a race session that is worth a clip."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What happens in a moment."""

    OVERTAKE = "overtake"
    BATTLE = "battle"
    CLOSING = "closing run"
    BRAKING = "braking duel"
    SECTOR = "fastest sector"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, seen from the car that does it; the other car is ahead of it, or was.

    Attributes:
        kind: What happens.
        driver: TLA of the car that chases, passes or is fastest.
        other: TLA of the car ahead, None where there is none.
        key_s: Session time of the instant itself: the pass, the smallest gap, the end of the sector.
        utc: UTC then.
        lap: The driver's lap then, None where unknown.
        start_s: Session time at which a clip of it should begin.
        end_s: Session time at which it should end.
        reason: What happens, in words.
        score: 0 to 100; how much it is worth seeing against the other moments of a race.
    """

    kind: Kind
    driver: str
    other: str | None
    key_s: float
    utc: datetime
    lap: int | None
    start_s: float
    end_s: float
    reason: str
    score: float

    def shows(self, driver: str) -> bool:
        """Return whether a driver's onboard shows it, forwards or backwards."""
        return driver in (self.driver, self.other)

    def camera(self, driver: str) -> str:
        """Return which camera of a driver's car shows the other: "rear" on the car ahead, else "front"."""
        return "rear" if driver == self.other else "front"
