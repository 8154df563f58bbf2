"""Other ways to write the same video, to measure ours against: PyAV's plain loop, and a moviepy frame callback.

A door of PyAV and moviepy, apart from the render's own on purpose: what we are compared with must not share our code.
"""

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from moviepy import VideoFileClip

from overlay.drawing import patches
from overlay.encoder import Encoding
from overlay.layout import Layout

Bytes = npt.NDArray[np.uint8]


def transcode(source: Path, output: Path, encoding: Encoding) -> int:
    """Decode and encode with nothing between, the sound copied, and return the number of frames: what any render costs at the least.

    Args:
        source: The clip.
        output: The video to write.
        encoding: How; the encoder's name is taken as it is.
    """
    frames = 0
    with av.open(str(source.absolute())) as clip, av.open(str(output.absolute()), "w") as target:
        picture = clip.streams.video[0]
        picture.thread_type = "FRAME"
        options = {"preset": encoding.preset, "crf": str(encoding.crf)}
        written = target.add_stream(encoding.encoder, rate=picture.average_rate, options=options)
        if not isinstance(written, VideoStream):
            raise ValueError(f"wanted a video encoder, got {encoding.encoder}")
        written.width, written.height = picture.width, picture.height
        written.pix_fmt, written.time_base = "yuv420p", picture.time_base
        written.codec_context.thread_type = "FRAME"
        sounds = clip.streams.audio[:1]
        copied = [target.add_stream_from_template(sound) for sound in sounds]
        for packet in clip.demux(picture, *sounds):
            if packet.stream.index == picture.index:
                for frame in packet.decode():
                    if isinstance(frame, VideoFrame):
                        target.mux(written.encode(frame))
                        frames += 1
            elif packet.dts is not None:
                packet.stream = copied[0]
                target.mux(packet)
        target.mux(written.encode(None))
    return frames


def by_callback(source: Path, output: Path, encoding: Encoding, draw: Callable[[Bytes, float], Layout]) -> None:
    """Write a clip the way that moviepy's manual teaches: every frame as RGB through a Python function.

    Args:
        source: The clip.
        output: The video to write.
        encoding: As ours.
        draw: Takes (h, w, 3) RGB and its video time, answers what to draw into it.
    """
    with VideoFileClip(str(source.absolute())) as clip:

        def drawn(get_frame: Callable[[float], Bytes], video_time_s: float) -> Bytes:
            rgb = get_frame(video_time_s)
            return blended(rgb, draw(rgb, video_time_s))

        clip.transform(drawn).write_videofile(
            str(output),
            codec=encoding.encoder,
            preset=encoding.preset,
            ffmpeg_params=["-crf", str(encoding.crf)],
            audio_codec="aac",
            temp_audiofile_path=str(output.parent),
            logger=None,
        )


def blended(rgb: Bytes, layout: Layout) -> Bytes:
    """Return a picture with a layout drawn into it, (h, w, 3) RGB."""
    picture = rgb.copy()
    for left, top, patch in patches(layout):
        part = picture[top : top + patch.shape[0], left : left + patch.shape[1]]
        patch = patch[: part.shape[0], : part.shape[1]]
        kept = cv2.multiply(part, cv2.cvtColor(255 - patch[..., 3], cv2.COLOR_GRAY2RGB), scale=1 / 255)
        part[:] = cv2.add(kept, patch[..., :3])
    return picture
