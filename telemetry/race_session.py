"""Which race session is meant."""

from dataclasses import dataclass
from pathlib import Path

from telemetry.errors import TelemetryError

KIND_NAMES = {
    "FP1": "Practice 1",
    "FP2": "Practice 2",
    "FP3": "Practice 3",
    "SQ": "Sprint Qualifying",
    "S": "Sprint",
    "Q": "Qualifying",
    "R": "Race",
}
KINDS = tuple(KIND_NAMES)
_KINDS_BY_NAME = {name: kind for kind, name in KIND_NAMES.items()} | {"Sprint Shootout": "SQ", "Sprint Race": "S"}
FIRST_SPRINT_QUALIFYING = 2023  # before that season the sprint itself was called so
RACES = frozenset({"R", "S"})  # of `KINDS`: cars race for position
NO_CARS = frozenset({"241", "242", "243"})  # safety and medical cars share the feed
LAST_DRS_SEASON = 2025
SOURCES = ("auto", "fastf1", "openf1")
FIRST_YEAR = 2018  # the first season whose car data and positions were published


def kind_named(name: str, year: int) -> str | None:
    """Return which of `KINDS` a session is by what it was called in a season, None of what is none of them, as a day of tests."""
    kind = _KINDS_BY_NAME.get(name)
    return "S" if kind == "SQ" and year < FIRST_SPRINT_QUALIFYING else kind


@dataclass(frozen=True, slots=True)
class RaceSession:
    """A race session as a user names it.

    Attributes:
        year: Season.
        event: Name of the event as FastF1 knows it ("Monaco", "Monaco Grand Prix").
        kind: One of `KINDS`.
        recording: Path of a live-timing recording to read instead of FastF1's cache and network.
        source: One of `SOURCES`, where there is no recording: "auto" asks FastF1 first, and OpenF1 where that has nothing.
    """

    year: int
    event: str
    kind: str
    recording: Path | None = None
    source: str = "auto"

    def __post_init__(self) -> None:
        if self.source not in SOURCES:
            raise TelemetryError(f"unknown source {self.source!r}; known are {', '.join(SOURCES)}")
        if self.kind not in KINDS:
            raise TelemetryError(f"unknown kind of race session {self.kind!r}; known are {', '.join(KINDS)}")
        if self.year < FIRST_YEAR:
            raise TelemetryError(f"{self.year} has no telemetry; the first season with car data is {FIRST_YEAR}")
        if not self.event.strip():
            raise TelemetryError("the race session names no event; write it as 2024/Monaco/R")

    @classmethod
    def parse(cls, text: str, *, recording: Path | None = None, source: str = "auto") -> "RaceSession":
        """Return the race session written as YEAR/EVENT/KIND.

        Raises:
            TelemetryError: `text` has another form, or names a kind or season that does not exist.
        """
        parts = [part.strip() for part in text.split("/")]
        if len(parts) != 3 or not parts[0].isdecimal():
            raise TelemetryError(f"cannot read race session {text!r}; write it as 2024/Monaco/R")
        return cls(int(parts[0]), parts[1], parts[2].upper(), recording, source)

    def __str__(self) -> str:
        return f"{self.year}/{self.event}/{self.kind}"
