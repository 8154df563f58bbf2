"""Steady boxes without lag: local polynomials around each instant, deaf to outliers."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

WINDOW_S = 0.5  # sightings this long before and after an instant count, the nearer the more
SPREAD_S = (
    0.135  # standard deviation of that weight for the centre: less follows the shaking of the camera, more than 0.5 px of it
)
SIZE_SPREAD_S = 0.24  # a car's size changes more slowly than its place
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
    centre = (xyxy[:, :2] + xyxy[:, 2:]) / 2
    size = np.log(np.maximum(xyxy[:, 2:] - xyxy[:, :2], 1.0))
    ago_s = time_s - at_s
    x, y = _local_fit(ago_s, centre, SPREAD_S)
    half_w, half_h = np.exp(_local_fit(ago_s, size, SIZE_SPREAD_S)) / 2
    return np.array([x - half_w, y - half_h, x + half_w, y + half_h])


def _local_fit(ago_s: Floats, values: Floats, spread_s: float) -> Floats:
    """Return the (k,) values at ago 0 of a weighted polynomial through (n, k) values."""
    before, after = (ago_s <= 0).sum(), (ago_s >= 0).sum()
    both_sides = before >= 3 and after >= 3
    order = 2 if both_sides else 1 if len(ago_s) >= 4 else 0
    scaled = ago_s / spread_s
    basis = np.stack([scaled**power for power in range(order + 1)], axis=1)
    near = np.exp(-0.5 * scaled**2) + 1e-4
    # Least squares cannot begin without help: sightings that are outliers together would draw it to themselves.
    from_middle = np.abs(values - np.median(values, axis=0))
    trust = _trust((from_middle / np.maximum(np.median(from_middle, axis=0), LEAST_RESIDUAL)).max(axis=1))
    fit: Floats = np.zeros((order + 1, values.shape[1]))
    for _ in range(ROUNDS):
        weighted = basis * (near * trust)[:, None]
        fit = np.asarray(np.linalg.solve(weighted.T @ basis + 1e-6 * np.eye(order + 1), weighted.T @ values), np.float64)
        away = np.abs(values - basis @ fit).max(axis=1)
        trust = _trust(away / max(float(np.median(away)), LEAST_RESIDUAL))
        if trust.sum() < order + 1:
            break
    now: Floats = fit[0]
    return now


def _trust(away: Floats) -> Floats:
    """Return the bisquare weights, 1 to 0, of residuals given in usual residuals (Cleveland 1979)."""
    weights: Floats = np.clip(1 - (away / OUTLIER) ** 2, 0, 1) ** 2
    return weights
