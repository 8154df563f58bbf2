import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.errors import OverlayError
from overlay.export.presets import shipped
from overlay.export.reframe import MAX_ACCELERATION, MAX_SPEED, CameraPath, draw_back, plan
from tests.shared import shared

CLIP = (1280, 720)
REELS = shipped()["reels"]


def boxes(centre_x: np.ndarray, y: float = 300.0) -> np.ndarray:
    return np.stack([centre_x - 40, np.full(len(centre_x), y - 30), centre_x + 40, np.full(len(centre_x), y + 30)], axis=1)


def reframed(xyxy: np.ndarray, rate_hz: float = 25.0, cuts: tuple[int, ...] = ()) -> CameraPath:
    return plan(xyxy, rate_hz=rate_hz, clip_wh=CLIP, canvas_wh=REELS.size, safe=REELS.safe_zone, cuts=cuts)


def centre_on_canvas(path: CameraPath, xyxy: np.ndarray) -> np.ndarray:
    return path.scale * (xyxy[:, 0] + xyxy[:, 2]) / 2 + path.left


def limits(path: CameraPath, rate_hz: float) -> tuple[float, float]:
    """Greatest speed and acceleration of what is looked at, in canvas widths."""
    looked_at = (REELS.size[0] / 2 - path.left) / path.scale / (REELS.size[0] / path.scale)
    return float(np.abs(np.diff(looked_at)).max() * rate_hz), float(np.abs(np.diff(looked_at, 2)).max() * rate_hz**2)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "rate_hz"), [("demo", 25), ("alta45", 25), ("vale83", 25), ("alta61_50fps", 50)])
def test_the_car_ahead_stays_in_the_safe_zone_of_every_tall_preset_on_simulated_clips(name: str, rate_hz: int) -> None:
    rows = list(csv.DictReader(shared("sim", f"{name}.csv").read_text().splitlines()))
    xyxy = np.full((max(int(row["frame"]) for row in rows) + 1, 4), np.nan)
    for row in rows:
        box = np.array([float(word) for word in row["box_xyxy"].split()])
        frame = xyxy[int(row["frame"])]
        if row["onboard"] == "0" and len(box) and not box[2] - box[0] <= frame[2] - frame[0]:
            frame[:] = box
    seen = np.isfinite(xyxy[:, 0])
    for preset in (preset for preset in shipped().values() if preset.size[1] > preset.size[0]):
        path = plan(xyxy, rate_hz=rate_hz, clip_wh=CLIP, canvas_wh=preset.size, safe=preset.safe_zone)
        y = path.scale * (xyxy[:, 1] + xyxy[:, 3]) / 2 + path.top
        inside = [preset.safe_zone.holds(*point) for point in np.stack([centre_on_canvas(path, xyxy), y], axis=1)[seen]]
        assert np.mean(inside) >= 0.98, preset.name


def test_speed_and_acceleration_are_limited_even_when_the_car_jumps() -> None:
    centre = np.where(np.arange(200) < 100, 250.0, 1000.0)
    speed, acceleration = limits(reframed(boxes(centre)), 25.0)
    assert speed <= MAX_SPEED * 1.02
    assert acceleration <= MAX_ACCELERATION * 1.05


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(100, 1180), min_size=3, max_size=8), st.sampled_from([25.0, 50.0]))
def test_the_camera_stays_in_the_picture_and_within_its_limits(knots: list[float], rate_hz: float) -> None:
    at = np.arange(0, len(knots) - 1, 1 / rate_hz)
    path = reframed(boxes(np.interp(at, np.arange(len(knots)), knots)), rate_hz)
    assert (path.left <= 1e-6).all()
    assert (path.left + path.scale * CLIP[0] >= REELS.size[0] - 1e-6).all()
    speed, acceleration = limits(path, rate_hz)
    assert speed <= MAX_SPEED * 1.02
    assert acceleration <= MAX_ACCELERATION * 1.1


def test_a_jitter_of_the_box_does_not_move_the_camera() -> None:
    jitter = 640 + 6 * np.random.default_rng(2).standard_normal(300)
    path = reframed(boxes(jitter))
    assert np.abs(np.diff(path.left)).max() < 0.8, "canvas pixels a frame, of 16 for the box itself"


def test_the_path_has_no_lag() -> None:
    at_s = np.arange(0, 12, 1 / 25)
    path = reframed(boxes(640 + 260 * np.sin(2 * np.pi * at_s / 6)))
    looked_at = (REELS.size[0] / 2 - path.left) / path.scale
    wave = looked_at - looked_at.mean()
    lag = np.angle(np.sum(wave * np.exp(-2j * np.pi * at_s / 6))) - np.angle(-1j)
    assert abs(lag) < 0.05, "a twentieth of a radian of a six-second swing is 50 ms"


def test_where_the_car_is_lost_for_long_the_camera_draws_back_and_shows_the_whole_road() -> None:
    xyxy = boxes(np.full(300, 400.0))
    xyxy[100:200] = np.nan
    path = reframed(xyxy)
    assert path.drawn_back[:85].max() == 0
    assert path.drawn_back[150] == 1
    shown = REELS.size[0] / path.scale[150]
    assert shown == pytest.approx(0.75 * CLIP[0])
    middle = path.top[150] + path.scale[150] * CLIP[1] / 2
    assert middle == pytest.approx((REELS.safe_zone.y1 + REELS.safe_zone.y2) / 2)
    assert np.abs(np.diff(np.log(path.scale))).max() < 0.1, "eased, not a jump"


def test_a_short_loss_is_waited_out_and_a_short_sighting_ignored() -> None:
    seen = np.ones(300, bool)
    seen[100:120] = False
    assert draw_back(seen, 25.0).max() == 0
    assert draw_back(~seen, 25.0).min() == 1


def test_no_car_at_all_is_shown_wide() -> None:
    path = reframed(np.full((50, 4), np.nan))
    assert (path.drawn_back == 1).all()


def test_a_cut_lets_the_camera_jump_and_only_there() -> None:
    path = reframed(boxes(np.where(np.arange(200) < 100, 250.0, 1000.0)), cuts=(100,))
    steps = np.abs(np.diff(path.left))
    assert steps.argmax() == 99
    assert np.delete(steps, 99).max() < 1


def test_a_wide_preset_shows_the_whole_picture() -> None:
    youtube = shipped()["youtube"]
    path = plan(boxes(np.linspace(100, 1100, 50)), rate_hz=25, clip_wh=CLIP, canvas_wh=youtube.size, safe=youtube.safe_zone)
    assert (path.scale == 1.5).all()
    assert (path.left == 0).all()
    assert (path.top == 0).all()


def test_a_tall_clip_on_a_wide_canvas_is_followed_up_and_down() -> None:
    centre = np.full(100, 200.0)
    youtube = shipped()["youtube"]
    xyxy = boxes(centre, y=900.0)
    path = plan(xyxy, rate_hz=25, clip_wh=(720, 1280), canvas_wh=youtube.size, safe=youtube.safe_zone)
    assert path.box(50, tuple(xyxy[50]))[1] > 0
    assert path.box(50, tuple(xyxy[50]))[3] < 1080


def test_a_crop_larger_than_the_picture_is_refused_in_one_line() -> None:
    with pytest.raises(OverlayError, match="a crop for 1080×1920 is larger than the picture of 160×90 gives"):
        plan(np.full((5, 4), np.nan), rate_hz=25, clip_wh=(160, 90), canvas_wh=REELS.size, safe=REELS.safe_zone)
