"""The page as a person uses it: play, step, loop, and bring the telemetry under the picture."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from overlay.clip import Clip
from tests.sessions.studio.conftest import Served

OFFSET = "Session time at video time 0, seconds"
SMALL = (160, 90)


def offset_s(page: Page) -> float:
    return float(page.get_by_label(OFFSET).input_value())


def state(page: Page) -> str:
    return page.get_by_role("status", name="State of the sync").inner_text()


def go_to(page: Page, frame: int) -> None:
    """Click into the strip, then step to the frame."""
    strip = page.get_by_role("slider", name="Position in the clip")
    box = strip.bounding_box()
    assert box is not None
    share = page.evaluate("frame => slipstream.timeline.strip.x(slipstream.clock.times[frame])", frame)
    strip.click(position={"x": share, "y": 12})
    while (now := page.evaluate("slipstream.player.frame")) != frame:
        page.keyboard.press("ArrowRight" if now < frame else "ArrowLeft")
    page.wait_for_function("slipstream.player.wanted === null && slipstream.screen.drawn.exact")


@pytest.fixture(autouse=True)
def _as_in_the_file(page: Page) -> None:
    """Begin each test with the session as its file says."""
    page.get_by_role("tab", name="Sync").click()
    page.locator("body").click(position={"x": 3, "y": 3})
    while page.get_by_role("button", name=re.compile("^Undo: ")).count():
        page.keyboard.press("Control+z")
        page.wait_for_timeout(100)


def test_a_picture_that_the_browser_tells_of_late_does_not_move_the_page_back(page: Page) -> None:
    go_to(page, 61)
    page.evaluate("slipstream.player.presented(0, { mediaTime: slipstream.clock.times[60] })")
    assert page.evaluate("slipstream.player.frame") == 61
    page.keyboard.press("Space")
    page.wait_for_function("slipstream.player.frame > 63")
    page.keyboard.press("Space")


def test_the_picture_on_the_screen_is_the_frame_that_is_named(page: Page, folder: Path) -> None:
    go_to(page, 61)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("slipstream.player.wanted === null")
    page.wait_for_timeout(300)
    pixels = page.evaluate(
        """([width, height]) => {
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [width, height];
            canvas.getContext('2d').drawImage(slipstream.refs.video, 0, 0, width, height);
            return [...canvas.getContext('2d').getImageData(0, 0, width, height).data];
        }""",
        SMALL,
    )
    shown = np.array(pixels).reshape(SMALL[1], SMALL[0], 4)[..., :3]
    with Clip(folder / "onboard.mp4") as clip:
        off = {
            frame.index: np.abs(frame.rgb(SMALL).astype(int) - shown).mean() for frame in clip.frames(2.2) if frame.index <= 66
        }
    assert min(off, key=lambda index: off[index]) == 62
    assert page.get_by_text("frame 62 of 350").is_visible()


def test_tag_playhead_and_picture_show_the_same_frame_while_playing(page: Page) -> None:
    go_to(page, 20)
    page.evaluate("slipstream.stats.shown.length = 0")
    page.keyboard.press("Space")
    page.wait_for_function("slipstream.stats.shown.filter((one) => one.playing).length > 20")
    together = page.evaluate(
        "[slipstream.player.frame, slipstream.screen.drawn.frame, slipstream.timeline.playheadFrame, slipstream.stats.shown.at(-1).frame]"
    )
    assert len(set(together)) == 1
    page.keyboard.press("Space")
    assert page.evaluate("slipstream.refs.video.paused")
    assert page.evaluate("slipstream.stats.shown.filter((one) => one.playing).every((one) => one.tag)")


def test_the_loop_stays_within_two_seconds_of_where_it_was_set(page: Page) -> None:
    go_to(page, 100)
    page.keyboard.press("l")
    expect(page.get_by_role("button", name="Loop two seconds around here")).to_have_attribute("aria-pressed", "true")
    go_to(page, 143)
    page.keyboard.press("Space")
    page.wait_for_function("slipstream.player.frame < 100 && slipstream.player.playing")
    page.keyboard.press("Space")
    assert page.evaluate("slipstream.player.loop") == [2, 6]
    page.keyboard.press("l")
    assert page.evaluate("slipstream.player.loop") is None


def drag(page: Page, by_px: int, *, steps: int = 12) -> None:
    box = page.locator(".chart").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 30
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by_px, y, steps=steps)
    page.wait_for_timeout(60)


def test_dragging_the_lanes_moves_the_offset_by_as_much_as_they_moved(page: Page) -> None:
    go_to(page, 150)
    before, drawn = offset_s(page), page.evaluate("JSON.stringify(slipstream.screen.drawn.layout)")
    per_px = page.evaluate("(slipstream.timeline.view.end - slipstream.timeline.view.start) / slipstream.refs.chart.clientWidth")
    redraws = page.evaluate("slipstream.timeline.redraws.length")
    drag(page, -80)
    assert page.evaluate("slipstream.timeline.redraws.length") > redraws + 3
    assert page.locator(".shift-note").inner_text().startswith("+")
    page.wait_for_function("before => JSON.stringify(slipstream.screen.drawn.layout) !== before", arg=drawn)
    page.mouse.up()
    page.wait_for_function("slipstream.screen.drawn.exact && slipstream.clock.shift === 0")
    assert offset_s(page) - before == pytest.approx(80 * per_px, abs=0.02)
    assert "trimmed by +" in state(page)


def test_the_lanes_show_what_the_tag_says(page: Page) -> None:
    go_to(page, 150)
    words = page.evaluate("slipstream.screen.drawn.layout.items.filter((item) => item.kind === 'words').map((item) => item.text)")
    # A number rests for a quarter of a second before it changes: what stands there is what the lanes said within the last seven frames.
    speeds = page.evaluate("slipstream.clock.times.slice(143, 151).map((time) => slipstream.timeline.lanes.at(time).speed)")
    assert (
        page.evaluate("slipstream.timeline.lanes.at(slipstream.clock.end + 60)") is None
    )  # a minute later nothing is known here
    assert any(word.isdigit() and min(abs(float(word) - speed) for speed in speeds) < 0.6 for word in words)


def test_keys_move_the_offset_by_a_frame_ten_and_a_hundred_milliseconds_and_a_second(page: Page) -> None:
    before = offset_s(page)
    for keys, by_s in (("ArrowUp", 0.04), ("Shift+ArrowUp", 0.01), ("Control+ArrowDown", -0.1), ("Alt+ArrowUp", 1.0)):
        now = offset_s(page)
        page.keyboard.press(keys)
        page.wait_for_function(
            "([label, wanted]) => Math.abs(document.querySelector(`[aria-label='${label}']`).value - wanted) < 0.002",
            arg=[OFFSET, now + by_s],
        )
    assert offset_s(page) - before == pytest.approx(0.95, abs=0.006)


def test_a_typed_offset_holds_and_is_undone_and_done_again(page: Page) -> None:
    before = offset_s(page)
    page.get_by_label(OFFSET).fill(f"{before + 2:.3f}")
    # Left as soon as that is done: it is still one change.
    page.get_by_label(OFFSET).evaluate(
        "it => { it.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true })); it.blur(); }"
    )
    expect(page.get_by_role("button", name="Undo: Move the offset")).to_be_visible()
    assert offset_s(page) == pytest.approx(before + 2, abs=0.002)
    page.locator("body").click(position={"x": 3, "y": 3})
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Redo: Move the offset")).to_be_visible()
    assert offset_s(page) == pytest.approx(before, abs=0.002)
    page.keyboard.press("Control+Shift+Z")
    expect(page.get_by_role("button", name="Undo: Move the offset")).to_be_visible()
    assert offset_s(page) == pytest.approx(before + 2, abs=0.002)


def test_a_mark_snaps_to_the_telemetry_and_two_show_how_far_they_are_off(page: Page) -> None:
    go_to(page, 27)
    page.get_by_role("button", name="This frame is a braking point (2)").click()
    anchors = page.get_by_role("list", name="Anchors")
    expect(anchors.get_by_role("listitem")).to_have_count(1)
    expect(anchors).to_contain_text("braking at")
    assert "through 1 anchor" in state(page)
    # The next gear change that the telemetry knows, marked two frames late.
    middle_s = page.evaluate(
        """() => {
            const { gear, video_s } = slipstream.timeline.own;
            const at = gear.findIndex((one, at) => at > 0 && video_s[at] > 5 && one !== gear[at - 1]);
            return (video_s[at] + video_s[at - 1]) / 2;
        }"""
    )
    go_to(page, round(middle_s * 25) + 2)
    page.keyboard.press("3")
    expect(anchors.get_by_role("listitem")).to_have_count(2)
    expect(anchors).to_contain_text("gear ")
    assert "through 2 anchors" in state(page)
    assert len(re.findall(r"[+−]\d+ ms", anchors.inner_text())) == 2
    anchors.get_by_role("button", name="Remove the anchor").first.click()
    expect(anchors.get_by_role("listitem")).to_have_count(1)


def test_marking_the_line_where_no_lap_begins_is_refused_in_words(page: Page) -> None:
    go_to(page, 340)
    page.get_by_label(OFFSET).fill("195")
    page.get_by_label(OFFSET).press("Enter")
    page.locator("body").click(position={"x": 3, "y": 3})
    page.keyboard.press("1")
    expect(page.get_by_text("the telemetry has no line crossing within")).to_be_visible()


def test_two_offsets_are_compared_at_a_key(page: Page) -> None:
    first = offset_s(page)
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="Offset B")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="1 s later").click()
    page.wait_for_function(
        "([label, wanted]) => Math.abs(document.querySelector(`[aria-label='${label}']`).value - wanted) < 0.002",
        arg=[OFFSET, first + 1],
    )
    page.locator("body").click(position={"x": 3, "y": 3})
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="Offset A")).to_have_attribute("aria-pressed", "true")
    assert offset_s(page) == pytest.approx(first, abs=0.002)
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="Offset B")).to_have_attribute("aria-pressed", "true")
    assert offset_s(page) == pytest.approx(first + 1, abs=0.002)
    page.get_by_role("button", name="Keep this one").click()
    expect(page.get_by_role("button", name="Offset A")).to_have_count(0)


def test_a_candidate_is_taken_at_a_click(page: Page) -> None:
    candidates = page.get_by_role("group", name="Where it may be").get_by_role("button")
    expect(candidates.first).to_have_attribute("aria-pressed", "true")
    other = candidates.nth(1)
    wanted = float(re.search(r"([\d.]+) s", other.inner_text()).group(1))  # type: ignore[union-attr]
    other.click()
    expect(candidates.nth(1)).to_have_attribute("aria-pressed", "true")
    assert offset_s(page) == pytest.approx(wanted, abs=0.01)
    page.get_by_role("button", name="Back to automatic").click()
    expect(candidates.first).to_have_attribute("aria-pressed", "true")


def test_find_it_for_me_says_that_it_is_at_work_and_what_it_found(page: Page) -> None:
    page.get_by_role("button", name="Find it for me").click()
    expect(page.get_by_text("Listening to the engine…")).to_be_visible()
    expect(page.get_by_role("button", name="Find it for me")).to_be_enabled(timeout=60_000)
    assert "Locked" in state(page)


def test_finding_it_can_be_cancelled_and_all_is_as_before(page: Page, folder: Path) -> None:
    before, kept = state(page), sorted((path.name, path.read_bytes()) for path in (folder / "session.slipstream").glob("sync*"))
    page.get_by_role("button", name="Find it for me").click()
    page.get_by_role("button", name="Cancel: Listening to the engine").click()
    expect(page.get_by_text("Cancelled; nothing was left behind.")).to_be_visible()
    expect(page.get_by_role("button", name="Find it for me")).to_be_enabled()
    assert state(page) == before
    assert sorted((path.name, path.read_bytes()) for path in (folder / "session.slipstream").glob("sync*")) == kept
    assert list((folder / "session.slipstream").glob(".*")) == []


def test_nothing_is_asked_of_any_other_machine(page: Page, served: Served) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_selector(".stage[data-ready=true]")
    page.get_by_role("button", name="Keyboard help").click()
    page.keyboard.press("Escape")
    elsewhere = [url for url in asked if not url.startswith((served.origin, "data:", "blob:", f"ws{served.origin[4:]}"))]
    assert asked
    assert elsewhere == []
