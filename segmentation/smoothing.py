"""Steady boxes without lag: paths that bend no more than pays, deaf to outliers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

WINDOW_S = 0.5  # sightings this long before and after an instant count, the nearer the more
BEND_S3 = 4e-4  # what a bend of the centre's path costs: less follows the shaking of the camera, more than 0.5 px of it
SIZE_BEND_S3 = 1e-2  # a car's size changes more slowly than its place
TICK_S = 2e-4  # to which times are rounded, so that the frames of a clip share their smoothers
OUTLIER = 10.0  # times the usual distance from a straight line through the middle: further out a sighting cannot draw the path at first …
LIMIT = 1.5  # … and then no sighting draws it more than one this many times the usual residual away
LEAST_RESIDUAL = 1e-3  # below this, in px or in log size, sightings agree
ROUNDS = 2


@dataclass(frozen=True, slots=True, eq=False)
class SteadyPath:
    """A car's path past some sightings, to be read at instants among them.

    Attributes:
        time_s: n times of the sightings, rising, in s.
        pulling: (2, 2, n) centres and log sizes as seen, across and down, outliers brought nearer to the path.
    """

    time_s: Sequence[float]
    pulling: Floats

    @classmethod
    def along(cls, time_s: Sequence[float], xyxy: Floats, at_s: float) -> "SteadyPath":
        """Return the path by a robust Whittaker smoother: close to the sightings, with as little bending as pays.

        It minimises the squared residuals plus `BEND_S3` times the integral of its squared second derivative (Eilers 2003, "A perfect
        smoother", for uneven times): of all paths that bend no more, it is the one nearest to what was seen. Residuals are limited as
        by Huber 1981 (modified residuals). Beyond the first and the last sighting it goes straight on.

        Args:
            time_s: n times of the sightings in the window, rising, in s.
            xyxy: (n, 4) boxes seen then, in px.
            at_s: The first instant that is asked for, in s.

        Raises:
            ValueError: There is no sighting.
        """
        if len(time_s) == 0:
            raise ValueError("wanted one sighting or more, got none")
        smoother = _smoother(_ticks(time_s, at_s))
        low, high = xyxy.T.reshape(2, 2, -1)
        values = np.stack([(low + high) / 2, np.log(np.maximum(high - low, 1.0))])
        # Least squares cannot begin without help: sightings that are outliers together would draw it to themselves.
        middle = smoother.middle(values)
        pulling = middle + _limited(values - middle, OUTLIER)
        for _ in range(ROUNDS):
            path = pulling @ smoother.fit
            pulling = path + _limited(values - path, LIMIT)
        return cls(time_s, pulling)

    def at(self, at_s: float) -> Floats:
        """Return the (4,) box at an instant."""
        centre, size = (self.pulling @ _smoother(_ticks(self.time_s, at_s)).now)[..., 0]
        half = np.exp(size) / 2
        box: Floats = np.concatenate([centre - half, centre + half])
        return box


def steady_box(time_s: Sequence[float], xyxy: Floats, at_s: float) -> Floats:
    """Return the (4,) box at an instant from the sightings around it; see `SteadyPath.along`."""
    return SteadyPath.along(time_s, xyxy, at_s).at(at_s)


def _ticks(time_s: Sequence[float], at_s: float) -> tuple[int, ...]:
    return tuple([round((seen_s - at_s) / TICK_S) for seen_s in time_s])


@dataclass(frozen=True, slots=True, eq=False)
class _Smoother:
    """What makes (2, k, n) sightings of centres and sizes, at n certain times around an instant, into paths.

    Attributes:
        fit: (2, n, n), gives the paths where they were seen.
        now: (2, n, 1), gives them at the instant.
        ticks: (n,) times since the instant.
        apart: From the middle of their first half to that of their second.
    """

    fit: Floats
    now: Floats
    ticks: Floats
    apart: float

    def middle(self, values: Floats) -> Floats:
        """Return (2, k, n) values on straight lines through the middle of the sightings, from the medians of their two halves."""
        half = (len(self.ticks) + 1) // 2
        slope = (_median(values[..., -half:]) - _median(values[..., :half])) / self.apart
        line = slope * self.ticks
        return np.asarray(line + _median(values - line))


@lru_cache(maxsize=1024)
def _smoother(ticks: tuple[int, ...]) -> _Smoother:
    """Return the smoother of sightings so many ticks from the instant, rising."""
    times, half = np.array(ticks, np.float64), (len(ticks) + 1) // 2
    apart = max(float(np.median(times[-half:]) - np.median(times[:half])), 1.0)
    seen = np.unique(ticks)
    if len(seen) == 1:
        mean = np.full((2, len(ticks), len(ticks)), 1 / len(ticks))
        return _Smoother(mean, mean[..., :1], times, apart)
    at = int(np.searchsorted(seen, 0))
    knots = seen if at < len(seen) and seen[at] == 0 else np.insert(seen, at, 0)
    drawn = (knots[:, None] == np.array(ticks)).astype(np.float64)
    stiff = _stiffness(knots * TICK_S)
    bends = np.array([BEND_S3, SIZE_BEND_S3])[:, None, None]
    steady = np.linalg.solve(bends * stiff + np.diag(drawn.sum(axis=1)), drawn).swapaxes(1, 2)
    return _Smoother(np.ascontiguousarray(steady @ drawn), np.ascontiguousarray(steady[..., at : at + 1]), times, apart)


def _stiffness(time_s: Floats) -> Floats:
    """Return the (n, n) matrix whose quadratic form is the integral of the squared second derivative, in 1/s³, at (n,) rising times."""
    count = len(time_s)
    step_s = np.diff(time_s)
    root = 1 / np.sqrt((step_s[1:] + step_s[:-1]) / 2)
    bend, row = np.zeros((max(count - 2, 0), count)), np.arange(max(count - 2, 0))
    bend[row, row], bend[row, row + 2] = root / step_s[:-1], root / step_s[1:]
    bend[row, row + 1] = -bend[row, row] - bend[row, row + 2]
    return np.asarray(bend.T @ bend)


def _limited(away: Floats, most: float) -> Floats:
    """Return (2, k, n) residuals, those of a sighting shrunk together to `most` times the usual one where they are larger."""
    size = np.abs(away).max(axis=1, keepdims=True)
    limit = most * np.maximum(_median(size), LEAST_RESIDUAL)
    return np.asarray(away * np.minimum(1.0, limit / np.maximum(size, LEAST_RESIDUAL)))


def _median(values: Floats) -> Floats:
    """Return the medians along the last axis, which stays; numpy's own takes ten times as long over so few."""
    count = values.shape[-1]
    rising = values.copy()
    rising.sort()
    middle: Floats = (rising[..., (count - 1) // 2, None] + rising[..., count // 2, None]) / 2
    return middle
