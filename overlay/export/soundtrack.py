"""A clip's sound for posting: read beside the picture's clock, set to level, and encoded so that it begins at zero."""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
import numpy as np

from overlay.decoding import decoded
from overlay.errors import OverlayError
from overlay.export.loudness import Loudness, Samples, measure, normalise
from overlay.export.presets import AUDIO_RATE_HZ

#: What lossy coding may add to a true peak; aimed lower by this at first, and again by what was measured.
CODING_MARGIN_DB = 0.5
MAX_ENCODINGS = 4
HOLE_S = 0.05  # between two blocks: more is sound that is missing, less a clock that was rounded
FADE_S = 0.01  # a cut inside an engine note clicks without it


@dataclass(frozen=True, slots=True, eq=False)
class SoundTrack:
    """AAC as it goes into a file.

    Attributes:
        data: A whole M4A file.
        loudness: Measured on the decoded AAC.
        silent: Whether the clip had no sound and this is silence for platforms that want a track.
    """

    data: bytes
    loudness: Loudness
    silent: bool


def read(path: Path, start_s: float, end_s: float) -> Samples | None:
    """Return the sound between two video times as (n, 2) float32 at 48 kHz, None where the clip has none.

    Sample 0 is at `start_s` exactly; where the sound begins later or ends earlier there is silence.

    Raises:
        OverlayError: The file cannot be read.
    """
    wanted = round((end_s - start_s) * AUDIO_RATE_HZ)
    out = np.zeros((wanted, 2), np.float32)
    try:
        with av.open(str(path.absolute())) as container:
            if not container.streams.audio or wanted <= 0:
                return None
            for block, sample in _blocks(container, seek_s=max(start_s - 1.0, 0.0)):
                place = sample - round(start_s * AUDIO_RATE_HZ)
                first, last = max(place, 0), min(place + len(block), wanted)
                if first < last:
                    out[first:last] = block[first - place : last - place]
                if place + len(block) >= wanted:
                    break
    except av.error.FFmpegError as error:
        raise OverlayError(f"cannot read the sound of {path}: {error.strerror}") from error
    return out


def _blocks(container: av.container.InputContainer, seek_s: float) -> Iterator[tuple[Samples, int]]:
    """Yield what sounds, each block with the sample of the clip's clock at which it begins."""
    stream = container.streams.audio[0]
    if seek_s > 0:
        container.seek(int(seek_s * 1e6), backward=True)
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=AUDIO_RATE_HZ)
    place, until_s = 0, -math.inf
    for frame in chain[av.AudioFrame | None](decoded(container, stream), (None,)):
        if frame is not None:
            at_s = max(until_s, 0.0) if frame.time is None else frame.time
            if at_s - until_s > HOLE_S:  # the first one, or sound is missing before it: what follows keeps its place
                place, until_s = round(at_s * AUDIO_RATE_HZ), at_s
            until_s += frame.samples / frame.sample_rate
            frame.pts = None
        for piece in resampler.resample(frame):
            yield np.ascontiguousarray(piece.to_ndarray().T), place
            place += piece.samples


def make(samples: Samples | None, *, duration_s: float, kbps: int, lufs: float, true_peak_dbtp: float) -> SoundTrack:
    """Return the sound at the wanted level as AAC, checked by decoding it; silence where there is none.

    Args:
        samples: (n, 2) float32 at 48 kHz, None for a clip without sound.
        duration_s: Length of the picture.
        kbps: Bit rate.
        lufs: Integrated loudness aimed at.
        true_peak_dbtp: Highest true peak after encoding.
    """
    if samples is None:
        silence = np.zeros((max(round(duration_s * AUDIO_RATE_HZ), 1024), 2), np.float32)
        return SoundTrack(encode(silence, kbps), Loudness(-math.inf, -math.inf), silent=True)
    samples = _faded(samples)
    ceiling, aim = true_peak_dbtp - CODING_MARGIN_DB, lufs
    data, heard = b"", Loudness(-math.inf, -math.inf)
    for _ in range(MAX_ENCODINGS):
        data = encode(normalise(samples, AUDIO_RATE_HZ, lufs=aim, true_peak_dbtp=ceiling), kbps)
        heard = measure(decode(data), AUDIO_RATE_HZ)
        if heard.silent:
            break
        off_lu, over_db = lufs - heard.integrated_lufs, heard.true_peak_dbtp - true_peak_dbtp
        if over_db <= 0 and abs(off_lu) <= 0.2:
            break
        aim += off_lu
        ceiling -= max(over_db, 0) + (0.1 if over_db > 0 else 0)
    return SoundTrack(data, heard, silent=False)


def encode(samples: Samples, kbps: int) -> bytes:
    """Return (n, 2) float32 samples at 48 kHz as AAC-LC in an M4A file."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=AUDIO_RATE_HZ, layout="stereo", bit_rate=kbps * 1000)
        for start in range(0, len(samples), 1024):
            block = samples[start : start + 1024]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = AUDIO_RATE_HZ, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def decode(data: bytes) -> Samples:
    """Return the (n, 2) float32 samples of an M4A file."""
    with av.open(io.BytesIO(data), "r") as container:
        blocks = [frame.to_ndarray().T for frame in container.decode(audio=0)]
    return np.ascontiguousarray(np.concatenate(blocks)) if blocks else np.zeros((0, 2), np.float32)


def _faded(samples: Samples) -> Samples:
    out = samples.copy()
    count = min(int(FADE_S * AUDIO_RATE_HZ), len(out) // 2)
    ramp = np.linspace(0, 1, count, dtype=np.float32)[:, None]
    out[:count] *= ramp
    out[len(out) - count :] *= ramp[::-1]
    return out
