"""Renders of small made clips, without a network and without a race: a director that draws a square which tells the frame."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from overlay import pipeline
from overlay.clip import Clip
from overlay.encoder import Encoding
from overlay.layout import Layout, Rectangle
from overlay.parts import Parts
from overlay.render_report import RenderReport
from overlay.swatches import Swatch
from segmentation.track import SteadyFrame

BEST = Encoding(preset="ultrafast", crf=4)


class Square:
    """Stands in for a director: a white square moves with the frames; whether it is there depends on all frames before."""

    def __init__(self, size_wh: tuple[int, int]) -> None:
        self.size_wh, self.directed = size_wh, 0
        self.warnings: list[str] = []

    def direct(self, frame: SteadyFrame, _swatches: Sequence[Swatch] = ()) -> Layout:
        assert frame.frame_index == self.directed
        self.directed += 1
        x = 4.0 + 2.3 * frame.frame_index % (self.size_wh[0] * 0.6)
        items = (Rectangle(x, 8.0, 24.0, 24.0, "#ffffff", 0.9),) if self.directed % 7 else ()
        return Layout(self.size_wh, items)


def render(
    source: Path,
    output: Path,
    *,
    encoding: Encoding | None = None,
    parts: Parts | None = None,
    on_frame: Callable[[int], object] = lambda _done: None,
) -> RenderReport:
    """Render a clip with a square in it."""
    with Clip(source) as clip:
        return pipeline.render(
            clip,
            Square(clip.size_wh),  # type: ignore[arg-type]
            output,
            source=[],
            encoding=encoding or Encoding(preset="ultrafast"),
            on_progress=lambda done, _total: on_frame(done),
            parts=parts,
        )


def tagged(source: Path, suffix: str = ".mp4") -> Path:
    """Render a clip with a square in it beside itself, nearly lossless, and return the output."""
    output = source.with_name(f"tagged{suffix}")
    render(source, output, encoding=BEST)
    return output


def times(path: Path) -> list[float]:
    """Return when each frame of a video is shown."""
    with Clip(path) as clip:
        return clip.frame_times_s()


if __name__ == "__main__":  # SOURCE OUTPUT HOME FRAMES: a render that is killed when so many frames are written
    import os
    import signal

    def die(done: int) -> None:
        if done == int(sys.argv[4]):
            os.kill(os.getpid(), signal.SIGKILL)

    render(Path(sys.argv[1]), Path(sys.argv[2]), parts=Parts(Path(sys.argv[3]), "key", resume=False), on_frame=die)
