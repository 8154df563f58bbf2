"""The page's live layouts know what exports know beside the cars: their paint, and where another scene begins."""

import json
import time
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from overlay import colour, pipeline
from overlay.swatches import Seen, by_frame
from sessions import posts, stages
from sessions.posts import Prepared
from sessions.studio.desk import Desk
from sessions.studio.layouts import CHUNK
from tests.sessions.studio.test_jobs import ended

CUT = 150
COUNT = 350


@pytest.fixture
def plain(demo_session: Path) -> Prepared:
    """The sample with two cars tagged, as its posts have it."""
    with demo_session.open("a") as file:
        file.write("cars = 2\n")
    return posts.prepare(demo_session, quiet=True)


@pytest.fixture
def planted(plain: Prepared, demo_session: Path, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """What a look at the sample finds from now on: each car painted as the fourth one's, and a scene that begins; none is kept yet."""
    fourth = plain.script.samples[100].ahead[3].car.driver
    team = colour.rgb(plain.timeline.record.drivers[fourth].team_colour)
    paint = [replace(swatch, rgb=np.full_like(swatch.rgb, team)) for swatch in plain.seen.swatches]
    found = Seen(paint, [CUT])
    monkeypatch.setattr(pipeline, "follow", lambda *_, **__: (list(plain.tracks), found))
    demo_session.with_suffix(".slipstream").joinpath("seen.npz").unlink()
    return found


def posted(prepared: Prepared) -> list[dict[str, Any]]:
    """Every frame's layout as the overlay alone has it for editors."""
    director = stages.director(
        prepared.session, prepared.timeline, folder=prepared.folder, size_wh=(1280, 720), tracks=prepared.tracks
    )
    taken = by_frame(prepared.seen.swatches)
    made = [director.direct(frame, taken.get(frame.frame_index, ())).to_json() for frame in prepared.steady]
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]


def shown(desk: Desk) -> list[dict[str, Any]]:
    """Every frame's layout as the page gets it."""
    until_s = time.monotonic() + 60
    while len(desk.book.chunks(desk.version)) * CHUNK < COUNT:
        assert time.monotonic() < until_s
        time.sleep(0.02)
    made = []
    for number in desk.book.chunks(desk.version):
        packed = desk.book.chunk(desk.version, number)
        assert packed is not None
        made += json.loads(zlib.decompress(packed))["layouts"]
    return [{name: value for name, value in layout.items() if name != "numbers"} for layout in made]


def near(desk: Desk, frame: int) -> dict[str, Any]:
    """The layout of a frame as the page gets it at once."""
    heard: list[Any] = []
    desk.listen("near", lambda what, value: heard.append(value["layouts"]) if what == "near" else None)
    desk.lay_out(frame)
    until_s = time.monotonic() + 60
    while not any(frame in layouts for layouts in heard):
        assert time.monotonic() < until_s
        time.sleep(0.02)
    desk.leave("near")
    return next(layouts[frame] for layouts in heard if frame in layouts)  # type: ignore[no-any-return]


def drivers(layout: dict[str, Any]) -> list[str]:
    return [tag["driver"] for tag in layout["tags"]]


def test_paint_and_scenes_that_are_kept_make_the_pages_layouts_those_of_posts(
    demo_session: Path, plain: Prepared, planted: Seen
) -> None:
    blind = posted(posts.assemble(plain.session, plain.timeline, plain.tracks, Seen(), folder=plain.folder))
    wanted = posted(posts.prepare(demo_session, quiet=True))
    painted = posted(posts.assemble(plain.session, plain.timeline, plain.tracks, Seen(planted.swatches), folder=plain.folder))
    assert drivers(blind[CUT - 10]) != drivers(wanted[CUT - 10]), "paint decides"
    assert wanted[CUT:] != painted[CUT:], "the scene is seen to begin"
    desk = Desk(demo_session)
    desk.begin()
    assert desk.cars.is_seen
    assert shown(desk) == wanted
    for frame in (CUT - 10, CUT, CUT + 10):
        assert drivers(near(desk, frame)) == drivers(wanted[frame])


def test_where_none_are_kept_the_page_looks_and_lays_out_again(demo_session: Path, planted: Seen) -> None:
    desk = Desk(demo_session)
    desk.begin()
    assert not desk.cars.is_seen
    before = shown(desk)
    desk.listen("tab", lambda what, _: desk.settle(0) if what == "seen" else None)
    desk.look()
    ended(desk.jobs, "look")
    assert desk.cars.is_seen
    assert [swatch.rgb.tolist() for swatch in desk.cars.seen().swatches] == [swatch.rgb.tolist() for swatch in planted.swatches]
    wanted = posted(posts.prepare(demo_session, quiet=True))
    assert before != wanted
    assert shown(desk) == wanted
