"""Sound as one line of samples: all channels mixed, on the video's clock, with silence where some of it is missing."""

from collections.abc import Iterable

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame

from telemetry.sync.sound import Sound

LEAST_HOLE_S = 0.05  # between two frames of sound; less is how some containers round


def mixed(frames: Iterable[AudioFrame], rate_hz: int) -> Sound | None:
    """Return decoded sound mixed to mono; None where none of it decodes.

    Args:
        frames: In order, each with its video time; sound that is cut off in the middle is worth what came before.
        rate_hz: Samples a second wanted.
    """
    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate_hz)
    parts: list[npt.NDArray[np.float32]] = []
    start_s: float | None = None
    at_sample = 0
    try:
        for frame in frames:
            if frame.time is not None:
                start_s = frame.time if start_s is None else start_s
                # A hole in the stamps is silence: what follows must keep its place on the clock.
                missing = round((frame.time - start_s) * rate_hz) - at_sample
                if missing > LEAST_HOLE_S * rate_hz:
                    parts.append(np.zeros(missing, np.float32))
                    at_sample += missing
            at_sample += round(frame.samples * rate_hz / frame.sample_rate)
            frame.pts = None
            parts += _samples(resampler.resample(frame))
        parts += _samples(resampler.resample(None))
    except av.FFmpegError:
        pass
    return Sound(np.concatenate(parts), rate_hz, start_s or 0.0) if parts else None


def _samples(frames: Iterable[AudioFrame]) -> list[npt.NDArray[np.float32]]:
    return [frame.to_ndarray().reshape(-1).astype(np.float32) for frame in frames]
