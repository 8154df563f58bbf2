"""Tags as they lie on a post's canvas: laid out for it, and within what the platform leaves free."""

import numpy as np
import pytest

from overlay import theme as themes
from overlay.export.painting import TagPainter
from overlay.export.presets import Preset, shipped
from overlay.export.script import Box, TagBook
from tests.overlay.made import tag

TALL = shipped()["reels"]


def laid(target: Box, preset: Preset = TALL, *, scale: float = 1.0) -> Box | None:
    """Where the tag of a car lies on a canvas that shows the clip `scale` times as large, None where it has none."""
    book = TagBook(np.array([0.0, 0.04]), [(tag(box=target),), (tag(box=target),)])
    painter = TagPainter(book, themes.load("social"), canvas_wh=preset.size, zone=preset.safe_zone)
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
