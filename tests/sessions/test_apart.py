"""Calls in an interpreter of their own: answers and our errors come back, and nothing lives on."""

import multiprocessing
import os
from pathlib import Path

import pytest

from sessions import apart, opening, session_file
from sessions.errors import SessionError
from sessions.reading import reading
from telemetry import race, store
from telemetry.errors import TelemetryError


def where(word: str) -> tuple[str, int]:
    return word, os.getpid()


def refuse() -> None:
    raise SessionError("not so")


def die() -> None:
    os._exit(9)


def wait() -> None:
    multiprocessing.Event().wait()


def test_an_answer_comes_from_another_process() -> None:
    with apart.Call(where, "here") as call:
        word, process = call.answer()
    assert word == "here"
    assert process != os.getpid()


def test_our_errors_come_back_as_they_are() -> None:
    with apart.Call(refuse) as call, pytest.raises(SessionError, match="not so"):
        call.answer()


def test_one_that_dies_is_told_from_one_that_answers() -> None:
    with apart.Call(die) as call, pytest.raises(apart.BrokeOff):
        call.answer()


def test_one_that_is_stopped_is_gone() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), apart.Call(wait) as call:
        call.answer(stop)
    assert not multiprocessing.active_children()


def test_a_race_session_read_alone_is_kept_and_leaves_nothing_of_fastf1_here(
    demo_session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLIPSTREAM_CACHE", str(tmp_path / "store"))
    monkeypatch.setattr(race, "load", lambda _: pytest.fail("read here"))
    session = session_file.read(demo_session)
    with reading(session.race) as race_session:
        record = opening.load_record(session, read=race_session)
    kept = store.kept(session.race)
    assert kept is not None
    assert kept.laps == record.laps


def test_a_race_session_that_nobody_waits_for_is_read_no_further(
    demo_session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLIPSTREAM_CACHE", str(tmp_path / "store"))
    session = session_file.read(demo_session)
    with pytest.raises(SessionError), reading(session.race):
        raise SessionError("no such clip")
    assert not multiprocessing.active_children()
    assert store.kept(session.race) is None


def test_what_is_wrong_with_a_recording_is_told_as_ever(
    demo_session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLIPSTREAM_CACHE", str(tmp_path / "store"))
    (demo_session.parent / "livetiming.txt").write_text("")
    session = session_file.read(demo_session)
    with pytest.raises(TelemetryError, match="is empty"), reading(session.race) as race_session:
        opening.load_record(session, read=race_session)
