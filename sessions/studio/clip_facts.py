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
    stamp: tuple[int, int]  # size and last change of the file

    @classmethod
    def of(cls, path: Path) -> "ClipFacts":
        """Return the facts of a clip.

        Raises:
            OverlayError: It cannot be read.
        """
        with Clip(path) as clip:
            stamp = _stamp(path)
            times_s = tuple(clip.frame_times_s())
            return cls(path, clip.size_wh, clip.shown_wh, times_s, clip.has_sound, playable.is_playable(clip), stamp)

    @property
    def amiss(self) -> str:
        """What has become of the file meanwhile, empty where it is as it was."""
        try:
            same = _stamp(self.path) == self.stamp
        except OSError:
            return f"{self.path.name} is not there any more: put it back"
        return "" if same else f"{self.path.name} is another file now: end `slipstream tune` and run it again"

    @property
    def step_s(self) -> float:
        """Mean time from one frame to the next."""
        count = len(self.times_s) - 1
        return (self.times_s[-1] - self.times_s[0]) / count if count > 0 else LONE_FRAME_S

    @property
    def end_s(self) -> float:
        """When the last frame ends, about."""
        return self.times_s[-1] + self.step_s


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns
