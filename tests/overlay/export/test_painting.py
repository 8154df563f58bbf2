"""Graphics as they lie on a post's canvas: laid out for it, and within what the platform leaves free."""

import math
from itertools import pairwise

import numpy as np
import pytest

from overlay import theme as themes
from overlay.export.painting import TagPainter
from overlay.export.presets import Preset, shipped
from overlay.export.script import BarBook, Box, TagBook
from overlay.layout import Rectangle
from overlay.widgets import Bar
from telemetry.sample import Sample
from tests.overlay.made import in_sight, reading, tag

TALL = shipped()["reels"]
WIDGETS = ("speed", "gear", "rpm", "pedals", "gap_graph")
SOCIAL = themes.load("social")
NO_BAR = BarBook(np.empty(0), (), lambda: Bar(SOCIAL, None), TALL.safe_zone.size_wh)


def at(video_time_s: float, kmh: float) -> Sample:
    """What is known of the own car at an instant: its speed."""
    own = in_sight(speed_kmh=reading(kmh)).car
    return Sample(video_time_s, video_time_s, own, (), (), neutralised=False)


def laid(target: Box, preset: Preset = TALL, *, scale: float = 1.0) -> Box | None:
    """Where the tag of a car lies on a canvas that shows the clip `scale` times as large, None where it has none."""
    book = TagBook(np.array([0.0, 0.04]), [(tag(box=target),), (tag(box=target),)])
    painter = TagPainter(book, NO_BAR, SOCIAL, canvas_wh=preset.size, zone=preset.safe_zone)
    found = painter.layout(0.0, lambda box: (scale * box[0], scale * box[1], scale * box[2], scale * box[3]))
    return found.tags[0].tag_xyxy if found.tags else None


@pytest.mark.parametrize("x", [0.0, 400.0, 980.0])
@pytest.mark.parametrize("y", [20.0, 230.0, 900.0, 1700.0])
@pytest.mark.parametrize("width", [30.0, 150.0, 600.0])
def test_a_tag_stays_in_the_free_part_wherever_its_car_is(x: float, y: float, width: float) -> None:
    place = laid((x, y, x + width, y + 0.6 * width))
    if place is None:
        assert not -0.2 * TALL.size[0] < x + width / 2 < 1.1 * TALL.size[0], "only a car outside the picture has no tag"
        return
    x1, y1, x2, y2 = TALL.safe_zone.xyxy
    assert x1 - 0.5 <= place[0] < place[2] <= x2 + 0.5
    assert y1 - 0.5 <= place[1] < place[3] <= y2 + 0.5


def test_a_tag_is_laid_out_for_the_canvas_and_not_enlarged_with_the_picture() -> None:
    small, large = (laid((200.0, 300.0, 220.0, 312.0), scale=scale) for scale in (1.0, 2.0))
    assert small is not None
    assert large is not None
    assert large[2] - large[0] == pytest.approx(small[2] - small[0], rel=0.05)


def test_a_car_far_outside_the_crop_has_no_tag() -> None:
    assert laid((-400.0, 500.0, -300.0, 560.0)) is None


@pytest.mark.parametrize("name", sorted(shipped()))
def test_the_own_cars_bar_stands_at_the_foot_of_the_free_part_of_every_preset_and_leaves_words_the_rest(name: str) -> None:
    preset = shipped()[name]
    theme = SOCIAL.changed(widgets=WIDGETS)
    times_s = np.array([0.0, 1.0])
    bar = BarBook(times_s, (at(0.0, 201.0), at(1.0, 303.0)), lambda: Bar(theme, None), preset.safe_zone.size_wh)
    painter = TagPainter(TagBook(times_s, [(), ()]), bar, theme, canvas_wh=preset.size, zone=preset.safe_zone)
    x1, y1, x2, y2 = preset.safe_zone.xyxy
    for at_s, kmh in ((0.0, "201"), (0.99, "201"), (1.0, "303"), (7.0, "303")):
        items = painter.layout(at_s, lambda box: box).items
        plate = items[0]
        assert isinstance(plate, Rectangle)
        assert x1 <= plate.x < plate.x + plate.width <= x2
        assert (y1 + y2) / 2 < plate.y == pytest.approx(painter.free.y2)
        assert plate.y + plate.height <= y2
        assert kmh in {getattr(item, "text", "") for item in items}


def test_without_a_bar_words_have_the_whole_free_part() -> None:
    assert NO_BAR.top == math.inf
    painter = TagPainter(TagBook(np.array([0.0]), [()]), NO_BAR, SOCIAL, canvas_wh=TALL.size, zone=TALL.safe_zone)
    assert painter.free == TALL.safe_zone


def test_all_tags_of_a_frame_are_told_so_that_a_label_keeps_clear_of_them() -> None:
    boxes: tuple[Box, ...] = ((400.0, 700.0, 640.0, 840.0), (500.0, 640.0, 600.0, 700.0), (300.0, 640.0, 380.0, 690.0))
    tags = tuple(tag(box, track_id=at) for at, box in enumerate(boxes))
    painter = TagPainter(TagBook(np.array([0.0]), [tags]), NO_BAR, SOCIAL, canvas_wh=TALL.size, zone=TALL.safe_zone)
    width, height = TALL.size
    planes = (np.zeros((height, width), np.uint8), *(np.full((height // 2, width // 2), 128, np.uint8) for _ in range(2)))
    place = painter.paint(planes, 0.0, lambda box: box)
    assert place is not None
    assert [place.tag_xyxy, *place.others_xyxy] == [found.tag_xyxy for found in painter.layout(0.0, lambda box: box).tags]
    assert len(place.others_xyxy) == 2


def test_a_tag_fades_as_its_car_leaves_the_canvas_and_does_not_go_at_once() -> None:
    seen = []
    for x in range(0, -400, -5):
        book = TagBook(np.array([0.0]), [(tag((x - 40.0, 700.0, x + 40.0, 750.0)),)])
        painter = TagPainter(book, NO_BAR, SOCIAL, canvas_wh=TALL.size, zone=TALL.safe_zone)
        found = painter.layout(0.0, lambda box: box).tags
        seen.append(found[0].opacity if found else 0.0)
    assert seen[0] == 1.0
    assert seen[-1] == 0.0
    assert max(first - after for first, after in pairwise(seen)) < 0.1
