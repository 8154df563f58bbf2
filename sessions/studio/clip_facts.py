"""What the page needs to know of a clip before it shows a frame of it."""

from dataclasses import dataclass
from pathlib import Path

from overlay.clip import Clip
from sessions.studio import playable

LONE_FRAME_S = 0.04  # a clip of one frame shows it for as long as most do


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What the page needs to know of the clip: size and times of its frames, sound, and whether a browser plays it."""

    path: Path
    size_wh: tuple[int, int]
    shown_wh: tuple[int, int]
    times_s: tuple[float, ...]
    has_sound: bool
    is_playable: bool

    @classmethod
    def of(cls, path: Path) -> "ClipFacts":
        """Return the facts of a clip.

        Raises:
            OverlayError: It cannot be read.
        """
        with Clip(path) as clip:
            times_s = tuple(clip.frame_times_s())
            return cls(path, clip.size_wh, clip.shown_wh, times_s, clip.has_sound, playable.is_playable(clip))

    @property
    def step_s(self) -> float:
        """Mean time from one frame to the next."""
        count = len(self.times_s) - 1
        return (self.times_s[-1] - self.times_s[0]) / count if count > 0 else LONE_FRAME_S

    @property
    def end_s(self) -> float:
        """When the last frame ends, about."""
        return self.times_s[-1] + self.step_s
