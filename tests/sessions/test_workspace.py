import os
from pathlib import Path

import pytest

from overlay import pipeline
from segmentation.engine import Engine
from sessions import cli, demo, stages
from sessions.errors import SessionError
from sessions.session import Session
from sessions.workspace import Workspace, key_of
from telemetry.race_session import RaceSession


def test_a_result_counts_only_while_its_key_holds(tmp_path: Path) -> None:
    workspace = Workspace.of(tmp_path / "a.toml")
    assert workspace.read("sync", "k") is None
    workspace.write("sync", "k", {"offset_s": 1.5})
    assert workspace.read("sync", "k") == {"offset_s": 1.5}
    assert workspace.read("sync", "other") is None


@pytest.mark.parametrize("torn", ["", '{"key": "k", "resu', "[]", "\xff"])
def test_a_torn_result_is_no_result(tmp_path: Path, torn: str) -> None:
    workspace = Workspace.of(tmp_path / "a.toml")
    workspace.write("sync", "k", 1)
    workspace.path("sync.json").write_bytes(torn.encode("latin-1"))
    assert workspace.read("sync", "k") is None


def test_a_workspace_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "a.slipstream").write_text("a file in the way")
    with pytest.raises(SessionError, match="cannot write"):
        Workspace.of(tmp_path / "a.toml").write("sync", "k", 1)


def test_a_place_that_cannot_be_written_is_refused_before_a_car_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = tmp_path / "a.toml"
    clip = Path(demo.__file__).with_name("onboard.mp4")
    assert cli.main(["new", str(clip), "--race", "2024/Monaco/R", "-o", str(session)]) == 0
    monkeypatch.setattr(pipeline, "follow", lambda *_, **__: pytest.fail("it was looked for"))
    in_the_way = tmp_path / "a.slipstream"
    in_the_way.write_text("a file")
    assert cli.main(["track", str(session), "--quiet"]) == 2
    assert "cannot write" in capsys.readouterr().err
    in_the_way.unlink()
    monkeypatch.setattr(os, "access", lambda _, __: False)  # who runs tests as root may write everywhere
    assert cli.main(["track", str(session), "--quiet"]) == 2
    assert f"cannot write {in_the_way}: no permission in it; copy the session to another place" in capsys.readouterr().err


def test_tracks_followed_by_other_rules_are_found_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session, workspace, engine = Session(tmp_path / "a.mp4", RaceSession(2024, "Monaco", "R")), Workspace(tmp_path), Engine()
    stages.keep_tracks(session, workspace, engine, [])
    assert stages.found_tracks(session, workspace, engine) == []
    monkeypatch.setattr(stages, "FOLLOWED_BY", (0.5, 4e-4, 0.0))
    assert stages.found_tracks(session, workspace, engine) is None


def test_nothing_half_written_stays_behind(tmp_path: Path) -> None:
    workspace = Workspace.of(tmp_path / "a.toml")
    workspace.write("sync", "k", 1)
    assert [path.name for path in workspace.folder.iterdir()] == ["sync.json"]


def test_a_key_changes_with_the_file_that_it_stands_for(tmp_path: Path) -> None:
    clip = tmp_path / "a.mp4"
    absent = key_of(clip, "front")
    clip.write_bytes(b"one")
    one = key_of(clip, "front")
    clip.write_bytes(b"three")
    assert len({absent, one, key_of(clip, "front"), key_of(clip, "rear")}) == 4


def test_results_may_be_read_by_whoever_may_read_other_new_files(tmp_path: Path) -> None:
    workspace = Workspace.of(tmp_path / "a.toml")
    workspace.write("sync", "k", 1)
    (tmp_path / "plain").touch()
    assert workspace.path("sync.json").stat().st_mode == (tmp_path / "plain").stat().st_mode
