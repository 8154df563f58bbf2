"""Loud clips whose laps are nearly the same: cars whose RPM are made to lie a few per mille apart."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from telemetry.race_record import RaceRecord, Trace
from telemetry.sync import close_call, thresholds, verdict
from telemetry.sync.close_call import CloseLook
from telemetry.sync.engine_sound import RATE_HZ
from telemetry.sync.off_path import OffPath
from telemetry.sync.places import Place, hearing, refined
from telemetry.sync.scrutiny import Scrutiny
from telemetry.sync.sound import Sound
from telemetry.sync.verdict import Doubt

START_S, CLIP_S = 320.0, 12.0
APART = 1.003  # of the RPM; a window of 192 ms tells 500 Hz from 507


@pytest.fixture(scope="module")
def driven(record: RaceRecord) -> Trace:
    return record.traces["RAP"]


def heard(driven: Trace) -> Sound:
    """Return a car's sound: all its half orders alike, and a little white noise."""
    random = np.random.default_rng(1)
    time_s = np.arange(round(CLIP_S * RATE_HZ)) / RATE_HZ
    turned = np.cumsum(np.interp(START_S + time_s, driven.session_time_s, driven.rpm)) / 60 / RATE_HZ
    orders = np.arange(1.0, 8.01, 0.5)
    sound = np.sin(2 * np.pi * (orders * turned[:, None] + random.uniform(0, 1, len(orders)))).sum(1)
    sound += 0.3 * random.normal(size=len(sound))
    return Sound((0.02 * sound).astype(np.float32), RATE_HZ, 0.0)


def look(driven: Trace, factors: Sequence[float], *, sung: Trace | None = None) -> CloseLook:
    """Return what is said of the first of cars whose RPM are the driven ones times a factor; `sung` is heard, the driven one if None."""
    traces = {f"{number}": replace(driven, rpm=driven.rpm * factor) for number, factor in enumerate(factors)}
    what = hearing(heard(sung or driven), traces, 0.0)
    assert what is not None
    found = [refined(what, Place(tla, START_S, 1.0, 0.0), 0.0, CLIP_S) for tla in traces]
    said = close_call.look(what, found[0], found[1:], 0.0, CLIP_S)
    assert said is not None
    return said


def test_an_engine_is_told_from_one_a_few_per_mille_faster(driven: Trace) -> None:
    said = look(driven, (1.0, APART))
    assert said.margin_share > thresholds.SHARP_MARGIN_SHARE
    assert said.tone_share > thresholds.SHARP_TONE


def test_the_faster_one_is_not_taken_for_it(driven: Trace) -> None:
    assert look(driven, (APART, 1.0)).margin_share < 0


def test_of_two_that_are_both_off_neither_is_the_very_path(driven: Trace) -> None:
    assert look(driven, (APART**2, APART**-3)).tone_share < thresholds.SHARP_TONE


def test_stamps_that_jitter_are_each_off_for_themselves(driven: Trace) -> None:
    jitter_s = np.random.default_rng(2).normal(0, 0.03, len(driven.rpm))
    off = look(replace(driven, session_time_s=np.sort(driven.session_time_s + jitter_s)), (1.0,), sung=driven).off
    assert off.together < 0.5 * thresholds.MOST_TOGETHER


def test_another_lap_is_off_for_seconds_on_end(driven: Trace) -> None:
    faster = 1 + 0.004 * np.sin(2 * np.pi * driven.session_time_s / 6)
    off = look(replace(driven, rpm=driven.rpm * faster), (1.0,), sung=driven).off
    assert off.together > 2 * thresholds.MOST_TOGETHER


def test_a_clip_played_too_slow_is_not_another_lap(driven: Trace) -> None:
    off = look(driven, (1.001,)).off
    assert off.together < 0.5 * thresholds.MOST_TOGETHER
    assert off.faster == pytest.approx(-0.001, abs=0.0003)
    assert off.faster_error < 0.0003


@pytest.mark.parametrize(
    ("margin_share", "tone_share", "together", "elsewhere", "doubt"),
    [
        (0.20, 1.0, 0.0, 1900.0, None),
        (0.20, 0.98, 0.0, 1900.0, Doubt.RIVAL),
        (0.20, 0.98, 0.0, 1000.0, None),
        (0.18, 1.0, 0.0, 1000.0, Doubt.RIVAL),
        (0.20, 0.90, 0.0, 1000.0, Doubt.RIVAL),
        (-0.05, 1.0, 0.0, 1000.0, Doubt.RIVAL),
        (0.20, 1.0, 2.0, 1000.0, Doubt.RIVAL),
    ],
)
def test_of_a_loud_clip_the_sharper_spectrum_has_the_word(
    margin_share: float,
    tone_share: float,
    together: float,
    elsewhere: float,
    doubt: Doubt | None,
    driven: Trace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = [Place("RAP", START_S, 1.0, 2000.0), Place("RAP", START_S + 90, 1.0, elsewhere)]
    monkeypatch.setattr(verdict, "places", lambda *_, **__: told)
    monkeypatch.setattr(verdict, "scrutinise", lambda *_, **__: Scrutiny(1.0, 1.0, 1.0, 1.0))
    monkeypatch.setattr(close_call, "look", lambda *_: CloseLook((margin_share,), tone_share, OffPath(together, 0.0, 0.0)))
    what = hearing(heard(driven), {"RAP": driven}, 0.0)
    assert what is not None
    said = verdict.judge(what, 0.0, CLIP_S)
    assert said.doubt is doubt
    assert said.near == (tuple(told) if doubt or elsewhere > 1500 else tuple(told[:1]))


@pytest.mark.parametrize(("together", "faster", "faster_error"), [(0.0, 0.003, 0.0002), (-2.0, 0.003, 0.0002), (0.0, 0.0, 0.002)])
def test_a_short_loud_clip_must_tell_that_the_engine_runs_no_faster(
    together: float, faster: float, faster_error: float, driven: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "places", lambda *_, **__: [Place("RAP", START_S, 1.0, 2000.0)])
    monkeypatch.setattr(verdict, "scrutinise", lambda *_, **__: Scrutiny(1.0, 1.0, 1.0, 1.0))
    monkeypatch.setattr(close_call, "look", lambda *_: CloseLook((), 1.0, OffPath(together, faster, faster_error)))
    what = hearing(heard(driven), {"RAP": driven}, 0.0)
    assert what is not None
    assert verdict.judge(what, 0.0, CLIP_S).doubt is None
    assert verdict.judge(what, 0.0, 5.0).doubt is Doubt.RIVAL


@pytest.mark.parametrize(
    ("length_s", "margin_share", "tone_share", "faster", "doubt"),
    [
        (5.0, 0.50, 1.0, 0.0, Doubt.RIVAL),
        (5.0, 0.56, 1.0, 0.0, None),
        (8.0, 0.30, 1.0, 0.0, Doubt.RIVAL),
        (8.0, 0.33, 1.0, 0.0, None),
        (8.0, 0.45, 1.0, 0.0005, Doubt.RIVAL),
        (12.0, 0.44, 0.98, 0.0005, Doubt.RIVAL),
        (12.0, 0.44, 1.0, 0.0005, None),
        (16.0, 0.12, 0.98, 0.0015, None),
    ],
)
def test_a_short_loud_clip_must_stand_out_by_more_than_another_lap_would_where_its_own_is_missing(
    length_s: float,
    margin_share: float,
    tone_share: float,
    faster: float,
    doubt: Doubt | None,
    driven: Trace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = [Place("RAP", START_S, 1.0, 4000.0), Place("RAP", START_S + 90, 1.0, 1000.0)]
    monkeypatch.setattr(verdict, "places", lambda *_, **__: told)
    monkeypatch.setattr(verdict, "scrutinise", lambda *_, **__: Scrutiny(1.0, 1.0, tone_share, 1.0))
    monkeypatch.setattr(close_call, "look", lambda *_: CloseLook((margin_share,), 1.0, OffPath(0.0, faster, 0.0)))
    what = hearing(heard(driven), {"RAP": driven}, 0.0)
    assert what is not None
    assert verdict.judge(what, 0.0, length_s).doubt is doubt
