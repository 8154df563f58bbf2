"""Steady boxes without lag: local polynomials around each instant, deaf to outliers."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

WINDOW_S = 0.5  # sightings this long before and after an instant count, the nearer the more
SPREAD_S = (
    0.135  # standard deviation of that weight for the centre: less follows the shaking of the camera, more than 0.5 px of it
)
SIZE_SPREAD_S = 0.24  # a car's size changes more slowly than its place
SPREADS_S = np.array([[SPREAD_S], [SIZE_SPREAD_S]])
OUTLIER = 5.0  # times the usual residual: beyond it a sighting loses its say (Cleveland 1979, robust local regression)
LEAST_RESIDUAL = 1e-3  # below this, in px or in log size, sightings agree
ROUNDS = 2


def steady_box(time_s: Floats, xyxy: Floats, at_s: float) -> Floats:
    """Return the (4,) box at an instant by robust local regression, second order where sightings lie on both sides.

    Args:
        time_s: (n,) times of the sightings in the window, rising, in s.
        xyxy: (n, 4) boxes seen then, in px.
        at_s: The instant, in s.

    Raises:
        ValueError: There is no sighting.
    """
    if len(time_s) == 0:
        raise ValueError("wanted one sighting or more, got none")
    low, high = xyxy[:, :2], xyxy[:, 2:]
    values = np.stack([(low + high) / 2, np.log(np.maximum(high - low, 1.0))])
    centre, size = _local_fit(time_s - at_s, values)
    half = np.exp(size) / 2
    return np.concatenate([centre - half, centre + half])


def _local_fit(ago_s: Floats, values: Floats) -> Floats:
    """Return the (2, k) values at ago 0 of weighted polynomials through (2, n, k) values, centres and sizes each with their spread.

    Both are fitted in one go: a render asks for every frame, and the arrays are so small that the number of calls is what it costs.
    """
    both_sides = np.count_nonzero(ago_s <= 0) >= 3 and np.count_nonzero(ago_s >= 0) >= 3
    order = 2 if both_sides else 1 if len(ago_s) >= 4 else 0
    scaled = ago_s / SPREADS_S
    basis = scaled[..., None] ** np.arange(order + 1)
    near = np.exp(-0.5 * scaled**2) + 1e-4
    ridge = 1e-6 * np.eye(order + 1)
    # Least squares cannot begin without help: sightings that are outliers together would draw it to themselves.
    from_middle = np.abs(values - _median(values))
    trust = _trust((from_middle / np.maximum(_median(from_middle), LEAST_RESIDUAL)).max(axis=2))
    fit: Floats = np.zeros((2, order + 1, values.shape[2]))
    for _ in range(ROUNDS):
        weighted = (basis * (near * trust)[..., None]).transpose(0, 2, 1)
        fit = np.asarray(np.linalg.solve(weighted @ basis + ridge, weighted @ values), np.float64)
        away = np.abs(values - basis @ fit).max(axis=2)
        after = _trust(away / np.maximum(_median(away), LEAST_RESIDUAL))
        trust = np.where(after.sum(axis=1, keepdims=True) < order + 1, trust, after)
    now: Floats = fit[:, 0]
    return now


def _median(values: Floats) -> Floats:
    """Return the medians along the second axis, which stays; numpy's own takes ten times as long over so few."""
    count = values.shape[1]
    rising = np.sort(values, axis=1)
    middle: Floats = (rising[:, (count - 1) // 2, None] + rising[:, count // 2, None]) / 2
    return middle


def _trust(away: Floats) -> Floats:
    """Return the bisquare weights, 1 to 0, of residuals given in usual residuals (Cleveland 1979)."""
    weights: Floats = np.maximum(1 - (away / OUTLIER) ** 2, 0) ** 2
    return weights
