"""Loudness and true peak by EBU R128, measured by libavfilter, and set in two passes with a true-peak limiter."""

import math
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt
from scipy.ndimage import minimum_filter1d, uniform_filter1d

Samples = npt.NDArray[np.float32]

SILENT_LUFS = -70.0  # the absolute gate of BS.1770: below it nothing counts as sound
MAX_GAIN_DB = 24.0  # more would only raise the noise of a nearly silent clip
OVERSAMPLING = 4  # BS.1770 Annex 2 for 48 kHz
LOOK_AHEAD_S = 0.004  # short enough not to dull attacks, long enough not to distort an engine's 100 Hz
BLOCK_S = 10.0
TOLERANCE_LU = 0.05
MAX_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Loudness:
    """What a meter shows: integrated loudness in LUFS (−inf for silence) and true peak in dBTP."""

    integrated_lufs: float
    true_peak_dbtp: float

    @property
    def silent(self) -> bool:
        """Whether there is nothing to hear."""
        return self.integrated_lufs <= SILENT_LUFS


def measure(samples: Samples, rate_hz: int) -> Loudness:
    """Return the loudness of (n, channels) float32 samples."""
    if not len(samples):
        return Loudness(-math.inf, -math.inf)
    graph = av.filter.Graph()
    layout = {1: "mono", 2: "stereo"}[samples.shape[1]]
    source = graph.add_abuffer(sample_rate=rate_hz, format="flt", layout=layout, channels=samples.shape[1])
    meter = graph.add("ebur128", "peak=true:metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    said: dict[str, str] = {}
    # The meter speaks every 100 ms and keeps quiet about a rest; more silence than fills it up would count as a quiet end.
    tail = np.zeros((-len(samples) % (rate_hz // 10), samples.shape[1]), np.float32)
    whole = np.concatenate([samples, tail])
    for start in range(0, len(whole), rate_hz):
        block = np.ascontiguousarray(whole[start : start + rate_hz])
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate, frame.pts = rate_hz, start
        graph.push(frame)
        said = _pull(graph) or said
    graph.push(None)
    said = _pull(graph) or said
    integrated = float(said.get("lavfi.r128.I", "-inf"))
    peak = float(said.get("lavfi.r128.true_peak", "0"))
    return Loudness(integrated if integrated > SILENT_LUFS else -math.inf, 20 * math.log10(peak) if peak > 0 else -math.inf)


def _pull(graph: av.filter.Graph) -> dict[str, str]:
    said: dict[str, str] = {}
    while True:
        try:
            said = dict(graph.pull().metadata) or said
        except (av.error.BlockingIOError, av.error.EOFError):
            return said


def normalise(samples: Samples, rate_hz: int, *, lufs: float, true_peak_dbtp: float) -> Samples:
    """Return the samples at the wanted loudness, their true peak held by a limiter; silence stays as it is.

    Args:
        samples: (n, channels) float32.
        rate_hz: Samples a second.
        lufs: Integrated loudness aimed at.
        true_peak_dbtp: Ceiling of the true peak.
    """
    first = measure(samples, rate_hz)
    if first.silent:
        return samples
    gain_db = min(lufs - first.integrated_lufs, MAX_GAIN_DB)
    out = samples
    for _ in range(MAX_ROUNDS):  # the limiter takes loudness away where it works; what is missing is asked for again
        out = limit(samples * np.float32(10 ** (gain_db / 20)), rate_hz, true_peak_dbtp)
        missing_lu = lufs - measure(out, rate_hz).integrated_lufs
        if abs(missing_lu) < TOLERANCE_LU or gain_db + missing_lu > MAX_GAIN_DB + 12:
            break
        gain_db += missing_lu
    return out


def limit(samples: Samples, rate_hz: int, true_peak_dbtp: float) -> Samples:
    """Return the samples with no true peak above the ceiling: gain goes down before a peak and comes back after it.

    All channels share one gain, so the stereo picture stays. Where nothing peaks, the samples come back untouched.
    """
    ceiling = 10 ** (true_peak_dbtp / 20)
    needed = np.minimum(1.0, ceiling / np.maximum(_true_peaks(samples, rate_hz), 1e-9))
    if needed.min() >= 1.0:
        return samples
    reach = 2 * int(LOOK_AHEAD_S * rate_hz) + 1
    # The mean over a window of minima over the same window is never above the need in its middle: no peak slips through.
    gain = uniform_filter1d(minimum_filter1d(needed, reach, mode="nearest"), reach, mode="nearest")
    return (samples * gain[:, None]).astype(np.float32)


def _true_peaks(samples: Samples, rate_hz: int) -> npt.NDArray[np.float64]:
    """Return (n,) the highest level near each sample between the samples, over all channels."""
    from scipy.signal import resample_poly  # half a second to load, which who only lays out a post need not wait

    peaks = np.empty(len(samples))
    step, margin = int(BLOCK_S * rate_hz), 64
    for start in range(0, len(samples), step):
        before = min(margin, start)
        block = samples[start - before : start + step + margin]
        fine = np.abs(resample_poly(block, OVERSAMPLING, 1, axis=0)).max(axis=1)
        near = np.maximum.reduce([fine[k::OVERSAMPLING] for k in range(OVERSAMPLING)])
        near = np.maximum(near, np.abs(block).max(axis=1))
        near[1:] = np.maximum(near[1:], near[:-1])  # a peak between two samples concerns both
        count = min(step, len(samples) - start)
        peaks[start : start + count] = near[before : before + count]
    return peaks
