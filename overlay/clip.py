"""Clips as they come: pictures with exact times, sound on the video's clock; the door of PyAV for reading."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from overlay import timecode, waveform
from overlay.decoding import NUMBERED, decoded, opened
from overlay.errors import OverlayError
from overlay.frame import Frame
from overlay.planes import drawable
from overlay.timecode import Timecode
from telemetry.sync.sound import Sound

THREADS = 2  # that decode: enough for several times real time, and each keeps some pictures
_SEEK_S = 4.0  # further apart, finding the next key frame is cheaper than decoding what lies between
_PQ, _HLG = 16, 18  # transfer curves of HDR (ITU-T H.273)


class Clip:
    """A video file opened for reading; a context manager.

    Attributes:
        path: Where it lies.
        size_wh: Width and height as displayed; an odd last column or row is left out, for encoders take none.
        rate: Mean frames a second, exact.
        start_s: Presentation time of its first picture, as the file says; in a piece of a longer stream it may be hours.
        duration_s: Seconds of picture, None where the file does not say.
        end_s: Presentation time at which its last picture ends; `start_s` where the file does not say.
        frame_count: Frames as the file says or as rate and duration give, 0 where neither is known.
        sounds: Number of its audio streams; the first is what is heard and posted.
        quarter_turns: Turns of 90° anticlockwise that make its stored pictures upright.
    """

    def __init__(self, path: Path) -> None:
        """Open a clip.

        Raises:
            OverlayError: The file is missing, is no video, has no video stream or no times, or is HDR.
        """
        self.path = path
        if not path.exists():
            raise OverlayError(f"no clip {path}; check the path")
        self._container = opened(path)
        if not self._container.streams.video:
            self._container.close()
            raise OverlayError(f"{path} has no video stream; choose a file with a picture")
        self._stream: VideoStream = self._container.streams.video[0]
        self._stream.codec_context.thread_count = 1  # for one picture; each thread would keep some
        first = self._first_frame()
        if first.pts is None:
            self.close()
            raise OverlayError(
                f"{path} is a bare stream without times; put it into a file that has them: ffmpeg -i {path.name} out.mp4"
            )
        first = drawable(first)
        self.quarter_turns = round(first.rotation / 90) % 4
        self.size_wh = Frame(0, 0.0, first, self.quarter_turns).size_wh
        self.rate = Fraction(self._stream.average_rate or self._stream.guessed_rate or 25)
        self.start_s = float((self._stream.start_time or 0) * (self._stream.time_base or 0))
        self.duration_s = _duration_s(self._container, self._stream, self.start_s)
        self.end_s = self.start_s + (self.duration_s or 0.0)
        self.frame_count = self._stream.frames or round((self.duration_s or 0.0) * self.rate)
        self.sounds = len(self._container.streams.audio)
        if first.color_trc in (_PQ, _HLG):
            self.close()
            raise OverlayError(f"{path} is HDR, whose tags would glare; convert it to BT.709 first")

    def __enter__(self) -> "Clip":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    @property
    def has_sound(self) -> bool:
        """Whether there is an audio stream."""
        return self.sounds > 0

    @property
    def sound_channels(self) -> int:
        """Channels of the first audio stream, 0 where there is none."""
        return int(self._container.streams.audio[0].channels) if self.has_sound else 0

    @property
    def timecode(self) -> Timecode | None:
        """What the file calls its first picture, None where it says nothing that can be."""
        for key, text in (*self._stream.metadata.items(), *self._container.metadata.items()):
            if key.lower() == timecode.KEY and (found := timecode.read(text, self.rate)) is not None:
                return found
        return None

    @property
    def shown_wh(self) -> tuple[int, int]:
        """Size of its pictures in square pixels: as high as they are, and as wide as a player shows them."""
        width, height = self.size_wh
        shape = self._stream.sample_aspect_ratio or Fraction(1)
        return round(width * (1 / shape if self.quarter_turns % 2 else shape) / 2) * 2, height

    @property
    def stream(self) -> VideoStream:
        """The video stream, for the sink to take its format from."""
        return self._stream

    def frames(self, start_s: float = 0.0) -> Iterator[Frame]:
        """Yield the frames in order of presentation, each with its exact time.

        Args:
            start_s: Leave out frames presented before this; indices still count from the clip's first frame.

        Raises:
            OverlayError: Decoding fails before any frame is out.
        """
        with opened(self.path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "FRAME"
            stream.codec_context.thread_count = THREADS
            index, last_s = -1, -np.inf
            try:
                for picture in decoded(container, stream):
                    if picture.time is None or picture.time <= last_s:
                        continue  # a frame without a time, or one stepping back, has no place on the clock
                    index, last_s = index + 1, picture.time
                    if picture.time >= start_s - 1e-6:
                        yield Frame(index, picture.time, drawable(picture), self.quarter_turns)
            except av.FFmpegError as error:
                if index < 0:
                    raise OverlayError(f"{self.path} cannot be decoded: {error}") from error
                # A clip cut off in the middle is worth what came before.
            if index < 0:
                raise OverlayError(f"{self.path} cannot be decoded: no frame of it is whole")

    def skim(self) -> Iterator[Frame]:
        """Yield the frames that others are made from, every second one of most clips, in half the time; their index is −1, uncounted.

        Of these none can be left out: what is made from frames after it too may be what later ones are made from.

        Raises:
            OverlayError: The file cannot be opened.
        """
        with opened(self.path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "FRAME"
            stream.codec_context.thread_count = THREADS
            if container.format.name != NUMBERED:
                stream.codec_context.skip_frame = "NONREF"
            last_s = -np.inf
            try:
                for picture in decoded(container, stream):
                    if picture.time is not None and picture.time > last_s:
                        last_s = picture.time
                        yield Frame(-1, last_s, drawable(picture), self.quarter_turns)
            except av.FFmpegError:
                return  # a clip cut off in the middle is worth what came before

    def glimpses(self, times_s: Sequence[float]) -> Iterator[Frame]:
        """Yield the first frame at or after each of some rising times, skipping what lies between; their index is −1, uncounted.

        Raises:
            OverlayError: The file cannot be opened.
        """
        with opened(self.path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "FRAME"
            pictures = decoded(container, stream)
            now_s, last_s = 0.0, -np.inf
            for wanted_s in times_s:
                try:
                    if wanted_s - now_s > _SEEK_S:
                        container.seek(int(wanted_s * av.time_base))
                        pictures = decoded(container, stream)
                    picture = next((it for it in pictures if it.time is not None and it.time >= wanted_s - 1e-6), None)
                except av.FFmpegError:
                    return  # a clip cut off in the middle is worth what came before
                if picture is None or picture.time is None:
                    return
                now_s = picture.time
                if now_s > last_s:
                    last_s = now_s
                    yield Frame(-1, now_s, drawable(picture), self.quarter_turns)

    def frame_times_s(self) -> list[float]:
        """Return the presentation time of every frame in order, read from the packets; only the first is decoded.

        Raises:
            OverlayError: The file cannot be read.
        """
        with opened(self.path) as container:
            try:
                shown = (it for it in container.demux(video=0) if not it.is_discard)
                times_s = {float(it.pts * it.time_base) for it in shown if it.pts is not None and it.time_base}
            except av.FFmpegError as error:
                raise OverlayError(f"{self.path} cannot be read: {error}") from error
        first_s = next(self.frames()).video_time_s  # a cut out of a stream has packets before it that give no picture
        return sorted(at_s for at_s in times_s if at_s >= first_s - 1e-6)

    def sound(self, rate_hz: int = 16_000) -> Sound | None:
        """Return all sound mixed to mono, on the video's clock; None where the clip has none that decodes."""
        if not self.has_sound:
            return None
        with opened(self.path) as container:
            stream = container.streams.audio[0]
            return waveform.mixed(decoded(container, stream), rate_hz)

    def _first_frame(self) -> VideoFrame:
        """Return the first frame, or one decoded before it; its time is not to be asked for."""
        context = self._stream.codec_context
        try:
            packet = next(self._container.demux(self._stream))
            if packet.is_keyframe:
                # In order it would come out after several others, and their memory be kept as long as the clip is open.
                pictures = [*context.decode(packet), *context.decode(None)]
                context.flush_buffers()
                if pictures:
                    return pictures[0]
            self._container.seek(0)
            for picture in self._container.decode(self._stream):
                context.flush_buffers()
                return picture
        except av.FFmpegError as error:
            raise OverlayError(f"{self.path} cannot be decoded: {error}") from error
        raise OverlayError(f"{self.path} has a video stream without frames; export it again")


def numbers(path: Path) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield each frame of a one-channel lossless video as its (h, w) values, such as the ids of a simulated clip's cars.

    Raises:
        OverlayError: The file cannot be read, or has colours.
    """
    with opened(path) as container:
        try:
            for picture in container.decode(container.streams.video[0]):
                if picture.format.name != "gray":
                    raise OverlayError(f"{path} has colours ({picture.format.name}) instead of one channel of numbers")
                yield np.asarray(picture.to_ndarray(), np.uint8)
        except (av.FFmpegError, IndexError) as error:
            raise OverlayError(f"{path} cannot be decoded: {error}") from error


def _duration_s(container: InputContainer, stream: VideoStream, start_s: float) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if not container.duration:
        return None
    whole_s = container.duration / av.time_base
    # Matroska as FFmpeg writes it counts from zero, wherever the first picture lies.
    return whole_s - start_s if "matroska" in container.format.name and whole_s > start_s else whole_s
