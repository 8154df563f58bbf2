"""A clip of two pieces in which two cars can be told apart: which one is tagged, and what each piece lies beside."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from overlay.lens import CAMERA_BEHIND_M, CAR_WIDTH_M, FOCAL_SHARE
from segmentation.engine import Engine
from segmentation.track import Track
from sessions import opening, session_file, sights_stage, stages, sync_stage
from sessions.studio import readings
from sessions.workspace import Workspace, key_of
from telemetry.timeline import Timeline
from tests.sessions.studio.conftest import Serve, Served, show
from tests.sessions.studio.test_playing_and_placing import go_to
from tests.sessions.studio.test_tagging_and_looks import DRAWN, rendered, settled, tab

CUT = 125  # the first frame after the cut, at 5 s …
LEFT_OUT_S = 3.0  # … and what of the sample is left out before it
COUNT = 250
FILTER = "[0:v]select='not(between(n,125,199))',setpts=N/25/TB[v];[0:a]aselect='not(between(t,5,7.9999))',asetpts=N/SR/TB[a]"


@dataclass(frozen=True)
class Known:
    """What is so by construction: the served page, the race as the clip shows it, and where it lies without its cut."""

    served: Served
    timeline: Timeline
    offset_s: float


def followed(timeline: Timeline, numbers: tuple[int, int, int, int]) -> list[Track]:
    """The two nearest cars ahead, as wide as they look at their distance: one track of each before the cut, and one after."""
    found = []
    for first, last, here in ((0, CUT, numbers[:2]), (CUT, COUNT, numbers[2:])):
        frames = np.arange(first, last)
        for place, number in enumerate(here):
            gaps_m = np.array([timeline.at(float(at_s)).ahead[place].gap_m.value for at_s in frames / 25], np.float64)
            width = FOCAL_SHARE * 1280 * CAR_WIDTH_M / (gaps_m - CAMERA_BEHIND_M)
            left = np.full(len(frames), 560.0 + 200.0 * place)
            boxes = np.stack([left - width / 2, 380 - width * 0.45, left + width / 2, np.full(len(frames), 380.0)], axis=1)
            ones = np.ones(len(frames))
            found.append(Track(number, frames, frames / 25, boxes, ones, ones > 0))
    return found


@pytest.fixture(scope="module")
def known(serve: Serve, demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Known:
    folder = tmp_path_factory.mktemp("cut") / "demo"
    shutil.copytree(demo_folder, folder, ignore=shutil.ignore_patterns("tagged.mp4"))
    file = folder / "session.toml"
    whole = sync_stage.stored(session_file.read(file), Workspace.of(file))
    assert whole is not None
    assert whole.offset_s is not None
    words = ["ffmpeg", "-v", "error", "-i", folder / "onboard.mp4", "-filter_complex", FILTER, "-map", "[v]", "-map", "[a]"]
    subprocess.run([*words, "-preset", "ultrafast", "-pix_fmt", "yuv420p", folder / "cut.mp4"], check=True)
    file.write_text(file.read_text().replace("onboard.mp4", "cut.mp4"))
    session, workspace = session_file.read(file), Workspace.of(file)
    cut_s = CUT / 25 - 0.001
    pieces = ((None, cut_s, whole.offset_s, 0.0), (cut_s, None, whole.offset_s + LEFT_OUT_S, 0.0))
    sync_stage.keep(session, workspace, replace(whole, pieces=pieces))
    record = opening.load_record(session)
    timeline = stages.timeline(session, record, stages.alignment(session, record, workspace))
    stages.keep_tracks(session, workspace, Engine(), followed(timeline, (1, 2, 3, 4)))
    read = [[at_s, round(timeline.at(at_s).own.speed_kmh.value or 0.0)] for at_s in np.arange(0.5, 9.5, 0.5).tolist()]
    seen = {"speeds": [read], "laps": None, "turning": None, "width": None}
    workspace.write(readings.STAGE, key_of(sights_stage.VERSION, session.clip), seen)
    return Known(serve(file), timeline, whole.offset_s)


@pytest.fixture(scope="module")
def page(browser: Browser, known: Known) -> Iterator[Page]:
    page = show(browser, known.served)
    yield page
    page.context.close()


def test_each_piece_of_a_clip_with_a_cut_lies_where_it_belongs(page: Page, known: Known) -> None:
    for frame, left_out_s in ((100, 0.0), (CUT - 1, 0.0), (CUT, LEFT_OUT_S), (200, LEFT_OUT_S)):
        go_to(page, frame)
        at_s = page.evaluate("slipstream.clock.times[slipstream.player.frame]")
        assert page.evaluate("at => slipstream.clock.session(at)", at_s) == pytest.approx(
            known.offset_s + left_out_s + at_s, abs=0.002
        )
        told = known.timeline.at(at_s)
        assert page.evaluate("at => slipstream.timeline.lanes.at(at).speed", at_s) == pytest.approx(
            told.own.speed_kmh.value, abs=3
        )
        assert page.evaluate("at => slipstream.timeline.lanes.at(at).other", at_s) == told.ahead[0].car.driver
        settled(page)
        assert page.evaluate(DRAWN) == rendered(known.served.file, frame)


def test_speeds_that_were_read_in_the_picture_are_dots_on_the_speed_lane(page: Page) -> None:
    assert page.evaluate("slipstream.state.readings.length") == 18
    missing = page.evaluate(
        """() => {
            const { lanes, view, refs } = slipstream.timeline;
            const [row] = lanes.rows();
            const ratio = window.devicePixelRatio;
            const context = refs.dots.getContext("2d");
            return slipstream.state.readings.filter(([at, kmh]) => {
                const x = ((at - view.start) / (view.end - view.start)) * refs.dots.clientWidth;
                const y = row.top + row.height * (1 - (kmh - row.min) / (row.max - row.min));
                const [red, green, blue, alpha] = context.getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data;
                return alpha < 200 || Math.min(red, green, blue) < 200;
            });
        }"""
    )
    assert missing == []
    line = page.evaluate("slipstream.state.readings.map(([at, kmh]) => Math.abs(slipstream.timeline.lanes.at(at).speed - kmh))")
    assert max(line) < 4


def test_the_tag_goes_over_to_another_car_that_is_chosen_and_stays_on_it_when_cars_are_followed_anew(
    page: Page, known: Known
) -> None:
    file = known.served.file
    first, second = (car.car.driver for car in known.timeline.at(3.2).ahead[:2])
    tab(page, "Track")
    go_to(page, 80)
    settled(page)
    drivers = f"{DRAWN}.tags.map((tag) => tag.driver)"
    assert page.evaluate(drivers) == [first]
    expect(page.get_by_role("button", name=re.compile(f"{first}, car 1"))).to_be_visible()
    page.get_by_role("button", name="Tag car 2 here").click()
    expect(page.get_by_role("list", name="Cars in sight")).to_contain_text("chosen")
    # The panel says so before the page is told that its layouts are old.
    page.wait_for_function(f"driver => {drivers}.join() === driver", arg=second)
    settled(page)
    assert page.evaluate(drivers) == [second]
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Saved", exact=True)).to_be_visible()
    for frame in (80, 120, 180):
        go_to(page, frame)
        settled(page)
        assert page.evaluate(DRAWN) == rendered(file, frame)
    session = session_file.read(file)
    stages.keep_tracks(session, Workspace.of(file), Engine(), followed(known.timeline, (2, 1, 4, 3)))
    assert [tag["driver"] for tag in rendered(file, 80)["tags"]] == [second]  # type: ignore[attr-defined]
