"""Another scene is seen to begin in the pictures, whether cars are looked for in them or known."""

from pathlib import Path

import av
import numpy as np

from overlay import pipeline
from overlay.clip import Clip
from overlay.encoder import Encoding
from overlay.layout import Layout
from overlay.swatches import Swatch
from segmentation.track import SteadyFrame

CUT = 12


class Noting:
    """Stands in for a director: remembers with which frames it was told that another scene begins."""

    def __init__(self, size_wh: tuple[int, int]) -> None:
        self.size_wh = size_wh
        self.warnings: list[str] = []
        self.cuts: list[int] = []

    def direct(self, frame: SteadyFrame, _swatches: list[Swatch]) -> Layout:
        self.cuts += [frame.frame_index] if frame.cut else []
        return Layout(self.size_wh, ())


def test_of_known_cars_another_scene_is_seen_in_the_pictures_all_the_same(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "clip.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=25, width=128, height=96, pix_fmt="yuv420p")
        for at in range(2 * CUT):
            shade = np.full((96, 128, 3), 40 + at + (120 if at >= CUT else 0), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
        container.mux(stream.encode(None))
    with Clip(tmp_path / "clip.mkv") as clip:
        _, seen = pipeline.follow(clip, [], on_progress=lambda *_: None)
        director = Noting(clip.size_wh)
        report = pipeline.render(
            clip,
            director,  # type: ignore[arg-type]
            tmp_path / "out.mkv",
            source=[],
            encoding=Encoding(preset="ultrafast"),
            on_progress=lambda *_: None,
        )
    assert seen.cuts == report.seen.cuts == director.cuts == [CUT]
