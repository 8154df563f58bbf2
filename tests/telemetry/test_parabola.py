"""A parabola's top is where it was drawn."""

import numpy as np
import pytest

from telemetry.parabola import top_off


def test_the_top_is_where_it_was_drawn() -> None:
    tops = np.linspace(-0.5, 0.5, 11)
    np.testing.assert_allclose(top_off(*(5.0 - 3.0 * (at - tops) ** 2 for at in (-1, 0, 1))), tops, atol=1e-9)


@pytest.mark.parametrize(("values", "off"), [((1.0, 1.0, 1.0), 0.0), ((0.0, 1.0, 2.0), 1.0), ((2.0, 1.0, 0.5), -1.0)])
def test_what_has_no_top_leads_to_where_it_is_highest(values: tuple[float, float, float], off: float) -> None:
    assert top_off(*values) == off
