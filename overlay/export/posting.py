"""Posts from one pass: every frame is decoded once, then laid, tagged and encoded for each canvas that wants it.

A canvas that fails (an encoder that is missing, a full disk) is left out from there on; the others go on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from overlay.errors import OverlayError
from overlay.export import mp4
from overlay.export.framing import Planes, lay
from overlay.export.presets import Canvas, Preset, SafeZone
from overlay.export.reframe import CameraPath, plan
from overlay.export.report import TagPlace

Box = tuple[float, float, float, float]
Floats = npt.NDArray[np.float64]

SAME_FRAME_S = 1e-4
LONE_FRAME_S = 0.04


class SourceFrame(Protocol):
    """A decoded frame: its place on the clip's clock and its 4:2:0 planes in limited-range BT.709."""

    @property
    def video_time_s(self) -> float:
        """Presentation time."""
        ...

    def planes(self) -> Planes:
        """Y (h, w), U and V (h/2, w/2), uint8."""
        ...


class Painter(Protocol):
    """Draws the graphics of one canvas; called for its frames in order.

    Attributes:
        free: What is left of the safe zone for words, above what is drawn at its foot.
    """

    free: SafeZone

    def paint(self, planes: Planes, /, video_time_s: float, to_canvas: Callable[[Box], Box]) -> TagPlace | None:
        """Draw onto the planes what belongs to this instant of the clip.

        Args:
            planes: The canvas, changed in place.
            video_time_s: The clip's time.
            to_canvas: Takes a box from clip pixels to canvas pixels.

        Returns:
            Where the followed car's tag lies on the canvas, None where it has none; its frame number is filled in by the caller.
        """
        ...


@dataclass(slots=True)
class Shot:
    """One canvas on its way: what it looks at, who paints it, and what came of it.

    Attributes:
        canvas: What to make; its frame rate says how often the clip is looked at.
        camera: Where to look in each frame.
        painter: Draws the tags.
        picture: Where the encoded picture goes.
        guides: Whether to draw the safe zone.
        write_rate: Frames a second of the written file where that differs from the canvas's: slow motion.
        quality: How to encode where it is not for posting.
        places: Where the tag lay, one a tagged frame, once shot.
        failed: Why there is no picture, once shot.
    """

    canvas: Canvas
    camera: CameraPath
    painter: Painter
    picture: Path
    guides: bool = False
    write_rate: Fraction | None = None
    quality: mp4.Quality | None = None
    places: list[TagPlace] = field(default_factory=list)
    failed: OverlayError | None = None

    def tick_s(self, index: int) -> float:
        """Return the clip's time that the post's frame `index` shows."""
        return self.canvas.start_s + float(index / self.canvas.frame_rate)


def ticks(start_s: float, end_s: float, rate: Fraction) -> Floats:
    """Return (n,) clip times of a post's frames; the last one ends at or before the span does."""
    count = max(int((end_s - start_s) * rate + Fraction(1, 100)), 1)
    return np.asarray(start_s + np.arange(count) / float(rate))


def aim(
    canvas: Canvas, *, clip_wh: tuple[int, int], frame_times_s: Floats, subject_xyxy: Floats, cuts: Sequence[int] = ()
) -> CameraPath:
    """Return a canvas's camera path.

    Args:
        canvas: The canvas.
        clip_wh: Size of the clip.
        frame_times_s: (n,) presentation times of the clip's frames.
        subject_xyxy: (n, 4) box of the car to follow on each, NaN where none.
        cuts: Frames of the clip that begin a new scene.
    """
    times = ticks(canvas.start_s, canvas.end_s, canvas.frame_rate)
    shown = nearest(frame_times_s, times)
    starts = tuple(int(np.searchsorted(shown, cut)) for cut in cuts)
    return plan(
        subject_xyxy[shown],
        rate_hz=float(canvas.frame_rate),
        clip_wh=clip_wh,
        canvas_wh=canvas.size,
        safe=canvas.safe_zone,
        cuts=starts,
    )


def nearest(frame_times_s: Floats, at_s: Floats) -> npt.NDArray[np.int64]:
    """Return (m,) the index of the frame on screen at each time: the nearest, as frame rates are converted without drift."""
    if len(frame_times_s) == 1:
        return np.zeros(len(at_s), np.int64)
    middles = (frame_times_s[1:] + frame_times_s[:-1]) / 2
    return np.searchsorted(middles, at_s - SAME_FRAME_S, side="left").astype(np.int64)


def shoot(frames: Iterable[SourceFrame], shots: Sequence[Shot], *, on_frame: Callable[[int], None] = lambda _done: None) -> None:
    """Run the frames once through all shots and leave each one's picture file, or its failure.

    Args:
        frames: The clip's frames in order, from the first that any shot shows.
        shots: What to make; those that fail carry why.
        on_frame: Called with the number of clip frames gone through.
    """
    writers = {id(shot): _Writer(shot) for shot in shots}
    done = 0
    try:
        for frame, next_s in _with_next(frames):
            until_s = (frame.video_time_s + next_s) / 2
            for shot in shots:
                writers[id(shot)].take(frame, until_s)
            done += 1
            on_frame(done)
            if all(writer.full for writer in writers.values()):
                break
        for writer in writers.values():
            writer.finish()
    except BaseException:
        for writer in writers.values():
            writer.abort()
        raise


def _with_next(frames: Iterable[SourceFrame]) -> Iterator[tuple[SourceFrame, float]]:
    """Yield each frame with the time of the next; the last one stands as long as the one before it."""
    last: SourceFrame | None = None
    step_s = LONE_FRAME_S
    for frame in frames:
        if last is not None:
            step_s = frame.video_time_s - last.video_time_s
            yield last, frame.video_time_s
        last = frame
    if last is not None:
        yield last, last.video_time_s + 2 * step_s


class _Writer:
    """One shot's encoder; takes each frame of the clip for every tick of the post that shows it."""

    def __init__(self, shot: Shot) -> None:
        self._shot = shot
        self._done = 0
        self._file: mp4.PictureFile | None = None
        canvas = shot.canvas
        try:
            rate = shot.write_rate or canvas.frame_rate
            quality = shot.quality or mp4.Quality(bit_rate=canvas.bit_rate, encoder=canvas.encoder)
            self._file = mp4.PictureFile(shot.picture, size=canvas.size, rate=rate, quality=quality)
        except OverlayError as error:
            self._fail(error)

    @property
    def full(self) -> bool:
        """Whether it wants no more frames."""
        return self._shot.failed is not None or self._done >= len(self._shot.camera)

    def take(self, frame: SourceFrame, until_s: float) -> None:
        """Encode the frame for every tick until the next frame is nearer."""
        while not self.full and self._shot.tick_s(self._done) - SAME_FRAME_S <= until_s:
            try:
                self._write(frame)
            except OverlayError as error:
                self._fail(error)

    def _write(self, frame: SourceFrame) -> None:
        assert self._file is not None  # noqa: S101  # otherwise it failed and is full
        shot, index = self._shot, self._done
        camera = shot.camera
        scale, left, top = float(camera.scale[index]), float(camera.left[index]), float(camera.top[index])
        planes = lay(frame.planes(), canvas_wh=shot.canvas.size, scale=scale, left=left, top=top)
        place = shot.painter.paint(planes, frame.video_time_s, lambda box: camera.box(index, box))
        if place is not None:
            shot.places.append(replace(place, frame_index=index))
        if shot.guides:
            draw_guides(planes, shot.canvas.safe_zone)
        self._file.write(planes)
        self._done += 1

    def finish(self) -> None:
        """Close the file; an empty one fails."""
        if self._shot.failed is not None or self._file is None:
            return
        if self._done == 0:
            self._fail(
                OverlayError(f"the clip has no frames between {self._shot.canvas.start_s:g} s and {self._shot.canvas.end_s:g} s")
            )
            return
        try:
            self._file.finish()
        except OverlayError as error:
            self._fail(error)

    def abort(self) -> None:
        """Leave nothing behind."""
        if self._file is not None:
            self._file.abort()

    def _fail(self, error: OverlayError) -> None:
        self._shot.failed = error
        self.abort()


def draw_guides(planes: Planes, zone: SafeZone) -> None:
    """Darken what the platform covers and line what it leaves free, in place."""
    y = planes[0]
    x1, y1, x2, y2 = (round(value) for value in zone.xyxy)
    inside = y[y1:y2, x1:x2].copy()
    y[:] = (y.astype(np.uint16) * 5 // 8 + 6).astype(np.uint8)
    y[y1:y2, x1:x2] = inside
    thick = max(round(0.002 * max(y.shape)), 2)
    for rows, columns in (
        (slice(y1, y1 + thick), slice(x1, x2)),
        (slice(y2 - thick, y2), slice(x1, x2)),
        (slice(y1, y2), slice(x1, x1 + thick)),
        (slice(y1, y2), slice(x2 - thick, x2)),
    ):
        y[rows, columns] = 235


def too_short(preset: Preset, duration_s: float) -> OverlayError | None:
    """Return why a preset cannot take so short a clip, None if it can."""
    if duration_s >= preset.min_s - 0.05:
        return None
    return OverlayError(
        f"{preset.name}: the clip gives {duration_s:.2f} s and {preset.title} takes no less than {preset.min_s:g} s"
    )
