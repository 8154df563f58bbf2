"""Whether a video is what a platform takes: every fact against the preset, as findings that a table can show."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from overlay.export.presets import AUDIO_RATE_HZ, B_FRAMES, GOP_S, Preset
from overlay.export.probe import BT709, Facts, PictureFacts, SoundFacts

START_TOLERANCE_S = 0.001
LOUDNESS_TOLERANCE_LU = 0.5
SAFE_SHARE = 0.98  # of the frames with a tag
CONTAINERS = ("mp4", "mov")
CODECS = ("h264", "hevc")
MIN_BITRATE_MBPS = 0.3  # below it no platform's own encoder has anything left to work with


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing checked.

    Attributes:
        check: What was looked at.
        wanted: What the preset takes.
        got: What the video has.
        passed: None where it cannot be known from the video.
    """

    check: str
    wanted: str
    got: str
    passed: bool | None


def lint(facts: Facts, preset: Preset, *, safe_share: float | None = None) -> tuple[Finding, ...]:
    """Return one finding a check.

    Args:
        facts: The video, probed.
        preset: What it is meant for.
        safe_share: Share of the frames with a tag that have the tag in the safe zone, None where that is not known.
    """
    return (*_file(facts, preset), *_picture(facts.picture, preset), *_sound(facts.sound, preset), _tags(preset, safe_share))


def passes(findings: tuple[Finding, ...]) -> bool:
    """Return whether nothing failed; what cannot be known does not fail."""
    return all(finding.passed is not False for finding in findings)


def _file(facts: Facts, preset: Preset) -> Iterator[Finding]:
    family = facts.boxes is not None
    yield Finding("container", "MP4 or MOV", facts.container.split(",")[0] if not family else "MP4 family", family)
    size_mb = facts.size_bytes / 1e6
    yield Finding("file size", f"≤ {preset.max_size_mb:g} MB", f"{size_mb:.1f} MB", size_mb <= preset.max_size_mb)
    if facts.boxes is not None:
        yield Finding("index first", "moov before mdat", " ".join(facts.boxes.top), facts.boxes.moov_first)
        lists = facts.boxes.edit_lists
        yield Finding("edit list", "none", f"{lists} tracks" if lists else "none", lists == 0)


def _picture(picture: PictureFacts, preset: Preset) -> Iterator[Finding]:
    # Rates and containers round; a hundredth of a second too long is not what a platform refuses.
    lasts = preset.min_s - 0.05 <= picture.duration_s <= preset.max_s + 0.05
    yield Finding("duration", f"{preset.min_s:g}–{preset.max_s:g} s", f"{picture.duration_s:.2f} s", lasts)
    width, height = preset.size
    yield Finding("size", f"{width}×{height}", f"{picture.size[0]}×{picture.size[1]}", picture.size == preset.size)
    yield Finding(
        "pixel shape", "1:1", f"{picture.pixel_shape.numerator}:{picture.pixel_shape.denominator}", picture.pixel_shape == 1
    )
    rate = float(picture.rate)
    known = preset.min_fps - 0.01 <= rate <= preset.max_fps + 0.01
    yield Finding("frame rate", f"{preset.min_fps:g}–{preset.max_fps:g} fps", f"{rate:.3f} fps", known)
    yield Finding("even frames", "constant rate", "constant" if picture.constant_rate else "varies", picture.constant_rate)
    yield Finding("codec", "H.264 or HEVC", f"{picture.codec} {picture.profile or ''}".strip(), picture.codec in CODECS)
    if picture.codec == "h264":
        high = picture.profile == "High"
        yield Finding("profile", "High", picture.profile or "unknown", high)
    yield Finding("pixels", "yuv420p", picture.pixels, picture.pixels == "yuv420p")
    yield Finding("scan", "progressive", "progressive" if picture.progressive else "interlaced", picture.progressive)
    tags = {BT709: "bt709", 2: "unknown"}
    colour = " ".join(tags.get(number, str(number)) for number in picture.colour)
    yield Finding("colour tags", "bt709 bt709 bt709", colour, picture.colour == (BT709,) * 3)
    mbps = picture.bit_rate / 1e6
    fits = MIN_BITRATE_MBPS <= mbps <= preset.max_bitrate_mbps
    yield Finding("bit rate", f"{MIN_BITRATE_MBPS:g}–{preset.max_bitrate_mbps:g} Mbps", f"{mbps:.2f} Mbps", fits)
    # Half a frame either way: half a second is no whole number of frames at 25 a second.
    longest_s = float(GOP_S) + 0.5 / rate
    fits = picture.longest_group_s <= longest_s + 1e-6
    yield Finding("key frames", f"every {float(GOP_S):g} s", f"{picture.longest_group_s:.2f} s", fits)
    yield Finding("groups", "closed", "closed" if picture.closed_groups else "open", picture.closed_groups)
    yield Finding("B-frames", f"≤ {B_FRAMES} in a row", str(picture.b_frames), picture.b_frames <= B_FRAMES)
    starts = abs(picture.start_s) <= START_TOLERANCE_S
    yield Finding("picture starts", "0 ± 1 ms", f"{picture.start_s * 1000:.1f} ms", starts)


def _sound(sound: SoundFacts | None, preset: Preset) -> Iterator[Finding]:
    if sound is None:
        yield Finding("sound", "a track" if preset.needs_sound else "any", "none", not preset.needs_sound)
        return
    yield Finding(
        "sound", "AAC-LC", f"{sound.codec} {sound.profile or ''}".strip(), sound.codec == "aac" and sound.profile == "LC"
    )
    yield Finding("sound rate", f"{AUDIO_RATE_HZ} Hz", f"{sound.rate_hz} Hz", sound.rate_hz == AUDIO_RATE_HZ)
    yield Finding("channels", "1–2", str(sound.channels), sound.channels <= 2)
    kbps = sound.bit_rate / 1000
    yield Finding("sound bit rate", f"≤ {preset.audio_kbps} kbps", f"{kbps:.0f} kbps", kbps <= preset.audio_kbps * 1.1)
    starts = abs(sound.start_s) <= START_TOLERANCE_S
    yield Finding("sound starts", "0 ± 1 ms", f"{sound.start_s * 1000:.1f} ms", starts)
    loudness = sound.loudness
    if loudness.silent:
        yield Finding("loudness", f"{preset.lufs:g} ± {LOUDNESS_TOLERANCE_LU:g} LUFS", "silent", None)
        return
    near = abs(loudness.integrated_lufs - preset.lufs) <= LOUDNESS_TOLERANCE_LU
    yield Finding("loudness", f"{preset.lufs:g} ± {LOUDNESS_TOLERANCE_LU:g} LUFS", f"{loudness.integrated_lufs:.2f} LUFS", near)
    peak = loudness.true_peak_dbtp
    yield Finding(
        "true peak",
        f"≤ {preset.true_peak_dbtp:g} dBTP",
        f"{peak:.2f} dBTP" if math.isfinite(peak) else "none",
        peak <= preset.true_peak_dbtp,
    )


def _tags(preset: Preset, safe_share: float | None) -> Finding:
    wanted = f"≥ {SAFE_SHARE:.0%} of frames"
    if safe_share is None or not any(preset.safe):
        return Finding("tag in safe zone", wanted, "not known", None)
    return Finding("tag in safe zone", wanted, f"{safe_share:.1%}", safe_share >= SAFE_SHARE)
