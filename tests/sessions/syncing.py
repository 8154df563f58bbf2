"""Clips to be synced, how the command is asked, and what its answer must look like whatever it says."""

import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sessions import cli, demo

NEAR_S = 0.04  # one frame at 25 a second
SAMPLE = Path(demo.__file__).parent
BEGINS_UTC = "2025-06-15T13:05:40.000"  # where the sample does
EVENT = "2025/Alta Grand Prix/R"


def ffmpeg(*words: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, words)], check=True)


def asked(clip: Path, folder: Path, *, race: str = EVENT, recording: Path | None = None, driver: str | None = "RAP") -> Path:
    """Return a session file for a clip."""
    session = folder / "session.toml"
    words = ["new", clip, "--race", race, "--recording", recording or SAMPLE / "livetiming.txt", "-o", session]
    words += ["--driver", driver] if driver else []
    assert cli.main([str(word) for word in words]) == 0
    return session


def found(session: Path, capsys: pytest.CaptureFixture[str], *, code: int) -> dict[str, Any]:
    """Return what `sync --json` says; nothing may be said beside it."""
    capsys.readouterr()
    assert cli.main(["sync", str(session), "--json"]) == code
    said = capsys.readouterr()
    assert said.err == ""
    values: dict[str, Any] = json.loads(said.out)
    assert values["accepted"] is (code == 0)
    assert (values["reason"] == "") is (code == 0)
    assert "\n" not in values["reason"]
    return values


def off_s(values: dict[str, Any], truth_utc: str) -> float:
    """Return by how much a result is off the truth."""
    got = datetime.fromisoformat(values["video_start_utc"])
    return abs((got - datetime.fromisoformat(truth_utc[:23] + "+00:00")).total_seconds())
