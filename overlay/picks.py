"""Which car a person wants tagged over a stretch of video, or none at all; otherwise the nearest ones are."""

from collections.abc import Sequence
from dataclasses import dataclass

from overlay.casting import Cast


@dataclass(frozen=True, slots=True)
class Pick:
    """A stretch of video and the followed car that is tagged in it; nobody where `track_id` is None."""

    from_s: float
    to_s: float
    track_id: int | None = None

    def __post_init__(self) -> None:
        if not self.from_s < self.to_s:
            raise ValueError(f"wanted from_s before to_s, got {self.from_s:g} and {self.to_s:g}")


def picked(casts: tuple[Cast, ...], picks: Sequence[Pick], video_time_s: float) -> tuple[Cast, ...]:
    """Return the casts that are tagged at an instant; a pick whose car is not in sight there picks nothing, and changes nothing."""
    for pick in picks:
        if not pick.from_s <= video_time_s < pick.to_s:
            continue
        if pick.track_id is None:
            return ()
        chosen = tuple(cast for cast in casts if cast.box.track_id == pick.track_id)
        if chosen:
            return chosen
    return casts
