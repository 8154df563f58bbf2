"""Loud clips whose laps are nearly the same: cars whose RPM are made to lie a few per mille apart."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sessions import demo
from telemetry import race
from telemetry.race_record import RaceRecord, Trace
from telemetry.race_session import RaceSession
from telemetry.sync import close_call
from telemetry.sync.engine_sound import RATE_HZ
from telemetry.sync.places import Place, hearing, refined
from telemetry.sync.sound import Sound

START_S, CLIP_S = 320.0, 12.0
APART = 1.003  # of the RPM; a window of 192 ms tells 500 Hz from 507
LOUD, QUIET = 0.3, 40.0  # noise beside an engine of fifteen orders of 1 each


@pytest.fixture(scope="module")
def driven() -> Trace:
    record: RaceRecord = race.load(RaceSession(2025, "Alta Grand Prix", "R", Path(demo.__file__).parent / "livetiming.txt"))
    return record.traces["RAP"]


def heard(driven: Trace, *, noise: float) -> Sound:
    """Return a car's sound: all its half orders alike, and white noise."""
    random = np.random.default_rng(1)
    time_s = np.arange(round(CLIP_S * RATE_HZ)) / RATE_HZ
    turned = np.cumsum(np.interp(START_S + time_s, driven.session_time_s, driven.rpm)) / 60 / RATE_HZ
    orders = np.arange(1.0, 8.01, 0.5)
    sound = np.sin(2 * np.pi * (orders * turned[:, None] + random.uniform(0, 1, len(orders)))).sum(1)
    sound += noise * random.normal(size=len(sound))
    return Sound((0.02 * sound).astype(np.float32), RATE_HZ, 0.0)


def settled(driven: Trace, factors: Sequence[float], *, noise: float) -> bool:
    """Return whether the first of cars whose RPM are the driven ones times a factor is told from the others."""
    traces = {f"{number}": replace(driven, rpm=driven.rpm * factor) for number, factor in enumerate(factors)}
    what = hearing(heard(driven, noise=noise), traces, 0.0)
    assert what is not None
    found = [refined(what, Place(tla, START_S, 1.0, 0.0), 0.0, CLIP_S) for tla in traces]
    return close_call.settled(what, found[0], found[1:], 0.0, CLIP_S)


def test_a_loud_engine_is_told_from_one_a_few_per_mille_faster(driven: Trace) -> None:
    assert settled(driven, (1.0, APART), noise=LOUD)


def test_the_faster_one_is_not_taken_for_it(driven: Trace) -> None:
    assert not settled(driven, (APART, 1.0), noise=LOUD)


def test_of_two_that_are_both_off_neither_is_taken(driven: Trace) -> None:
    assert not settled(driven, (APART**2, APART**-3), noise=LOUD)


def test_a_quiet_engine_is_not_told_from_another(driven: Trace) -> None:
    assert not settled(driven, (1.0, APART), noise=QUIET)
