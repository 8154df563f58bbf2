"""Finished video: encoded beside its place, with the clip's own sound, and renamed when whole; the door of PyAV for writing."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from overlay.clip import Clip, chroma_step
from overlay.errors import OverlayError

if TYPE_CHECKING:  # generic in its stubs only
    AnyPacket = Packet[Stream]
    AnyVideoPacket = Packet[VideoStream]
else:
    AnyPacket = AnyVideoPacket = Packet

SOFTWARE = "libx264"
HARDWARE = ("h264_nvenc", "h264_qsv", "h264_amf", "h264_videotoolbox", "h264_vaapi")
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow")
CONTAINERS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
COPIED_IN_MP4 = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus"})
SOUND_BITS_PER_S = 192_000


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the picture is encoded: an encoder ("auto" takes hardware that works), x264's preset and constant quality."""

    encoder: str = SOFTWARE
    preset: str = "veryfast"
    crf: int = 20

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise OverlayError(f"unknown preset {self.preset!r}; known are {', '.join(PRESETS)}")
        if not 0 <= self.crf <= 51:
            raise OverlayError(f"crf = {self.crf}; wanted 0 (best) to 51")
        if self.encoder not in ("auto", SOFTWARE, *HARDWARE):
            raise OverlayError(f"unknown encoder {self.encoder!r}; known are auto, {SOFTWARE}, {', '.join(HARDWARE)}")


class Sink:
    """A video file being written; a context manager. What goes wrong inside the block leaves nothing behind."""

    def __init__(self, path: Path, clip: Clip, encoding: Encoding) -> None:
        """Open the output in the clip's size, pixel format, colours, rotation and times.

        Raises:
            OverlayError: The ending is unknown, the place cannot be written, or the encoder cannot be opened.
        """
        if path.suffix.lower() not in CONTAINERS:
            raise OverlayError(f"{path} ends in {path.suffix or 'nothing'}; name it {', '.join(CONTAINERS)}")
        self._path = path
        self._beside = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
        options = {"movflags": "+faststart"} if path.suffix.lower() != ".mkv" else {}
        try:
            self._container: OutputContainer = av.open(
                str(self._beside), "w", format=CONTAINERS[path.suffix.lower()], options=options
            )
        except OSError as error:
            raise OverlayError(f"cannot write {path}: {error.strerror or error}; choose another place with -o") from error
        self._clip = clip
        try:
            self._stream = _open_encoder(self._container, clip, encoding)
            self._sound = _Copied.open(clip, self._container, path.suffix.lower())
        except BaseException:
            self._abandon()
            raise

    def __enter__(self) -> "Sink":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self._abandon()
            return
        try:
            self._mux(self._stream.encode(None))
            self._sound_until(None)
            self._container.close()
            self._beside.replace(self._path)
        except (av.FFmpegError, OSError) as problem:
            self._abandon()
            raise OverlayError(f"cannot finish {self._path}: {problem.strerror or problem}; is the disk full?") from problem
        finally:
            if self._sound is not None:
                self._sound.close()

    @property
    def encoder(self) -> str:
        """The encoder in use."""
        return self._stream.codec_context.name

    def write(self, picture: VideoFrame) -> None:
        """Encode one picture; its time is its own.

        Raises:
            OverlayError: The encoder or the disk fails.
        """
        try:
            picture.pict_type = av.video.frame.PictureType.NONE  # the decoder's frame types are not the encoder's
            packets = self._stream.encode(picture)
            self._mux(packets)
            if packets and packets[-1].dts is not None and packets[-1].time_base is not None:
                self._sound_until(float(packets[-1].dts * packets[-1].time_base))
        except (av.FFmpegError, OSError) as error:
            raise OverlayError(f"cannot write {self._path}: {error.strerror or error}; is the disk full?") from error

    def _mux(self, packets: Sequence[AnyPacket] | Sequence[AnyVideoPacket]) -> None:
        for packet in packets:
            self._container.mux(packet)

    def _sound_until(self, video_time_s: float | None) -> None:
        if self._sound is not None:
            for packet in self._sound.until(video_time_s):
                self._container.mux(packet)

    def _abandon(self) -> None:
        with suppress(av.FFmpegError, OSError):  # what is being thrown away need not be whole
            self._container.close()
        self._beside.unlink(missing_ok=True)


def _open_encoder(container: OutputContainer, clip: Clip, encoding: Encoding) -> VideoStream:
    wanted = [*HARDWARE, SOFTWARE] if encoding.encoder == "auto" else [encoding.encoder]
    for name in wanted:
        if name not in av.codecs_available or (name != SOFTWARE and not _opens(name, clip.size_wh)):
            continue
        return _stream(container, clip, encoding, name)
    raise OverlayError(f"the encoder {encoding.encoder} does not work on this machine; use --encoder {SOFTWARE}")


def _opens(name: str, size_wh: tuple[int, int]) -> bool:
    """Return whether a hardware encoder really encodes here: it opens and takes a frame."""
    try:
        context = av.CodecContext.create(name, "w")
        if not isinstance(context, VideoCodecContext):
            return False
        context.width, context.height = size_wh[0] // 2 * 2, size_wh[1] // 2 * 2
        context.pix_fmt, context.time_base, context.framerate = "yuv420p", Fraction(1, 25), Fraction(25)
        context.open()
        frame = VideoFrame(context.width, context.height, "yuv420p")
        frame.pts, frame.time_base = 0, context.time_base
        context.encode(frame)
    except (av.FFmpegError, ValueError, OSError):
        return False
    return True


def _stream(container: OutputContainer, clip: Clip, encoding: Encoding, name: str) -> VideoStream:
    source = clip.stream
    options = {"preset": encoding.preset, "crf": str(encoding.crf)} if name == SOFTWARE else {}
    stream = container.add_stream(name, rate=clip.rate, options=options)
    if not isinstance(stream, VideoStream):
        raise ValueError(f"wanted a video encoder, got {name}")
    context = stream.codec_context
    context.width, context.height = source.codec_context.width, source.codec_context.height
    context.pix_fmt = _pixels(source.codec_context.pix_fmt or "yuv420p", name)
    context.thread_type = "FRAME"
    if source.time_base is not None:
        stream.time_base = context.time_base = source.time_base
    if source.sample_aspect_ratio:
        context.sample_aspect_ratio = source.sample_aspect_ratio
    context.color_range, context.colorspace = source.codec_context.color_range, source.codec_context.colorspace
    context.color_primaries, context.color_trc = source.codec_context.color_primaries, source.codec_context.color_trc
    if clip.quarter_turns:
        stream.set_display_rotation(clip.quarter_turns * 90)
    return stream


def _pixels(source: str, encoder: str) -> str:
    """Return the pixel format to encode: the clip's own where tags can be drawn into it and the encoder takes it."""
    if chroma_step(source) is None:
        return "yuv420p"
    return source if encoder == SOFTWARE else "yuv420p"


class _Copied:
    """The clip's sound, packet by packet as it was; re-encoded to AAC only where the container takes no such codec."""

    def __init__(self, source: InputContainer, packets: Iterator[AnyPacket]) -> None:
        self._source, self._packets = source, packets
        self._next: AnyPacket | None = None

    @classmethod
    def open(cls, clip: Clip, container: OutputContainer, suffix: str) -> "_Copied | None":
        if not clip.has_sound:
            return None
        source = av.open(str(clip.path))
        sound = source.streams.audio[0]
        if suffix == ".mkv" or sound.codec_context.name in COPIED_IN_MP4:
            return cls(source, _remuxed(source, sound, container.add_stream_from_template(sound)))
        target = container.add_stream("aac", rate=sound.codec_context.sample_rate)
        target.codec_context.bit_rate = SOUND_BITS_PER_S
        return cls(source, _encoded(source, sound, target))

    def until(self, video_time_s: float | None) -> Iterator[AnyPacket]:
        """Yield the packets up to a video time, all that are left when None, so that sound and picture lie side by side."""
        while True:
            if self._next is None:
                self._next = next(self._packets, None)
            packet = self._next
            if packet is None:
                return
            if video_time_s is not None and packet.dts is not None and float(packet.dts * packet.time_base) > video_time_s:
                return
            self._next = None
            yield packet

    def close(self) -> None:
        self._source.close()


def _remuxed(source: InputContainer, sound: AudioStream, target: AudioStream) -> Iterator[AnyPacket]:
    for packet in source.demux(sound):
        if packet.dts is not None:
            packet.stream = target
            yield packet  # type: ignore[misc]  # a packet of any stream will do; Packet is invariant in its stubs


def _encoded(source: InputContainer, sound: AudioStream, target: AudioStream) -> Iterator[AnyPacket]:
    for frame in source.decode(sound):
        yield from target.encode(frame)
    yield from target.encode(None)
