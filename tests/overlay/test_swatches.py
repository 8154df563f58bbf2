"""Swatches of cars' paint, taken from pictures and kept."""

from pathlib import Path

import numpy as np

from overlay import swatches
from overlay.swatches import GRID_WH, Seen, Swatch, Swatcher
from segmentation.track import SteadyBox, SteadyFrame


class Plain:
    """A picture of one colour."""

    size_wh = (640, 360)

    def rgb(self, size_wh: tuple[int, int], region_xyxy: tuple[int, int, int, int] | None = None) -> np.ndarray:
        assert region_xyxy is not None
        return np.full((size_wh[1], size_wh[0], 3), region_xyxy[0] % 250, np.uint8)


def test_a_car_is_looked_at_now_and_then_where_it_is_seen_clearly() -> None:
    swatcher, taken = Swatcher(), []
    for at in range(30):
        boxes = (
            SteadyBox(1, (100.0 + at, 50.0, 200.0 + at, 100.0), 1.0, at != 7),
            SteadyBox(2, (20.0, 50.0, 45.0, 70.0), 1.0, True),
            SteadyBox(3, (620.0, 50.0, 680.0, 100.0), 1.0, True),
        )
        taken += swatcher.take(Plain(), SteadyFrame(at, at / 16, boxes))
    assert [(swatch.frame_index, swatch.track_id) for swatch in taken] == [(at, 1) for at in (0, 8, 15, 22, 29)]
    assert [int(swatch.rgb[0, 0, 0]) for swatch in taken] == [125 + swatch.frame_index for swatch in taken]


def test_kept_swatches_are_the_same_and_torn_ones_are_none(tmp_path: Path) -> None:
    width, height = GRID_WH
    taken = [
        Swatch(at, at % 3, np.random.default_rng(at).integers(0, 256, (height, width, 3)).astype(np.uint8)) for at in range(7)
    ]
    kept = tmp_path / "paint.npz"
    for given, cuts in ((taken, [3, 70]), ([], [])):
        swatches.write(Seen(given, cuts), kept)
        back = swatches.read(kept)
        assert back is not None
        assert back.cuts == cuts
        assert [(one.frame_index, one.track_id, one.rgb.tolist()) for one in back.swatches] == [
            (one.frame_index, one.track_id, one.rgb.tolist()) for one in given
        ]
    swatches.write(Seen(taken), kept)
    whole = kept.read_bytes()
    for torn in (b"", whole[:40], whole[:-30], whole.replace(b"rgb", b"bgr")):
        kept.write_bytes(torn)
        assert swatches.read(kept) is None
    assert swatches.read(tmp_path / "none.npz") is None
