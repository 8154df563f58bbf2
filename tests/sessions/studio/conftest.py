"""One server and one browser for all tests of the page: both take seconds to start."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ROOT = Path(__file__).parent.parent.parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required"]
SLOW_MS = 60_000  # how long a step may take on a machine that does six other things
expect.set_options(timeout=SLOW_MS / 2)


@dataclass(frozen=True)
class Served:
    """A running page: its process, its address with the token, and the session file."""

    process: subprocess.Popen[str]
    address: str
    file: Path

    @property
    def origin(self) -> str:
        return self.address.split("/?")[0]

    @property
    def port(self) -> int:
        return int(self.origin.rsplit(":", 1)[1])


Serve = Callable[..., Served]


@pytest.fixture(scope="session")
def serve() -> Iterator[Serve]:
    """Starts pages; all are gone when the tests are done."""
    running: list[subprocess.Popen[str]] = []

    def start(file: Path, *words: str) -> Served:
        process = subprocess.Popen(
            [sys.executable, "-m", "sessions", "tune", str(file), *words],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line):
                return Served(process, found.group(), file)
        raise AssertionError(said)

    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
    for process in running:
        process.wait(20)
        if process.stdout:
            process.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed; `make debian` does it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def folder(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample, lined up and followed, with comments in its session file."""
    copy = tmp_path_factory.mktemp("tuned") / "demo"
    shutil.copytree(demo_folder, copy, ignore=shutil.ignore_patterns("tagged.mp4"))
    file = copy / "session.toml"
    file.write_text(f"# Rapha behind Zeno\n{file.read_text()}")
    return copy


@pytest.fixture(scope="session")
def served(serve: Serve, folder: Path) -> Served:
    return serve(folder / "session.toml")


def show(browser: Browser, served: Served, size: tuple[int, int] = (1280, 720)) -> Page:
    """A tab with the page, ready."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.set_default_timeout(SLOW_MS)
    page = context.new_page()
    page.goto(served.address)
    page.wait_for_selector(".stage[data-ready=true]")
    page.wait_for_function("slipstream.screen.drawn?.exact")
    return page


@pytest.fixture(scope="module")
def page(browser: Browser, served: Served) -> Iterator[Page]:
    page = show(browser, served)
    yield page
    page.context.close()
