"""Posts as MP4: one encoding of the picture, put together with sound into as many files as share it.

The traps, measured: platforms want no edit list, but leaving it out alone makes the picture begin two frames late (B-frames) and
the sound 21 ms late (AAC priming). Negative composition offsets put the picture at zero; the packet of priming is left out.
"""

import heapq
import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from overlay.errors import OverlayError
from overlay.export import whole
from overlay.export.presets import B_FRAMES, GOP_S, X264

Source = av.VideoStream | av.AudioStream
Plane = npt.NDArray[np.uint8]
SPEED = "veryfast"  # platforms encode again; what a slower preset saves in bits is lost there
BT709 = 1
NO_PICTURE = "cannot write the picture"  # its file is a step between that nobody asked for by name


@dataclass(frozen=True, slots=True)
class Quality:
    """How to encode: at a bit rate for posting, or at a quantiser (`crf`) as a step between."""

    bit_rate: int = 0
    crf: int | None = None
    encoder: str = X264
    speed: str = SPEED

    def options(self) -> dict[str, str]:
        """Return the encoder's options; those but libx264 have words of their own and get the bit rate alone."""
        rate = {"maxrate": str(int(self.bit_rate * 1.5)), "bufsize": str(self.bit_rate * 2)}
        if self.encoder != X264:
            return rate
        common: dict[str, str] = {"preset": self.speed, "profile": "high", "x264-params": "open-gop=0:scenecut=0"}
        return common | (rate if self.crf is None else {"crf": str(self.crf)})


#: Between two steps of our own: visually lossless, and soon done.
DRAFT = Quality(crf=14, speed="ultrafast")


class PictureFile:
    """Encodes frames of one canvas into a file beside its place, or none when anything goes wrong."""

    def __init__(self, path: Path, *, size: tuple[int, int], rate: Fraction, quality: Quality) -> None:
        self.path = path
        self.frames = 0
        try:
            self._container = av.open(str(path.absolute()), "w", format="mp4")
            stream = self._container.add_stream(quality.encoder, rate=rate)
        except av.error.FFmpegError as error:
            raise whole.refused(error, NO_PICTURE) from error
        except ValueError as error:  # PyAV's word for an encoder that is not there
            self.abort()
            raise OverlayError(f"encoder {quality.encoder} is not in this build of FFmpeg; use {X264}") from error
        assert isinstance(stream, av.VideoStream)  # noqa: S101  # narrows the type
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        if quality.crf is None:
            stream.bit_rate = quality.bit_rate
        stream.codec_context.max_b_frames = B_FRAMES
        stream.codec_context.gop_size = max(int(rate * GOP_S), 1)
        stream.codec_context.time_base = 1 / rate
        stream.codec_context.color_primaries = stream.codec_context.color_trc = stream.codec_context.colorspace = BT709
        stream.codec_context.color_range = 1  # limited, as video players expect
        stream.codec_context.sample_aspect_ratio = Fraction(1)
        stream.codec_context.thread_type = "FRAME"
        stream.options = dict[str, Any](quality.options())
        try:
            self._container.start_encoding()
        except av.error.FFmpegError as error:  # as of an encoder in a graphics card that is not there
            self.abort()
            raise OverlayError(f"encoder {quality.encoder} does not start here ({error.strerror}); use {X264}") from error
        self._stream = stream
        self._size = size

    def write(self, planes: tuple[Plane, Plane, Plane]) -> None:
        """Encode one frame of Y (h, w), U and V (h/2, w/2), uint8, BT.709 limited range."""
        frame = av.VideoFrame(*self._size, "yuv420p")
        for plane, values in zip(frame.planes, planes, strict=True):
            target = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
            target[:, : plane.width] = values
        frame.pts, frame.time_base = self.frames, self._stream.codec_context.time_base
        self.frames += 1
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.error.FFmpegError, OSError) as error:
            raise whole.refused(error, NO_PICTURE) from error

    def finish(self) -> None:
        """Write what is left; the file is whole afterwards."""
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
        except (av.error.FFmpegError, OSError) as error:
            raise whole.refused(error, NO_PICTURE) from error

    def abort(self) -> None:
        """Leave nothing behind."""
        with suppress(av.error.FFmpegError, OSError, AttributeError):  # it failed already; what counts is that the file goes
            self._container.close()
        whole.remove(self.path)


def put_together(picture: Path, sound: bytes | None, path: Path, *, about: Mapping[str, str]) -> None:
    """Write a post from an encoded picture and an M4A sound: index first, no edit list, both beginning at zero.

    Args:
        picture: From `PictureFile`.
        sound: From `soundtrack.make`, None for no sound.
        path: Where to; written beside it first and renamed when whole.
        about: Words for the file's own description, as `title`.

    Raises:
        OverlayError: The place cannot be written or is full.
    """
    beside = path.with_name(f".{path.name}.part")
    flags = {"movflags": "+faststart+negative_cts_offsets", "use_editlist": "0"}
    try:
        with ExitStack() as open_files:
            frames = open_files.enter_context(av.open(str(picture.absolute())))
            out = open_files.enter_context(av.open(str(beside.absolute()), "w", format="mp4", options=flags))
            out.metadata.update(about)
            streams: list[Source] = [frames.streams.video[0]]
            if sound is not None:
                streams.append(open_files.enter_context(av.open(io.BytesIO(sound))).streams.audio[0])
            targets = [out.add_stream_from_template(stream) for stream in streams]
            end_s = (frames.duration or 0) / 1e6
            for _, index, packet in heapq.merge(
                *(_from_zero(stream, index, end_s) for index, stream in enumerate(streams)), key=lambda entry: entry[:2]
            ):
                packet.stream = targets[index]
                out.mux_one(packet)
        beside.replace(path)
    except (av.error.FFmpegError, OSError) as error:
        whole.remove(beside)
        raise whole.refused(error, f"cannot write {path}") from error
    except BaseException:
        whole.remove(beside)
        raise


def _from_zero(stream: Source, index: int, end_s: float) -> Iterator[tuple[float, int, "av.Packet[Any]"]]:
    container = stream.container
    assert isinstance(container, av.container.InputContainer)  # noqa: S101  # narrows the type
    for packet in container.demux(stream):
        if packet.dts is None or packet.pts is None or packet.time_base is None:
            continue  # the end mark
        at_s = float(packet.pts * packet.time_base)
        if stream.type == "audio" and not 0 <= at_s < end_s:
            continue  # priming, and what would sound after the last picture
        yield float(packet.dts * packet.time_base), index, packet
