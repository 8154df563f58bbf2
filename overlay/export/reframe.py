"""The camera of a post: where to look in the clip so that the followed car and its tag stay clear of buttons, calmly.

The path is planned over the whole post at once, so it neither lags nor hunts: it minimises distance and acceleration together,
never exceeds its limits of speed and acceleration, and moves faster only where the car would leave the safe zone. Where there
is no car for a while the camera draws back and shows the whole road on a blurred ground.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_solve_banded, cholesky_banded

from overlay.errors import OverlayError
from overlay.export.presets import SafeZone

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MAX_SPEED = 1.0  # canvas widths a second: a corner taken by the car ahead, and no faster
MAX_ACCELERATION = 2.0  # canvas widths a second²: full speed in half a second, as a practised hand pans
CALM_HZ = 0.22  # car movements faster than this are left to happen inside the picture
EDGE_PULL = 60.0  # how much more it weighs when the car is about to leave the safe zone
EDGE_MARGIN = 0.1  # of the safe zone's width, kept on either side of the car's centre
AIM_TO_SAFE = 0.5  # between the canvas's middle (0), where it looks right, and the safe zone's (1), where it is safe
HOLD_S = 1.2  # a car lost for less than this is waited for
SHOW_S = 1.5  # a car seen for less than this does not bring the camera in
DRAW_S = 0.9  # to draw back or come in
WIDE_FILL = 4 / 3  # drawn back, the clip fills a third more than its width: 4:3, large and still all of the road
MAX_ENLARGEMENT = 6.0  # a picture enlarged more than this is mush
END_INSET = 0.002  # canvas widths; the solver settles to a quarter of this, and a cut-off path would jerk
FULL_COVER = 1.02  # aspects nearer than this are simply filled


@dataclass(frozen=True, slots=True, eq=False)
class CameraPath:
    """Where each frame of a post looks: canvas px = `scale` · clip px + (`left`, `top`).

    Attributes:
        scale: (n,) float64.
        left: (n,) float64, canvas px of the clip's left edge.
        top: (n,) float64, canvas px of the clip's top edge.
        drawn_back: (n,) float64, 0 close to 1 wide.
    """

    scale: Floats
    left: Floats
    top: Floats
    drawn_back: Floats

    def __len__(self) -> int:
        return len(self.scale)

    def box(self, index: int, xyxy: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """Return a box of the clip in canvas pixels at one frame."""
        scale, left, top = float(self.scale[index]), float(self.left[index]), float(self.top[index])
        return scale * xyxy[0] + left, scale * xyxy[1] + top, scale * xyxy[2] + left, scale * xyxy[3] + top


def plan(
    xyxy: Floats,
    *,
    rate_hz: float,
    clip_wh: tuple[int, int],
    canvas_wh: tuple[int, int],
    safe: SafeZone,
    cuts: tuple[int, ...] = (),
) -> CameraPath:
    """Return the camera's path.

    Args:
        xyxy: (n, 4) the followed car's box in clip pixels for each frame of the post, NaN where there is none.
        rate_hz: Frames a second of the post.
        clip_wh: Size of the clip.
        canvas_wh: Size of the post.
        safe: Where the car's centre should stay, in canvas pixels.
        cuts: Frames at which a new scene begins; the camera starts afresh there.

    Raises:
        OverlayError: The clip would have to be enlarged beyond use.
    """
    width, height = canvas_wh
    close = max(width / clip_wh[0], height / clip_wh[1])
    if close > MAX_ENLARGEMENT:
        raise OverlayError(
            f"a crop for {width}×{height} is larger than the picture of {clip_wh[0]}×{clip_wh[1]} gives: "
            f"it would be enlarged {close:.1f} times; use a larger clip"
        )
    contain = min(width / clip_wh[0], height / clip_wh[1])
    wide = close if close < contain * FULL_COVER else min(contain * WIDE_FILL, close)
    bounds = [0, *sorted(cut for cut in cuts if 0 < cut < len(xyxy)), len(xyxy)]
    parts = [_scene(xyxy[a:b], rate_hz, clip_wh, canvas_wh, safe, close, wide) for a, b in pairwise(bounds) if b > a]
    return CameraPath(*(np.concatenate([part[k] for part in parts]) if parts else np.empty(0) for k in range(4)))


def _scene(
    xyxy: Floats, rate_hz: float, clip_wh: tuple[int, int], canvas_wh: tuple[int, int], safe: SafeZone, close: float, wide: float
) -> tuple[Floats, Floats, Floats, Floats]:
    seen: Bools = np.isfinite(xyxy[:, 0])
    back = draw_back(seen, rate_hz) if wide < close else np.zeros(len(xyxy))
    scale = close ** (1 - back) * wide**back
    places = []
    for axis in (0, 1):
        centre = (xyxy[:, axis] + xyxy[:, axis + 2]) / 2
        zone = (safe.xyxy[axis], safe.xyxy[axis + 2])
        looked_at = _look(centre, seen, rate_hz, clip_wh[axis], canvas_wh[axis], zone, close, canvas_wh[0])
        looked_at = (1 - back) * looked_at + back * clip_wh[axis] / 2
        shown_at = canvas_wh[axis] / 2
        # Drawn back, the picture lies in the middle of what is free; where it fills the canvas there is no room to move it.
        room = max((canvas_wh[axis] - wide * clip_wh[axis]) / 2, 0.0)
        shift = float(np.clip((zone[0] + zone[1]) / 2 - shown_at, -room, room))
        places.append(shown_at + back * shift - scale * looked_at)
    return scale, places[0], places[1], back


def draw_back(seen: Bools, rate_hz: float) -> Floats:
    """Return (n,) how far the camera has drawn back, 0 to 1, eased, from where a car is seen.

    Short losses are waited out, short sightings ignored.
    """
    alone = ~seen
    for state, shortest_s in ((True, HOLD_S), (False, SHOW_S)):
        for start, end in _runs(alone, state):
            if (end - start) / rate_hz < shortest_s and not (start == 0 and end == len(alone)):
                alone[start:end] = not state
    ease = max(round(DRAW_S * rate_hz), 1)
    kernel = np.sin(np.linspace(0, np.pi, ease + 2)[1:-1]) ** 2
    padded = np.pad(alone.astype(np.float64), ease, mode="edge")
    return np.clip(np.convolve(padded, kernel / kernel.sum(), mode="same")[ease:-ease], 0.0, 1.0)


def _runs(flags: Bools, state: bool) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags == state, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _look(
    centre: Floats,
    seen: Bools,
    rate_hz: float,
    clip_px: int,
    canvas_px: int,
    zone: tuple[float, float],
    scale: float,
    width_px: int,
) -> Floats:
    """Return (n,) the clip coordinate that the canvas's middle shows, along one axis."""
    half = canvas_px / 2 / scale
    if clip_px <= 2 * half * FULL_COVER or not seen.any():
        return np.full(len(centre), clip_px / 2)
    middle = canvas_px / 2
    aim = middle + AIM_TO_SAFE * ((zone[0] + zone[1]) / 2 - middle)
    margin = EDGE_MARGIN * (zone[1] - zone[0])
    target = centre - (aim - middle) / scale
    low = centre - (zone[1] - margin - middle) / scale
    high = centre - (zone[0] + margin - middle) / scale
    unit = width_px / scale  # a canvas width in clip pixels: limits hold for what the eye sees
    path = smooth_path(
        np.where(seen, target, clip_px / 2) / unit,
        seen,
        np.where(seen, low, -1e9) / unit,
        np.where(seen, high, 1e9) / unit,
        (half / unit + END_INSET, (clip_px - half) / unit - END_INSET),
        rate_hz,
    )
    return np.clip(path * unit, half, clip_px - half)


def smooth_path(
    target: Floats, weight: Bools, low: Floats, high: Floats, ends: tuple[float, float], rate_hz: float, rounds: int = 1000
) -> Floats:
    """Return the calmest path near a target that keeps its limits of speed and acceleration.

    Minimises ½Σ(x−target)² over weighted frames + ½Σ(x″)²/ω⁴ + ½·EDGE_PULL·Σ distance(x, [low, high])² by ADMM, subject to
    |x′| ≤ MAX_SPEED, |x″| ≤ MAX_ACCELERATION and x within `ends`. Lengths are in canvas widths.

    Args:
        target: (n,) wanted places.
        weight: (n,) bool, False where the target says nothing.
        low: (n,) least place with the car in the safe zone.
        high: (n,) greatest such place.
        ends: Least and greatest place possible at all.
        rate_hz: Frames a second.
        rounds: Iterations; the path is settled to a thousandth of the canvas long before.
    """
    count = len(target)
    if count < 3:
        return np.full(count, np.clip(target[weight].mean() if weight.any() else sum(ends) / 2, *ends))
    omega = 2 * np.pi * CALM_HZ
    pull = weight.astype(np.float64)
    # One scale for places, speeds and accelerations, so that all settle alike: a speed counts over 0.3 s, an acceleration
    # over its half square.
    first, second = 0.3 * rate_hz, 0.045 * rate_hz**2
    speed, turn = MAX_SPEED * 0.98 * 0.3, MAX_ACCELERATION * 0.98 * 0.045
    rho = 8.0
    bands = _bands(count, pull + rho, rho * first**2, (omega**-4) * rate_hz**4 + rho * second**2)
    factor = cholesky_banded(bands, lower=True)
    place = np.clip(np.where(weight, target, np.interp(np.arange(count), np.flatnonzero(weight), target[weight])), *ends)
    held, u_place = place.copy(), np.zeros(count)
    z_speed, u_speed = np.zeros(count - 1), np.zeros(count - 1)
    z_turn, u_turn = np.zeros(count - 2), np.zeros(count - 2)
    for _ in range(rounds):
        right = pull * target + rho * (held - u_place)
        right += rho * first * _diff_t(z_speed - u_speed) + rho * second * _diff_t(_diff_t(z_turn - u_turn))
        place = cho_solve_banded((factor, True), right)
        moved = place + u_place
        inside = np.clip(moved, low, high)  # the pull of the safe zone's edge, in closed form
        held = np.clip(np.where(moved == inside, moved, (rho * moved + EDGE_PULL * inside) / (rho + EDGE_PULL)), *ends)
        u_place = moved - held
        step = first * np.diff(place)
        z_speed = np.clip(step + u_speed, -speed, speed)
        u_speed += step - z_speed
        bend = second * np.diff(place, 2)
        z_turn = np.clip(bend + u_turn, -turn, turn)
        u_turn += bend - z_turn
    return place


def _diff_t(values: Floats) -> Floats:
    """The transpose of `np.diff`."""
    return np.asarray(np.concatenate([[0.0], values]) - np.concatenate([values, [0.0]]))


def _bands(count: int, diagonal: Floats, on_first: float, on_second: float) -> Floats:
    """Return diag + a·D₁ᵀD₁ + b·D₂ᵀD₂ as (3, n) lower bands."""
    bands = np.zeros((3, count))
    bands[0] = diagonal
    bands[0, :-1] += on_first
    bands[0, 1:] += on_first
    bands[1, :-1] -= on_first
    for offset, factor in ((0, 1.0), (1, 4.0), (2, 1.0)):
        bands[0, offset : count - 2 + offset] += on_second * factor
    bands[1, : count - 2] -= 2 * on_second
    bands[1, 1 : count - 1] -= 2 * on_second
    bands[2, : count - 2] += on_second
    return bands
