"""The sync as a user meets it: what it finds, and what it says of sound it cannot place."""

import json
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from overlay.sight import hud, letters
from sessions import cli, demo, sync_stage
from sessions.errors import SyncRefusedError
from sessions.session import Session
from sessions.sync_stage import Place, SyncResult
from telemetry import race, store
from telemetry.alignment import Alignment
from telemetry.race_session import RaceSession
from tests.overlay.sight.hud_clips import Graphic, drawn
from tests.shared import shared

NEAR_S = 0.04  # one frame at 25 a second
SAMPLE = Path(demo.__file__).parent
EVENT = "2025/Alta Grand Prix/R"
TINY = ("-f", "lavfi", "-i", "testsrc=size=64x36:rate=25")


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
    assert off_s(found(asked(clip, tmp_path), capsys, code=0), "2025-06-15T13:05:40.000") < NEAR_S


def test_sound_of_a_telephone_is_placed_rightly_or_not_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mkv"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c:v", "copy", "-ac", "1", "-ar", "8000", "-c:a", "pcm_s16le", clip)
    session = asked(clip, tmp_path)
    code = cli.main(["sync", str(session)])
    assert code in (0, 3)
    assert off_s(found(session, capsys, code=code), "2025-06-15T13:05:40.000") < NEAR_S


def test_sound_that_begins_after_the_picture_keeps_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip, late = tmp_path / "clip.mkv", tmp_path / "late.wav"
    ffmpeg("-ss", "1.5", "-i", SAMPLE / "onboard.mp4", "-vn", late)
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-itsoffset", "1.5", "-i", late, "-map", "0:v", "-map", "1:a", "-c", "copy", clip)
    values = found(asked(clip, tmp_path), capsys, code=0)
    assert off_s(values, "2025-06-15T13:05:40.000") < NEAR_S


def test_a_clip_whose_clock_begins_minutes_in_begins_at_its_first_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = tmp_path / "clip.mkv"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c", "copy", "-output_ts_offset", "300", clip)
    session = asked(clip, tmp_path)
    values = found(session, capsys, code=0)
    assert off_s(values, "2025-06-15T13:05:40.000") < NEAR_S
    assert values["lap"] == values["candidates"][0]["lap"] == 3
    assert cli.main(["timeline", str(session), "--csv", str(tmp_path / "timeline.csv")]) == 0  # what is kept holds
    drawn = sync_stage.SyncResult.from_json(values).from_first_picture()
    assert drawn.offset_s == pytest.approx(values["offset_s"] + values["video_start_s"])
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


def test_a_clip_without_a_sound_track_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c", "copy", "-an", clip)
    assert "no sound" in found(asked(clip, tmp_path), capsys, code=3)["reason"]


@pytest.mark.parametrize("source", ["anullsrc", "anoisesrc=amplitude=0.00001", "sine=frequency=440", "anoisesrc=colour=pink"])
def test_a_track_without_an_engine_is_refused(source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mkv"
    ffmpeg(*TINY, "-f", "lavfi", "-i", source, "-t", "20", "-c:a", "flac", clip)
    values = found(asked(clip, tmp_path), capsys, code=3)
    assert values["state"] == "refused"


def test_a_silent_clip_with_graphics_is_found_by_them_and_read_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rapidocr")
    record = race.load(RaceSession(2025, "Alta Grand Prix", "R", SAMPLE / "livetiming.txt"))
    trace = record.traces["RAP"]
    clip = tmp_path / "clip.mp4"
    drawn(
        SAMPLE / "onboard.mp4",
        clip,
        Graphic(lap="LAP 3/8"),
        lambda video_s: float(np.interp(160.15 + video_s + 0.075, trace.session_time_s, trace.speed_kmh)),
        size_wh=(640, 360),
        seconds=10.0,
    )
    session = asked(clip, tmp_path)
    values = found(session, capsys, code=0)
    assert values["methods"] == ["hud"]
    assert off_s(values, "2025-06-15T13:05:40.000") < 0.15
    monkeypatch.setattr(hud, "look", None)  # a second look would fail
    assert found(session, capsys, code=0) == values


def test_a_refusal_says_when_the_picture_could_not_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c", "copy", "-an", "-t", "5", clip)
    session = asked(clip, tmp_path)
    monkeypatch.setattr(letters, "find_spec", lambda _name: None)
    assert cli.main(["sync", str(session)]) == 3
    assert "slipstream[hud]" in capsys.readouterr().out


def test_a_silent_clip_is_placed_by_its_bends_and_the_car_ahead(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", shared("sim", "vale83.mp4"), "-c", "copy", "-an", clip)
    session = asked(
        clip, tmp_path, race="2025/Vale Ring Grand Prix/R", recording=shared("sim", "vale83.livetiming.txt"), driver="NOR"
    )
    values = found(session, capsys, code=3)
    assert values["state"] == "lap_unsure"
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
    session = asked(shared("sim", "vale83.mp4"), tmp_path, driver=driver)
    assert found(session, capsys, code=3)["state"] == "refused"


def test_nothing_is_rendered_while_the_sync_is_not_sure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c", "copy", "-t", "2", clip)
    session = asked(clip, tmp_path)
    found(session, capsys, code=3)
    assert cli.main(["render", str(session), "-o", str(tmp_path / "out.mp4"), "--quiet"]) == 3
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize("suffix", ["png", "html"])
def test_the_sheet_is_drawn_beside_the_answer(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / f"sheet.{suffix}"
    session = asked(SAMPLE / "onboard.mp4", tmp_path)
    assert cli.main(["sync", str(session), "--plot", str(sheet)]) == 0
    assert capsys.readouterr().err == ""
    assert sheet.stat().st_size > 50_000
    assert list(tmp_path.glob("tmp*")) == []


def test_a_sheet_of_an_unknown_kind_is_answered_with_the_known_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = asked(SAMPLE / "onboard.mp4", tmp_path)
    capsys.readouterr()
    assert cli.main(["sync", str(session), "--plot", str(tmp_path / "sheet.xyz")]) == 2
    assert ".svg" in capsys.readouterr().err
    assert list(tmp_path.glob("*xyz")) == []


@pytest.mark.parametrize(("seconds", "code"), [("14", 0), ("2", 3)])
def test_an_answer_that_cannot_be_kept_is_given_all_the_same(
    seconds: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c", "copy", "-t", seconds, clip)
    session = asked(clip, tmp_path)
    (tmp_path / "session.slipstream").write_text("in the way")
    capsys.readouterr()
    assert cli.main(["sync", str(session), "--json"]) == code
    said = capsys.readouterr()
    assert json.loads(said.out)["accepted"] is (code == 0)
    (line,) = said.err.splitlines()
    assert line.startswith(f"slipstream: the answer is not kept: cannot write {tmp_path / 'session.slipstream'}: ")


def test_a_candidate_can_be_taken_when_the_sync_is_not_sure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mkv"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c:v", "copy", "-af", "atempo=0.8", clip)
    session = asked(clip, tmp_path, driver=None)
    values = found(session, capsys, code=3)
    assert values["candidates"]
    stored = json.loads((tmp_path / "session.slipstream" / "sync.json").read_text())["result"]
    result = SyncResult.from_json(stored)
    where = result.alignment(accept_unsure=1)
    assert where.offset_s == values["candidates"][0]["offset_s"]
    with pytest.raises(SyncRefusedError, match="no candidate 99"):
        result.alignment(accept_unsure=99)
    table = ["timeline", str(session), "--csv", str(tmp_path / "timeline.csv")]
    assert cli.main(table) == 3
    assert cli.main([*table, "--accept-unsure", "1"]) == 0
    assert f",{values['candidates'][0]['driver']}," in (tmp_path / "timeline.csv").read_text()
    export = ["export", str(session), "--editors", "csv", "-o", str(tmp_path / "posts"), "--quiet"]
    assert cli.main(export) == 3
    assert cli.main([*export, "--accept-unsure", "1"]) == 0
    (table,) = (tmp_path / "posts").iterdir()
    assert len(table.read_text().splitlines()) > 100
    for verb in (["timeline"], ["preview", "--at", "1", "-o", str(tmp_path / "frame.png")]):
        assert cli.main([verb[0], str(session), *verb[1:]]) == 3
        assert cli.main([verb[0], str(session), *verb[1:], "--accept-unsure", "1"]) == 0
    (tmp_path / "small.toml").write_text("[small]\nsize = [360, 640]\nmin_s = 0.5\n")
    reel = ["reel", str(session), "--preset", str(tmp_path / "small.toml"), "--seconds", "1", "--no-replay", "--quiet"]
    reel += ["-o", str(tmp_path / "reel")]
    assert cli.main(reel) == 3
    assert cli.main([*reel, "--accept-unsure", "1"]) == 0
    assert (tmp_path / "reel" / "reel.small.mp4").exists()


def test_a_sure_answer_stands_where_a_candidate_of_unsure_ones_is_taken() -> None:
    record = store.load(RaceSession.parse(EVENT, recording=SAMPLE / "livetiming.txt"))
    sure = sync_stage.by_hand(Session(SAMPLE / "clip.mp4", record.race, "RAP"), record, Alignment.constant(340.0))
    other = Place("PER", 500.0, 3, "2025-06-15T13:05:40.000Z", 0.1)
    assert replace(sure, candidates=(other,)).alignment(accept_unsure=1).offset_s == 340.0


def test_a_clip_of_the_formation_lap_is_told_to_lie_outside_every_lap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = asked(SAMPLE / "onboard.mp4", tmp_path)
    session.write_text(session.read_text() + "\n[sync]\noffset_s = -40.0\n")
    capsys.readouterr()
    assert cli.main(["sync", str(session)]) == 0
    assert capsys.readouterr().out.startswith("locked: RAP outside every lap; video begins at ")


def test_a_sync_on_a_record_that_counts_from_elsewhere_does_not_hold() -> None:
    record = store.load(RaceSession.parse(EVENT, recording=SAMPLE / "livetiming.txt"))
    result = sync_stage.by_hand(Session(SAMPLE / "clip.mp4", record.race, "RAP"), record, Alignment.constant(340.0))
    assert sync_stage.is_of(result, record)
    assert not sync_stage.is_of(result, replace(record, utc_at_zero=record.utc_at_zero + timedelta(seconds=1)))
