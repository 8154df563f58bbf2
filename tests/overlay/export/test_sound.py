import math
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from overlay.export import soundtrack
from overlay.export.loudness import limit, measure, normalise
from tests.overlay.export.made import RATE_HZ, tone, video
from tests.shared import shared


def peaky(seconds: float) -> np.ndarray:
    """Quiet noise with loud clicks: loudness far below its peaks."""
    rng = np.random.default_rng(5)
    samples = (0.01 * rng.standard_normal((round(seconds * RATE_HZ), 2))).astype(np.float32)
    samples[:: RATE_HZ // 4] = 0.9
    return samples


def test_a_tone_of_known_loudness_reads_as_such() -> None:
    # EBU Tech 3341 case 1: stereo 1 kHz sine at −23 dBFS reads −23 LUFS.
    heard = measure(tone(20, hz=1000, level=10 ** (-23 / 20)), RATE_HZ)
    assert heard.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert heard.true_peak_dbtp == pytest.approx(-23.0, abs=0.2)


def test_a_peak_between_samples_is_seen_and_held() -> None:
    # A quarter of the sample rate, 45° off: samples reach 0.707, the wave between them 1.
    at = np.arange(RATE_HZ)
    wave = (np.hanning(RATE_HZ) * np.sin(2 * np.pi * at / 4 + np.pi / 4)).astype(np.float32)[:, None].repeat(2, axis=1)
    assert np.abs(wave).max() < 0.708
    assert measure(wave, RATE_HZ).true_peak_dbtp > -0.6
    assert measure(limit(wave, RATE_HZ, -3.0), RATE_HZ).true_peak_dbtp <= -2.9


def test_what_does_not_peak_passes_the_limiter_untouched() -> None:
    samples = tone(1.0)
    assert limit(samples, RATE_HZ, -1.0) is samples


@pytest.mark.parametrize("level", [0.002, 0.05, 0.9])
def test_loudness_comes_out_as_wanted_from_quiet_and_loud(level: float) -> None:
    heard = measure(normalise(tone(4, level=level), RATE_HZ, lufs=-14, true_peak_dbtp=-1), RATE_HZ)
    if level == 0.002:  # 24 dB is as far as noise is raised
        assert heard.integrated_lufs < -20
    else:
        assert heard.integrated_lufs == pytest.approx(-14, abs=0.1)


def test_clicks_are_held_while_loudness_is_reached() -> None:
    heard = measure(normalise(peaky(4), RATE_HZ, lufs=-20, true_peak_dbtp=-1.5), RATE_HZ)
    assert heard.integrated_lufs == pytest.approx(-20, abs=0.1)
    assert heard.true_peak_dbtp <= -1.4


@pytest.mark.parametrize("samples", [tone(3, level=0.8), tone(3, hz=3000, level=0.03), peaky(3) * 5])
def test_encoded_sound_keeps_level_and_peak(samples: np.ndarray) -> None:
    track = soundtrack.make(samples, duration_s=3, kbps=128, lufs=-14, true_peak_dbtp=-1)
    assert track.loudness.integrated_lufs == pytest.approx(-14, abs=0.5)
    assert track.loudness.true_peak_dbtp <= -1


def test_no_sound_becomes_valid_silence() -> None:
    track = soundtrack.make(None, duration_s=2, kbps=128, lufs=-14, true_peak_dbtp=-1)
    assert track.silent
    assert track.loudness.silent
    assert len(soundtrack.decode(track.data)) >= 2 * RATE_HZ


def test_sound_is_read_from_the_instant_asked_for(tmp_path: Path) -> None:
    samples = tone(3, level=0.0)
    samples[round(1.7 * RATE_HZ)] = 0.9
    clip = video(tmp_path / "clip.mp4", frames=75, sound=samples)
    part = soundtrack.read(clip, 1.5, 2.5)
    assert part is not None
    assert part.shape == (RATE_HZ, 2)
    assert np.abs(part).max(axis=1).argmax() / RATE_HZ == pytest.approx(0.2, abs=0.001)


@pytest.mark.parametrize("start_s", [0.0, 2.2])
def test_where_sound_is_missing_the_rest_keeps_its_place(start_s: float, tmp_path: Path) -> None:
    sound = tone(4.0)
    sound[: round(2.5 * RATE_HZ)] = 0
    whole = video(tmp_path / "whole.mkv", frames=100, sound=sound)
    with av.open(str(whole)) as source, av.open(str(tmp_path / "hole.mkv"), "w") as target:
        streams = [target.add_stream_from_template(stream) for stream in source.streams]
        for packet in source.demux():
            at_s = float((packet.pts or 0) * (packet.time_base or 0))
            if packet.dts is not None and not (packet.stream.type == "audio" and 1.0 < at_s < 2.0):
                packet.stream = streams[packet.stream_index]
                target.mux(packet)
    heard = soundtrack.read(tmp_path / "hole.mkv", start_s, 4.0)
    assert heard is not None
    begins = int(np.flatnonzero(np.abs(heard[:, 0]) > 0.05)[0])
    assert start_s + begins / RATE_HZ == pytest.approx(2.5, abs=0.005)


def test_a_clip_without_sound_says_so(tmp_path: Path) -> None:
    assert soundtrack.read(video(tmp_path / "clip.mp4"), 0.0, 1.0) is None


@pytest.mark.shared
def test_our_meter_agrees_with_ffmpegs_own_program() -> None:
    clip = shared("sim", "vale83.mp4")
    said = subprocess.run(
        ["ffmpeg", "-hide_banner", "-nostats", "-t", "6", "-i", clip, "-af", "ebur128=peak=true", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    theirs = float(said.rsplit("I:", 1)[1].split()[0])
    samples = soundtrack.read(clip, 0.0, 6.0)
    assert samples is not None
    assert measure(samples, RATE_HZ).integrated_lufs == pytest.approx(theirs, abs=0.2)


def test_a_short_sound_is_as_loud_as_a_long_one() -> None:
    short, long = (measure(tone(seconds), RATE_HZ).integrated_lufs for seconds in (0.5, 10.0))
    assert short == pytest.approx(long, abs=0.05)


def test_silence_has_no_loudness() -> None:
    assert measure(np.zeros((RATE_HZ, 2), np.float32), RATE_HZ).integrated_lufs == -math.inf
