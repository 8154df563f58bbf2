"""What the sync is not sure of, and says so: sound without an engine, of another day, too short, or fitting several laps."""

import json
from pathlib import Path

import pytest

from overlay.sight import letters
from sessions import cli
from tests.sessions.syncing import BEGINS_UTC, NEAR_S, SAMPLE, asked, ffmpeg, found, off_s
from tests.shared import shared

TINY = ("-f", "lavfi", "-i", "testsrc=size=64x36:rate=25")


def test_sound_of_a_telephone_is_placed_rightly_or_not_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mkv"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c:v", "copy", "-ac", "1", "-ar", "8000", "-c:a", "pcm_s16le", clip)
    session = asked(clip, tmp_path)
    capsys.readouterr()
    assert cli.main(["sync", str(session), "--json"]) in (0, 3)
    assert off_s(json.loads(capsys.readouterr().out), BEGINS_UTC) < NEAR_S


def test_a_clip_without_a_sound_track_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c", "copy", "-an", "-t", "5", clip)
    assert "no sound" in found(asked(clip, tmp_path), capsys, code=3)["reason"]


@pytest.mark.parametrize("source", ["anullsrc", "anoisesrc=amplitude=0.00001", "sine=frequency=440", "anoisesrc=colour=pink"])
def test_a_track_without_an_engine_is_refused(source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mkv"
    ffmpeg(*TINY, "-f", "lavfi", "-i", source, "-t", "20", "-c:a", "flac", clip)
    values = found(asked(clip, tmp_path), capsys, code=3)
    assert values["state"] == "refused"


def test_a_refusal_says_when_the_picture_could_not_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c", "copy", "-an", "-t", "5", clip)
    session = asked(clip, tmp_path)
    monkeypatch.setattr(letters, "find_spec", lambda _name: None)
    assert cli.main(["sync", str(session)]) == 3
    assert "slipstream[hud]" in capsys.readouterr().out


def test_a_clip_in_slow_motion_is_refused_with_what_comes_closest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mkv"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c:v", "copy", "-af", "atempo=0.8", "-t", "10", clip)
    values = found(asked(clip, tmp_path, driver=None), capsys, code=3)
    assert values["state"] == "refused"
    assert values["candidates"]


def test_a_silent_clip_is_placed_by_its_bends_and_the_car_ahead(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", shared("sim", "vale83.mp4"), "-c", "copy", "-an", clip)
    session = asked(
        clip, tmp_path, race="2025/Vale Ring Grand Prix/R", recording=shared("sim", "vale83.livetiming.txt"), driver="NOR"
    )
    values = found(session, capsys, code=3)
    assert values["state"] == "lap_unsure"
    assert values["candidates"][0]["offset_s"] == values["offset_s"]
    assert off_s(values, "2025-06-15T13:07:45.000") < 0.25


def test_a_clip_of_two_seconds_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c", "copy", "-t", "2", clip)
    assert "too short" in found(asked(clip, tmp_path), capsys, code=3)["reason"]


def test_a_clip_longer_than_the_race_session_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mkv"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc=size=64x36:rate=1",
        "-f",
        "lavfi",
        "-i",
        "anoisesrc=colour=brown:r=8000",
        "-t",
        "1500",
        "-c:a",
        "pcm_u8",
        clip,
    )
    assert "longer" in found(asked(clip, tmp_path), capsys, code=3)["reason"]


@pytest.mark.parametrize("driver", ["RAP", None])
def test_a_clip_of_another_day_is_refused(driver: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", shared("sim", "vale83.mp4"), "-c", "copy", "-t", "10", clip)
    assert found(asked(clip, tmp_path, driver=driver), capsys, code=3)["state"] == "refused"
