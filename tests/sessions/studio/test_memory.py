"""The page may be used for hours: what it holds does not grow with how long, nor with how much of the clip was seen."""

import re

from playwright.sync_api import CDPSession, Page

from tests.sessions.studio.conftest import ROOT, Served

KEPT = int(re.search(r"KEPT = (\d+)", (ROOT / "sessions/studio/web/layouts.js").read_text()).group(1))  # type: ignore[union-attr]
CHUNKS = 7  # of the sample: more than are kept


def see_all(page: Page) -> None:
    for frame in range(0, 350, 25):
        page.evaluate("frame => slipstream.player.seek(frame)", frame)
        page.wait_for_function("frame => slipstream.screen.drawn.frame === frame && slipstream.screen.drawn.exact", arg=frame)


def use(page: Page) -> None:
    """See the clip, move, restyle, take it all back."""
    see_all(page)
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    page.keyboard.press("Space")
    for key in ("ArrowUp", "Shift+ArrowUp", "Control+z", "Control+Shift+Z", "Control+z", "+", "-"):
        page.keyboard.press(key)
        page.wait_for_timeout(50)
    page.get_by_role("tab", name="Look").click()
    for name in ("Minimal", "Broadcast"):
        page.get_by_role("button", name=name).click()
        page.wait_for_function("slipstream.screen.drawn.exact")
    page.get_by_role("tab", name="Sync").click()


def held(devtools: CDPSession) -> dict[str, float]:
    """What lives once all rubbish is collected."""
    devtools.send("HeapProfiler.collectGarbage")
    return {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}


def held_at_rest(page: Page, devtools: CDPSession) -> dict[str, float]:
    """The least of each over some seconds: what is on its way out goes in them, what has leaked stays."""
    readings = [held(devtools)]
    for _ in range(8):
        page.wait_for_timeout(400)
        readings.append(held(devtools))
    return {name: min(one[name] for one in readings) for name in ("Nodes", "JSEventListeners", "JSHeapUsedSize")}


def test_layouts_far_from_the_playhead_are_let_go(page: Page) -> None:
    see_all(page)
    assert 2 <= KEPT < CHUNKS
    assert page.evaluate("slipstream.layouts.chunks.size") == KEPT
    assert page.evaluate("slipstream.layouts.nearby.size") <= 25
    before = page.evaluate("slipstream.layouts.version")
    page.keyboard.press("ArrowUp")
    page.wait_for_function("before => slipstream.layouts.version !== before && slipstream.layouts.chunks.size > 0", arg=before)
    assert page.evaluate("slipstream.layouts.stale.size") <= 2
    page.keyboard.press("Control+z")


def test_using_it_again_leaves_as_much_behind_as_using_it_once(page: Page, served: Served) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    use(page)
    before = held_at_rest(page, devtools)
    for _ in range(2):
        use(page)
    after = held_at_rest(page, devtools)
    # A panel on its way in or out is some forty nodes; one that stayed behind at every use would be hundreds.
    assert after["Nodes"] <= before["Nodes"] + 100
    assert after["JSEventListeners"] <= before["JSEventListeners"] + 15
    # A chunk more of layouts would be half of this; what is seen and told in between is code that the browser has compiled.
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] + 1.5e6
    assert served.process.poll() is None
    devtools.detach()
