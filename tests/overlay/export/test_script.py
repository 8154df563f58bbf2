"""A clip worked out before its posts are drawn."""

import weakref
from types import SimpleNamespace
from typing import ClassVar

import numpy as np

from overlay import theme as themes
from overlay.export.script import BarBook, Script
from overlay.widgets import GRAPH_S
from segmentation.track import SteadyBox
from telemetry.sample import Sample
from tests.overlay.made import DRIVERS, cast, in_sight


def test_the_tag_of_a_car_that_can_no_longer_be_told_goes_on_with_it_in_posts_too() -> None:
    times_s = np.arange(50) * 0.04
    boxes = tuple((SteadyBox(1, (600.0 + 4 * at, 300.0, 700.0 + 4 * at, 360.0), 1.0, True),) for at in range(50))
    told = tuple((cast(in_sight(), seen[0].xyxy),) if at < 45 else () for at, seen in enumerate(boxes))
    samples: tuple[Sample, ...] = ()
    script = Script(times_s, boxes, told, samples, np.full((50, 4), np.nan), (), (1280, 720), ())
    timeline = SimpleNamespace(record=SimpleNamespace(drivers=DRIVERS))
    tags = script.tags(themes.load("broadcast"), timeline)  # type: ignore[arg-type]  # of a timeline, only its drivers are asked
    for at in (44, 46, 47):
        (tag,) = tags[at]
        assert tag.target_xyxy == boxes[at][0].xyxy


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
