"""The encoder of a finished video: how the picture is encoded, what works on this machine, and opened like the clip; a door of PyAV."""

import os
from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from overlay import timecode
from overlay.clip import Clip
from overlay.errors import OverlayError
from overlay.planes import chroma_step

SOFTWARE = "libx264"
HARDWARE = ("h264_nvenc", "h264_qsv", "h264_amf", "h264_videotoolbox", "h264_vaapi")
#: What tells x264 that a picture is two fields, by FFmpeg's field order: which of them is shown first.
FIELDS = {2: "tff=1", 3: "bff=1", 4: "bff=1", 5: "tff=1"}
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow")
QUICK = PRESETS[:2]  # x264's lookahead has little to do at these, and holds few pictures
# Pictures that wait for x264's lookahead; by itself it has four wait. The pictures come out the same, and 13 MB of 1080p fewer are held;
# with none it is 31 MB, but a render is 7 % slower where the lookahead has much to do.
WAITING, WAITING_LITTLE_TO_DO = 2, 0
# From here on x264 has a thread for each core where its lookahead holds pictures too. By itself it takes half as many again, which is 2 %
# quicker and takes 25 MB more of 1080p.
LARGE_PX = 1920 * 1080


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the picture is encoded: an encoder ("auto" takes hardware that works), x264's preset and constant quality.

    `pixels` is the pixel format, None for the clip's own.
    """

    encoder: str = SOFTWARE
    preset: str = "veryfast"
    crf: int = 20
    pixels: str | None = None

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise OverlayError(f"unknown preset {self.preset!r}; known are {', '.join(PRESETS)}")
        if not 0 <= self.crf <= 51:
            raise OverlayError(f"crf = {self.crf}; wanted 0 (best) to 51")
        if self.encoder not in ("auto", SOFTWARE, *HARDWARE):
            raise OverlayError(f"unknown encoder {self.encoder!r}; known are auto, {SOFTWARE}, {', '.join(HARDWARE)}")


def open_encoder(container: OutputContainer, clip: Clip, encoding: Encoding) -> VideoStream:
    """Return a stream of a container in the clip's size, pixels, fields, colours, rotation and times, with an encoder that works here.

    Raises:
        OverlayError: The one that is asked for does not.
    """
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
    stream = container.add_stream(name, rate=clip.rate, options=_options(name, encoding, source.codec_context.field_order))
    if not isinstance(stream, VideoStream):
        raise ValueError(f"wanted a video encoder, got {name}")
    context = stream.codec_context
    context.width, context.height = clip.size_wh if clip.quarter_turns % 2 == 0 else clip.size_wh[::-1]
    context.pix_fmt = encoding.pixels or _pixels(source.codec_context.pix_fmt or "yuv420p", name)
    context.thread_count = 1  # it only tells the container what comes, and each thread would have room for pictures
    context.field_order = source.codec_context.field_order
    if source.time_base is not None:
        stream.time_base = context.time_base = source.time_base
    if source.sample_aspect_ratio:
        context.sample_aspect_ratio = source.sample_aspect_ratio
    context.color_range, context.colorspace = source.codec_context.color_range, source.codec_context.colorspace
    if chroma_step(source.codec_context.pix_fmt or "") is None:
        context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709  # as `drawable` made them
    context.color_primaries, context.color_trc = source.codec_context.color_primaries, source.codec_context.color_trc
    if clip.quarter_turns:
        stream.set_display_rotation(clip.quarter_turns * 90)
    if clip.timecode is not None:
        stream.metadata[timecode.KEY] = clip.timecode.text
    return stream


def keeps_types(clip: Clip, encoder: str) -> bool:
    """Return whether an encoder is told to encode each picture as the kind that it is in the clip: key, predicted, or between two others.

    x264 would look for that itself, for a fifth of its time at its fast presets, and find about the same where an encoder of H.264 has
    found it before. Others' kinds are not its own: their pictures are all predicted, or all keys, or lie deeper than it can follow.
    """
    source = clip.stream.codec_context
    return encoder == SOFTWARE and source.name == "h264" and bool(source.has_b_frames)


def again(first: VideoCodecContext, encoding: Encoding) -> VideoCodecContext:
    """Return an encoder like the first, to be opened afresh."""
    context = av.CodecContext.create(first.name, "w")
    if not isinstance(context, VideoCodecContext):
        raise ValueError(f"wanted a video encoder, got {first.name}")
    context.options = _options(first.name, encoding, first.field_order)
    context.field_order = first.field_order
    context.width, context.height, context.pix_fmt = first.width, first.height, first.pix_fmt
    context.time_base, context.framerate, context.flags = first.time_base, first.framerate, first.flags
    context.thread_type = "FRAME"
    if first.name == SOFTWARE and first.width * first.height >= LARGE_PX and encoding.preset not in QUICK:
        context.thread_count = os.cpu_count() or 1
    if first.sample_aspect_ratio:
        context.sample_aspect_ratio = first.sample_aspect_ratio
    context.color_range, context.colorspace = first.color_range, first.colorspace
    context.color_primaries, context.color_trc = first.color_primaries, first.color_trc
    return context


def _options(name: str, encoding: Encoding, field_order: int) -> dict[str, str]:
    if name != SOFTWARE:
        return {}
    waiting = WAITING_LITTLE_TO_DO if encoding.preset in QUICK else WAITING
    own = [f"sync-lookahead={waiting}", *([FIELDS[field_order]] if field_order in FIELDS else [])]
    return {"preset": encoding.preset, "crf": str(encoding.crf), "x264-params": ":".join(own)}


def _pixels(source: str, encoder: str) -> str:
    """Return the pixel format to encode: the clip's own where tags can be drawn into it and the encoder takes it."""
    if chroma_step(source) is None:
        return "yuv420p"
    return source if encoder == SOFTWARE else "yuv420p"
