"""The embedded sample, unpacked, lined up and followed once for all tests that look at it."""

import shutil
from pathlib import Path

import pytest

from sessions import cli


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `slipstream demo` leaves it."""
    folder = tmp_path_factory.mktemp("sample") / "demo"
    assert cli.main(["demo", "-o", str(folder), "--quiet"]) == 0
    return folder


@pytest.fixture
def demo_session(demo_folder: Path, tmp_path: Path) -> Path:
    """A session file of the sample, lined up and followed, free to be changed."""
    shutil.copytree(demo_folder, tmp_path / "demo", ignore=shutil.ignore_patterns("tagged.mp4"))
    return tmp_path / "demo" / "session.toml"
