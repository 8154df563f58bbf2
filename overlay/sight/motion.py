"""How fast the picture moves sideways: phase correlation of what is far away, from one frame to the next."""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from overlay.clip import Clip, Frame
from telemetry.sync.sights import Seen

Float32s = npt.NDArray[np.float32]

# Above the horizon, where nothing comes nearer; as shares of the picture. Tried on simulated clips: strips that reach down to 0.45
# follow the road instead, and lose the turn.
TOP, BOTTOM = 0.15, 0.35
STRIP_WH = (160, 36)  # each of two, left and right: what drives past moves them apart, what turns moves both alike
BLUR_PX = 6.0
CONTRAST = 12.0  # grey levels at which a detail is cut: a graphic's letters count no more than a tree
STEP_S = 0.035  # about; at 25 frames a second every one, of faster clips fewer
MOST_S = 60.0  # of long clips; more would cost more than it tells
FASTEST = 1.5  # picture widths a second: three radians


def turning(clip: Clip) -> Seen | None:
    """Return how fast the picture moves to the left, in picture widths a second; None where it hardly can be told."""
    window = cv2.createHanningWindow(STRIP_WH, cv2.CV_32F)
    times, values, steps = [], [], 0
    before: tuple[float, tuple[Float32s, Float32s]] | None = None
    for video_s, strips in _strips(clip):
        if before is not None:
            steps += 1
            moves = [cv2.phaseCorrelate(old, new, window)[0][0] for old, new in zip(before[1], strips, strict=True)]
            rate = -sum(moves) / 2 / (2 * STRIP_WH[0]) / (video_s - before[0])
            if abs(rate) < FASTEST:
                times.append((video_s + before[0]) / 2)
                values.append(rate)
        before = (video_s, strips)
    return Seen(np.array(times), np.array(values)) if len(times) >= max(0.7 * steps, 20) else None


def _strips(clip: Clip) -> Iterator[tuple[float, tuple[Float32s, Float32s]]]:
    last_s = -np.inf
    for frame in clip.frames():
        if frame.video_time_s > MOST_S:
            return
        if frame.video_time_s - last_s >= STEP_S:
            last_s = frame.video_time_s
            yield frame.video_time_s, _halves(frame)


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
