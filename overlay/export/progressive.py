"""Interlaced frames made whole: a post has no fields, and their lines would be scaled into each other; a door of PyAV."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

import av
from av.video.frame import VideoFrame

from overlay.frame import Frame

HOW = "mode=send_frame:parity=auto:deint=interlaced"  # a frame for a frame; those that say nothing of fields stay as they are


def progressive(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Yield the frames with interlaced ones made whole; until the first of these comes, all are passed on as they are."""
    weaver: _Weaver | None = None
    for frame in frames:
        if weaver is not None and not weaver.fits(frame):
            yield from weaver.finish()
            weaver = None
        if weaver is None and frame.picture.interlaced_frame:
            weaver = _Weaver(frame)
        if weaver is None:
            yield frame
        else:
            yield from weaver.take(frame)
    if weaver is not None:
        yield from weaver.finish()


class _Weaver:
    """The filter for pictures like one; it hands out each when it has seen the next."""

    def __init__(self, first: Frame) -> None:
        self._kind = _kind(first)
        self._waiting: deque[Frame] = deque()
        self._graph = av.filter.Graph()
        picture = first.picture
        source = self._graph.add_buffer(
            width=picture.width, height=picture.height, format=picture.format, time_base=picture.time_base, name="in"
        )
        filtered, sink = self._graph.add("bwdif", HOW), self._graph.add("buffersink")
        source.link_to(filtered)
        filtered.link_to(sink)
        self._graph.configure()

    def fits(self, frame: Frame) -> bool:
        """Return whether a frame is like those before."""
        return _kind(frame) == self._kind

    def take(self, frame: Frame) -> Iterator[Frame]:
        """Take a frame and yield what is ready."""
        self._waiting.append(frame)
        self._graph.push(frame.picture)
        yield from self._ready()

    def finish(self) -> Iterator[Frame]:
        """Yield the rest."""
        self._graph.push(None)
        yield from self._ready()

    def _ready(self) -> Iterator[Frame]:
        while self._waiting:
            try:
                picture = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(picture, VideoFrame)  # noqa: S101  # the graph has no sound
            frame = self._waiting.popleft()
            picture.colorspace, picture.color_range = frame.picture.colorspace, frame.picture.color_range
            yield replace(frame, picture=picture)


def _kind(frame: Frame) -> tuple[int, int, str]:
    return frame.picture.width, frame.picture.height, frame.picture.format.name
