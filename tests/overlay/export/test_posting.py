from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from overlay.errors import OverlayError
from overlay.export import mp4, posting
from overlay.export.framing import Planes
from overlay.export.posting import Box, Shot, aim, nearest, shoot, ticks, too_short
from overlay.export.presets import Canvas, Preset, SafeZone, shipped
from overlay.export.report import TagPlace

CLIP = (192, 108)


def preset(name: str, size: tuple[int, int], safe: tuple[int, int, int, int] = (8, 20, 4, 8)) -> Preset:
    return Preset(name, name, size, 0.5, 60.0, 23, 60, 1.0, 25, 100, 128, True, -14.0, -1.0, safe)


@dataclass(frozen=True)
class Frame:
    """A grey frame whose brightness is its number."""

    index: int
    video_time_s: float

    def planes(self) -> Planes:
        chroma = np.full((CLIP[1] // 2, CLIP[0] // 2), 128, np.uint8)
        return np.full((CLIP[1], CLIP[0]), 40 + 2 * self.index, np.uint8), chroma, chroma


class Marks:
    """Paints nothing, and remembers when it was asked."""

    free = SafeZone(0, 0, *CLIP)

    def __init__(self) -> None:
        self.asked: list[float] = []

    def paint(self, _planes: Planes, video_time_s: float, to_canvas: Callable[[Box], Box]) -> TagPlace | None:
        self.asked.append(video_time_s)
        return TagPlace(-1, to_canvas((90.0, 40.0, 110.0, 50.0)), None)


def frames(times_s: np.ndarray) -> Iterator[Frame]:
    return (Frame(index, float(at_s)) for index, at_s in enumerate(times_s))


def shot(folder: Path, name: str, size: tuple[int, int], times_s: np.ndarray, **canvas: object) -> Shot:
    span = {"frame_rate": Fraction(25), "start_s": 0.0, "end_s": 2.0, **canvas}
    made = Canvas((preset(name, size),), **span)  # type: ignore[arg-type]
    camera = aim(made, clip_wh=CLIP, frame_times_s=times_s, subject_xyxy=np.tile([90.0, 40.0, 110.0, 50.0], (len(times_s), 1)))
    return Shot(made, camera, Marks(), folder / f"{name}.mp4")


def shown(path: Path) -> list[int]:
    """Number of the clip's frame that each frame of a post shows."""
    with av.open(str(path)) as container:
        return [round((float(frame.to_ndarray()[: frame.height].mean()) - 40) / 2) for frame in container.decode(video=0)]


STEADY = np.arange(50) / 25


def test_one_pass_makes_every_canvas_with_all_its_frames(tmp_path: Path) -> None:
    shots = [shot(tmp_path, "tall", (90, 160), STEADY), shot(tmp_path, "wide", (192, 108), STEADY)]
    shoot(frames(STEADY), shots)
    for made in shots:
        assert made.failed is None
        assert shown(made.picture) == list(range(50))
        assert len(made.places) == 50


def test_each_frame_is_tagged_at_its_own_time_of_the_clip(tmp_path: Path) -> None:
    late = STEADY + 7.25
    made = shot(tmp_path, "part", (90, 160), late, start_s=7.65, end_s=8.45)
    shoot(frames(late), [made])
    assert shown(made.picture) == list(range(10, 30))
    assert isinstance(made.painter, Marks)
    assert made.painter.asked == pytest.approx(late[10:30])
    assert [place.frame_index for place in made.places] == list(range(20))


def test_a_variable_rate_becomes_constant_and_stays_in_time(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    uneven = np.concatenate([[0.0], np.cumsum(rng.uniform(0.02, 0.09, 45))])
    made = shot(tmp_path, "even", (90, 160), uneven)
    shoot(frames(uneven), [made])
    wanted = nearest(uneven, ticks(0.0, 2.0, Fraction(25)))
    assert shown(made.picture) == list(wanted)
    assert np.abs(uneven[wanted] - ticks(0.0, 2.0, Fraction(25))).max() <= 0.046


def test_fifty_frames_a_second_become_twentyfive_by_leaving_out_every_second(tmp_path: Path) -> None:
    fast = np.arange(100) / 50
    made = shot(tmp_path, "half", (90, 160), fast)
    shoot((Frame(index // 2, float(at_s)) for index, at_s in enumerate(fast)), [made])
    assert shown(made.picture) == list(range(50))


def test_a_canvas_whose_disk_fills_up_is_left_out_and_the_others_are_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shots = [shot(tmp_path, name, (90, 160), STEADY) for name in ("one", "two", "three")]
    write = mp4.PictureFile.write

    def fills_up(self: mp4.PictureFile, planes: Planes) -> None:
        if self.path.name == "two.mp4" and self.frames == 20:
            raise OverlayError("two.mp4: the disk is full")
        write(self, planes)

    monkeypatch.setattr(mp4.PictureFile, "write", fills_up)
    shoot(frames(STEADY), shots)
    assert [made.failed is None for made in shots] == [True, False, True]
    assert not shots[1].picture.exists()
    assert shown(shots[0].picture) == shown(shots[2].picture) == list(range(50))


def test_an_error_of_ours_stops_all_and_leaves_no_file(tmp_path: Path) -> None:
    made = shot(tmp_path, "one", (90, 160), STEADY)

    def broken() -> Iterator[Frame]:
        yield from list(frames(STEADY))[:5]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shoot(broken(), [made])
    assert not list(tmp_path.iterdir())


def test_a_span_without_frames_is_named(tmp_path: Path) -> None:
    made = shot(tmp_path, "late", (90, 160), STEADY, start_s=5.0, end_s=7.0)
    shoot(frames(STEADY), [made])
    assert "the clip has no frames between 5 s and 7 s" in str(made.failed)
    assert not list(tmp_path.iterdir())


def test_guides_leave_the_free_part_as_it_is_and_darken_the_rest() -> None:
    y = np.full((160, 90), 120, np.uint8)
    chroma = np.full((80, 45), 128, np.uint8)
    zone = preset("tall", (90, 160)).safe_zone
    posting.draw_guides((y, chroma, chroma), zone)
    assert y[80, 40] == 120
    assert y[2, 2] < 90
    assert y[8, 40] == 235


def test_a_clip_below_the_minimum_is_told_both_numbers() -> None:
    said = too_short(shipped()["reels"], 1.4)
    assert "reels: the clip gives 1.40 s and Instagram Reels takes no less than 3 s" in str(said)
    assert too_short(shipped()["x"], 1.4) is None
