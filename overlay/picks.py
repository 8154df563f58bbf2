"""Which car a person wants tagged over a stretch of video, or none at all; otherwise the nearest ones are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from segmentation.sighting import Sighting
from segmentation.track import Track

if TYPE_CHECKING:  # a session file is read before casting, and all that it needs, is loaded
    from overlay.casting import Cast


@dataclass(frozen=True, slots=True)
class Pick:
    """A stretch of video and the followed car that is tagged in it; nobody where no car is named.

    Attributes:
        from_s: Its first video time.
        to_s: Its end.
        track_id: The car's number among the tracks.
        seen: Where the car is at one instant, which says more than its number: that holds for one tracking alone.
    """

    from_s: float
    to_s: float
    track_id: int | None = None
    seen: Sighting | None = None

    def __post_init__(self) -> None:
        if not self.from_s < self.to_s:
            raise ValueError(f"wanted from_s before to_s, got {self.from_s:g} and {self.to_s:g}")


def numbered(picks: Sequence[Pick], tracks: Sequence[Track]) -> tuple[Pick, ...]:
    """Return picks with the numbers that their cars have among these tracks.

    A car that none of them shows at its place keeps the number that it was given; one that was given none is picked no more.
    """
    found = []
    for pick in picks:
        number = pick.track_id if pick.seen is None else pick.seen.track_id(tracks) or pick.track_id
        if number is not None or pick.seen is None:
            found.append(replace(pick, track_id=number))
    return tuple(found)


def picked(casts: "tuple[Cast, ...]", picks: Sequence[Pick], video_time_s: float) -> "tuple[Cast, ...]":
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
