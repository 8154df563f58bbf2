"""Posts that cannot be made are told in one line and leave nothing behind; odd names are no reason."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sessions import cli
from sessions.errors import EXIT_USER
from sessions.verbs.export import EXIT_SOME_FAILED
from tests.sessions.exporting import export


def test_a_place_for_the_overlay_alone_that_cannot_be_made_is_told_in_a_line(
    short: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    words = ["export", str(short), "-o", str(tmp_path / "file" / "p"), "--alpha", "qtrle", "--quiet"]
    assert cli.main(words) == EXIT_USER
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("Not a directory; choose another folder with -o")


def test_a_preset_that_cannot_be_made_is_told_in_a_line_and_the_others_come_out(
    short: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[huge]\nsize = [4000, 7000]\nmin_s = 0.5\n[odd]\nsize = [640, 640]\nmin_s = 0.5\nencoder = "nosuch264"\n')
    assert export(short, tmp_path / "p", "--preset", f"{own},reels", "--json") == EXIT_SOME_FAILED
    made = {entry["preset"]: entry for entry in json.loads(capsys.readouterr().out)["made"]}
    assert "a crop for 4000×7000 is larger than the picture" in made["huge"]["error"]
    assert made["odd"]["error"] == "encoder nosuch264 is not in this build of FFmpeg; use libx264"
    assert made["reels"]["error"] == "reels: the clip gives 2.00 s and Instagram Reels takes no less than 3 s"
    assert made["small"]["error"] is None
    assert {path.name for path in (tmp_path / "p").iterdir()} == {"short.small.mp4", "short.small.report.json"}


def test_a_limit_on_file_size_stops_the_post_and_leaves_nothing(short: Path, tmp_path: Path) -> None:
    """The system's own limit stands for a disk that fills in the middle."""
    limited = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)); from sessions import cli; "
    code = limited + "sys.exit(cli.main(sys.argv[1:]))"
    words = ["export", str(short), "-o", str(tmp_path / "p"), "--preset", "x", "--quiet"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode == EXIT_USER
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("slipstream:")]
    assert said.startswith("slipstream: x: cannot write the picture: ")
    assert not list((tmp_path / "p").iterdir())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "what shall it be? --preset reels"),
        (["--preset", "reel"], "no preset 'reel'; known are reels"),
        (["--preset", "x", "--from", "30", "--to", "40"], "nothing lies from 30 s to 40 s; the clip runs from 0 s to 2 s"),
        (["--preset", "x", "--captions", "burn"], "--captions burn needs --edit"),
        (["--alpha", "avi"], "no alpha format 'avi'; known are prores"),
        (["--editors", "xls"], "no format 'xls' for editors; known are csv"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(short: Path, more: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", str(short), "--quiet", *more]) == EXIT_USER
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.skipif(sys.platform == "win32", reason="no file's name holds a colon there")
def test_names_with_the_time_of_day_in_them_are_files_and_no_protocols(
    short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(short.with_name("onboard.mp4"), "13:05:40.mp4")
    Path("13:05:40.toml").write_text(short.read_text().replace("onboard.mp4", "13:05:40.mp4"))
    assert cli.main(["render", "13:05:40.toml", "--quiet"]) == 0
    words = ["--preset", str(short.with_name("small.toml")), "-o", "po:sts", "--alpha", "qtrle", "--edit", "--quiet"]
    assert cli.main(["export", "13:05:40.toml", *words]) == 0
    assert cli.main(["lint", "po:sts/13:05:40.small.mp4", "--preset", str(short.with_name("small.toml"))]) == 0
    assert {path.name for path in tmp_path.glob("*/*")} >= {"13:05:40.small.mp4", "13:05:40.qtrle.mov"}
    assert not list(tmp_path.rglob("*.part*"))
