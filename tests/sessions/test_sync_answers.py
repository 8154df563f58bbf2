"""What becomes of the sync's answer: kept or not, drawn, taken though unsure, or set by hand."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from overlay.clip import Clip
from sessions import cli, opening, session_file, sync_stage
from sessions.errors import SyncRefusedError
from sessions.session import Session
from sessions.sync_stage import Place, SyncResult
from sessions.workspace import Workspace
from telemetry import store
from telemetry.alignment import Alignment
from telemetry.race_session import RaceSession
from tests.sessions.syncing import EVENT, SAMPLE, asked, ffmpeg, found


def test_nothing_is_rendered_while_the_sync_is_not_sure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c", "copy", "-t", "2", clip)
    session = asked(clip, tmp_path)
    found(session, capsys, code=3)
    assert cli.main(["render", str(session), "-o", str(tmp_path / "out.mp4"), "--quiet"]) == 3
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(("suffix", "seconds", "said"), [("html", "14", ""), ("png", "5", "\n[sync]\noffset_s = 160.15\n")])
def test_the_sheet_is_drawn_beside_the_answer(
    suffix: str, seconds: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, sheet = tmp_path / "clip.mp4", tmp_path / f"sheet.{suffix}"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c", "copy", "-t", seconds, clip)
    session = asked(clip, tmp_path)
    session.write_text(session.read_text() + said)
    assert cli.main(["sync", str(session), "--plot", str(sheet)]) == 0
    assert capsys.readouterr().err == ""
    assert sheet.stat().st_size > 50_000
    assert list(tmp_path.glob("tmp*")) == []


@pytest.mark.parametrize("name", ["sheet.xyz", "sheet"])
@pytest.mark.parametrize("verb", ["sync", "timeline"])
def test_a_sheet_of_an_unknown_kind_is_answered_with_the_known_ones_before_any_work(
    verb: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = asked(SAMPLE / "onboard.mp4", tmp_path)
    monkeypatch.setattr(opening, "load_record", None)
    capsys.readouterr()
    assert cli.main([verb, str(session), "--plot", str(tmp_path / name)]) == 2
    assert ".svg" in capsys.readouterr().err
    assert list(tmp_path.glob("*sheet*")) == []


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


def test_a_candidate_can_be_taken_when_the_sync_is_not_sure(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-c", "copy", "-t", "2", clip)
    file = asked(clip, tmp_path, driver=None)
    session = session_file.read(file)
    sure = sync_stage.by_hand(session, store.load(session.race), Alignment.constant(160.15))
    places = tuple(Place(tla, offset_s, 3, "", 80.0) for tla, offset_s in (("RAP", 160.15), ("ZEN", 161.15)))
    unsure = replace(sure, state="lap_unsure", candidates=places, reason="two laps fit")
    assert unsure.alignment(accept_unsure=2).offset_s == 161.15
    with pytest.raises(SyncRefusedError, match="no candidate 99"):
        unsure.alignment(accept_unsure=99)
    sync_stage.keep(session, Workspace.of(file), unsure)
    (tmp_path / "small.toml").write_text("[small]\nsize = [360, 640]\nmin_s = 0.5\n")
    small, reel = tmp_path / "small.toml", tmp_path / "reel"
    for verb, *words in (
        ("timeline", "--csv", tmp_path / "timeline.csv"),
        ("timeline",),
        ("preview", "--at", "1", "-o", tmp_path / "frame.png"),
        ("export", "--editors", "csv", "-o", tmp_path / "posts", "--quiet"),
        ("reel", "--preset", small, "--seconds", "1", "--no-replay", "--quiet", "-o", reel),
    ):
        command = [verb, str(file), *map(str, words)]
        assert cli.main(command) == 3, command
        assert cli.main([*command, "--accept-unsure", "1"]) == 0, command
    assert ",RAP," in (tmp_path / "timeline.csv").read_text()
    (table,) = (tmp_path / "posts").iterdir()
    assert len(table.read_text().splitlines()) > 40
    assert (reel / "reel.small.mp4").exists()


def test_a_sure_answer_stands_where_a_candidate_of_unsure_ones_is_taken() -> None:
    record = store.load(RaceSession.parse(EVENT, recording=SAMPLE / "livetiming.txt"))
    sure = sync_stage.by_hand(Session(SAMPLE / "clip.mp4", record.race, "RAP"), record, Alignment.constant(340.0))
    other = Place("PER", 500.0, 3, "2025-06-15T13:05:40.000Z", 0.1)
    assert replace(sure, candidates=(other,)).alignment(accept_unsure=1).offset_s == 340.0


def test_a_clip_of_the_formation_lap_is_told_to_lie_outside_every_lap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = asked(SAMPLE / "onboard.mp4", tmp_path)
    session.write_text(session.read_text() + "\n[sync]\noffset_s = -5.0\n")
    capsys.readouterr()
    assert cli.main(["sync", str(session)]) == 0
    assert capsys.readouterr().out.startswith("locked: RAP outside every lap; video begins at ")


def test_a_sync_on_a_record_that_counts_from_elsewhere_does_not_hold() -> None:
    record = store.load(RaceSession.parse(EVENT, recording=SAMPLE / "livetiming.txt"))
    result = sync_stage.by_hand(Session(SAMPLE / "clip.mp4", record.race, "RAP"), record, Alignment.constant(340.0))
    assert sync_stage.is_of(result, record)
    assert not sync_stage.is_of(result, replace(record, utc_at_zero=record.utc_at_zero + timedelta(seconds=1)))


def test_an_offset_by_hand_outside_the_data_locks_nothing_and_renders_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = asked(SAMPLE / "onboard.mp4", tmp_path)
    session.write_text(session.read_text() + "\n[sync]\noffset_s = 9000.0\n")
    for verb in ("sync", "timeline", "render", "preview --at 1"):
        output = [] if verb in ("sync", "timeline") else ["-o", str(tmp_path / "tagged.png")]
        capsys.readouterr()
        words = verb.split()
        assert cli.main([words[0], str(session), *words[1:], *output]) == 2, verb
        said = capsys.readouterr()
        assert said.out == ""
        assert "the clip lies outside the race session's data" in said.err
        assert said.err.count("\n") == 1
        assert not (tmp_path / "tagged.png").exists()


def test_an_offset_by_hand_beyond_the_datas_end_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = asked(SAMPLE / "onboard.mp4", tmp_path)
    last_s = max(trace.session_time_s[-1] for trace in store.load(session_file.read(session).race).traces.values())
    session.write_text(session.read_text() + f"\n[sync]\noffset_s = {last_s - 4.0:.3f}\n")
    capsys.readouterr()
    assert cli.main(["sync", str(session)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("locked: ")
    assert said.err.startswith("slipstream: the race session's data end ")


def test_a_clip_that_goes_on_after_the_data_is_locked_and_said_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = asked(SAMPLE / "onboard.mp4", tmp_path)
    record = store.load(session_file.read(session).race)
    ended = replace(record, traces={tla: trace.between(0.0, 160.15 + 12.0) for tla, trace in record.traces.items()})
    monkeypatch.setattr(opening, "load_record", lambda _: ended)
    capsys.readouterr()
    assert cli.main(["sync", str(session)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("locked: lap 3 of RAP")
    assert said.err == "slipstream: the race session's data end 2.2 s before the clip\n"


def cut_sound(folder: Path, *cut: str, late_s: str = "0") -> Path:
    """Return the sample with a part of its sound only."""
    clip, part = folder / "clip.mkv", folder / "part.wav"
    ffmpeg(*cut, "-i", SAMPLE / "onboard.mp4", "-vn", part)
    ffmpeg("-i", SAMPLE / "onboard.mp4", "-itsoffset", late_s, "-i", part, "-map", "0:v", "-map", "1:a", "-c", "copy", clip)
    return clip


def placed(*methods: str) -> SyncResult:
    end: tuple[float | None, float | None, float, float] = (None, None, 160.15, 0.0)
    return SyncResult("locked", "RAP", 160.15, 0.0, 1.0, 0.01, methods, 3, None, None, (), "", (end,))


@pytest.mark.parametrize(
    ("cut", "late_s", "methods", "said"),
    [
        (("-t", "4"), "0", ("engine_sound",), "ends 10.0 s before the clip;"),
        (("-ss", "5"), "5", ("engine_sound",), "begins 5.0 s after the clip;"),
        (("-ss", "4.5", "-t", "5"), "4.5", ("engine_sound",), "begins 4.5 s after and ends 4.5 s before the clip;"),
        (("-t", "12"), "0", ("engine_sound",), None),
        (("-t", "4"), "0", ("engine_sound", "hud"), None),
    ],
)
def test_a_place_carried_on_far_beyond_the_sound_that_found_it_is_said_to_be(
    cut: tuple[str, ...], late_s: str, methods: tuple[str, ...], said: str | None, tmp_path: Path
) -> None:
    with Clip(cut_sound(tmp_path, *cut, late_s=late_s)) as clip:
        words = sync_stage.unheard(placed(*methods), clip)
    assert words is None if said is None else words is not None and f"the clip's sound {said}" in words


def test_the_command_says_where_nothing_is_heard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = asked(cut_sound(tmp_path, "-t", "4"), tmp_path)
    record = store.load(session_file.read(session).race)
    monkeypatch.setattr("sessions.verbs.sync._found", lambda *_: (placed("engine_sound"), record))
    capsys.readouterr()
    assert cli.main(["sync", str(session), "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["accepted"]
    assert said.err.startswith("slipstream: the clip's sound ends 10.0 s before the clip;")
