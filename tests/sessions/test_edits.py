"""Social edits and reels from the command line: cards, replays, captions, and several sessions in one."""

import json
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from overlay.export import cards, edit, moment
from overlay.export.presets import SafeZone
from sessions import cli
from sessions.errors import EXIT_USER
from sessions.verbs.export import EXIT_SOME_FAILED
from tests.sessions.exporting import export


def test_beside_an_edit_the_best_frame_is_one_of_the_post_alone(
    short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moment.Story, "key_s", lambda _story, start_s, _end_s: start_s)
    assert export(short, tmp_path, "--edit", "--no-replay", "--poster") == 0
    with av.open(str(tmp_path / "short.small.mp4")) as made:
        pictures = [frame.to_ndarray(format="gray").astype(float) for frame in made.decode(video=0)]
    poster = cv2.imread(str(tmp_path / "short.small.poster.jpg"), cv2.IMREAD_GRAYSCALE).astype(float)
    alike = [float(np.abs(poster - picture).mean()) for picture in pictures]
    faded_in = round(edit.CARD_S * 25)
    assert abs(int(np.argmin(alike)) - faded_in) <= 1, "the title card fades out until then"


def test_the_social_edit_is_longer_by_its_cards_and_replay_and_still_passes(short: Path, tmp_path: Path) -> None:
    assert export(short, tmp_path, "--edit", "--captions", "burn", "--title", "A battle", "--to", "1") == 0
    report = json.loads((tmp_path / "short.small.report.json").read_text())
    assert report["seconds"] == pytest.approx(1 + edit.CARD_S + edit.END_S + 1 / edit.SLOW - 3 * edit.FADE_S, abs=0.1)
    assert {finding["check"] for finding in report["lint"] if finding["passed"] is False} == set()


def test_words_of_an_edit_stand_above_the_own_cars_bar(short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feet: dict[str, set[float]] = {"caption": set(), "label": set()}
    for name, made in (("caption", cards.caption), ("label", cards.label)):

        def noted(words: str, size: Any, zone: SafeZone, *rest: Any, name: str = name, made: Any = made, **more: Any) -> Any:
            feet[name].add(zone.y2)
            return made(words, size, zone, *rest, **more)

        monkeypatch.setattr(cards, name, noted)
    barred = short.with_name("barred.toml")
    for widgets in ([], ["speed"]):
        barred.write_text(short.read_text().replace("[overlay]\n", f"[overlay]\nwidgets = {json.dumps(widgets)}\n"))
        assert export(barred, tmp_path, "--edit", "--captions", "burn", "--force") == 0
    top, foot = 60, 640 - 120
    assert feet["caption"] == feet["label"]
    assert sorted(feet["label"]) == [pytest.approx(foot - 0.096 * (foot - top)), foot]  # the bar's height and margin in `social`


def test_a_reel_joins_sessions_in_order_with_their_tags(short: Path, tmp_path: Path) -> None:
    words = ["reel", str(short), str(short), "-o", str(tmp_path), "--preset", str(short.with_name("small.toml"))]
    assert cli.main([*words, "--seconds", "1", "--no-replay", "--quiet"]) == 0
    report = json.loads((tmp_path / "reel.small.report.json").read_text())
    assert report["clips"] == ["onboard.mp4", "onboard.mp4"]
    assert report["seconds"] == pytest.approx(2 * (edit.CARD_S + 1.0) + edit.END_S - 4 * edit.FADE_S, abs=0.1)
    frames = np.array([entry["frame"] for entry in report["tags"]])
    assert frames[0] / 25 == pytest.approx(edit.CARD_S - edit.FADE_S, abs=0.1)
    assert frames[-1] / 25 == pytest.approx(2 * (edit.CARD_S + 1.0) - 3 * edit.FADE_S, abs=0.1)
    assert np.all(np.diff(frames) > 0)


def test_a_reel_of_no_seconds_is_refused(short: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seconds in ("0", "-1"):
        assert cli.main(["reel", str(short), "-o", str(tmp_path / "r"), "--preset", "reels", "--seconds", seconds]) == EXIT_USER
        assert f"--seconds {seconds} leaves nothing of each clip" in capsys.readouterr().err


def test_a_reel_too_long_for_one_platform_is_made_for_the_others(
    short: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    brief = tmp_path / "brief.toml"
    brief.write_text("[brief]\nsize = [360, 640]\nmin_s = 0.5\nmax_s = 6.0\n")
    words = ["reel", str(short), "-o", str(tmp_path / "r"), "--preset", f"{brief},{short.with_name('small.toml')}"]
    assert cli.main([*words, "--seconds", "1", "--no-replay", "--quiet"]) == EXIT_SOME_FAILED
    assert "slipstream: brief: 1 sessions leave 1.0 s each; join fewer or use --no-replay" in capsys.readouterr().err
    assert {path.name for path in (tmp_path / "r").iterdir()} == {"reel.small.mp4", "reel.small.report.json"}
