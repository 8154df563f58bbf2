"""Files opened and all decoded that can be: damage costs itself, not what lies before or behind it."""

import heapq
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import overload

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from overlay.errors import OverlayError

# Its packets bear numbers in place of times, in the order of decoding; the frames take them in the order in which they come out.
NUMBERED = "avi"


def opened(path: Path) -> InputContainer:
    """Return a video file opened for reading.

    Raises:
        OverlayError: It cannot be opened, or is a picture or a text.
    """
    try:
        container = av.open(str(path.absolute()))  # a relative name with a colon would be taken for a protocol's
    except (av.FFmpegError, OSError) as error:
        raise OverlayError(f"{path} cannot be opened as video: {error.strerror or error}; is it whole?") from error
    if container.format.name.endswith(("image2", "_pipe", "tty")):  # FFmpeg draws a text letter by letter, and calls that a video
        container.close()
        raise OverlayError(f"{path} is a picture or a text; choose a video")
    return container


@overload
def decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]: ...
@overload
def decoded(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]: ...
def decoded(container: InputContainer, stream: VideoStream | AudioStream) -> Iterator[VideoFrame | AudioFrame]:
    """Yield all of a stream that can be decoded; what is damaged is left out, what lies behind it is not."""
    numbered = isinstance(stream, VideoStream) and container.format.name == NUMBERED
    waiting: list[int] = []
    last_pts: int | None = None
    for packet in container.demux(stream):
        if numbered and packet.pts is not None:
            heapq.heappush(waiting, packet.pts)
        try:
            frames = packet.decode()
        except av.FFmpegError:
            if not packet.size and last_pts is not None and isinstance(stream, VideoStream) and not numbered:
                yield from _held_back(container, last_pts)
            continue
        for frame in frames:
            if waiting and isinstance(frame, VideoFrame):
                frame.pts = heapq.heappop(waiting)
            last_pts = frame.pts  # type: ignore[union-attr]  # the stubs give a packet's subtitles too
            yield frame  # type: ignore[misc]


def _held_back(container: InputContainer, last_pts: int) -> Iterator[VideoFrame]:
    """Yield the frames after one that were still in the decoder's threads when it came upon damage at the very end, and are lost there."""
    with opened(Path(container.name)) as again:
        stream = again.streams.video[0]
        stream.codec_context.thread_count = 1  # which tells of the damage at once, and not in place of what lies before it
        again.seek(last_pts, stream=stream)
        for packet in again.demux(stream):
            with suppress(av.FFmpegError):
                yield from (frame for frame in packet.decode() if frame.pts is not None and frame.pts > last_pts)
