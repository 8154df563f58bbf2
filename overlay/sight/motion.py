"""How fast the picture moves sideways: phase correlation of what is far away, from one frame to the next."""

from collections.abc import Callable, Iterator
from itertools import islice, pairwise

import cv2
import numpy as np
import numpy.typing as npt

from overlay.clip import Clip
from overlay.frame import Frame
from telemetry.sync.sights import Seen

Float32s = npt.NDArray[np.float32]

# Above the horizon, where nothing comes nearer; as shares of the picture. Tried on simulated clips: strips that reach down to 0.45
# follow the road instead, and lose the turn.
TOP, BOTTOM = 0.15, 0.35
STRIP_WH = (160, 36)  # each of two, left and right: what drives past moves them apart, what turns moves both alike
BLUR_PX = 6.0
CONTRAST = 12.0  # grey levels at which a detail is cut: a graphic's letters count no more than a tree
# About: every second picture of 24 to 30 a second, every fourth of 50 or 60. On eight simulated clips that told the turn as well as every
# one, within 0.01 of the correlation, but on a straight.
STEP_S = 0.055
LONGEST_STEP_S = 0.1  # what stands by the road has gone by
PROBED = 12  # pictures
MOST_S = 60.0  # of long clips; more would cost more than it tells
FASTEST = 1.5  # picture widths a second: three radians


class Motion:
    """The picture's sideways motion, as pictures come in."""

    def __init__(self) -> None:
        self._window = cv2.createHanningWindow(STRIP_WH, cv2.CV_32F)
        self._before: tuple[float, tuple[Float32s, Float32s]] | None = None
        self._seen: list[tuple[float, float]] = []
        self._steps = 0

    def look(self, frame: Frame) -> None:
        """Look at a clip's next picture."""
        now_s = frame.video_time_s
        if self._before is not None and now_s - self._before[0] < STEP_S:
            return
        strips = _halves(frame)
        if self._before is not None:
            before_s, old_strips = self._before
            self._steps += 1
            moves = [cv2.phaseCorrelate(old, new, self._window)[0][0] for old, new in zip(old_strips, strips, strict=True)]
            rate = -sum(moves) / 2 / (2 * STRIP_WH[0]) / (now_s - before_s)
            if abs(rate) < FASTEST:
                self._seen.append(((now_s + before_s) / 2, rate))
        self._before = (now_s, strips)

    def turning(self) -> Seen | None:
        """Return how fast the picture moves to the left, in picture widths a second; None where it hardly can be told."""
        times, values = np.array(self._seen).reshape(-1, 2).T
        return Seen(times, values) if len(times) >= max(0.7 * self._steps, 20) else None


def turning(clip: Clip, beside: Callable[[Frame], object] | None = None) -> Seen | None:
    """Return how fast a clip's picture moves to the left; as of `Motion.turning`.

    Args:
        clip: What to look at.
        beside: Is shown every picture that is decoded for it, up to `MOST_S`.
    """
    motion = Motion()
    for frame in _pictures(clip):
        if frame.video_time_s > MOST_S:
            break
        motion.look(frame)
        if beside is not None:
            beside(frame)
    return motion.turning()


def _pictures(clip: Clip) -> Iterator[Frame]:
    """Yield a clip's pictures, leaving out what decoding can do without where the others are near enough to each other."""
    times_s = [frame.video_time_s for frame in islice(clip.skim(), PROBED)]
    near = all(after_s - before_s <= LONGEST_STEP_S for before_s, after_s in pairwise(times_s))
    return clip.skim() if near else clip.frames()


def _halves(frame: Frame) -> tuple[Float32s, Float32s]:
    width, height = frame.size_wh
    wide = frame.rgb((2 * STRIP_WH[0], STRIP_WH[1]), (0, round(TOP * height), width, round(BOTTOM * height)))
    left, right = (
        cv2.cvtColor(np.ascontiguousarray(half), cv2.COLOR_RGB2GRAY).astype(np.float32) for half in np.split(wide, 2, axis=1)
    )
    return _details(left), _details(right)


def _details(grey: Float32s) -> Float32s:
    details: Float32s = np.clip(grey - cv2.GaussianBlur(grey, (0, 0), BLUR_PX), -CONTRAST, CONTRAST).astype(np.float32)
    return details
