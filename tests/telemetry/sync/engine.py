"""Engine sound made from telemetry, as honest as a loudspeaker: what the sync has to find, with the truth known.

Nothing here knows how the sync listens. An engine has its own orders (whole and half ones, other ones on the overrun), formants of its
exhaust and its casing, roughness, a limiter, ignition cuts at upshifts and blips at downshifts; around it are wind, a second car,
speech, music and echoes; the whole goes through AAC and back.
"""

from dataclasses import dataclass
from io import BytesIO

import av
import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, lfilter, resample_poly, sosfilt

from telemetry.race_record import Trace
from telemetry.sync.sound import Sound

Floats = npt.NDArray[np.float64]
Random = np.random.Generator

RATE_HZ = 24_000
CODED_HZ = 48_000
ORDERS = np.arange(0.5, 16.01, 0.5)
STAMP_JITTER_S = 0.025  # as measured on car data
MEASURED_HZ = (100.0, 4_000.0)  # wind below would make any ratio look worse than it sounds


@dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """A timbre: amplitudes of `ORDERS` under power and on the overrun, formants as (Hz, width in Hz), and roughness 0 to 1."""

    power: Floats
    overrun: Floats
    formants: tuple[tuple[float, float], ...]
    roughness: float


def engine(random: Random) -> Engine:
    """Return an engine of no known maker: a few orders, any ones, stand out by up to 15 dB."""

    def orders() -> Floats:
        amplitude = 10 ** (random.normal(-12, 5, len(ORDERS)) / 20) * ORDERS**-0.35
        whole = np.isclose(ORDERS % 1.5, 0)
        amplitude[whole] *= random.uniform(1.0, 2.5)
        strong = random.choice(np.flatnonzero((ORDERS >= 1) & (ORDERS <= 7)), random.integers(2, 5), replace=False)
        amplitude[strong] *= random.uniform(2, 5, len(strong))
        amplitude[~np.isclose(ORDERS % 1, 0)] *= random.uniform(0.2, 1.0)
        return amplitude

    formants = tuple((float(random.uniform(200, 5_000)), float(random.uniform(80, 600))) for _ in range(4))
    return Engine(orders(), orders() * random.uniform(0.2, 0.6), formants, float(random.uniform(0.1, 0.6)))


@dataclass(frozen=True, slots=True, eq=False)
class Drive:
    """What the engine does, at `RATE_HZ`: revolutions a minute, load 0 to 1, and how much of the ignition is on."""

    rpm: Floats
    load: Floats
    ignition: Floats


def drive(trace: Trace, start_s: float, duration_s: float, random: Random, *, lag_s: float, rate: float = 1.0) -> Drive:
    """Return what the engine did from a session time on; between the samples a gear change falls at any moment.

    Args:
        trace: The car, samples as published.
        start_s: Session time on the positions' clock.
        duration_s: Of the video.
        random: Source of what the telemetry does not say.
        lag_s: How late car data are stamped; a jitter is added.
        rate: Session seconds a video second; the pitch goes with it.
    """
    stamp_s = trace.session_time_s - lag_s + random.normal(0, STAMP_JITTER_S, len(trace.rpm))
    use = (trace.session_time_s > start_s - 4) & (trace.session_time_s < start_s + duration_s * rate + 4)
    time_s, rpm, gear, throttle = np.sort(stamp_s[use]), trace.rpm[use], trace.gear[use], trace.throttle[use]
    now_s = start_s + np.arange(round(duration_s * RATE_HZ)) / RATE_HZ * rate
    slope = np.gradient(rpm, time_s)
    at = np.clip(np.searchsorted(time_s, now_s) - 1, 0, len(time_s) - 2)
    share = (now_s - time_s[at]) / (time_s[at + 1] - time_s[at])
    out = rpm[at] + share * (rpm[at + 1] - rpm[at])
    ignition = np.ones(len(now_s))
    for index in np.unique(at[gear[at] != gear[at + 1]]):
        inside = np.flatnonzero(at == index)
        moment = time_s[index] + random.uniform(0.1, 0.9) * (time_s[index + 1] - time_s[index])
        before = rpm[index] + slope[max(index - 1, 0)] * (now_s[inside] - time_s[index])
        after = rpm[index + 1] + slope[min(index + 2, len(slope) - 1)] * (now_s[inside] - time_s[index + 1])
        turn = 1 / (1 + np.exp(-(now_s[inside] - moment) / 0.008))
        out[inside] = before * (1 - turn) + after * turn
        up = gear[index + 1] > gear[index]
        bump = np.exp(-(((now_s[inside] - moment) / 0.02) ** 2))
        if up:
            ignition[inside] *= 1 - 0.9 * bump  # the cut
        else:
            out[inside] += 250 * bump  # the blip
    out += _wander(len(out), 12.0, random) * 25  # a drive train is no clock
    load = np.clip(np.interp(now_s, time_s, throttle) / 100, 0, 1)
    limit = np.quantile(trace.rpm[trace.rpm > 0], 0.999) if (trace.rpm > 0).any() else 13_000
    held = (out > 0.985 * limit) & (load > 0.9)
    ignition[held] *= 0.5 + 0.5 * np.sign(np.sin(2 * np.pi * 18 * now_s[held]))
    return Drive(np.clip(out, 3_500, 15_000) * rate, load, ignition)


def sing(source: Engine, what: Drive, random: Random) -> Floats:
    """Return the engine's sound."""
    turns = np.cumsum(what.rpm / 60) / RATE_HZ * 2 * np.pi
    out = np.zeros(len(turns))
    hot = np.clip(what.load * 1.2, 0, 1)
    for order, power, overrun in zip(ORDERS, source.power, source.overrun, strict=True):
        heard = what.rpm / 60 * order < 0.45 * RATE_HZ
        out += (power * hot + overrun * (1 - hot)) * heard * np.sin(order * turns + random.uniform(0, 6.28))
    pulse = 0.5 + 0.5 * np.sin(3 * turns)
    rough = source.roughness * np.sqrt(np.mean(out**2)) * random.normal(0, 1, len(out)) * pulse * (0.3 + 0.7 * hot)
    out = (out + rough) * what.ignition
    shaped = 0.4 * out
    for hz, width_hz in source.formants:
        radius = np.exp(-np.pi * width_hz / RATE_HZ)
        angle = 2 * np.pi * hz / RATE_HZ
        part = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], out)
        shaped = shaped + part / (np.std(part) + 1e-9) * np.std(out) * 0.5
    return shaped


def wind(count: int, random: Random) -> Floats:
    """Return wind at a microphone: low, in gusts."""
    low = sosfilt(butter(2, 400, fs=RATE_HZ, output="sos"), random.normal(0, 1, count))
    wide = random.normal(0, 1, count) * 0.03
    return (low + wide) * np.exp(0.7 * _wander(count, 0.8, random))


def speech(count: int, random: Random, *, radio: bool = False) -> Floats:
    """Return what talks like a commentator without words: voiced syllables with moving formants, hisses and pauses."""
    pitch_hz = random.uniform(95, 220) * np.exp(0.2 * _wander(count, 3, random))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    voice = np.zeros(count)
    first_hz, second_hz = 500 * np.exp(0.35 * _wander(count, 4, random)), 1_500 * np.exp(0.3 * _wander(count, 4, random))
    for harmonic in range(1, 26):
        hz = harmonic * pitch_hz
        level = np.exp(-(((hz - first_hz) / 200) ** 2)) + 0.5 * np.exp(-(((hz - second_hz) / 300) ** 2)) + 0.05 / harmonic
        voice += level * np.sin(harmonic * phase)
    syllables = np.clip(0.6 + _wander(count, 5, random), 0, None)
    hiss = sosfilt(butter(2, 3_000, "high", fs=RATE_HZ, output="sos"), random.normal(0, 1, count)) * 0.15
    talking = np.repeat(random.uniform(0, 1, count // RATE_HZ + 1) > 0.2, RATE_HZ)[:count]
    out: Floats = (voice * syllables + hiss * np.clip(_wander(count, 5, random), 0, None)) * talking
    if radio:
        out = sosfilt(butter(3, (300, 3_300), "band", fs=RATE_HZ, output="sos"), np.tanh(3 * out))
    return out


def music(count: int, random: Random) -> Floats:
    """Return chords over a beat."""
    beat = round(RATE_HZ * 60 / random.uniform(90, 150))
    out = np.zeros(count)
    for first in range(0, count, beat * 2):
        time_s = np.arange(min(beat * 2, count - first)) / RATE_HZ
        root = random.integers(40, 64)
        for note in root + np.array([0, 7, 12, 12 + random.choice([3, 4]), 24 + random.integers(0, 12)]):
            hz = 440 * 2 ** ((note - 69) / 12)
            for harmonic in range(1, 9):
                out[first : first + len(time_s)] += np.sin(2 * np.pi * hz * harmonic * time_s) / harmonic * np.exp(-time_s * 0.7)
    for first in range(0, count, beat):
        time_s = np.arange(min(beat, count - first)) / RATE_HZ
        kick = np.sin(2 * np.pi * 55 * time_s * np.exp(-time_s * 3)) * np.exp(-time_s * 12) * 4
        out[first : first + len(time_s)] += kick + random.normal(0, 1.5, len(time_s)) * np.exp(-time_s * 30)
    return out


def echoed(dry: Floats, random: Random) -> Floats:
    """Return a sound between walls."""
    length_s = random.uniform(0.1, 0.5)
    time_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    tail = random.normal(0, 1, len(time_s)) * np.exp(-6.9 * time_s / length_s)
    wet = fftconvolve(dry, tail)[: len(dry)]
    out: Floats = dry + wet / (np.std(wet) + 1e-9) * np.std(dry) * random.uniform(0.1, 0.5)
    return out


def noise(count: int, random: Random) -> Floats:
    """Return what else is heard on an onboard, in any proportion."""
    parts = [wind(count, random), random.normal(0, 1, count)]
    for chance, make in ((0.5, speech), (0.3, music)):
        if random.uniform() < chance:
            parts.append(make(count, random))
    if random.uniform() < 0.25:
        parts.append(speech(count, random, radio=True))
    mix = np.zeros(count)
    for part in parts:
        mix += part / (loudness(part) + 1e-9) * random.uniform(0.2, 1.0)
    return mix


def mixed(wanted: Floats, unwanted: Floats, snr_db: float) -> Floats:
    """Return both together, the first louder by `snr_db` within `MEASURED_HZ`."""
    out: Floats = wanted / (loudness(wanted) + 1e-9) + unwanted / (loudness(unwanted) + 1e-9) * 10 ** (-snr_db / 20)
    return out


def loudness(sound: Floats) -> float:
    """Return the RMS of a sound within `MEASURED_HZ`."""
    return float(np.std(sosfilt(butter(2, MEASURED_HZ, "band", fs=RATE_HZ, output="sos"), sound)))


def recorded(sound: Floats, *, bit_rate: int = 96_000, start_video_s: float = 0.0, out_hz: int = 16_000) -> Sound:
    """Return a sound as it comes back from a stereo AAC file."""
    level = 0.25 / (np.std(sound) + 1e-9)
    wide = np.clip(resample_poly(sound * level, CODED_HZ // RATE_HZ, 1), -1, 1).astype(np.float32)
    file = BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=CODED_HZ, layout="stereo")
        stream.bit_rate = bit_rate
        for first in range(0, len(wide), 1024):
            part = wide[first : first + 1024]
            frame = av.AudioFrame.from_ndarray(np.stack([part, part]), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = CODED_HZ, first
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    file.seek(0)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=out_hz)
    parts = []
    start_s = None
    with av.open(file) as back:
        for frame in back.decode(audio=0):
            start_s = frame.time if start_s is None else start_s
            frame.pts = None
            parts += [piece.to_ndarray().reshape(-1) for piece in resampler.resample(frame)]
        parts += [piece.to_ndarray().reshape(-1) for piece in resampler.resample(None)]
    samples = np.concatenate(parts).astype(np.float32)
    early = round(-(start_s or 0.0) * out_hz)
    return Sound(samples[max(early, 0) :], out_hz, start_video_s + max(start_s or 0.0, 0.0))


def _wander(count: int, hz: float, random: Random) -> Floats:
    """Return noise of deviation 1 that changes about `hz` times a second."""
    knots = random.normal(0, 1, int(count / RATE_HZ * hz * 2) + 4)
    return np.interp(np.linspace(0, len(knots) - 1, count), np.arange(len(knots)), knots) * 1.2
