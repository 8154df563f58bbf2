"""The timeline as a picture, of clips as long and as short as they come."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from sessions import cli, session_file, timeline_plot
from telemetry import store
from telemetry.alignment import Alignment
from telemetry.timeline import Timeline
from tests.sessions.syncing import SAMPLE, asked, ffmpeg

LABEL = 0.035  # of the sheet's width


def test_corners_of_a_long_clip_are_named_where_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[float, str]] = []
    text = Axes.text

    def heard(axes: Axes, x: float, y: float, words: str, **look: Any) -> Any:
        said.append((x, words))
        return text(axes, x, y, words, **look)

    monkeypatch.setattr(Axes, "text", heard)
    race = store.load(session_file.read(asked(SAMPLE / "onboard.mp4", tmp_path)).race)
    timeline_plot.draw(Timeline(race, "RAP", Alignment.constant(0.0)), 0.0, 520.0, [], tmp_path / "long.png", title="")
    named_s = [x for x, words in said if words.startswith("T")]
    assert len(named_s) > 10
    assert np.diff(named_s).min() > LABEL * 520.0


def test_a_single_frame_is_told_and_not_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x36", "-frames:v", "1", clip)
    session = asked(clip, tmp_path)
    capsys.readouterr()
    assert cli.main(["timeline", str(session), "--offset", "160", "--csv", "-"]) == 0
    assert capsys.readouterr().out.count("\n") == 2
    assert cli.main(["timeline", str(session), "--offset", "160", "--plot", str(tmp_path / "one.png")]) == 2
    assert "is a single frame" in capsys.readouterr().err
