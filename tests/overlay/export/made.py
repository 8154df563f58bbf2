"""Small videos and sounds with a planted truth."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

RATE_HZ = 48_000
Samples = npt.NDArray[np.float32]


def tone(seconds: float, *, hz: float = 220.0, level: float = 0.25) -> Samples:
    """Stereo sine, (n, 2) float32."""
    at_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = (level * np.sin(2 * np.pi * hz * at_s)).astype(np.float32)
    return np.stack([wave, wave], axis=1)


def grey(_index: int, width: int, height: int) -> npt.NDArray[np.uint8]:
    """A frame of one grey."""
    return np.full((height, width), 90, np.uint8)


def video(
    path: Path,
    *,
    size: tuple[int, int] = (64, 48),
    frames: int = 25,
    rate: Fraction = Fraction(25),
    sound: Samples | None = None,
    luma: Callable[[int, int, int], npt.NDArray[np.uint8]] = grey,
    options: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None,
) -> Path:
    """A small H.264 video as any tool would write it."""
    with av.open(str(path), "w", options=muxer or {}) as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "ultrafast", **(options or {})}
        heard = container.add_stream("aac", rate=RATE_HZ, layout="stereo") if sound is not None else None
        for index in range(frames):
            light = luma(index, *size)
            chroma = np.full((size[1] // 2, size[0]), 128, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.concatenate([light, chroma]), format="yuv420p")))
        container.mux(stream.encode(None))
        if sound is not None and heard is not None:
            for start in range(0, len(sound), 1024):
                block = np.ascontiguousarray(sound[start : start + 1024].T)
                frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts = RATE_HZ, start
                container.mux(heard.encode(frame))
            container.mux(heard.encode(None))
    return path
