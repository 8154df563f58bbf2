"""Many sessions in one go: each on its own, what failed named, and what is fresh left alone."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from sessions import batch, batch_item, cli
from sessions.batch_item import DONE, FAILED, FRESH, REFUSED, Work
from sessions.errors import EXIT_USER, SessionError


@pytest.fixture
def folder(short: Path, tmp_path: Path) -> Path:
    """A session that can be posted, one whose clip is missing, one that cannot be read, and one that nothing lines up."""
    place = tmp_path / "sessions"
    shutil.copytree(short.parent, place)
    (place / "small.toml").rename(tmp_path / "small.toml")
    good = (place / "short.toml").read_text()
    (place / "lost.toml").write_text(good.replace("onboard.mp4", "nowhere.mp4"))
    (place / "torn.toml").write_text("[race\n")
    (place / "unsure.toml").write_text(good.replace("[sync]\noffset_s = 160.15\n", ""))
    return place


def test_one_session_is_done_then_fresh_then_done_again_when_it_changes(folder: Path) -> None:
    work = Work(folder / "short.toml", (str(folder.parent / "small.toml"),))
    first = batch_item.run(work)
    assert (first.state, first.error) == (DONE, None)
    (post,) = first.outputs
    assert Path(post).name == "short.small.mp4"
    assert batch_item.run(work).state == FRESH
    (again,) = batch.spread([work], scheduler="tcp://127.0.0.1:9")
    assert again.state == FRESH, "and nobody is asked for help"
    work.file.write_text(work.file.read_text() + "# a remark\n")
    assert batch_item.run(work).state == DONE
    Path(post).unlink()
    assert batch_item.run(work).state == DONE, "a post that is gone is made again"


def test_what_cannot_be_done_is_told_and_not_raised(folder: Path) -> None:
    lost, torn, unsure = (batch_item.run(Work(folder / f"{name}.toml")) for name in ("lost", "torn", "unsure"))
    assert lost.state == torn.state == FAILED
    assert "nowhere.mp4" in (lost.error or "")
    assert "torn.toml is not a session file" in (torn.error or "")
    assert unsure.state == REFUSED, "two seconds of sound are too few to be sure of"
    assert not list(folder.glob("*-tagged.mp4"))


def test_a_batch_of_processes_does_what_it_can_and_says_what_it_could_not(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = tmp_path / "manifest.json"
    words = ["batch", str(folder / "short.toml"), str(folder / "l*.toml"), "-o", str(manifest), "--quiet"]
    assert cli.main([*words, "--export", str(tmp_path / "small.toml"), "--workers", "2"]) == EXIT_USER
    said = capsys.readouterr()
    assert not said.err
    assert FAILED in said.out
    content = json.loads(manifest.read_text())
    assert (content["sessions"], content["good"], content["failed"]) == (2, 1, 1)
    assert [item["state"] for item in content["items"]] == [DONE, FAILED], "in the order asked for"
    assert "nowhere.mp4" in content["items"][1]["error"]
    assert Path(content["items"][0]["outputs"][0]).exists()
    assert content["items"][0]["seconds"] > 0


def test_a_manifest_takes_the_place_of_a_manifest_and_of_nothing_else(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = folder / "batch.json"
    words = ["batch", str(folder / "lost.toml"), "--workers", "1", "-o", str(place), "--quiet"]
    place.write_text('{"name": "my own"}')
    assert cli.main(words) == EXIT_USER
    assert "is not replaced by it" in capsys.readouterr().err
    assert place.read_text() == '{"name": "my own"}'
    place.write_text('{"sessions": 0, "items": []}')
    assert cli.main(words) == EXIT_USER
    assert json.loads(place.read_text())["failed"] == 1


def test_sessions_are_found_by_name_folder_and_pattern_each_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    names = [path.name for path in batch.files(["sessions/torn.toml", "sessions", "sessions/*.toml"])]
    assert names == ["torn.toml", "lost.toml", "short.toml", "unsure.toml"]
    assert [path.name for path in batch.files([f"{folder}/s*.toml"])] == ["short.toml"]


def test_a_pattern_that_finds_nothing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match=r"q\*\.toml holds no session files"):
        batch.files([str(tmp_path / "q*.toml")])


def test_without_dask_the_remedy_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert cli.main(["batch", str(folder / "short.toml"), "-o", str(folder / "m.json")]) == EXIT_USER
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("pip install 'slipstream[batch]'")


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(batch, "CONNECT_S", 0.2)
    with pytest.raises(SessionError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        list(batch.spread([Work(tmp_path / "a.toml")], scheduler="tcp://127.0.0.1:9"))
