"""What a post shows, decided for the whole clip before any pixel: who is in which car, whom to follow, and what happens."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from overlay.casting import Cast
from overlay.export.editors.sheet import Sheet, Sighting
from overlay.export.moment import Story
from overlay.export.posting import SAME_FRAME_S, aim
from overlay.export.presets import Canvas
from overlay.export.reframe import CameraPath
from overlay.layout import Item, Rectangle
from overlay.naming import Namer
from overlay.picks import Pick
from overlay.swatches import Swatch, by_frame
from overlay.tag import Tag, Tagger
from overlay.theme import Theme
from overlay.widgets import GRAPH_S, Bar
from segmentation.track import SteadyBox, SteadyFrame
from telemetry.sample import Quality, Reading, Sample
from telemetry.timeline import Timeline

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]

STAY = 0.55  # a followed car is left for another only when that one looks nearly twice as large …
STAY_S = 1.0  # … for this long
LEAST_WIDTH = 0.02  # of the picture's width; a car that timing does not know is followed only when it is this large


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """A clip, frame by frame.

    Attributes:
        frame_times_s: (n,) float64 presentation times.
        boxes: The followed cars.
        casts: Who is in each of those that can be told.
        samples: What the timeline says.
        subject_xyxy: (n, 4) float64 box of the car that the camera follows, NaN where none.
        cuts: Frames at which a new scene begins.
        picture_wh: Size of the clip.
        warnings: Contradictions between picture and timing, and cars that are not there.
    """

    frame_times_s: Floats
    boxes: tuple[tuple[SteadyBox, ...], ...]
    casts: tuple[tuple[Cast, ...], ...]
    samples: tuple[Sample, ...]
    subject_xyxy: Floats
    cuts: tuple[int, ...]
    picture_wh: tuple[int, int]
    warnings: tuple[str, ...]

    def tags(self, theme: Theme, timeline: Timeline) -> tuple[tuple[Tag, ...], ...]:
        """Return each frame's tags under a theme, boxes in clip pixels."""
        tagger = Tagger(theme, dict(timeline.record.drivers))
        cuts = set(self.cuts)
        return tuple(
            tagger.tags(casts, float(at_s), cut=index in cuts, boxes=boxes)
            for index, (casts, at_s, boxes) in enumerate(zip(self.casts, self.frame_times_s, self.boxes, strict=True))
        )

    def bar(self, theme: Theme, timeline: Timeline, size_wh: tuple[int, int]) -> "BarBook":
        """Return the own car's bar under a theme, at the foot of a frame of a size."""
        return BarBook(self.frame_times_s, self.samples, lambda: Bar(theme, timeline.circuit), size_wh)

    def camera(self, canvas: Canvas) -> CameraPath:
        """Return where a canvas looks.

        Raises:
            OverlayError: The clip is too small for the canvas.
        """
        return aim(
            canvas,
            clip_wh=self.picture_wh,
            frame_times_s=self.frame_times_s,
            subject_xyxy=self.subject_xyxy,
            cuts=self.cuts,
        )

    def story(self) -> Story:
        """Return what happens ahead."""
        first = [casts[0] if casts else None for casts in self.casts]
        width = (self.subject_xyxy[:, 2] - self.subject_xyxy[:, 0]) / self.picture_wh[0]
        return Story(
            self.frame_times_s,
            np.array([_number(cast.car.gap_s) if cast else math.nan for cast in first]),
            np.array([_number(cast.car.closing_kmh) if cast else math.nan for cast in first]),
            np.where([cast is not None for cast in first], width, np.nan),
        )

    def sheet(self, clip: Path, rate: Fraction, title: str, duration_s: float) -> Sheet:
        """Return the sheet for editors."""
        sightings = [
            _sighting(index, float(at_s), cast)
            for index, (at_s, casts) in enumerate(zip(self.frame_times_s, self.casts, strict=True))
            for cast in casts
        ]
        start_s = float(self.frame_times_s[0])
        return Sheet(clip, self.picture_wh, rate, duration_s, title, tuple(sightings), start_s=start_s)


def write(
    steady: Iterable[SteadyFrame],
    timeline: Timeline,
    *,
    camera: str,
    picture_wh: tuple[int, int],
    picks: Sequence[Pick] = (),
    swatches: Iterable[Swatch] = (),
) -> Script:
    """Return the script of a clip.

    Args:
        steady: Every frame, in order.
        timeline: The race session from the own car.
        camera: "front" or "rear".
        picture_wh: Size of the clip.
        picks: Which car a person wants tagged, and where none.
        swatches: Of the cars' paint.
    """
    namer = Namer(timeline.record, camera=camera, picture_width_px=float(picture_wh[0]), picks=picks)
    taken = by_frame(swatches)
    eye = _Eye(picture_wh[0])
    times: list[float] = []
    followed: list[tuple[SteadyBox, ...]] = []
    casts: list[tuple[Cast, ...]] = []
    samples: list[Sample] = []
    subject: list[Box] = []
    cuts: list[int] = []
    for frame in steady:
        sample = timeline.at(frame.video_time_s)
        cast = namer.name(frame, sample, taken.get(frame.frame_index, ()))
        if frame.cut:
            cuts.append(len(times))
        times.append(frame.video_time_s)
        followed.append(frame.boxes)
        casts.append(cast)
        samples.append(sample)
        subject.append(eye.follow(frame, cast))
    subjects = np.array(subject, np.float64).reshape(len(subject), 4)
    warnings = list(namer.warnings)
    if not np.isfinite(subjects).any():
        warnings.append("no car was found in the clip: it is shown whole, and nobody is tagged")
    elif not any(casts):
        warnings.append("no car in sight is one that the timing knows: nobody is tagged")
    return Script(
        np.array(times), tuple(followed), tuple(casts), tuple(samples), subjects, tuple(cuts), picture_wh, tuple(warnings)
    )


@dataclass(slots=True)
class _Eye:
    """Chooses the car to follow: a named one before an unnamed one, and the same one as long as it makes sense."""

    picture_width: int
    track_id: int | None = None
    other_since_s: float | None = None

    def follow(self, frame: SteadyFrame, casts: Sequence[Cast]) -> Box:
        """Return the box to follow, NaN where there is none."""
        boxes = [cast.box for cast in casts] or [box for box in frame.boxes if _width(box) >= LEAST_WIDTH * self.picture_width]
        if frame.cut or not boxes:
            self.track_id, self.other_since_s = (None if frame.cut else self.track_id), None
            if not boxes:
                return (math.nan,) * 4
        largest = max(boxes, key=_width)
        mine = next((box for box in boxes if box.track_id == self.track_id), None)
        if mine is None or mine is largest or _width(mine) >= STAY * _width(largest):
            self.other_since_s = None
        elif self.other_since_s is None:
            self.other_since_s = frame.video_time_s
        elif frame.video_time_s - self.other_since_s > STAY_S:
            mine = None
        if mine is None:
            mine, self.other_since_s = largest, None
        self.track_id = mine.track_id
        return mine.xyxy


class TagBook:
    """The tags of a clip at any instant; between two frames boxes move along and words stay those of the frame before."""

    def __init__(self, times_s: Floats, tags: Sequence[tuple[Tag, ...]]) -> None:
        self._times_s, self._tags = times_s, tags

    def at(self, video_time_s: float) -> tuple[Tag, ...]:
        """Return the tags at an instant, boxes in clip pixels."""
        after = int(np.searchsorted(self._times_s, video_time_s, side="left"))
        if after >= len(self._tags):
            return self._tags[-1] if self._tags else ()
        before = max(after - 1, 0)
        step_s = float(self._times_s[after] - self._times_s[before])
        part = (video_time_s - float(self._times_s[before])) / step_s if step_s > 0 else 1.0
        if part > 0.98:
            return self._tags[after]
        following = {tag.track_id: tag for tag in self._tags[after]}
        return tuple(_between(tag, following.get(tag.track_id), part) for tag in self._tags[before])


class BarBook:
    """The own car's bar of a clip at any instant: that of the frame that is seen then.

    It is laid out when it is asked for: a lap's bars for all canvases at once would fill the memory.
    """

    def __init__(self, times_s: Floats, samples: Sequence[Sample], make: Callable[[], Bar], size_wh: tuple[int, int]) -> None:
        """Take the clip's samples, what makes a bar that remembers nothing yet, and the size of the frame at whose foot it is."""
        self._times_s, self._samples, self._make, self._size_wh = times_s, samples, make, size_wh
        self._bar = make()
        self._frame = len(samples)  # none yet: whichever is asked for first lies before it
        self._items: tuple[Item, ...] = ()

    @property
    def top(self) -> float:
        """The bar's upper edge, px, which is the same in all frames that have one; infinite where none has."""
        bar = self._make()
        seen = next((items for sample in self._samples if (items := bar.items(sample, self._size_wh))), [])
        return min((item.y for item in seen if isinstance(item, Rectangle)), default=math.inf)

    def at(self, video_time_s: float) -> tuple[Item, ...]:
        """Return the bar at an instant; soonest for instants that follow each other."""
        frame = max(int(np.searchsorted(self._times_s, video_time_s + SAME_FRAME_S, side="right")) - 1, 0)
        first = self._frame + 1
        if frame < self._frame:  # back, as to a replay: what it remembers of the time before is gone through again
            self._bar = self._make()
            first = int(np.searchsorted(self._times_s, video_time_s - GRAPH_S, side="left"))
        for sample in self._samples[first : frame + 1]:
            self._items = tuple(self._bar.items(sample, self._size_wh))
        self._frame = frame
        return self._items


def _between(tag: Tag, following: Tag | None, part: float) -> Tag:
    if following is None:
        return tag
    x1, y1, x2, y2 = (a + part * (b - a) for a, b in zip(tag.target_xyxy, following.target_xyxy, strict=True))
    opacity, taken = tag.opacity + part * (following.opacity - tag.opacity), tag.taken + part * (following.taken - tag.taken)
    return replace(tag, target_xyxy=(x1, y1, x2, y2), opacity=opacity, taken=taken)


def _width(box: SteadyBox) -> float:
    return box.xyxy[2] - box.xyxy[0]


def _number(reading: Reading) -> float:
    return math.nan if reading.value is None else reading.value


def _sighting(index: int, at_s: float, cast: Cast) -> Sighting:
    car = cast.car
    readings = (car.car.speed_kmh, car.gap_s, car.closing_kmh)
    return Sighting(
        index,
        at_s,
        car.car.driver,
        cast.box.xyxy,
        position=car.car.position,
        lap=car.car.lap,
        speed_kmh=car.car.speed_kmh.value,
        gap_s=car.gap_s.value,
        gap_m=car.gap_m.value,
        closing_kmh=car.closing_kmh.value,
        observed=cast.box.observed,
        estimated=any(reading.quality is Quality.STALE for reading in readings),
    )
