"""Finished video: encoded beside its place, with the clip's own sound, and renamed when whole; the door of PyAV for writing."""

import glob
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from overlay.clip import Clip
from overlay.decoding import decoded
from overlay.encoder import SOFTWARE, Encoding, again, keeps_types, open_encoder
from overlay.errors import OverlayError
from overlay.parts import PART_S, Coded, Parts, alive

if TYPE_CHECKING:  # generic in its stubs only
    AnyPacket = Packet[Stream]
    AnyVideoPacket = Packet[VideoStream]
else:
    AnyPacket = AnyVideoPacket = Packet

CONTAINERS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
_BOTH = frozenset({"aac", "mp3", "ac3", "eac3", "alac"})
_PCM = frozenset({"pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le"})
# Ticks of the whole are milliseconds by themselves, and what begins later than its container would begin up to one too soon.
MP4_OPTIONS = {"movflags": "+faststart", "movie_timescale": "90000"}
COPIED = {".mp4": _BOTH | {"opus"}, ".mov": _BOTH | _PCM}  # what each container takes; Matroska takes all
DESCRIPTIONS = ("language", "title")  # of a track of sound
LAYOUTS = {1: "mono", 6: "5.1"}  # of sound that is encoded, by its channels; stereo otherwise
SOUND_BITS_PER_S = 96_000  # a channel
SAME_S = 1e-6  # times this near are one


class Sink:
    """A video file being written; a context manager. What goes wrong inside the block leaves nothing behind at its place.

    With `parts`, the picture is encoded in stretches that stand alone, and each is kept there when it is finished: a render that is
    cut off goes on behind the last of them, and comes to the same file, byte for byte, for the stretches begin at the same pictures.
    (In pictures whose width is no multiple of 128 px x264 itself chooses some bits otherwise from one run to the next: its mbtree reads
    memory past a row's end that it has not written.)
    """

    def __init__(
        self, path: Path, clip: Clip, encoding: Encoding, *, parts: Parts | None = None, from_zero: bool = False
    ) -> None:
        """Open the output in the clip's size, pixel format, colours, rotation and times; it begins with the parts there are.

        `from_zero` moves picture and sound together so that the first packet lies at time 0, wherever the clip's clock begins.

        Raises:
            OverlayError: The ending is unknown, the place is the clip's own or cannot be written, or the encoder cannot be opened.
        """
        if path.suffix.lower() not in CONTAINERS:
            raise OverlayError(f"{path} ends in {path.suffix or 'nothing'}; name it {', '.join(CONTAINERS)}")
        if path.exists() and path.samefile(clip.path):
            raise OverlayError(f"{path} is the clip itself, which would be lost; give another name with -o")
        self._path, self._place = path, path.resolve()  # what a link points to is its place
        _clear_remains(self._place)
        self._beside = self._place.with_name(f".{self._place.stem}.{os.getpid()}.part{self._place.suffix}")
        options = dict(MP4_OPTIONS) if path.suffix.lower() != ".mkv" else {}
        if from_zero:
            options["avoid_negative_ts"] = "make_zero"
        try:
            self._container: OutputContainer = av.open(
                str(self._beside.absolute()), "w", format=CONTAINERS[path.suffix.lower()], options=options
            )
        except OSError as error:
            raise OverlayError(f"cannot write {path}: {error.strerror or error}; choose another place with -o") from error
        self._clip, self._encoding, self._parts = clip, encoding, parts
        self._pictures, self._began_s, self._last_dts = 0, 0.0, -(2**62)
        try:
            self._stream = open_encoder(self._container, clip, encoding)
            # Never the stream's own: it would keep its pictures, some hundred megabytes, to the end.
            self._context = again(self._stream.codec_context, encoding)
            self._tick_s = float(self._context.time_base)
            self._keeps_types = keeps_types(clip, self._context.name)
            self._sounds = [_Copied.open(clip, number, self._container, path.suffix.lower()) for number in range(clip.sounds)]
            for coded in parts.packets() if parts is not None else ():
                self._mux(_packet(coded, self._context.time_base), coded.dts)
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
            self._take(self._context.encode(None) if self._pictures else [])
            self._sound_until(math.inf)
            self._container.close()
            self._beside.replace(self._place)
        except (av.FFmpegError, OSError) as problem:
            self._abandon()
            raise OverlayError(f"cannot finish {self._path}: {problem.strerror or problem}; is the disk full?") from problem
        finally:
            for sound in self._sounds:
                sound.close()
        if self._parts is not None:
            self._parts.clear()

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
            if self._parts is not None and self._pictures and picture.time - self._began_s >= PART_S - SAME_S:
                self._end_part(self._parts)
            if self._pictures == 0:
                self._began_s = picture.time
            self._pictures += 1
            if not self._keeps_types:
                picture.pict_type = av.video.frame.PictureType.NONE
            self._take(self._context.encode(picture))
        except (av.FFmpegError, OSError) as error:
            raise OverlayError(f"cannot write {self._path}: {error.strerror or error}; is the disk full?") from error

    def _end_part(self, parts: Parts) -> None:
        """Finish a stretch, keep it, and begin another with an encoder that knows nothing of it."""
        self._take(self._context.encode(None))
        parts.end(self._pictures)
        self._pictures = 0
        self._context = again(self._stream.codec_context, self._encoding)

    def _take(self, packets: Sequence[AnyPacket] | Sequence[AnyVideoPacket]) -> None:
        for packet in packets:
            if packet.pts is None or packet.dts is None:
                raise OverlayError(f"{self.encoder} gives pictures without times; use --encoder {SOFTWARE}")
            if self._parts is not None:
                self._parts.add(Coded(packet.pts, packet.dts, packet.duration or 0, packet.is_keyframe, bytes(packet)))
            self._mux(packet, packet.dts)

    def _mux(self, packet: AnyPacket | AnyVideoPacket, dts: int) -> None:
        # Where the frame rate varies, a stretch may want to be decoded from before the end of the last one.
        packet.dts = self._last_dts = max(dts, self._last_dts + 1)
        self._sound_until(packet.dts * self._tick_s)
        packet.stream = self._stream
        self._container.mux(packet)

    def _sound_until(self, video_time_s: float) -> None:
        for sound in self._sounds:
            for packet in sound.until(video_time_s):
                self._container.mux(packet)

    def _abandon(self) -> None:
        with suppress(av.FFmpegError, OSError):  # what is being thrown away need not be whole
            self._container.close()
        with suppress(OSError):
            self._beside.unlink(missing_ok=True)
        if self._parts is not None:
            self._parts.release()


def _clear_remains(path: Path) -> None:
    """Remove what renders to the same place left beside it when they were killed."""
    for remains in path.parent.glob(f".{glob.escape(path.stem)}.*.part{path.suffix}"):
        process = remains.name.removeprefix(f".{path.stem}.").removesuffix(f".part{path.suffix}")
        if process.isdigit() and not alive(int(process)):
            remains.unlink(missing_ok=True)


def _packet(coded: Coded, time_base: Fraction) -> AnyPacket:
    packet = Packet(coded.data)
    packet.time_base = time_base
    packet.pts, packet.dts, packet.duration, packet.is_keyframe = coded.pts, coded.dts, coded.duration, coded.is_key
    return packet


class _Copied:
    """One of the clip's sound tracks, packet by packet as it was; re-encoded to AAC only where the container takes no such codec."""

    def __init__(self, source: InputContainer, packets: Iterator[tuple[float, AnyPacket]]) -> None:
        self._source, self._packets = source, packets
        self._next: tuple[float, AnyPacket] | None = None

    @classmethod
    def open(cls, clip: Clip, number: int, container: OutputContainer, suffix: str) -> "_Copied":
        source = av.open(str(clip.path.absolute()))
        sound = source.streams.audio[number]
        if suffix == ".mkv" or sound.codec_context.codec.canonical_name in COPIED[suffix]:
            target = _described(container.add_stream_from_template(sound), sound)
            return cls(source, _remuxed(source, sound, target, hides=suffix != ".mkv"))
        target = _described(container.add_stream("aac", rate=sound.codec_context.sample_rate), sound)
        target.codec_context.layout = LAYOUTS.get(sound.codec_context.channels, "stereo")
        target.codec_context.bit_rate = SOUND_BITS_PER_S * target.codec_context.channels
        return cls(source, _encoded(source, sound, target))

    def until(self, video_time_s: float) -> Iterator[AnyPacket]:
        """Yield the packets up to a video time, so that sound and picture lie side by side."""
        while True:
            self._next = self._next or next(self._packets, None)
            if self._next is None or self._next[0] > video_time_s:
                return
            (_, packet), self._next = self._next, None
            yield packet

    def close(self) -> None:
        self._source.close()


def _described(target: AudioStream, sound: AudioStream) -> AudioStream:
    """Return a track that says of itself what another one says: its language, its title, and whether it is the one to be heard."""
    target.metadata.update({key: sound.metadata[key] for key in DESCRIPTIONS if key in sound.metadata})
    target.disposition = sound.disposition
    return target


def _remuxed(
    source: InputContainer, sound: AudioStream, target: AudioStream, *, hides: bool
) -> Iterator[tuple[float, AnyPacket]]:
    """Yield a track's packets with their video times.

    A container that `hides` what lies before time 0, by an edit list as the clip's own, gets it all. In another it would be heard, and all
    else be as much later; of Opus alone it is told how much of its beginning is not to be heard.
    """
    tick_s = float(sound.time_base or 0)
    early = sound.codec_context.codec.canonical_name != "opus"
    for packet in source.demux(sound):
        if not hides and (packet.is_discard or (early and packet.pts is not None and packet.pts < 0)):
            continue
        if packet.dts is not None:
            packet.stream = target
            yield packet.dts * tick_s, packet  # type: ignore[misc]  # a packet of any stream will do; Packet is invariant in its stubs


def _encoded(source: InputContainer, sound: AudioStream, target: AudioStream) -> Iterator[tuple[float, AnyPacket]]:
    """Yield a track's packets, encoded anew, with their video times."""
    for frame in chain(decoded(source, sound), (None,)):
        if frame is not None and frame.pts is not None and frame.time_base is not None:
            # In ticks of the clip's container, as long as a whole packet in AVI, packets would come to begin at the same one.
            frame.pts, frame.time_base = round(frame.pts * frame.time_base * frame.sample_rate), Fraction(1, frame.sample_rate)
        for packet in target.encode(frame):
            yield (packet.dts or 0) * float(packet.time_base), packet
