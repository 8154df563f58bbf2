"""`slipstream themes`: what there is, drawn on a sheet, and what is wrong with one's own."""

from pathlib import Path

import cv2
import pytest

from overlay import theme as themes
from sessions import cli


def test_every_shipped_theme_is_listed_with_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["themes"]) == 0
    said = capsys.readouterr().out
    for name in themes.shipped():
        assert f"{name} " in said
    assert "warning" not in said


def test_the_sheet_shows_every_theme_over_three_pictures(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    assert cli.main(["themes", "--sheet", str(sheet)]) == 0
    drawn = cv2.imread(str(sheet))
    assert drawn is not None
    height, width = drawn.shape[:2]
    assert 2.8 < width / (height / len(themes.shipped())) / (16 / 9) < 3.2
    light, dark, busy = (drawn[: height // 3, width * at // 3 : width * (at + 1) // 3] for at in range(3))
    assert light.mean() > 2.5 * dark.mean()
    assert cv2.Laplacian(busy, cv2.CV_32F).std() > 2 * cv2.Laplacian(light, cv2.CV_32F).std()


def test_a_sheet_that_exists_or_is_no_picture_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "sheet.png"
    sheet.touch()
    assert cli.main(["themes", "--sheet", str(sheet)]) == 2
    assert "--force" in capsys.readouterr().err
    assert cli.main(["themes", "--sheet", str(tmp_path / "sheet.txt")]) == 2
    assert "PNG" in capsys.readouterr().err


def test_a_theme_of_ones_own_is_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own.toml"
    own.write_text((themes.FOLDER / "broadcast.toml").read_text().replace('quiet = "#b9b6c6"', 'quiet = "#4a4850"'))
    assert cli.main(["themes", str(own)]) == 0
    assert "warning: data.quiet #4a4850 has only" in capsys.readouterr().out
    assert cli.main(["themes", "none"]) == 2
    assert "shipped are broadcast, minimal, social" in capsys.readouterr().err
