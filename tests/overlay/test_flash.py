"""What happens in the picture at an instant and what happens in the numbers then happen on the same frame."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from overlay import pipeline
from overlay import theme as themes
from overlay.clip import Clip
from overlay.director import Director
from overlay.encoder import Encoding
from telemetry.sample import ABSENT, CarSample, Sample
from tests.overlay.made import reading, upright_rgb, video

STEP_S = 1.0
TIMES_MS = tuple(int(number * 40 + 11 * (number % 3)) for number in range(40))  # no even rhythm
FLASH = next(number for number, at in enumerate(TIMES_MS) if at / 1000 >= STEP_S)


class Gears:
    """A timeline on which the own car shifts from third to eighth at an instant of the video."""

    record = SimpleNamespace(drivers={})
    circuit = None

    def at(self, video_time_s: float, **_wanted: bool) -> Sample:
        gear = reading(8.0 if video_time_s >= STEP_S else 3.0)
        own = CarSample(
            "OCO",
            1,
            1,
            reading(200.0),
            reading(9_000.0),
            gear,
            *(ABSENT,) * 3,
            None,
            None,
            None,
            None,
            ABSENT,
            ABSENT,
            None,
            None,
        )
        return Sample(video_time_s, video_time_s, own, (), (), neutralised=False)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_flash_and_a_step_of_the_drawn_number_meet_on_one_frame(suffix: str, tmp_path: Path) -> None:
    source = video(tmp_path / f"clip{suffix}", size_wh=(320, 180), pts=TIMES_MS, time_base=Fraction(1, 1000), flash=FLASH)
    theme = themes.load("broadcast").changed(widgets=("gear",))
    with Clip(source) as clip:
        director = Director(Gears(), theme, camera="front", size_wh=clip.size_wh)  # type: ignore[arg-type]
        pipeline.render(
            clip,
            director,
            tmp_path / f"tagged{suffix}",
            source=[],
            encoding=Encoding(preset="ultrafast", crf=8),
            on_progress=lambda _done, _total: None,
        )
    frames = [picture.astype(int) for picture in upright_rgb(tmp_path / f"tagged{suffix}")]
    assert len(frames) == len(TIMES_MS)
    bright = int(np.argmax([picture[:120].mean() for picture in frames]))
    figure = [picture[163:173, 155:165] for picture in frames]  # within the white box of the gear, at the foot
    steps = [np.abs(after - before).mean() for before, after in pairwise(figure)]
    assert bright == FLASH
    assert int(np.argmax(steps)) + 1 == FLASH
    assert max(steps) > 3 * sorted(steps)[-2]
