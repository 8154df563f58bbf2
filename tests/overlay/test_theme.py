"""Theme files: shipped, one's own, and wrong."""

from pathlib import Path

import pytest

from overlay import theme as themes
from overlay.errors import OverlayError


def written(folder: Path, change: tuple[str, str]) -> Path:
    text = (themes.FOLDER / "broadcast.toml").read_text()
    assert change[0] in text
    path = folder / "own.toml"
    path.write_text(text.replace(*change))
    return path


def test_three_themes_are_shipped_each_with_at_most_one_widget() -> None:
    assert themes.shipped() == ["broadcast", "minimal", "social"]
    assert all(len(themes.load(name).bar.widgets) <= 1 for name in themes.shipped())


def test_a_theme_of_ones_own_is_a_file_beside_the_session(tmp_path: Path) -> None:
    written(tmp_path, ("height = 0.050", "height = 0.100"))
    assert themes.load("own.toml", folder=tmp_path).plate.height == 0.1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[plate]", "[plates]"), "unknown table [plates]"),
        (("height = 0.050", "hight = 0.050"), "unknown key 'hight'"),
        (("opacity = 0.88", ""), "[plate] lacks 'opacity'"),
        (("opacity = 0.88", 'opacity = "high"'), "[plate] opacity = 'high'; wanted float"),
        (('fields = ["speed",', 'fields = ["spede",'), "unknown field 'spede'"),
        (('widgets = ["speed"]', 'widgets = ["clock"]'), "unknown widget 'clock'"),
        (("SairaSemiExpanded-Bold", "Formula1-Bold"), "unknown font 'Formula1-Bold'"),
        (('colour = "#15131a"', 'colour = "black"'), "'black' is no colour"),
        (("[plate]", "[plate"), "cannot be read"),
        (("[cars]\nmost = 1", "[cars]\nleast = 1"), "[cars] has an unknown key 'least'"),
        (("most = 1", "most = 0"), "[cars] most = 0; wanted 1 or more"),
        (("most = 1", "most = true"), "[cars] most = True; wanted int"),
        (("opacity = 0.88", "opacity = nan"), "[plate] opacity = nan; wanted 0 to 1"),
        (("opacity = 0.88", "opacity = 88"), "[plate] opacity = 88; wanted 0 to 1"),
        (("hold_s = 0.25", "hold_s = -0.25"), "[motion] hold_s = -0.25; wanted 0 or more"),
        (("[data]", "[data]\nper_row = 0"), "[data] per_row = 0; wanted 1 or more"),
    ],
)
def test_a_wrong_theme_is_named_with_what_is_wrong(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = written(tmp_path, change)
    with pytest.raises(OverlayError) as caught:
        themes.load(str(path))
    assert said in str(caught.value)


def test_a_word_where_a_table_belongs_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, ('[units]\nspeed = "kmh"\n', ""))
    path.write_text('units = "mph"\n' + path.read_text())
    with pytest.raises(OverlayError, match=r"units = 'mph'; wanted a table \[units\]"):
        themes.load(str(path))


def test_an_unknown_theme_names_those_there_are() -> None:
    with pytest.raises(OverlayError, match="broadcast, minimal, social"):
        themes.load("brodcast")
