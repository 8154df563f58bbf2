"""What the sync makes of engine sound laid by us over the sample's race, so that the truth is known to the millisecond."""

from dataclasses import replace

import numpy as np
import pytest

from telemetry.race_record import RaceRecord
from telemetry.sync import consensus, pieces, timing
from telemetry.sync import verdict as judging
from telemetry.sync.answer import Verdict
from telemetry.sync.places import Place, hearing
from telemetry.sync.scrutiny import Scrutiny
from telemetry.sync.sound import Sound
from telemetry.sync.verdict import Doubt, Judgement, State
from tests.benchmarks.sync_trials import KINDS, LAG_S, Kind, Trial, first_half, trial
from tests.telemetry.sync import engine

NEAR_S = 0.1


def found(record: RaceRecord, made: Trial) -> Verdict:
    return consensus.find(record, made.sound, driver=made.given, duration_s=made.sound.duration_s)


def off_s(verdict: Verdict, made: Trial, video_s: float) -> float:
    """Return by how much the session time of a video time is off the truth."""
    assert verdict.alignment is not None
    got, wanted = verdict.alignment.session_time_s(video_s), made.session_time_s(video_s)
    assert got is not None
    assert wanted is not None
    return abs(got - wanted)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", ["20 s, 0 dB", "20 s, −10 dB", "20 s, 0 dB, any driver", "20 s, 0 dB, PAL speed-up"])
def test_a_clip_is_found(name: str, seed: int, record: RaceRecord) -> None:
    made = trial(KINDS[name], record, {}, seed)
    verdict = found(record, made)
    assert verdict.state is State.LOCKED, verdict.reason
    assert verdict.driver == made.driver
    assert max(off_s(verdict, made, video_s) for video_s in (2.0, 10.0, 18.0)) < NEAR_S
    assert verdict.untagged_s == ()


def test_an_engine_that_is_loud_at_other_orders_than_most_is_found(record: RaceRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    own = engine.engine

    def low(random: np.random.Generator) -> engine.Engine:
        loud = np.isin(engine.ORDERS, (2.0, 4.0)).astype(float)
        return replace(own(random), power=loud, overrun=loud * 0.5, roughness=0.1)

    monkeypatch.setattr(engine, "engine", low)
    made = trial(Kind(snr_db=-10.0, own=False), record, {}, 3)
    verdict = found(record, made)
    assert verdict.state is State.LOCKED, verdict.reason
    assert off_s(verdict, made, 10.0) < NEAR_S


@pytest.mark.parametrize(("evidence_as_recorded", "locked"), [(116.0, False), (45.0, False), (25.0, True)])
def test_a_doubt_between_laps_is_not_settled_by_a_worse_fit_at_another_rate(
    evidence_as_recorded: float, locked: bool, record: RaceRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = trial(KINDS["20 s, 0 dB"], record, {}, 1)
    close = Scrutiny(1.0, 1.0, 1.0, 1.0)
    laps = tuple(Place(str(made.driver), offset_s, 1.0, evidence_as_recorded) for offset_s in (300.0, 390.0))
    alone = Place(str(made.driver), 500.0, 0.96, 52.0)
    said = {1.0: Judgement(0.0, 20.0, laps, close, Doubt.RIVAL), 0.96: Judgement(0.0, 20.0, (alone,), close, None)}
    nowhere = Judgement(0.0, 20.0, (), None, Doubt.NOWHERE)
    monkeypatch.setattr(consensus, "_scouted", lambda _what, _start_s, _end_s, rate: said.get(round(rate, 3), nowhere))
    monkeypatch.setattr(consensus, "_again", lambda _what, first, *_: first)
    monkeypatch.setattr(consensus, "_in_pieces", lambda *_: None)
    assert (found(record, made).state is State.LOCKED) == locked


@pytest.mark.parametrize(("duration_s", "tried"), [(10.0, False), (20.0, False), (40.0, True)])
def test_a_clock_a_per_cent_off_is_not_looked_for_in_a_clip_too_short_to_tell_it_from_another_lap(
    duration_s: float, tried: bool, record: RaceRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[float] = []
    nowhere = Judgement(0.0, duration_s, (), None, Doubt.NOWHERE)
    monkeypatch.setattr(consensus, "_scouted", lambda *given: rates.append(given[-1]) or nowhere)
    monkeypatch.setattr(consensus, "_again", lambda _what, first, *_: first)
    found(record, trial(Kind(duration_s), record, {}, 1))
    assert {1.0, 25 / 24, 24 / 25} <= set(rates)
    assert (set(consensus.CLOCK_RATES) <= set(rates)) == tried


def test_drift_is_followed(record: RaceRecord) -> None:
    made = trial(Kind(60.0, rate=0.99), record, {}, 3)
    verdict = found(record, made)
    assert max(off_s(verdict, made, video_s) for video_s in (2.0, 30.0, 58.0)) < NEAR_S
    assert verdict.alignment is not None
    assert verdict.alignment.drift_ppm == pytest.approx(-10_000, abs=1_500)


def test_a_steady_clip_is_given_no_drift(record: RaceRecord) -> None:
    verdict = found(record, trial(Kind(40.0), record, {}, 4))
    assert verdict.alignment is not None
    assert verdict.alignment.drift_ppm == 0


def test_a_few_pieces_that_agree_by_chance_make_no_place_surer(record: RaceRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trial(KINDS["20 s, −10 dB"], record, {}, 1)
    what = hearing(made.sound, {str(made.driver): record.traces[str(made.driver)]}, LAG_S)
    assert what is not None
    place = Place(str(made.driver), made.session_time_s(0.0) or 0.0, 1.0, 100.0)
    pieces = np.array([4.0, 8.0, 12.0]), np.full(3, 0.02), np.full(3, 100.0)
    monkeypatch.setattr(timing, "moves", lambda *_: pieces)
    found, error_s = timing.line(what, place, 0.0, 20.0)
    assert found.offset_s == pytest.approx(place.offset_s + 0.02)
    assert error_s > np.hypot(timing.LAG_S, timing.STAMPS_S)


def test_where_no_piece_of_a_loud_clip_tells_the_time_its_tones_do(record: RaceRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trial(Kind(20.0, 20.0), record, {}, 1)
    what = hearing(made.sound, {str(made.driver): record.traces[str(made.driver)]}, LAG_S)
    assert what is not None
    truth_s = made.session_time_s(0.0) or 0.0
    (best, *_) = judging.judge(what, 0.0, 20.0).places
    monkeypatch.setattr(timing, "moves", lambda *_: (np.arange(3.0), np.array([-0.2, 0.0, 0.2]), np.zeros(3)))
    found, error_s = timing.line(what, replace(best, offset_s=truth_s + 0.1), 0.0, 20.0)
    assert abs(found.offset_s - truth_s) < 0.05
    assert error_s < 0.05
    quiet, unknown_s = timing.line(what, replace(best, offset_s=truth_s + 0.1, evidence=100.0), 0.0, 20.0)
    assert quiet.offset_s == truth_s + 0.1
    assert unknown_s > 0.1


def test_both_sides_of_a_cut_are_found(record: RaceRecord) -> None:
    made = trial(Kind(30.0, jumps_s=(6.0,)), record, {}, 5)
    verdict = found(record, made)
    cut_s = float(made.truth_s[1, 0])
    assert max(off_s(verdict, made, video_s) for video_s in (1.0, cut_s - 0.5, cut_s + 0.5, 29.0)) < NEAR_S
    assert verdict.alignment is not None
    assert len(verdict.alignment.pieces) == 2


def test_what_all_of_an_uncut_clip_leaves_in_doubt_no_part_of_it_settles(
    record: RaceRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = trial(Kind(snr_db=10.0), record, {}, 10)
    for name in ("judge", "judge_again"):
        own = getattr(consensus, name)
        monkeypatch.setattr(consensus, name, lambda *of, own=own, **how: replace(own(*of, **how), doubt=Doubt.RIVAL))
    assert found(record, made).state is not State.LOCKED


def test_a_part_in_slow_motion_is_left_untagged(record: RaceRecord) -> None:
    usual, slow = trial(Kind(20.0), record, {}, 6), trial(Kind(12.0, rate=0.5), record, {}, 6)
    joined = np.concatenate([usual.sound.samples[: 20 * 16_000], slow.sound.samples])
    made = replace(usual, sound=Sound(joined, 16_000, 0.0))
    verdict = found(record, made)
    assert verdict.alignment is not None
    assert max(off_s(verdict, made, video_s) for video_s in (1.0, 18.0)) < NEAR_S
    assert [verdict.alignment.session_time_s(video_s) for video_s in (22.0, 26.0, 31.0)] == [None] * 3
    assert len(verdict.untagged_s) == 1
    assert verdict.untagged_s[0] == pytest.approx((20.0, 32.0), abs=1.5)


def test_a_lap_that_goes_on_faster_than_the_clip_is_another_one(record: RaceRecord) -> None:
    made = trial(Kind(20.0, 10.0), record, {}, 1)
    assert made.driver is not None
    trace, parts_s = record.traces[made.driver], (made.session_time_s(16.0) or 0.0)
    faster = replace(trace, rpm=np.where(trace.session_time_s > parts_s, trace.rpm * 1.02, trace.rpm))
    assert found(replace(record, traces={**record.traces, made.driver: faster}), made).state is not State.LOCKED


def test_an_engine_that_an_edit_ends_does_not_run_on(record: RaceRecord) -> None:
    made = trial(Kind(20.0, 10.0), record, {}, 1)
    noise = np.random.default_rng(1).normal(0, float(np.std(made.sound.samples)), 5 * 16_000).astype(np.float32)
    edited = Sound(np.concatenate([made.sound.samples[: 15 * 16_000], noise]), 16_000, 0.0)
    what = hearing(edited, {str(made.driver): record.traces[str(made.driver)]}, LAG_S)
    assert what is not None
    (piece,) = pieces.stretches(what, what, 0.0, 20.0)
    assert piece.end_s == pytest.approx(15.0, abs=0.5)
    assert piece.locked


@pytest.mark.parametrize(
    "name", ["20 s, no engine", "20 s, no engine, any driver", "20 s, music, any driver", "20 s, 0 dB, half speed"]
)
def test_what_lies_nowhere_is_refused_with_a_reason(name: str, record: RaceRecord) -> None:
    verdict = found(record, trial(KINDS[name], record, {}, 7))
    assert verdict.state is State.REFUSED
    assert verdict.alignment is None
    assert verdict.reason


def test_a_lap_that_the_telemetry_lacks_is_not_taken_for_another(record: RaceRecord) -> None:
    verdict = found(first_half(record), trial(KINDS["20 s, 0 dB, other day"], record, {}, 8))
    assert verdict.state is not State.LOCKED


def test_laps_that_are_the_same_are_listed(record: RaceRecord) -> None:
    made = trial(KINDS["20 s, 0 dB"], record, {}, 9)
    assert made.driver is not None
    start_s = made.session_time_s(0.0)
    assert start_s is not None
    laps = record.laps[made.driver]
    here = next(lap for lap in laps if lap.start_s is not None and lap.end_s is not None and lap.end_s > start_s)
    there = next(
        lap for lap in laps if lap.start_s is not None and lap.number == (here.number + 2 if here.number < 5 else here.number - 2)
    )
    assert here.start_s is not None
    assert there.start_s is not None
    # The lap once more, over another one: nothing in the sound can part the two.
    trace, later_s = record.traces[made.driver], there.start_s - here.start_s
    into = (trace.session_time_s >= start_s - 1 + later_s) & (trace.session_time_s <= start_s + 21 + later_s)
    rpm, gear, throttle = trace.rpm.copy(), trace.gear.copy(), trace.throttle.copy()
    for copied in (rpm, throttle):
        copied[into] = np.interp(trace.session_time_s[into] - later_s, trace.session_time_s, copied)
    gear[into] = trace.gear[np.searchsorted(trace.session_time_s, trace.session_time_s[into] - later_s)]
    twice = replace(record, traces={**record.traces, made.driver: replace(trace, rpm=rpm, gear=gear, throttle=throttle)})
    verdict = found(twice, made)
    assert verdict.state is not State.LOCKED
    wanted = {start_s, start_s + later_s}
    assert all(min(abs(place.offset_s - offset_s) for place in verdict.candidates) < NEAR_S for offset_s in wanted)


def test_the_synthesiser_is_as_loud_as_it_says() -> None:
    random = np.random.default_rng(1)
    wanted, unwanted = engine.wind(48_000, random), engine.music(48_000, random)
    mix = engine.mixed(wanted, unwanted, -10.0)
    rest = mix - wanted / engine.loudness(wanted)
    assert 20 * np.log10(engine.loudness(rest)) == pytest.approx(10.0, abs=0.01)


def test_an_rpm_that_was_not_sent_costs_its_own_sample(record: RaceRecord) -> None:
    made = trial(KINDS["20 s, 0 dB"], record, {}, 1)
    assert made.driver is not None
    trace = record.traces[made.driver]
    holed = replace(trace, rpm=np.where(np.arange(len(trace.rpm)) % 40 == 7, np.nan, trace.rpm))
    verdict = found(replace(record, traces={**record.traces, made.driver: holed}), made)
    assert off_s(verdict, made, 10.0) < NEAR_S
