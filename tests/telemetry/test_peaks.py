"""Our peaks are SciPy's."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from telemetry.corners import peaks


@pytest.mark.parametrize("seed", range(12))
def test_peaks_are_those_that_scipy_finds(seed: int) -> None:
    values = np.abs(gaussian_filter1d(np.random.default_rng(seed).normal(size=900), 4))
    values = np.repeat(values[::3], 3) if seed % 2 else values  # with plateaus, and without
    for apart, prominence in ((1, 0.0), (15, 0.05), (40, 0.15)):
        wanted, _ = find_peaks(values, height=0.1, distance=apart, prominence=prominence)
        np.testing.assert_array_equal(peaks(values, height=0.1, apart=apart, prominence=prominence), wanted)
