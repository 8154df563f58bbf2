"""How sure the sync is of what it found, judged by itself, and in which words it says that it is not."""

from dataclasses import replace

import numpy as np
import pytest

from telemetry.circuit import survey
from telemetry.race_record import RaceRecord
from telemetry.sync import thresholds
from telemetry.sync import verdict as judging
from telemetry.sync.answer import unlocked
from telemetry.sync.places import Place, hearing
from telemetry.sync.scrutiny import Scrutiny
from telemetry.sync.verdict import Doubt, Judgement, State
from tests.benchmarks.sync_trials import KINDS, trial

NEAR_S = 0.1


@pytest.mark.parametrize(
    ("tone_share", "elsewhere", "doubt"),
    [
        (0.99, 180.0, Doubt.RIVAL),
        (0.99, 170.0, None),
        (0.9, 140.0, Doubt.RIVAL),
        (0.9, 125.0, None),
        (0.87, 75.0, Doubt.TONE),
        (0.87, 65.0, None),
    ],
)
def test_the_more_loosely_an_engine_follows_the_further_its_place_must_stand_out(
    tone_share: float, elsewhere: float, doubt: Doubt | None, record: RaceRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = trial(KINDS["20 s, 0 dB"], record, {}, 1)
    told = [Place(str(made.driver), 300.0, 1.0, 220.0), Place(str(made.driver), 390.0, 1.0, elsewhere)]
    monkeypatch.setattr(judging, "places", lambda *_, **__: told)
    monkeypatch.setattr(judging, "scrutinise", lambda *_, **__: Scrutiny(1.0, 1.0, tone_share, 1.0))
    traces = {str(made.driver): record.traces[str(made.driver)]}
    assert judging.judge(hearing(made.sound, traces, 0.0), 0.0, 20.0).doubt is doubt


@pytest.mark.parametrize(
    ("length_s", "tone_share", "share"),
    [
        (40.0, 1.0, 0.19),
        (15.0, 1.0, 0.19),
        (10.0, 1.0, 0.26),
        (5.0, 1.0, 0.43),
        (40.0, 0.97, 0.23),
        (15.0, 0.97, 0.23),
        (10.0, 0.97, 0.47),
        (7.0, 0.97, 0.5),
        (5.0, 0.97, 0.51),
    ],
)
def test_a_shorter_clip_must_stand_out_further_and_be_followed_more_closely(
    length_s: float, tone_share: float, share: float
) -> None:
    laps = tuple(Place("QUA", offset_s, 1.0, evidence) for offset_s, evidence in ((300.0, 300.0), (390.0, 200.0)))
    close = Scrutiny(1.0, 1.0, tone_share, 1.0)
    assert Judgement(0.0, length_s, laps, close, None).least_margin == pytest.approx(300.0 * share, abs=3.0)


def test_nats_alone_do_not_tell_a_short_clips_lap() -> None:
    laps = tuple(Place("QUA", offset_s, 1.0, evidence) for offset_s, evidence in ((300.0, 500.0), (390.0, 400.0)))
    long, short = (Judgement(0.0, end_s, laps, Scrutiny(1.0, 1.0, 1.0, 1.0), None) for end_s in (20.0, 10.0))
    assert long.least_margin == thresholds.CLEAR_MARGIN
    assert short.least_margin > short.margin


def test_one_place_that_is_followed_too_loosely_is_not_called_several(record: RaceRecord) -> None:
    alone = Place("QUA", 100.0, 1.0, 60.0)
    verdict = unlocked(Judgement(0.0, 20.0, (alone,), Scrutiny(1.0, 1.0, 1.0, 1.0), Doubt.RIVAL), record, None)
    assert verdict.reason.startswith("what fits best does not fit closely enough")
    assert len(verdict.candidates) == 1


def test_laps_of_a_car_whose_positions_are_lost_are_refused_not_fatal(record: RaceRecord) -> None:
    trace = record.traces["QUA"]
    lost = replace(trace, x_m=np.full(len(trace.x_m), np.nan), y_m=np.full(len(trace.y_m), np.nan))
    laps = tuple(Place("QUA", offset_s, 1.0, 60.0) for offset_s in (100.0, 160.0))
    without = replace(record, traces={**record.traces, "QUA": lost})
    verdict = unlocked(Judgement(0.0, 20.0, laps, Scrutiny(1.0, 1.0, 1.0, 1.0), Doubt.RIVAL), without, survey(record))
    assert verdict.state is State.REFUSED
