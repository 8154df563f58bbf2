"""Which frame an instant means, and what a report counts."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from overlay import pipeline
from overlay.clip import Clip
from overlay.layout import Layout, TagPlace
from overlay.render_report import RenderReport
from overlay.swatches import Swatch
from segmentation.track import SteadyFrame
from tests.overlay.made import video

UNEVEN = (0, 1, 2, 3, 8, 9, 10, 20)  # in 25ths of a second


class Numbering:
    """Stands in for a director: the tag of each frame says which it is."""

    def __init__(self, size_wh: tuple[int, int]) -> None:
        self.size_wh = size_wh

    def direct(self, frame: SteadyFrame, _swatches: Sequence[Swatch]) -> Layout:
        box = (0.0, 0.0, 8.0, 8.0)
        return Layout(self.size_wh, (), (TagPlace(frame.frame_index, "OCO", box, box, 1.0),))


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return video(tmp_path_factory.mktemp("uneven") / "clip.mp4", size_wh=(64, 48), pts=UNEVEN)


def index_at(path: Path, at_s: float) -> int | None:
    with Clip(path) as clip:
        shown = pipeline.preview(clip, Numbering(clip.size_wh), source=[], at_s=at_s)  # type: ignore[arg-type]
    return None if shown is None else shown[1].tags[0].track_id


@pytest.mark.parametrize(
    ("at_s", "index"), [(0.0, 0), (0.04, 1), (0.07, 1), (0.0795, 2), (0.12, 3), (0.31, 3), (0.32, 4), (0.6, 6)]
)
def test_a_preview_shows_the_frame_that_a_player_shows_then(uneven: Path, at_s: float, index: int) -> None:
    assert index_at(uneven, at_s) == index


def test_the_last_frame_is_shown_until_the_clip_ends_and_none_after(uneven: Path) -> None:
    assert index_at(uneven, 0.83) == len(UNEVEN) - 1
    assert index_at(uneven, 5.0) is None


def test_a_driver_whose_tag_fades_in_one_place_and_comes_up_in_another_counts_once(uneven: Path) -> None:
    report = RenderReport()
    box = (0.0, 0.0, 8.0, 8.0)
    with Clip(uneven) as clip:
        frame = next(clip.frames())
    layout = Layout((64, 48), (), (TagPlace(1, "OCO", box, box, 0.4), TagPlace(2, "OCO", box, box, 0.6)))
    report.count(frame, layout, 0.0)
    assert report.drivers == {"OCO": 1}
