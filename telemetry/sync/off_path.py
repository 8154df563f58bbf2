"""How far a loud engine is off the telemetry, sample by sample, and whether neighbouring samples are off alike.

At the right place a sample is off in tone because its stamp is off in time, by some tens of milliseconds and each sample for itself. On
another lap, however nearly the same, the car is some per mille faster or slower for seconds on end, and neighbours are off together.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telemetry.parabola import top_off
from telemetry.sync import orders
from telemetry.sync.engine_sound import RPM_STEP, Path
from telemetry.sync.orders import Ear
from telemetry.sync.places import Place

Floats = npt.NDArray[np.float64]

# Of the RPM grid's steps: to two per cent, half of a thousandth apart.
MOVES: Floats = np.linspace(-4.0, 4.0, 81)
READ = 0.0007  # a loud sample's tone is read to this share of it
STAMP_S = 0.04  # a stamp's jitter, the middle of what was measured
LEAST_NATS = 3.0  # of a sample whose tone can be read
WHOLE_WEIGHT = 0.9  # of a sample beside no gear change
FEWEST = 8  # samples
ROUNDS = 3  # of fitting: what is off by more than `LOOSE` deviations counts the less
LOOSE = 2.0
MOST_OFF = 4.0  # deviations; what is further off counts as this


@dataclass(frozen=True, slots=True)
class OffPath:
    """How a loud clip's samples are off a path.

    Attributes:
        together: How much of it neighbours share, in variances of what one stamp's jitter makes; 0 where each is off for itself.
        faster: By what share the engine runs faster all along.
        faster_error: To which that is known; infinite where too few samples can be read.
        late_s: By what session time the clip lies later, so that they are off the least, were it played at the recorded rate.
        late_error_s: To which that is known; infinite where too few samples can be read.
    """

    together: float
    faster: float
    faster_error: float
    late_s: float = 0.0
    late_error_s: float = math.inf


def off_path(source: Ear, route: Path, place: Place, levels: Floats, start_s: float, end_s: float) -> OffPath:
    """Return how the clip between two video times is off a car's path.

    Args:
        source: The clip's sharp spectrum.
        route: The car's path, only as measured.
        place: Where it is laid over the clip.
        levels: Of the engine's orders, as of `orders.voice`.
        start_s: Video time.
        end_s: Video time.
    """
    video_s, off, slope = _off(source, route, place, levels, start_s, end_s)
    if len(off) < FEWEST:
        return OffPath(0.0, 0.0, math.inf)
    deviation = np.hypot(READ, STAMP_S * slope)
    # All samples may be late alike, and the clip be played too fast or too slow, which bends the tone and carries the time away.
    moves = np.column_stack([slope, 1 + (video_s - video_s.mean()) * slope]) / deviation[:, None]
    wanted: Floats = off / deviation
    late, late_error, _ = _fit(moves[:, :1], wanted)
    fit, error, rest = _fit(moves, wanted)
    rest = np.clip(rest, -MOST_OFF, MOST_OFF)
    return OffPath(float(np.mean(rest[1:] * rest[:-1])), float(fit[1]), float(error[1]), float(late[0]), float(late_error[0]))


def _fit(moves: Floats, wanted: Floats) -> tuple[Floats, Floats, Floats]:
    """Return how much of each of (n, m) moves samples ask for, to which error that is known, and (n,) what is left of them."""
    rest = wanted
    fit: Floats = np.zeros(moves.shape[1])
    for _ in range(ROUNDS):
        weight = 1 / np.maximum(np.abs(rest) / LOOSE, 1.0)
        fit = np.asarray(np.linalg.lstsq(moves * weight[:, None], wanted * weight, rcond=None)[0], np.float64)
        rest = np.asarray(wanted - moves @ fit)
    return fit, np.sqrt(np.diag(np.linalg.pinv(moves.T @ moves))), rest


def _off(source: Ear, route: Path, place: Place, levels: Floats, start_s: float, end_s: float) -> tuple[Floats, Floats, Floats]:
    """Return (n,) video times, by how much samples are off in the logarithm of the tone, and how fast it rises there, a second."""
    heard = [
        orders.heard(source, route, place.offset_s, rate=place.rate, steps=float(steps)).between(start_s, end_s)
        for steps in MOVES
    ]
    video_s = heard[0].video_s
    use = route.weight > 0
    if len(video_s) < FEWEST:
        return np.empty(0), np.empty(0), np.empty(0)
    slopes = np.gradient(route.place[use] * np.log(RPM_STEP), route.time_s[use]) * place.rate
    slope = np.interp(place.at(0.0) + place.rate * video_s, route.time_s[use], slopes)
    weight = heard[0].weight
    nats = np.stack([orders.told(what, levels) for what in heard], axis=1) / weight[:, None]
    best = nats.argmax(1)
    readable = (best > 0) & (best < len(MOVES) - 1) & (nats.max(1) > LEAST_NATS) & (weight > WHOLE_WEIGHT)
    rows, best = np.flatnonzero(readable), best[readable]
    left, top, right = (nats[rows, best + step] for step in (-1, 0, 1))
    moved = MOVES[best] + top_off(left, top, right) * (MOVES[1] - MOVES[0])
    return video_s[readable], np.asarray(moved * np.log(RPM_STEP)), slope[readable]
