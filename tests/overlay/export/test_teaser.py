from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overlay.errors import OverlayError
from overlay.export.teaser import write_poster, write_teaser


def pictures(count: int = 6) -> list[np.ndarray]:
    frames = []
    for index in range(count):
        frame = np.full((540, 960, 3), (90, 100, 110), np.uint8)
        frame[200:300, 100 + 40 * index : 300 + 40 * index] = (255, 128, 0)
        frames.append(frame)
    return frames


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_a_teaser_moves_endlessly_at_its_rate(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"teaser.{ending}"
    write_teaser(path, pictures())
    with Image.open(path) as image:
        assert image.n_frames == 6
        assert image.size == (554, 312)
        image.seek(3)
        image.load()
        assert image.info["duration"] == 80
        assert image.info.get("loop") == 0
        pixel = image.convert("RGB").getpixel((150, 125))
    assert np.abs(np.array(pixel) - (255, 128, 0)).max() < 40
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_poster_is_the_frame(tmp_path: Path) -> None:
    write_poster(tmp_path / "poster.png", pictures(1)[0])
    with Image.open(tmp_path / "poster.png") as image:
        assert np.array_equal(np.asarray(image), pictures(1)[0])


@pytest.mark.parametrize("name", ["teaser.mp4", "teaser"])
def test_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OverlayError, match=r"a \.gif or a \.webp"):
        write_teaser(tmp_path / name, pictures(1))


def test_a_poster_with_an_odd_ending_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OverlayError, match="is no picture format"):
        write_poster(tmp_path / "poster.doc", pictures(1)[0])
    assert not list(tmp_path.iterdir())
