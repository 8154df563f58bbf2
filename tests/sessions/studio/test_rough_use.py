"""Two tabs, reloads, kills, and people who should not be here."""

import http.client
import re
import shutil
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from overlay.clip import Clip
from tests.sessions.studio.conftest import Serve, Served, show
from tests.sessions.studio.test_playing_and_placing import OFFSET


def asked(served: Served, path: str, **headers: str) -> int:
    """Return the status of a plain request, with nothing but these headers beside the right host."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    connection.putrequest("GET", path, skip_host="host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def cookie(served: Served) -> str:
    return f"slipstream-{served.port}={served.address.split('token=')[1]}"


def test_the_token_is_asked_for_everywhere(served: Served) -> None:
    for path in ("/", "/?token=wrong", "/media/clip", "/data/lanes", "/_nicegui_ws/socket.io/?EIO=4&transport=polling"):
        assert asked(served, path) == 403, path
    assert asked(served, "/data/tracks", cookie=cookie(served)) == 200


def test_another_hosts_name_is_refused(served: Served) -> None:
    assert asked(served, "/data/tracks", cookie=cookie(served), host="evil.example") == 403
    assert asked(served, "/data/tracks", cookie=cookie(served), origin="http://evil.example") == 403


@pytest.mark.parametrize(
    "path",
    [
        "/media/export/..%2fsession.toml",
        "/media/export/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/media/export/.hidden",
        "/media/font/..%2ftheme.py",
        "/media/export/%2fetc%2fpasswd",
    ],
)
def test_nothing_outside_the_sessions_folder_is_given_out(served: Served, path: str) -> None:
    (served.file.parent / "session-posts").mkdir(exist_ok=True)
    (served.file.parent / "session-posts" / ".hidden").write_text("x")
    assert asked(served, path, cookie=cookie(served)) in (403, 404)
    assert asked(served, "/media/font/SairaCondensed-Bold.ttf", cookie=cookie(served)) == 200


def test_the_clip_is_served_in_ranges(served: Served) -> None:
    assert asked(served, "/media/clip", cookie=cookie(served), range="bytes=1000-1999") == 206


def test_two_tabs_show_the_same_and_a_reload_takes_nothing_away(browser: Browser, served: Served) -> None:
    first, second = show(browser, served), show(browser, served)
    before = float(first.get_by_label(OFFSET).input_value())
    first.get_by_role("button", name="1 s later").click()
    second.wait_for_function(
        "([label, wanted]) => Math.abs(document.querySelector(`[aria-label='${label}']`).value - wanted) < 0.002",
        arg=[OFFSET, before + 1],
    )
    second.reload()
    second.wait_for_selector(".stage[data-ready=true]")
    assert float(second.get_by_label(OFFSET).input_value()) == pytest.approx(before + 1, abs=0.002)
    second.keyboard.press("Control+z")
    expect(first.get_by_role("button", name="Redo: Move the offset")).to_be_visible()
    assert float(first.get_by_label(OFFSET).input_value()) == pytest.approx(before, abs=0.002)
    first.context.close()
    second.context.close()


def test_an_export_outlives_a_reload_can_be_cancelled_and_its_result_plays(browser: Browser, served: Served) -> None:
    page = show(browser, served)
    posts = served.file.parent / "session-posts"
    page.get_by_role("tab", name="Export").click()
    for platform in ("Instagram Reels", "TikTok", "Feed 1:1", "YouTube"):
        page.get_by_role("checkbox", name=platform, exact=True).click()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("button", name="Cancel: tagged clip, Instagram Reels")).to_be_visible()
    page.reload()
    page.wait_for_selector(".stage[data-ready=true]")
    page.get_by_role("tab", name="Export").click()
    page.get_by_role("button", name="Cancel: tagged clip, Instagram Reels").click()
    expect(page.get_by_text("Cancelled; nothing was left behind.")).to_be_visible()
    assert not [path for path in posts.iterdir() if path.suffix == ".part" or path.is_dir()]
    page.get_by_role("button", name="Export", exact=True).click()
    made = page.get_by_role("list", name="Finished videos")
    expect(made).to_be_visible(timeout=120_000)
    with Clip(posts / "onboard-tagged.mp4") as clip:
        assert len(clip.frame_times_s()) == 350
    made.get_by_role("button", name="Play Tagged clip").click()
    page.wait_for_function("[...document.querySelectorAll('.player video')].some((video) => video.currentTime > 0.2)")
    page.get_by_role("button", name="Close").click()
    page.context.close()


def test_a_killed_server_comes_back_and_nothing_unsaved_is_lost(
    browser: Browser, serve: Serve, demo_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(demo_folder, folder, ignore=shutil.ignore_patterns("tagged.mp4"))
    first = serve(folder / "session.toml")
    page = show(browser, first)
    page.get_by_role("button", name="1 s later").click()
    expect(page.get_by_role("button", name=re.compile("^Undo: "))).to_be_visible()
    moved = float(page.get_by_label(OFFSET).input_value())
    first.process.send_signal(signal.SIGKILL)
    first.process.wait(20)
    second = serve(folder / "session.toml", "--port", str(first.port))
    assert second.port == first.port
    assert second.address != first.address
    assert asked(second, "/", cookie=cookie(first)) == 403
    page.goto(second.address)
    page.wait_for_selector(".stage[data-ready=true]")
    expect(page.get_by_text("Changes from last time were not saved.")).to_be_visible()
    page.get_by_role("button", name="Recover").click()
    page.wait_for_function(
        "([label, wanted]) => Math.abs(document.querySelector(`[aria-label='${label}']`).value - wanted) < 0.002",
        arg=[OFFSET, moved],
    )
    page.context.close()
