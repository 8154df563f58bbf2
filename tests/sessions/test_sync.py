"""The sync as a user meets it: clips whose place is found, by sound and by what is seen."""

import json
from pathlib import Path

import numpy as np
import pytest

from overlay.sight import hud
from sessions import cli, opening, session_file, sync_stage, sync_view
from telemetry import store
from telemetry.race_session import RaceSession
from telemetry.sync.sights import Sights
from tests.overlay.sight.hud_clips import Graphic, drawn
from tests.sessions.syncing import BEGINS_UTC, EVENT, NEAR_S, SAMPLE, asked, ffmpeg, found, off_s
from tests.shared import shared


def view_of(session: Path, result: sync_stage.SyncResult) -> sync_view.View:
    """Return what there is to see of the sync of a clip of 14 s by its sound."""
    read = session_file.read(session)
    record = opening.load_record(read)
    return sync_view.view(result, record, sync_stage.hearing(read, record, result.driver), Sights(), 14.0)


@pytest.mark.parametrize("name", ["demo", "alta45", "alta61_50fps", "vale83"])
def test_simulated_clips_are_found_within_a_frame(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = json.loads(shared("sim", f"{name}.json").read_text())
    session = asked(
        shared("sim", f"{name}.mp4"),
        tmp_path,
        race=f"{truth['year']}/{truth['event']}/{truth['kind']}",
        recording=shared("sim", truth["recording"]),
        driver=truth["driver"],
    )
    assert off_s(found(session, capsys, code=0), truth["video_start_utc"]) < NEAR_S


@pytest.mark.parametrize(
    "words",
    [
        ("-ac", "1"),
        ("-ac", "6"),
        ("-ac", "1", "-ar", "96000", "-c:a", "aac"),
        ("-ar", "16000", "-c:a", "libopus", "-b:a", "32k"),
        ("-c:a", "ac3", "-b:a", "96k"),
        ("-af", "volume=-50dB"),
        ("-af", "volume=30dB"),
    ],
)
def test_any_kind_of_track_is_heard(words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mkv"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c:v", "copy", *words, clip)
    assert off_s(found(asked(clip, tmp_path), capsys, code=0), BEGINS_UTC) < NEAR_S


def test_sound_that_begins_after_the_picture_keeps_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip, late = tmp_path / "clip.mkv", tmp_path / "late.wav"
    ffmpeg("-ss", "1.5", "-i", SAMPLE / "onboard.mp4", "-vn", late)
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-itsoffset", "1.5", "-i", late, "-map", "0:v", "-map", "1:a", "-c", "copy", clip)
    values = found(asked(clip, tmp_path), capsys, code=0)
    assert off_s(values, BEGINS_UTC) < NEAR_S


def test_a_clip_whose_clock_begins_minutes_in_begins_at_its_first_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = tmp_path / "clip.mkv"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c", "copy", "-output_ts_offset", "300", clip)
    session = asked(clip, tmp_path)
    values = found(session, capsys, code=0)
    assert off_s(values, BEGINS_UTC) < NEAR_S
    assert values["lap"] == values["candidates"][0]["lap"] == 3
    assert cli.main(["timeline", str(session), "--csv", str(tmp_path / "timeline.csv")]) == 0  # what is kept holds
    drawn = view_of(session, sync_stage.SyncResult.from_json(values))
    assert drawn.what is not None
    assert 300 <= drawn.what.ear.start_s < 300.2
    assert (drawn.stretches[0].start_s, drawn.stretches[0].end_s) == pytest.approx((300, 314))
    assert 300 <= drawn.windows[:, 0].min() < drawn.windows[:, 0].max() <= 314
    likeliest_s = drawn.curve.offset_s[np.argmax(drawn.curve.total)]
    assert likeliest_s == pytest.approx(values["offset_s"] + 300, abs=0.3)  # when the video begins
    with session.open("a") as file:
        file.write(f"\n[sync]\noffset_s = {values['offset_s']}\n")
    by_hand = found(session, capsys, code=0)
    assert (by_hand["lap"], by_hand["video_start_utc"]) == (3, values["video_start_utc"])


def test_a_clip_whose_clock_begins_minutes_in_is_told_from_others_by_what_it_shows_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = tmp_path / "clip.mkv"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c", "copy", "-output_ts_offset", "300", clip)
    values = found(asked(clip, tmp_path, driver=None), capsys, code=0)
    assert values["driver"] == "RAP"


def test_a_silent_clip_with_graphics_is_found_by_them_and_read_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rapidocr")
    record = store.load(RaceSession.parse(EVENT, recording=SAMPLE / "livetiming.txt"))
    trace = record.traces["RAP"]
    clip = tmp_path / "clip.mp4"
    drawn(
        SAMPLE / "onboard.mp4",
        clip,
        Graphic(lap="LAP 3/8"),
        lambda video_s: float(np.interp(160.15 + video_s + 0.075, trace.session_time_s, trace.speed_kmh)),
        size_wh=(480, 270),
        seconds=10.0,
    )
    session = asked(clip, tmp_path)
    values = found(session, capsys, code=0)
    assert values["methods"] == ["hud"]
    assert off_s(values, BEGINS_UTC) < 0.15
    monkeypatch.setattr(hud, "look", None)  # a second look would fail
    assert found(session, capsys, code=0) == values
