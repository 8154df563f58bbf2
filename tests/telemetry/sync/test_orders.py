"""What is told of an engine's own orders, on levels made up so that the truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from telemetry.sync import orders
from telemetry.sync.engine_sound import ORDERS
from telemetry.sync.orders import Heard

COUNT = 400
OVERRUN, POWER = 2, 5  # the order that is loud in each state


def heard() -> Heard:
    """Return an engine of which one order is loud on the overrun and another under power, in chance."""
    random = np.random.default_rng(1)
    power = (np.arange(COUNT) // 40) % 2
    level = random.normal(0, 1, (COUNT, len(ORDERS)))
    level[np.arange(COUNT), np.where(power == 1, POWER, OVERRUN)] += 1.0
    return Heard(np.arange(COUNT) * 0.05, np.ones(COUNT), level, power)


def test_an_order_has_a_level_on_the_overrun_and_one_under_power() -> None:
    levels = orders.voice(heard())
    assert levels[0, OVERRUN] == pytest.approx(0.9, abs=0.2)
    assert levels[1, POWER] == pytest.approx(0.9, abs=0.2)
    assert max(levels[1, OVERRUN], levels[0, POWER]) < 0.25


def test_knowing_when_the_engine_is_under_power_makes_its_path_likelier() -> None:
    known = heard()
    assert orders.evidence(known) > 1.5 * orders.evidence(replace(known, power=np.zeros_like(known.power)))


def test_a_path_in_chance_has_no_evidence() -> None:
    chance = replace(heard(), level=np.random.default_rng(2).normal(0, 1, (COUNT, len(ORDERS))))
    assert orders.evidence(chance) < 5


def test_silence_speaks_against_an_engine_as_loud_as_this_one() -> None:
    engine = heard()
    levels = orders.voice(engine)
    silent = replace(engine, level=np.zeros_like(engine.level))
    assert orders.told(silent, levels) == pytest.approx(-orders.silence(engine, levels))
