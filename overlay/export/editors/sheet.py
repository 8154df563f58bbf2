"""The sheet that every editors' format is written from: which car is where in each frame, and what its tag says."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from overlay.timecode import MIDNIGHT, Timecode

Box = tuple[float, float, float, float]

JOIN_S = 0.6  # a car lost for less than this and back as the same driver is still one stretch


@dataclass(frozen=True, slots=True)
class Sighting:
    """One tagged car in one frame; numbers are None where unknown, `estimated` where any of them is an estimate."""

    frame_index: int
    video_time_s: float
    driver: str
    xyxy: Box
    position: int | None = None
    lap: int | None = None
    speed_kmh: float | None = None
    gap_s: float | None = None
    gap_m: float | None = None
    closing_kmh: float | None = None
    observed: bool = True
    estimated: bool = False

    @property
    def label(self) -> str:
        """Who, where and how fast, in the fewest words."""
        words = [f"P{self.position}" if self.position else "", self.driver]
        if self.speed_kmh is not None:
            words.append(f"{'≈' if self.estimated else ''}{self.speed_kmh:.0f} km/h")
        if self.gap_s is not None:
            words.append(f"{self.gap_s:.1f} s")
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One driver ahead without a break; `sightings` are in order of time."""

    driver: str
    sightings: tuple[Sighting, ...]

    @property
    def start_s(self) -> float:
        """Video time of the first sighting."""
        return self.sightings[0].video_time_s

    @property
    def end_s(self) -> float:
        """Video time of the last sighting."""
        return self.sightings[-1].video_time_s

    @property
    def note(self) -> str:
        """The closest gap and the speeds in it, for a marker."""
        gaps = [sighting.gap_s for sighting in self.sightings if sighting.gap_s is not None]
        speeds = [sighting.speed_kmh for sighting in self.sightings if sighting.speed_kmh is not None]
        words = [f"closest {min(gaps):.2f} s"] if gaps else []
        if speeds:
            words.append(f"{min(speeds):.0f}–{max(speeds):.0f} km/h")
        return ", ".join(words) or "no timing"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A clip and the cars tagged in it.

    Attributes:
        clip: The video.
        size: Width and height in pixels as displayed.
        rate: Frames a second.
        duration_s: Length of the clip.
        title: What it shows.
        sightings: In order of time.
        sound_channels: Channels of the clip's sound, 0 where it has none.
        start_s: Video time of the clip's first frame; in a piece of a stream it is not 0.
        plays_from_s: Video time at which a player's clock begins, that of the first sound or picture.
        timecode: Of the clip's first frame.
    """

    clip: Path
    size: tuple[int, int]
    rate: Fraction
    duration_s: float
    title: str
    sightings: tuple[Sighting, ...]
    sound_channels: int = 2
    start_s: float = 0.0
    plays_from_s: float = 0.0
    timecode: Timecode = MIDNIGHT

    def frame(self, video_time_s: float) -> int:
        """Return which frame of the clip is shown at a time, at its rate, as editors count them in their timeline: from 0."""
        return round((video_time_s - self.start_s) * self.rate)

    @property
    def frames(self) -> int:
        """Frames of the clip at its rate."""
        return max(round(self.duration_s * self.rate), 1)

    def drivers(self) -> tuple[str, ...]:
        """Return everyone tagged, in order of appearance."""
        return tuple(dict.fromkeys(sighting.driver for sighting in self.sightings))

    def of(self, driver: str) -> tuple[Sighting, ...]:
        """Return one driver's sightings."""
        return tuple(sighting for sighting in self.sightings if sighting.driver == driver)

    def stretches(self) -> tuple[Stretch, ...]:
        """Return when who was ahead, in order of start."""
        found = [stretch for driver in self.drivers() for stretch in _split(driver, self.of(driver))]
        return tuple(sorted(found, key=lambda stretch: stretch.start_s))


def _split(driver: str, sightings: tuple[Sighting, ...]) -> Iterator[Stretch]:
    start = 0
    for index in range(1, len(sightings) + 1):
        ended = index == len(sightings) or sightings[index].video_time_s - sightings[index - 1].video_time_s > JOIN_S
        if ended:
            yield Stretch(driver, sightings[start:index])
            start = index


def held(sightings: tuple[Sighting, ...], every_s: float) -> Iterator[tuple[float, float, Sighting, Sighting]]:
    """Yield (start, end, first, last) of steps of about `every_s`, each as long as the car is seen without a break."""
    start = 0
    for index in range(1, len(sightings) + 1):
        last = sightings[index - 1]
        gone = index == len(sightings) or sightings[index].video_time_s - last.video_time_s > JOIN_S
        if gone or sightings[index].video_time_s - sightings[start].video_time_s >= every_s - 1e-6:
            until = last if gone else sightings[index]
            if until.video_time_s > sightings[start].video_time_s:
                yield sightings[start].video_time_s, until.video_time_s, sightings[start], until
            start = index
