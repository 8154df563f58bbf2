"""The look that all our plots share, and how one is written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from overlay.colour import VISIBLE, contrast, rgb
from overlay.theme import FONTS
from sessions.outputs import write_beside

INK, DIM, GRID, PAPER, PANEL = "#f2f4f8", "#8b93a7", "#2a3040", "#0e1116", "#151a22"
GOOD, BAD, OTHER = "#3ddc97", "#ff5d5d", "#ffb347"
LINE = "#5cf2ff"
OUTLINE = [withStroke(linewidth=3.0, foreground="#0009")]
DPI = 110
_STYLE: dict[Any, Any] = {
    "font.family": "Barlow Condensed",
    "font.size": 13,
    "font.weight": 500,
    "axes.titleweight": 500,
    "axes.labelweight": 500,
    "text.color": INK,
    "axes.labelcolor": DIM,
    "xtick.color": DIM,
    "ytick.color": DIM,
    "axes.edgecolor": GRID,
    "axes.facecolor": PANEL,
    "figure.facecolor": PAPER,
    "axes.titlelocation": "left",
    "axes.titlesize": 15,
    "axes.titlecolor": INK,
    "axes.unicode_minus": True,
}


def write(draw: Callable[[], Figure], file: Path) -> None:
    """Write what `draw` returns as a picture, whole or not at all; what the file is called decides on PNG, SVG or PDF.

    Raises:
        SessionError: The file cannot be written.
    """
    with _style():
        figure = draw()
        try:
            write_beside(file, lambda place: figure.savefig(place, dpi=DPI))
        finally:
            plt.close(figure)


@contextmanager
def _style() -> Iterator[None]:
    for font in FONTS.glob("Barlow*.ttf"):
        font_manager.fontManager.addfont(font)
    with mpl.rc_context(_STYLE):
        yield


def on_dark(colour: str) -> str:
    """Return a team's colour, lightened until a line of it is seen on our panels."""
    parts = rgb(colour)
    for share in range(10):
        lighter = "#" + "".join(f"{round(part + (255 - part) * share / 10):02x}" for part in parts)
        if contrast(lighter, PANEL) >= VISIBLE * 1.4:
            return lighter
    return INK
