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
    ],
)
def test_a_wrong_theme_is_named_with_what_is_wrong(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = written(tmp_path, change)
    with pytest.raises(OverlayError) as caught:
        themes.load(str(path))
    assert said in str(caught.value)


def test_an_unknown_theme_names_those_there_are() -> None:
    with pytest.raises(OverlayError, match="broadcast, minimal, social"):
        themes.load("brodcast")
