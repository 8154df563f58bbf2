"""A clip may be the onboard of a car whose own data are missing, and a short one of a lap that is missing."""

from dataclasses import replace

import numpy as np
import pytest

from telemetry.alignment import Alignment, Piece
from telemetry.race_record import RaceRecord
from telemetry.sync import consensus
from telemetry.sync.unheard import unheard, unheard_laps
from telemetry.sync.verdict import State
from tests.benchmarks.sync_trials import Kind, Trial, lacking, trial

CLIP_S = 12.0
AT_S = 100.0


@pytest.fixture(scope="module")
def made(record: RaceRecord) -> Trial:
    return trial(Kind(CLIP_S, 10.0, own=False), record, {}, 4)


@pytest.fixture(scope="module")
def start_s(made: Trial) -> float:
    start_s = made.session_time_s(0.0)
    assert start_s is not None
    return start_s


def towed(record: RaceRecord, own: str) -> tuple[RaceRecord, str]:
    """Return the race session with another car that goes through the very tones of one, as in its tow, and that car."""
    other = next(tla for tla in record.traces if tla != own)
    return replace(record, traces={**record.traces, other: replace(record.traces[own], driver=other)}), other


@pytest.mark.parametrize("all_of_it", [False, True])
def test_the_car_in_the_tow_of_one_without_data_is_not_taken_for_it(
    all_of_it: bool, record: RaceRecord, made: Trial, start_s: float
) -> None:
    assert made.driver is not None
    both, other = towed(record, made.driver)
    if all_of_it:
        gone = replace(both, traces={tla: trace for tla, trace in both.traces.items() if tla != made.driver})
    else:
        gone = lacking(both, made.driver, start_s, start_s + CLIP_S)
    verdict = consensus.find(gone, made.sound, driver=None, duration_s=CLIP_S)
    assert verdict.state is State.REFUSED
    assert verdict.driver is verdict.alignment is None
    assert f"{other} or {made.driver}, whose car data are missing there" in verdict.reason
    assert verdict.candidates[0].driver == other
    # Who names the driver takes the word for it.
    assert consensus.find(gone, made.sound, driver=other, duration_s=CLIP_S).state is State.LOCKED


@pytest.mark.parametrize("as_rpm", [0.0, 9_000.0, np.nan])
def test_a_car_that_drives_on_while_its_engine_is_sent_as_nothing_or_as_it_was_is_without_data(
    as_rpm: float, record: RaceRecord
) -> None:
    named, other = list(record.traces)[:2]
    trace, here = record.traces[other], Alignment.constant(AT_S)
    during = (trace.session_time_s > AT_S - 5.0) & (trace.session_time_s < AT_S + CLIP_S)
    lost = replace(trace, rpm=np.where(during, as_rpm, trace.rpm))
    assert unheard(replace(record, traces={**record.traces, other: lost}), named, here, CLIP_S) == (other,)
    garage = replace(lost, x_m=np.where(trace.position_time_s < AT_S + CLIP_S + 5.0, trace.x_m[0], trace.x_m))
    garage = replace(garage, y_m=np.where(trace.position_time_s < AT_S + CLIP_S + 5.0, trace.y_m[0], trace.y_m))
    assert unheard(replace(record, traces={**record.traces, other: garage}), named, here, CLIP_S) == ()


def test_nobody_is_missed_after_the_data_end_for_all_nor_in_what_is_not_seen(record: RaceRecord) -> None:
    named = next(iter(record.traces))
    last_s = float(record.traces[named].session_time_s[-1])
    assert unheard(record, named, Alignment.constant(last_s - 10.0), 60.0) == ()
    beyond = (Piece(0.0, 20.0, AT_S), Piece(20.0, 40.0, AT_S + 9.0))  # the sound goes on after the pictures
    assert unheard(record, named, Alignment(beyond, 1.0, None, ()), 20.0) == ()
    assert unheard_laps(record, (named,), named, Alignment(beyond[1:], 1.0, None, ()), 20.0) == ()


def test_data_that_are_missing_elsewhere_do_no_harm(record: RaceRecord, made: Trial, start_s: float) -> None:
    elsewhere_s = start_s + 30.0
    other = next(tla for tla in record.traces if tla != made.driver)
    gone = lacking(record, other, elsewhere_s, elsewhere_s + CLIP_S)
    verdict = consensus.find(gone, made.sound, driver=None, duration_s=CLIP_S)
    assert (verdict.state, verdict.driver) == (State.LOCKED, made.driver), verdict.reason


def test_a_car_that_has_retired_is_no_longer_out(record: RaceRecord) -> None:
    named, other = list(record.traces)[:2]
    here = Alignment.constant(AT_S)
    gone = lacking(record, other, AT_S, AT_S + CLIP_S)
    assert unheard(record, named, here, CLIP_S) == ()
    assert unheard(gone, named, here, CLIP_S) == (other,)
    retired = lacking(record, other, AT_S, record.traces[other].session_time_s[-1])
    laps = tuple(lap for lap in record.laps[other] if lap.end_s is not None and lap.end_s < AT_S)
    assert unheard(replace(retired, laps={**record.laps, other: laps}), named, here, CLIP_S) == ()


def test_of_a_clip_with_a_cut_every_piece_counts_by_itself(record: RaceRecord) -> None:
    named, other = list(record.traces)[:2]
    gone = lacking(record, other, AT_S, AT_S + 6.0)
    first, second = Piece(0.0, 6.0, AT_S - 60.0), Piece(6.0, CLIP_S, AT_S - 6.0)
    assert unheard(gone, named, Alignment((first,), 1.0, None, ()), CLIP_S) == ()
    assert unheard(gone, named, Alignment((first, second), 1.0, None, ()), CLIP_S) == (other,)


def test_a_short_clip_may_be_of_another_lap_whose_data_are_missing(record: RaceRecord, made: Trial, start_s: float) -> None:
    own = made.driver
    assert own is not None
    lap = next(lap for lap in record.laps[own] if lap.start_s is not None and lap.end_s is not None and lap.end_s > start_s)
    assert lap.start_s is not None
    assert lap.end_s is not None
    later_s = lap.end_s - lap.start_s
    gone = lacking(record, own, start_s + later_s, start_s + later_s + CLIP_S)
    assert consensus.find(record, made.sound, driver=own, duration_s=CLIP_S).state is State.LOCKED
    verdict = consensus.find(gone, made.sound, driver=own, duration_s=CLIP_S)
    assert verdict.state is State.LAP_UNSURE
    assert f"may as well be of lap {lap.number + 1} of {own}, whose car data are missing there" in verdict.reason
    # What lies elsewhere on the lap is not missed, and of another car only where it may be its onboard.
    where = Alignment.constant(start_s)
    assert unheard_laps(gone, (own,), own, Alignment.constant(start_s - later_s / 2), CLIP_S) == ()
    other = next(tla for tla in record.traces if tla != own)
    assert unheard_laps(gone, (other,), own, where, CLIP_S) == ()
    assert consensus.find(gone, made.sound, driver=None, duration_s=CLIP_S).state is not State.LOCKED
