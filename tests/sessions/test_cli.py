import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sessions import cli, heap


def run(*words: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parent.parent.parent
    return subprocess.run([sys.executable, "-m", "sessions", *words], capture_output=True, text=True, cwd=root, check=False)


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; sys.argv=['slipstream','--help']\nfrom sessions.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    code += "print(sorted({'numpy','av','fastf1','onnxruntime','skia','torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
    assert "render" in done.stdout


def test_who_lines_up_a_clip_does_not_wait_for_what_draws() -> None:
    code = "import sys, sessions.cli\nfrom sessions import opening, session_file, sync_stage\n"
    code += "print(sorted({'overlay.pipeline','skia','fastf1','requests','torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("verb", sorted(cli.VERBS))
def test_every_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main([verb, "--help"])
    assert done.value.code == 0
    assert verb in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["check", "sync", "track", "timeline", "render", "tune"])
def test_a_missing_session_file_is_one_line_and_exit_2(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([verb, str(tmp_path / "none.toml")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "none.toml" in said
    assert "slipstream new" in said


def test_a_defect_of_ours_says_so_and_exits_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from sessions.verbs import check

    monkeypatch.setattr(check, "run", lambda _arguments: 1 / 0)
    assert cli.main(["check", "any.toml"]) == 1
    assert "defect of ours: ZeroDivisionError" in capsys.readouterr().err


def test_who_is_told_to_end_cleans_up_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from sessions.verbs import check

    cleaned = []

    def ended(_arguments: object) -> int:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            return 0
        finally:
            cleaned.append(True)

    monkeypatch.setattr(check, "run", ended)
    with pytest.raises(SystemExit) as done:
        cli.main(["check", "any.toml"])
    assert done.value.code == 128 + signal.SIGTERM
    assert cleaned


def test_the_command_runs_as_a_process() -> None:
    done = run("check", "nowhere.toml")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("verb", "given_back"), [("render", True), ("sync", False)])
def test_only_what_lasts_gives_its_memory_back(
    verb: str, given_back: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called: list[bool] = []
    monkeypatch.setattr(cli, "give_pictures_back", lambda: called.append(True))
    assert cli.main([verb, str(tmp_path / "none.toml")]) == 2
    assert bool(called) is given_back
    assert "none.toml" in capsys.readouterr().err


def test_a_training_keeps_its_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    called: list[bool] = []
    monkeypatch.setattr(heap, "keep_blocks", lambda: called.append(True))
    assert cli.main(["train", "-o", str(tmp_path / "out")]) == 2
    assert called
    assert "nothing to learn from" in capsys.readouterr().err


def _buffered(**more: str) -> dict[str, str]:
    """Return an environment in which standard output is kept back until it is much, as in most; here it may be set otherwise."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | more


@pytest.mark.parametrize("words", [["themes"], ["--version"]])
def test_a_reader_that_went_away_is_no_error(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        done = subprocess.run([sys.executable, "-m", "sessions", *words], stdout=gone, stderr=-1, env=_buffered(), check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk here that is always full")
def test_a_full_disk_behind_standard_output_is_one_line_and_exit_2() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sessions", "themes"], stdout=full, stderr=-1, env=_buffered(), text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == "slipstream: cannot write: No space left on device; make room and run it again\n"


def test_letters_that_a_terminal_does_not_know_are_written_as_numbers() -> None:
    words, letters = [sys.executable, "-m", "sessions", "export", "--help"], _buffered(PYTHONIOENCODING="ascii")
    done = subprocess.run(words, capture_output=True, env=letters, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "\\u2026" in done.stdout
