"""Numbers drawn into the sample as broadcasts draw them, and read back; tests may use no network, so neither does the reader."""

from pathlib import Path

import numpy as np
import pytest

from overlay.clip import Clip
from overlay.errors import OverlayError
from overlay.frame import Frame
from overlay.sight import hud, letters
from overlay.sight.hud import Hud
from overlay.sight.letters import Letters, Word
from sessions import demo
from tests.overlay.sight.hud_clips import UPDATES_HZ, Graphic, drawn

SAMPLE = Path(demo.__file__).parent / "onboard.mp4"
SECONDS = 4.0


def shown_kmh(video_s: float) -> float:
    return 90 + 27 * max(video_s, 0.0)


def looked(clip: Path) -> Hud:
    pytest.importorskip("rapidocr")
    with Clip(clip) as opened:
        return hud.look(opened, Letters(), opened.duration_s or 0.0)


class Late:
    """A clip that begins late in its stream, and shows nothing."""

    start_s = 700.0

    def __init__(self) -> None:
        self.asked_s: list[float] = []

    def glimpses(self, times_s: list[float]) -> list[Frame]:
        self.asked_s += times_s
        return []


def test_numbers_are_looked_for_from_where_a_clip_begins_to_its_end() -> None:
    clip = Late()
    hud.look(clip, None, SECONDS)  # type: ignore[arg-type]
    assert all(700 < asked_s < 700 + SECONDS for asked_s in clip.asked_s)
    assert clip.asked_s


@pytest.mark.parametrize(
    ("graphic", "size_wh", "crf"),
    [
        (Graphic(lap="LAP 23/78", gear=True), (960, 540), 23),
        (Graphic(centre=(0.8, 0.75), height=0.09, font="DejaVuSans-Bold.ttf", panel=False, unit="km/h"), (640, 360), 30),
    ],
)
def test_a_speed_is_found_and_read_wherever_it_stands(
    graphic: Graphic, size_wh: tuple[int, int], crf: int, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    drawn(SAMPLE, clip, graphic, shown_kmh, size_wh=size_wh, crf=crf, seconds=SECONDS)
    read = looked(clip)
    speed = read.speeds[0]
    wanted = [round(shown_kmh(np.floor(video_s * UPDATES_HZ) / UPDATES_HZ)) for video_s in speed.video_time_s]
    assert len(speed) >= 15
    assert np.mean(speed.value == wanted) > 0.95
    if graphic.lap:
        assert read.laps is not None
        assert read.laps.total == 78
        assert set(read.laps.lap.value) == {23}


def test_a_clip_without_graphics_has_no_numbers() -> None:
    assert looked(SAMPLE) == Hud()


def test_reading_without_the_extra_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "find_spec", lambda _name: None)
    with pytest.raises(OverlayError, match=r"slipstream\[hud\]"):
        Letters()


def word(text: str, x: float, *, width: float = 40.0, y: float = 100.0) -> Word:
    return Word(text, 1.0, (x, y, x + width, y + 20))


def test_a_number_that_does_not_change_is_no_speed() -> None:
    looks = [(float(number), [word("44", 300), word(str(150 + 10 * number), 600)]) for number in range(7)]
    (box,) = hud._speed_places(looks)
    assert box[0] > 0.5


@pytest.mark.parametrize("text", ["1:23.456", "+1.2", "11/78", "98%", "SECTOR 2", "P3", "1024"])
def test_times_shares_and_ranks_are_no_speed(text: str) -> None:
    assert hud._speed(text) is None


@pytest.mark.parametrize(("text", "wanted"), [("287", 287), ("287 KM/H", 287), ("KMH 98", 98), ("98km/h", 98)])
def test_a_speed_may_carry_its_unit(text: str, wanted: int) -> None:
    assert hud._speed(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("LAP 23/78", (23, 78)), ("LAP6/8", (6, 8)), ("Lap 7", (7, None)), ("12 / 57", (12, 57)), ("LAP 80/78", None)],
)
def test_a_lap_counter_is_read(text: str, wanted: tuple[int, int | None] | None) -> None:
    assert hud._lap(text) == wanted
