"""What was seen in a clip, as plain series on the video's clock; how it was seen, telemetry does not know."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FEWEST = 4  # values; fewer compare with anything


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One number read or measured over and over.

    Attributes:
        video_time_s: (n,) strictly increasing.
        value: (n,) in the unit that the field's name says.
    """

    video_time_s: Floats
    value: Floats

    def __post_init__(self) -> None:
        if self.video_time_s.ndim != 1 or self.video_time_s.shape != self.value.shape:
            raise ValueError(f"wanted (n,) times and values, got {self.video_time_s.shape} and {self.value.shape}")
        if (np.diff(self.video_time_s) <= 0).any():
            raise ValueError("video_time_s must strictly increase")

    def __len__(self) -> int:
        return len(self.value)

    def since(self, start_s: float) -> "Seen":
        """Return the same on a clock that shows 0 where the video's shows `start_s`."""
        return Seen(self.video_time_s - start_s, self.value)

    def thinned(self, most: int) -> "Seen":
        """Return at most so many of the values, evenly."""
        step = max(-(-len(self) // most), 1)
        return Seen(self.video_time_s[::step], self.value[::step])

    def news(self, apart_s: float) -> float:
        """Return which share of the values is news, where what keeps one off keeps all within `apart_s` off."""
        span_s = float(np.ptp(self.video_time_s)) if len(self) > 1 else 0.0
        return min(1.0, (span_s / apart_s + 1) / max(len(self), 1))

    def between(self, start_s: float, end_s: float) -> "Seen | None":
        """Return what was seen between two video times, None where that is too little to compare."""
        inside = (self.video_time_s >= start_s) & (self.video_time_s < end_s)
        return Seen(self.video_time_s[inside], self.value[inside]) if inside.sum() >= FEWEST else None


@dataclass(frozen=True, slots=True, eq=False)
class LapCounter:
    """A lap counter as read: the lap over time, and of how many, None where it does not say."""

    lap: Seen
    total: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Sights:
    """All that was seen; None or empty where it was not looked for or is not there.

    Attributes:
        speeds: Numbers at fixed places of the picture that may be the own car's speed in km/h or mph, the likeliest first.
        laps: The lap counter.
        turning: How fast the picture moves to the left, in picture widths a second: positive in a right-hand bend of a front camera.
        width: Apparent width of the car ahead, in picture widths.
    """

    speeds: tuple[Seen, ...] = ()
    laps: LapCounter | None = None
    turning: Seen | None = None
    width: Seen | None = None

    def __bool__(self) -> bool:
        return bool(self.speeds) or any(seen is not None for seen in (self.laps, self.turning, self.width))

    def since(self, start_s: float) -> "Sights":
        """Return the same on a clock that shows 0 where the video's shows `start_s`."""
        return Sights(
            tuple(seen.since(start_s) for seen in self.speeds),
            LapCounter(self.laps.lap.since(start_s), self.laps.total) if self.laps else None,
            self.turning.since(start_s) if self.turning else None,
            self.width.since(start_s) if self.width else None,
        )

    def between(self, start_s: float, end_s: float) -> "Sights":
        """Return what was seen between two video times."""
        speeds = [part for seen in self.speeds if (part := seen.between(start_s, end_s)) is not None]
        lap = self.laps.lap.between(start_s, end_s) if self.laps else None
        return Sights(
            tuple(speeds),
            LapCounter(lap, self.laps.total) if lap and self.laps else None,
            self.turning.between(start_s, end_s) if self.turning else None,
            self.width.between(start_s, end_s) if self.width else None,
        )


NOTHING_SEEN = Sights()
