"""A picture that is panned by a known amount, and the width of a car whose truth is known."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from overlay.clip import Clip
from overlay.sight import motion, width
from segmentation.engine import Engine
from sessions import demo

RATE = 25
WIDE, HIGH = 640, 360


def panned(file: Path, left_px: npt.NDArray[np.float64], *, graphic: bool = False, rate: int = RATE, **options: str) -> None:
    """Write a clip of a far landscape that has moved to the left by (n,) pixels; `options` are the encoder's."""
    random = np.random.default_rng(1)
    land = cv2.GaussianBlur(random.uniform(0, 255, (HIGH, 6 * WIDE)).astype(np.float32), (0, 0), 3)
    land = cv2.normalize(land, None, 40, 215, cv2.NORM_MINMAX)
    with av.open(str(file), "w") as out:
        stream = out.add_stream("libx264", rate=rate, options={"crf": "20", "preset": "ultrafast", **options})
        stream.width, stream.height, stream.pix_fmt = WIDE, HIGH, "yuv420p"
        for number, shift in enumerate(left_px):
            matrix = np.array([[1, 0, -shift - 2 * WIDE], [0, 1, 0]], np.float32)
            picture = cv2.warpAffine(land, matrix, (WIDE, HIGH)).astype(np.uint8)
            if graphic:
                cv2.putText(picture, "LAP 3/78", (20, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 255, 4)
            frame = av.VideoFrame.from_ndarray(np.repeat(picture[:, :, None], 3, axis=2), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


@pytest.mark.parametrize("graphic", [False, True])
def test_the_picture_s_turn_is_measured(graphic: bool, tmp_path: Path) -> None:
    time_s = np.arange(3 * RATE) / RATE
    speed = 0.15 * np.sin(2 * np.pi * time_s / 3)  # picture widths a second
    panned(tmp_path / "clip.mp4", np.cumsum(speed) / RATE * WIDE, graphic=graphic)
    with Clip(tmp_path / "clip.mp4") as clip:
        seen = motion.turning(clip)
    assert seen is not None
    wanted = np.interp(seen.video_time_s + 0.5 / RATE, time_s, speed)
    slope, _ = np.polyfit(wanted, seen.value, 1)
    assert np.corrcoef(wanted, seen.value)[0, 1] > (0.9 if graphic else 0.98)
    assert slope == pytest.approx(1.0, abs=0.5 if graphic else 0.1)  # of two strips one may see the graphic only


@pytest.mark.parametrize(("rate", "options", "share"), [(25, {"bf": "1"}, 0.5), (50, {"bf": "3", "b_pyramid": "normal"}, 0.5)])
def test_a_part_of_the_pictures_tells_the_turn_where_the_others_can_be_left_out(
    rate: int, options: dict[str, str], share: float, tmp_path: Path
) -> None:
    time_s = np.arange(4 * rate) / rate
    speed = 0.15 * np.sin(2 * np.pi * time_s / 4)
    panned(tmp_path / "clip.mp4", np.cumsum(speed) / rate * WIDE, rate=rate, b_adapt="0", **options)
    shown: list[float] = []
    with Clip(tmp_path / "clip.mp4") as clip:
        seen = motion.turning(clip, beside=lambda frame: shown.append(frame.video_time_s))
    assert seen is not None
    assert len(shown) / len(time_s) == pytest.approx(share, abs=0.1 * share)
    assert np.corrcoef(np.interp(seen.video_time_s + 0.5 / rate, time_s, speed), seen.value)[0, 1] > 0.98


def test_pictures_are_not_left_out_where_the_rest_are_too_far_apart(tmp_path: Path) -> None:
    panned(tmp_path / "clip.mp4", 3.0 * np.arange(3 * RATE), bf="4", b_adapt="0", b_pyramid="none")
    shown: list[float] = []
    with Clip(tmp_path / "clip.mp4") as clip:
        motion.turning(clip, beside=lambda frame: shown.append(frame.video_time_s))
    assert len(shown) == 3 * RATE


def test_a_clip_too_short_to_tell_has_no_turn(tmp_path: Path) -> None:
    panned(tmp_path / "clip.mp4", np.arange(8.0))
    with Clip(tmp_path / "clip.mp4") as clip:
        assert motion.turning(clip) is None


def test_the_car_ahead_is_looked_at_from_where_a_clip_begins_to_its_end() -> None:
    wanted_s = width.Ahead(Engine(), 700.0, 14.0).wanted_s
    assert 700 < wanted_s[0] < 701
    assert 713 < wanted_s[-1] < 714


def test_the_width_of_the_car_ahead_is_that_of_its_box() -> None:
    with Clip(Path(demo.__file__).parent / "onboard.mp4") as clip:
        cars = width.Ahead(Engine(), clip.start_s, clip.duration_s or 0.0)
        for frame in clip.frames():
            cars.look(frame)
    seen = cars.width()
    assert seen is not None
    assert len(seen) <= round((clip.duration_s or 0.0) * width.LOOKS_HZ)
    assert cars.wanted_s == []
    truth: dict[int, float] = {}
    for line in (Path(__file__).parents[2] / "material" / "demo.csv").read_text().splitlines()[1:]:
        frame, *_, box = line.split(",")
        if box:
            x1, _, x2, _ = (float(value) for value in box.split())
            truth[int(frame)] = max(truth.get(int(frame), 0.0), (x2 - x1) / 1280)
    wanted = np.array([truth.get(round(video_s * RATE), np.nan) for video_s in seen.video_time_s])
    assert np.nanmedian(np.abs(np.log(seen.value / wanted))) < 0.1
