"""What cars are painted like is looked at once, by whatever goes through the clip first, and posts cast by it as renders do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from overlay import colour, pipeline
from overlay.export.script import Script
from overlay.swatches import Seen
from sessions import posts


def told(script: Script) -> list[list[tuple[int, str]]]:
    return [[(cast.box.track_id, cast.car.car.driver) for cast in casts] for casts in script.casts]


def test_posts_cast_by_the_paint_that_the_render_saw(demo_session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "follow", lambda *_, **__: pytest.fail("the clip was gone through again"))
    prepared = posts.prepare(demo_session, quiet=True)
    assert len(prepared.seen.swatches) > 20
    assert {swatch.track_id for swatch in prepared.seen.swatches} <= {track.track_id for track in prepared.tracks}
    second = prepared.script.samples[100].ahead[1].car.driver
    team = colour.rgb(prepared.timeline.record.drivers[second].team_colour)
    repainted = [replace(swatch, rgb=np.full_like(swatch.rgb, team)) for swatch in prepared.seen.swatches]
    other = posts.assemble(prepared.session, prepared.timeline, prepared.tracks, Seen(repainted), folder=prepared.folder)
    assert told(other.script) != told(prepared.script)
    assert prepared.script.cuts == ()
    joined = posts.assemble(prepared.session, prepared.timeline, prepared.tracks, Seen(cuts=[200]), folder=prepared.folder)
    assert joined.script.cuts == (200,), "the camera jumps, and who was named is forgotten"


def test_paint_is_looked_at_again_where_boxes_were_put_right(demo_session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = posts.prepare(demo_session, quiet=True)
    with demo_session.open("a") as file:
        file.write("\n[[track.boxes]]\nvideo_time_s = 3.0\ntrack_id = 1\nxyxy = [500, 200, 700, 300]\n")
    after = posts.prepare(demo_session, quiet=True)
    assert len(after.seen.swatches) == pytest.approx(len(before.seen.swatches), abs=3)
    assert any(
        not np.array_equal(one.rgb, other.rgb) for one, other in zip(before.seen.swatches, after.seen.swatches, strict=False)
    )
    monkeypatch.setattr(pipeline, "follow", lambda *_, **__: pytest.fail("and not once more"))
    again = posts.prepare(demo_session, quiet=True)
    assert [swatch.rgb.tolist() for swatch in again.seen.swatches] == [swatch.rgb.tolist() for swatch in after.seen.swatches]
