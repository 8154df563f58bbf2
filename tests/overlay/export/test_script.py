"""A clip worked out before its posts are drawn."""

from types import SimpleNamespace

import numpy as np

from overlay import theme as themes
from overlay.export.script import Script
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
