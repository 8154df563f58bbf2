"""What a finished video really is, read from its packets, boxes and decoded sound: facts for the lint."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from overlay.errors import OverlayError
from overlay.export import mp4_boxes
from overlay.export.loudness import Loudness, measure
from overlay.export.soundtrack import read as read_sound

BT709 = 1  # ISO/IEC 23001-8 number of BT.709 primaries, transfer and matrix alike
CFR_TOLERANCE_S = 0.0015  # MP4 time bases round NTSC rates; a dropped frame is off by ten times this


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """The picture stream.

    Attributes:
        codec: Name of the codec.
        profile: Its profile, as FFmpeg calls it.
        pixels: Pixel format.
        size: Width and height as displayed.
        pixel_shape: Sample aspect ratio, 1 for square pixels.
        progressive: Whether nothing says that it is interlaced.
        colour: Primaries, transfer and matrix as ISO numbers, 2 where unknown.
        rate: Mean frames a second.
        constant_rate: Whether every frame lasts the same.
        frames: Their number.
        start_s: Presentation time of the first frame.
        duration_s: From the first frame to the end of the last.
        bit_rate: Bits a second.
        longest_group_s: Longest distance between key frames.
        closed_groups: Whether no frame shown before a key frame is decoded after it.
        b_frames: Most B-frames in a row.
    """

    codec: str
    profile: str | None
    pixels: str
    size: tuple[int, int]
    pixel_shape: Fraction
    progressive: bool
    colour: tuple[int, int, int]
    rate: Fraction
    constant_rate: bool
    frames: int
    start_s: float
    duration_s: float
    bit_rate: float
    longest_group_s: float
    closed_groups: bool
    b_frames: int


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """The sound stream; `start_s` is the presentation time of its first sample."""

    codec: str
    profile: str | None
    rate_hz: int
    channels: int
    bit_rate: float
    start_s: float
    duration_s: float
    loudness: Loudness


@dataclass(frozen=True, slots=True)
class Facts:
    """One video file; `boxes` is None outside the MP4 family, `sound` None where there is none."""

    container: str
    size_bytes: int
    boxes: mp4_boxes.Boxes | None
    picture: PictureFacts
    sound: SoundFacts | None


def probe(path: Path) -> Facts:
    """Return the facts of a video.

    Raises:
        OverlayError: The file is missing, cannot be read, or has no picture.
    """
    try:
        with av.open(str(path.absolute())) as container:
            if not container.streams.video:
                raise OverlayError(f"{path} has no picture; name a video")
            picture = container.streams.video[0]
            sound = next(iter(container.streams.audio), None)
            packets: dict[int, list[tuple[float, float, float, int, bool]]] = {picture.index: []}
            if sound is not None:
                packets[sound.index] = []
            for packet in container.demux([stream for stream in (picture, sound) if stream is not None]):
                if packet.pts is not None and packet.size and packet.time_base:
                    base = float(packet.time_base)
                    dts = packet.dts if packet.dts is not None else packet.pts
                    lasts_s = float(packet.duration or 0) * base
                    packets[packet.stream_index].append((packet.pts * base, dts * base, lasts_s, packet.size, packet.is_keyframe))
            facts = _picture(picture, packets[picture.index], path)
            name = container.format.name
            heard = None if sound is None else _sound(sound, packets[sound.index], path, facts.duration_s)
        return Facts(name, path.stat().st_size, mp4_boxes.read(path), facts, heard)
    except (av.error.FFmpegError, OSError) as error:
        raise OverlayError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}; name a video file") from error


def plays_from_s(path: Path) -> float:
    """Return the time, as the file says it, at which a player's clock begins: that of its first picture or sound.

    Raises:
        OverlayError: The file cannot be read.
    """
    try:
        with av.open(str(path.absolute())) as container:
            return (container.start_time or 0) / av.time_base
    except (av.error.FFmpegError, OSError) as error:
        raise OverlayError(f"cannot read {path}: {error.strerror}; name a video file") from error


def _picture(stream: av.VideoStream, packets: Sequence[tuple[float, float, float, int, bool]], path: Path) -> PictureFacts:
    if not packets:
        raise OverlayError(f"{path} holds no frames")
    context = stream.codec_context
    shown = sorted(packets)
    times = np.array([packet[0] for packet in shown])
    steps = np.diff(times)
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    last_s = shown[-1][2] or float(1 / rate)
    duration_s = float(times[-1] - times[0]) + last_s
    keys = [packet[0] for packet in shown if packet[4]]
    even = len(steps) == 0 or bool(np.abs(steps - np.median(steps)).max() < CFR_TOLERANCE_S)
    return PictureFacts(
        codec=context.name,
        profile=context.profile,
        pixels=context.pix_fmt or "",
        size=_displayed(path),
        pixel_shape=Fraction(stream.sample_aspect_ratio or 1) or Fraction(1),
        progressive=context.field_order in (0, 1),  # unknown or progressive
        colour=(int(context.color_primaries), int(context.color_trc), int(context.colorspace)),
        rate=rate,
        constant_rate=even,
        frames=len(packets),
        start_s=float(times[0]),
        duration_s=duration_s,
        bit_rate=sum(packet[3] for packet in packets) * 8 / duration_s,
        longest_group_s=float(np.diff([*keys, times[0] + duration_s]).max()) if keys else duration_s,
        closed_groups=_closed(packets),
        b_frames=_b_frames(packets),
    )


def _displayed(path: Path) -> tuple[int, int]:
    with av.open(str(path.absolute())) as container:
        for frame in container.decode(video=0):
            return (frame.height, frame.width) if frame.rotation % 180 else (frame.width, frame.height)
    raise OverlayError(f"{path} holds no frame that decodes")


def _closed(packets: Sequence[tuple[float, float, float, int, bool]]) -> bool:
    key_s = None
    for shown_s, _, _, _, key in packets:  # in the order of decoding
        if key:
            key_s = shown_s
        elif key_s is not None and shown_s < key_s:
            return False
    return True


def _b_frames(packets: Sequence[tuple[float, float, float, int, bool]]) -> int:
    latest_s, late = -1e9, set()
    for shown_s, *_ in packets:
        if shown_s < latest_s:
            late.add(shown_s)
        latest_s = max(latest_s, shown_s)
    longest = run = 0
    for shown_s, *_ in sorted(packets):
        run = run + 1 if shown_s in late else 0
        longest = max(longest, run)
    return longest


def _sound(
    stream: av.AudioStream, packets: Sequence[tuple[float, float, float, int, bool]], path: Path, picture_s: float
) -> SoundFacts:
    context = stream.codec_context
    start_s = min((packet[0] for packet in packets), default=0.0)
    duration_s = max((packet[0] + packet[2] for packet in packets), default=0.0) - start_s
    samples = read_sound(path, 0.0, max(duration_s, picture_s))
    assert samples is not None  # noqa: S101  # the stream is there
    # A negative start is priming that the player skips, by the edit list: what is heard begins at zero.
    start_s = float(stream.start_time * stream.time_base) if stream.start_time is not None and stream.time_base else start_s
    return SoundFacts(
        codec=context.name,
        profile=context.profile,
        rate_hz=context.sample_rate,
        channels=context.channels,
        bit_rate=sum(packet[3] for packet in packets) * 8 / duration_s if duration_s > 0 else 0.0,
        start_s=start_s,
        duration_s=duration_s,
        loudness=measure(samples, 48_000),
    )
