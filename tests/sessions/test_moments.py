"""`slipstream moments` and sessions that start from one, on the embedded sample's race."""

import csv
import json
import subprocess
from pathlib import Path

import pytest

from sessions import cli, demo, session_file
from telemetry.moments_file import COLUMNS

RECORDING = Path(demo.__file__).parent / "livetiming.txt"
RACE = ["--race", "2025/Alta Grand Prix/R", "--recording", str(RECORDING)]
PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x36:rate=25", "-t", "1", path], check=True)
    return path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert cli.main(["moments", *RACE, *words, "--json"]) == 0
    rows: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return rows


def test_table_csv_and_json_number_the_same_moments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = told(capsys, "--csv", str(tmp_path / "moments.csv"))
    with (tmp_path / "moments.csv").open() as file:
        table = list(csv.DictReader(file))
    assert tuple(table[0]) == COLUMNS
    assert [row["number"] for row in rows] == [int(row["number"]) for row in table] == list(range(1, len(rows) + 1))
    assert [row["reason"] for row in rows] == [row["reason"] for row in table]
    assert cli.main(["moments", *RACE, "--top", "3"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in printed[1:4]] == ["1", "2", "3"]
    assert all(str(row["reason"]) in line for row, line in zip(rows, printed[1:4], strict=False))


def test_a_driver_is_shown_only_their_own_moments(capsys: pytest.CaptureFixture[str]) -> None:
    rows = told(capsys, "--driver", "RAP")
    assert rows
    assert all("RAP" in (row["driver"], row["driver_ahead"]) for row in rows)
    assert len(rows) < len(told(capsys))


@pytest.mark.parametrize("whose", [[], ["--driver", "RAP"]])
def test_the_plot_is_a_picture(whose: list[str], tmp_path: Path) -> None:
    assert cli.main(["moments", *RACE, *whose, "--plot", str(tmp_path / "moments.png")]) == 0
    assert (tmp_path / "moments.png").read_bytes().startswith(PNG)
    assert [path.name for path in tmp_path.iterdir()] == ["moments.png"]


def test_a_plot_that_exists_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "moments.png").write_text("mine")
    assert cli.main(["moments", *RACE, "--plot", str(tmp_path / "moments.png")]) == 2
    assert "exists" in capsys.readouterr().err
    assert (tmp_path / "moments.png").read_text() == "mine"


def test_an_unknown_driver_is_named_with_those_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["moments", *RACE, "--driver", "ZZZ"]) == 2
    assert "no driver 'ZZZ'" in capsys.readouterr().err


def test_a_session_starts_from_a_moment_with_its_driver_and_instant(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = told(capsys)[0]
    out = tmp_path / "session.toml"
    assert cli.main(["new", str(clip), *RACE, "--moment", "1", "--at", "0.5", "-o", str(out)]) == 0
    assert str(first["reason"]) in capsys.readouterr().out
    session = session_file.read(out)
    assert (session.driver, session.camera) == (first["driver"], "front")
    (anchor,) = session.sync.anchors
    assert (anchor.video_time_s, anchor.session_time_s) == (0.5, first["session_time_s"])


def test_the_car_ahead_shows_a_moment_backwards(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ahead = next(row["driver_ahead"] for row in told(capsys) if row["driver_ahead"])
    rows = told(capsys, "--driver", str(ahead))
    number = next(row["number"] for row in rows if row["driver_ahead"] == ahead)
    out = tmp_path / "session.toml"
    assert cli.main(["new", str(clip), *RACE, "--driver", str(ahead), "--moment", str(number), "-o", str(out)]) == 0
    session = session_file.read(out)
    assert (session.driver, session.camera, session.sync.anchors) == (ahead, "rear", ())


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--moment", "9999"], "no moment 9999"), (["--moment", "0"], "no moment 0"), (["--at", "1"], "--moment N")],
)
def test_a_moment_that_is_not_there_is_said_in_one_line(
    words: list[str], said: str, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["new", str(clip), *RACE, *words, "-o", str(tmp_path / "session.toml")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "session.toml").exists()


def test_the_timeline_of_the_sample_is_drawn(demo_session: Path, tmp_path: Path) -> None:
    assert cli.main(["timeline", str(demo_session), "--plot", str(tmp_path / "timeline.png")]) == 0
    assert (tmp_path / "timeline.png").read_bytes().startswith(PNG)
    assert cli.main(["timeline", str(demo_session), "--plot", str(tmp_path / "timeline.png")]) == 2
