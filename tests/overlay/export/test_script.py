"""A clip worked out before its posts are drawn."""

import weakref
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from overlay import theme as themes
from overlay.director import Director
from overlay.export import script
from overlay.export.script import BarBook, Script
from overlay.swatches import Swatch, by_frame
from overlay.widgets import GRAPH_S
from segmentation.track import SteadyBox, SteadyFrame
from telemetry.sample import CarInSight, Sample
from tests.overlay.made import DRIVERS, cast, in_sight


def test_the_tag_of_a_car_that_can_no_longer_be_told_goes_on_with_it_in_posts_too() -> None:
    times_s = np.arange(50) * 0.04
    boxes = tuple((SteadyBox(1, (600.0 + 4 * at, 300.0, 700.0 + 4 * at, 360.0), 1.0, True),) for at in range(50))
    told = tuple((cast(in_sight(), seen[0].xyxy),) if at < 45 else () for at, seen in enumerate(boxes))
    samples: tuple[Sample, ...] = ()
    written = Script(times_s, boxes, told, samples, np.full((50, 4), np.nan), (), (1280, 720), ())
    timeline = SimpleNamespace(record=SimpleNamespace(drivers=DRIVERS))
    tags = written.tags(themes.load("broadcast"), timeline)  # type: ignore[arg-type]  # of a timeline, only its drivers are asked
    for at in (44, 46, 47):
        (tag,) = tags[at]
        assert tag.target_xyxy == boxes[at][0].xyxy


class Racing:
    """Stands in for a timeline: the same cars are ahead all the time."""

    def __init__(self, ahead: tuple[CarInSight, ...]) -> None:
        self.ahead, self.record, self.circuit = ahead, SimpleNamespace(drivers=DRIVERS), None

    def at(self, video_time_s: float, **_how: bool) -> Sample:
        return Sample(video_time_s, video_time_s, in_sight("HAM").car, self.ahead, (), neutralised=False)


def test_paint_tells_cars_apart_in_posts_as_it_does_in_renders() -> None:
    boxes = (SteadyBox(1, (617.0, 300.0, 663.0, 325.2), 1.0, True), SteadyBox(2, (777.0, 300.0, 822.0, 324.8), 1.0, True))
    steady = [SteadyFrame(at, at * 0.04, boxes) for at in range(50)]
    near, far = in_sight("PER", gap_m=30, gap_s=0.5), in_sight("OCO", gap_m=31, gap_s=0.52)
    timeline: Any = Racing((near, far))
    blue = np.full((12, 16, 3), (34, 147, 209), np.uint8)
    swatches = [Swatch(at, 1, blue) for at in range(0, 50, 10)]
    taken = by_frame(swatches)
    director = Director(timeline, themes.load("broadcast"), camera="front", size_wh=(1280, 720))
    rendered = [director.cast(frame, taken.get(frame.frame_index, ()))[1] for frame in steady]
    posted, blind = (
        script.write(steady, timeline, camera="front", picture_wh=(1280, 720), swatches=given) for given in (swatches, ())
    )
    assert list(posted.casts) == rendered
    assert {one.box.track_id: one.car.car.driver for one in posted.casts[-1]}[1] == "OCO"
    assert {one.box.track_id: one.car.car.driver for one in blind.casts[-1]}[1] == "PER"


class CountingBar:
    """A bar that says how many frames it has seen; laid out bars tell when they are no longer kept."""

    kept: ClassVar[list[weakref.ref[np.ndarray]]] = []

    def __init__(self) -> None:
        self.seen: list[int] = []

    def items(self, sample: int, size_wh: tuple[int, int]) -> list[object]:
        assert size_wh == (1280, 720)
        self.seen.append(sample)
        drawn = np.array(self.seen)
        self.kept.append(weakref.ref(drawn))
        return [drawn]


def test_the_bar_of_a_long_clip_is_laid_out_frame_by_frame_and_remembers_as_much_in_a_replay() -> None:
    times_s = np.arange(3000) * 0.04
    book = BarBook(times_s, range(3000), CountingBar, (1280, 720))  # type: ignore[arg-type]  # the book looks into no sample
    for frame in (2000, 2001, 2001, 2005, 1900, 1901):
        (seen,) = book.at(float(times_s[frame]) + 0.03)
        assert list(seen) == list(range(max(int(seen[0]), 0), frame + 1)), "none is left out, none comes twice"
        assert times_s[frame] - times_s[seen[0]] >= GRAPH_S - 0.05
    del seen
    assert sum(ref() is not None for ref in CountingBar.kept) == 1
