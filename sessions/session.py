"""What a user asks for: one clip, one race session, one driver, and how the result should look."""

from dataclasses import dataclass, field
from pathlib import Path

from overlay.picks import Pick
from segmentation.key_boxes import KeyBox
from sessions.errors import SessionError
from telemetry.race_session import RaceSession
from telemetry.sync.anchors import FURTHEST_S, Anchor

CAMERAS = ("front", "rear")
UNITS = ("kmh", "mph")
STANDSTILL_PPM = -1e6  # of drift: session time does not move on, and below it runs backwards


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """What a person said about the sync; it wins over what is found automatically.

    Attributes:
        offset_s: Session time at video time 0.
        drift_ppm: Session seconds gained a million video seconds; goes with `offset_s`.
        anchors: Moments recognised in the picture; two or more also fit the drift.
        nudge_s: Added to the session time of whatever was found, to trim by eye.
    """

    offset_s: float | None = None
    drift_ppm: float = 0.0
    anchors: tuple[Anchor, ...] = ()
    nudge_s: float = 0.0

    def __post_init__(self) -> None:
        if self.offset_s is not None and self.anchors:
            raise SessionError("[sync] has both offset_s and anchors; keep one of them")
        for name, value_s in (("offset_s", self.offset_s or 0.0), ("nudge_s", self.nudge_s)):
            if abs(value_s) > FURTHEST_S:
                raise SessionError(f"[sync] {name} = {value_s:g}; wanted seconds of session time, at most {FURTHEST_S:g}")
        if self.drift_ppm and self.offset_s is None:
            raise SessionError("[sync] drift_ppm needs offset_s beside it; anchors fit the drift themselves")
        if self.drift_ppm <= STANDSTILL_PPM:
            raise SessionError(
                f"[sync] drift_ppm = {self.drift_ppm:g}; wanted more than {STANDSTILL_PPM:g}, at which the video stands still"
            )

    @property
    def by_hand(self) -> bool:
        """Whether a person set the offset or an anchor."""
        return self.offset_s is not None or bool(self.anchors)


@dataclass(frozen=True, slots=True)
class OverlaySettings:
    """How the tags look: a theme, and what to change in it; None leaves the theme's own choice.

    Attributes:
        theme: Name of a shipped theme, or path of a theme file.
        units: "kmh" or "mph".
        fields: What stands on a tag.
        widgets: What stands in the own car's bar.
        cars: Most cars tagged at once.
    """

    theme: str = "broadcast"
    units: str | None = None
    fields: tuple[str, ...] | None = None
    widgets: tuple[str, ...] | None = None
    cars: int | None = None

    def __post_init__(self) -> None:
        if self.units is not None and self.units not in UNITS:
            raise SessionError(f"[overlay] units = {self.units!r}; known are {', '.join(UNITS)}")
        if self.cars is not None and self.cars < 1:
            raise SessionError(f"[overlay] cars = {self.cars}; wanted 1 or more")


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """What a person put right in the tracks.

    Attributes:
        boxes: Where a car really is on single frames.
        hidden: Stretches in which nothing is tagged.
        choice: Stretches in which a certain car is tagged.
    """

    boxes: tuple[KeyBox, ...] = ()
    hidden: tuple[Pick, ...] = ()
    choice: tuple[Pick, ...] = ()

    def __post_init__(self) -> None:
        if any(_names_car(pick) for pick in self.hidden) or not all(_names_car(pick) for pick in self.choice):
            raise ValueError("wanted hidden stretches without a car and chosen ones with one")

    @property
    def names_cars(self) -> bool:
        """Whether it takes the tracks to say what is meant."""
        return bool(self.boxes or self.choice)

    @property
    def picks(self) -> tuple[Pick, ...]:
        """All picks; what is hidden wins, and of two choices the later made."""
        return (*self.hidden, *reversed(self.choice))


def _names_car(pick: Pick) -> bool:
    return pick.track_id is not None or pick.seen is not None


@dataclass(frozen=True, slots=True)
class Session:
    """One job.

    Attributes:
        clip: The onboard video.
        race: The race session that it shows.
        driver: TLA of the own car's driver; None leaves it to the sync to find out.
        camera: "front" looks at the cars ahead, "rear" at those behind.
        sync: What a person said about the sync.
        overlay: How the tags look.
        track: What a person put right in the tracks.
    """

    clip: Path
    race: RaceSession
    driver: str | None = None
    camera: str = "front"
    sync: SyncSettings = field(default_factory=SyncSettings)
    overlay: OverlaySettings = field(default_factory=OverlaySettings)
    track: TrackSettings = field(default_factory=TrackSettings)

    def __post_init__(self) -> None:
        if self.camera not in CAMERAS:
            raise SessionError(f"camera = {self.camera!r}; known are {', '.join(CAMERAS)}")

    @property
    def files(self) -> tuple[Path, ...]:
        """What nobody can make again: the clip, and the recording where there is one."""
        return (self.clip,) if self.race.recording is None else (self.clip, self.race.recording)
