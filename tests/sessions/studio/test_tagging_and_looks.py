"""The page as a person uses it: put the tracks right, change the look, save; and what is saved draws what was shown."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from overlay.clip import Clip
from overlay.swatches import by_frame
from segmentation import track_file
from segmentation.engine import Engine
from sessions import opening, session_file, stages
from sessions.workspace import Workspace
from tests.sessions.studio.conftest import Served
from tests.sessions.studio.test_playing_and_placing import OFFSET, go_to

DRAWN = "slipstream.screen.drawn.layout"


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def settled(page: Page) -> None:
    page.wait_for_function("slipstream.screen.drawn.exact && slipstream.layouts.version === slipstream.state.version")


def rendered(file: Path, frame: int) -> dict[str, object]:
    """The layout of a frame as `render` makes it from the session file: every frame in order from the first."""
    session = session_file.read(file)
    workspace = Workspace.of(file)
    record = opening.load_record(session)
    timeline = stages.timeline(session, record, stages.alignment(session, record, workspace))
    tracks = stages.known_tracks(session, workspace, Engine())
    seen = stages.kept_seen(session, workspace, Engine())
    assert tracks is not None
    assert seen is not None
    paint = by_frame(seen.swatches)
    with Clip(session.clip) as clip:
        times_s, size_wh = clip.frame_times_s(), clip.size_wh
    director = stages.director(session, timeline, folder=file.parent, size_wh=size_wh, tracks=tracks)
    known = track_file.Frames(tracks)
    for index, at_s in enumerate(times_s[: frame + 1]):
        layout = director.direct(known.at(index, at_s, cut=index in seen.cuts), paint.get(index, ()))
    return json.loads(json.dumps({**layout.to_json(), "numbers": director.numbers()}))  # type: ignore[no-any-return]


def test_a_box_that_is_dragged_moves_its_car_and_its_tag(page: Page) -> None:
    tab(page, "Track")
    go_to(page, 150)
    settled(page)
    box = page.locator(".box").first
    before = page.evaluate(f"{DRAWN}.tags[0].target_xyxy")
    place = box.bounding_box()
    assert place is not None
    scale = 1280 / page.locator(".picture").bounding_box()["width"]  # type: ignore[index]
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 10, steps=5)
    page.mouse.up()
    fixes = page.get_by_role("list", name="What was put right")
    expect(fixes).to_contain_text("box of car 1")
    settled(page)
    after = page.evaluate(f"{DRAWN}.tags[0].target_xyxy")
    assert after[0] - before[0] == pytest.approx(40 * scale, abs=2)
    assert after[1] - before[1] == pytest.approx(10 * scale, abs=2)
    # The smoother carries the correction to the frames beside it.
    page.keyboard.press("ArrowRight")
    page.wait_for_function("slipstream.screen.drawn.frame === 151 && slipstream.screen.drawn.exact")
    assert page.evaluate(f"{DRAWN}.tags[0].target_xyxy")[0] > before[0] + 30 * scale


def test_a_stretch_without_a_tag_has_none(page: Page) -> None:
    tab(page, "Track")
    go_to(page, 200)
    page.get_by_role("button", name="A stretch without a tag begins here").click()
    go_to(page, 259)
    # At once, as a quick hand does: what is meant is the frame on the screen.
    page.get_by_role("button", name=re.compile("… from .* to here")).evaluate("it => { slipstream.player.step(1); it.click(); }")
    expect(page.get_by_role("list", name="What was put right")).to_contain_text("no tag to 0:10.400")
    go_to(page, 230)
    settled(page)
    assert page.evaluate(f"{DRAWN}.tags") == []
    go_to(page, 275)
    settled(page)
    assert len(page.evaluate(f"{DRAWN}.tags")) == 1


def test_the_car_that_is_chosen_is_kept_in_the_session(page: Page) -> None:
    tab(page, "Track")
    go_to(page, 100)
    page.get_by_role("button", name="Tag car 1 here").click()
    expect(page.get_by_role("list", name="Cars in sight")).to_contain_text("chosen")
    expect(page.get_by_role("list", name="What was put right")).to_contain_text("car 1 to")


def test_the_numbers_beside_the_lanes_are_those_in_the_picture(page: Page) -> None:
    tab(page, "Look")
    page.get_by_role("group", name="Widgets").get_by_role("button", name="Gear").click()
    settled(page)
    for bar in (True, False):
        for frame in (60, 63, 66, 69):
            go_to(page, frame)
            words = page.evaluate(f"{DRAWN}.items.map((item) => item.text)")
            drawn = [words[at - 1] for at, word in enumerate(words) if word == "km/h"]
            told = page.evaluate(f"{DRAWN}.numbers")
            assert drawn == [told["speed"]["ZEN"], *([told["speed"]["RAP"]] if bar else [])]
            assert words[words.index("s") - 1] == told["gap"]["ZEN"]
            expect(page.locator("[data-is=other]")).to_have_text(f"ZEN {told['speed']['ZEN']}")
            expect(page.locator("[data-is=speed]")).to_have_text(told["speed"]["RAP"])
            expect(page.locator("[data-is=gap]")).to_have_text(f"{told['gap']['ZEN']} s")
            expect(page.locator("[data-is=rpm]")).to_have_text(told["rpm"]["RAP"])
            expect(page.locator("[data-is=gear]")).to_have_text(f"· {told['gear']['RAP']}")
        page.get_by_role("group", name="Widgets").get_by_role("button", name="Speed").click()
        page.wait_for_function(f"count => {DRAWN}.items.filter((item) => item.text === 'km/h').length === count", arg=2 - bar)
        settled(page)
    page.get_by_role("group", name="Widgets").get_by_role("button", name="Gear").click()


def test_theme_units_fields_and_widgets_change_the_tag_at_once(page: Page) -> None:
    tab(page, "Look")
    go_to(page, 100)
    words = f"{DRAWN}.items.filter((item) => item.kind === 'words').map((item) => item.text)"
    assert "mph" not in page.evaluate(words)
    page.get_by_role("button", name="mph").click()
    page.wait_for_function(f"{words}.includes('mph')")
    settled(page)
    told = page.evaluate(f"{DRAWN}.numbers.speed.RAP")
    expect(page.locator("[data-is=speed]")).to_have_text(told)
    expect(page.locator(".gutter")).to_contain_text("Speed, mph")
    at = "slipstream.timeline.lanes.at(slipstream.clock.times[100]).speed"
    assert page.evaluate(at) == pytest.approx(float(told), abs=2)
    scale, top, lines = page.evaluate(
        """() => {
            const { yAxis, series } = slipstream.timeline.lanes.chart.getOption();
            const { own } = slipstream.timeline.lanes.data;
            const middle = Math.floor(own.speed_kmh.length / 2);
            const lines = series.map((line) => line.data.length > 0);
            return [series[1].data[middle][1] / own.speed_kmh[middle], yAxis[0].max, lines];
        }"""
    )
    assert (scale, top) == (pytest.approx(0.621371), 220)
    assert all(lines[1:])
    page.get_by_role("group", name="Fields").get_by_role("button", name="Lap").click()
    page.wait_for_function(f"{words}.includes('L3')")
    count = page.evaluate(f"{DRAWN}.items.length")
    page.get_by_role("group", name="Widgets").get_by_role("button", name="Map").click()
    page.wait_for_function(f"count => {DRAWN}.items.length > count", arg=count)
    page.get_by_role("button", name="Minimal").click()
    expect(page.get_by_role("button", name="Minimal")).to_have_attribute("aria-pressed", "true")


def test_the_keyboard_keeps_its_place_where_a_panel_is_built_anew(page: Page) -> None:
    tab(page, "Look")
    chip = page.get_by_role("group", name="Fields").get_by_role("button", name="Tyre")
    chip.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    for pressed in ("true", "false"):
        page.keyboard.press("Enter")
        expect(chip).to_have_attribute("aria-pressed", pressed)
        expect(chip).to_be_focused()
    chip.click()  # with a mouse the space bar goes back to the player
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(chip).not_to_be_focused()


def test_a_platforms_guides_lie_over_the_picture(page: Page) -> None:
    tab(page, "Look")
    page.get_by_label("Platform").click()
    page.get_by_role("option", name="Instagram Reels").click()
    page.wait_for_function("slipstream.screen.guides.data?.boxes?.length === 350")
    x1, y1, x2, y2, sx1, sy1, sx2, sy2 = page.evaluate("slipstream.screen.guides.data.boxes[100]")
    assert (x2 - x1) / (y2 - y1) == pytest.approx(9 / 16, abs=0.01)
    assert x1 < sx1 < sx2 < x2
    assert y1 < sy1 < sy2 < y2
    page.get_by_label("Platform").click()
    page.get_by_role("option", name="No guides").click()
    page.wait_for_function("slipstream.screen.guides.data === null")


@pytest.mark.parametrize("size", [(1280, 720), (834, 1112), (390, 844)])
def test_what_the_page_says_covers_nothing(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate("document.activeElement.blur()")  # in a field the keys are the field's
    page.keyboard.press("Control+Shift+Z")
    said = page.get_by_text("There is nothing to do again")
    expect(said).to_be_visible()
    places = """it => [it, ...[".stage", ".panels"].map((name) => document.querySelector(name))]
        .map((one) => one.getBoundingClientRect().toJSON())"""
    it, stage, panels = page.evaluate(places, said.element_handle())  # at once: it is there for a moment only
    assert it["top"] >= panels["bottom"] - 1
    assert it["left"] >= stage["right"] or it["top"] >= stage["bottom"]
    assert it["bottom"] <= size[1]
    expect(said).to_be_hidden()
    page.set_viewport_size({"width": 1280, "height": 720})


def test_the_saved_file_renders_the_layout_that_the_page_showed(page: Page, served: Served) -> None:
    tab(page, "Sync")
    page.get_by_role("button", name="100 ms later").click()
    # There is something to save from before: only this tells that the move has arrived.
    expect(page.get_by_role("button", name="Undo: Move the offset")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Saved", exact=True)).to_be_visible()
    text = served.file.read_text()
    assert text.startswith("# Rapha behind Zeno\n")
    assert re.search(r"\[\[track\.boxes\]\]", text)
    assert 'units = "mph"' in text
    for frame in (155, 230, 349):
        go_to(page, frame)
        settled(page)
        assert page.evaluate(DRAWN) == rendered(served.file, frame)


def test_a_file_changed_on_disk_is_noticed_and_not_overwritten(page: Page, served: Served) -> None:
    tab(page, "Sync")
    page.get_by_role("button", name="10 ms later").click()
    theirs = served.file.read_text().replace("# Rapha behind Zeno", "# Rapha behind Zeno, by another hand")
    served.file.write_text(theirs)
    alert = page.get_by_role("alert").filter(has_text="was changed on disk")
    expect(alert).to_be_visible()
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 720})
        box, top = (
            page.evaluate("it => it.getBoundingClientRect().toJSON()", it.element_handle())
            for it in (alert, page.locator(".top"))
        )
        assert top["bottom"] <= box["top"]
        assert 0 <= box["left"] < box["right"] <= width
    page.keyboard.press("Control+s")
    expect(page.get_by_text("load it, or save over it")).to_be_visible()
    assert served.file.read_text() == theirs
    page.get_by_role("button", name="Save mine into it").click()
    expect(page.get_by_role("button", name="Saved", exact=True)).to_be_visible()
    assert "by another hand" in served.file.read_text()
    assert f"{float(page.get_by_label(OFFSET).input_value()):.2f}"


@pytest.mark.parametrize("size", [(1280, 720), (834, 1112), (390, 844)])
def test_everything_is_within_reach_at_this_size(page: Page, size: tuple[int, int], tmp_path: Path) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for name in ("Sync", "Track", "Look", "Export"):
        tab(page, name)
        page.wait_for_timeout(150)
        page.screenshot(path=tmp_path / f"{name}-{size[0]}.png")
        for part in (page.locator("video"), page.locator(".chart"), page.get_by_role("tab", name=name)):
            box = part.bounding_box()
            assert box is not None
            assert box["width"] > 40
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= size[0] + 1
            assert box["y"] + box["height"] <= size[1] + 1
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    edges = page.evaluate(
        "[...document.querySelectorAll('.picture, [data-do], .top .q-btn')].map((it) => it.getBoundingClientRect().right)"
    )
    assert max(edges) <= size[0]
    name, chip, lanes, panel = page.evaluate(
        "['.job-name', '.chip', '.lanes', '.panel'].map((it) => document.querySelector(it).getBoundingClientRect().toJSON())"
    )
    assert name["right"] <= chip["left"]
    assert panel["left"] > 0 or lanes["bottom"] <= panel["top"]
    page.set_viewport_size({"width": 1280, "height": 720})


def test_every_control_has_a_name(page: Page) -> None:
    for name in ("Sync", "Track", "Look", "Export"):
        tab(page, name)
        nameless = page.evaluate(
            """[...document.querySelectorAll('button, input, select, [role=slider], [role=tab], [role=checkbox], [role=switch]')]
            .filter((one) => one.checkVisibility() && !one.closest('[aria-hidden=true]'))
            .filter((one) => !(one.getAttribute('aria-label') || one.innerText?.trim() || one.title || one.labels?.length))
            .map((one) => one.outerHTML.slice(0, 200))"""
        )
        assert nameless == []
