import numpy as np
import pytest

from telemetry.sync.witness import GRID_S, Channel


@pytest.mark.parametrize("step", [GRID_S, 5 * GRID_S, 0.05])
@pytest.mark.parametrize("by_s", [-3.0, 0.0, 1.234])
def test_a_channel_read_later_is_the_channel_at_later_times(step: float, by_s: float) -> None:
    time_s = np.r_[np.arange(100.0, 110.0, 0.25), np.arange(120.0, 125.0, 0.25)]  # a hole between
    channel = Channel(time_s, np.sin(time_s))
    times_s = 95.003 + step * np.arange(round(40 / step))  # from before its beginning until after its end
    got = channel.later(times_s, by_s)
    np.testing.assert_array_equal(got, channel.at(times_s + by_s))
    assert 0 < np.isfinite(got).sum() < len(got)


def test_a_channel_without_samples_is_never_known() -> None:
    assert np.isnan(Channel(np.empty(0), np.empty(0)).later(np.arange(0.0, 10.0, GRID_S), 1.0)).all()
