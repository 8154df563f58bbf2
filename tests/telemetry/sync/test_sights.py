"""What was seen, made from the sample's own telemetry: each witness alone, all together, and beside a sound."""

from dataclasses import replace

import numpy as np
import pytest

from telemetry.circuit import survey
from telemetry.field import Field, whole_race
from telemetry.race_record import RaceRecord
from telemetry.sync import close_call, consensus, thresholds
from telemetry.sync.answer import Verdict, candidate, unsure
from telemetry.sync.close_call import CloseLook
from telemetry.sync.off_path import OffPath
from telemetry.sync.places import Place
from telemetry.sync.sights import Seen, Sights
from telemetry.sync.turning import Turning, turning
from telemetry.sync.verdict import State
from telemetry.traffic import Traffic
from tests.benchmarks.sync_sight_trials import sights
from tests.benchmarks.sync_trials import KINDS, Kind, lacking, trial

DRIVER, START_S = "RAP", 215.0
GRAPHIC_S = 0.35  # as late as they are made
ALL = ("hud", "laps", "turning", "width")


@pytest.fixture(scope="module")
def field(record: RaceRecord) -> Field:
    circuit = survey(record)
    assert circuit is not None
    return whole_race(Traffic(record, circuit))


def seen(record: RaceRecord, field: Field, *what: str, start_s: float = START_S, duration_s: float = 20.0) -> Sights:
    return sights(record, field, DRIVER, start_s, duration_s, what, np.random.default_rng(1))


def found(record: RaceRecord, sights: Sights, *, driver: str | None = None, duration_s: float = 20.0) -> Verdict:
    return consensus.find(record, None, driver=driver, duration_s=duration_s, sights=sights)


def test_a_speed_on_the_screen_finds_a_silent_clip_and_its_driver(record: RaceRecord, field: Field) -> None:
    verdict = found(record, seen(record, field, "hud", "laps"))
    assert verdict.state is State.LOCKED, verdict.reason
    assert verdict.driver == DRIVER
    assert verdict.alignment is not None
    assert verdict.alignment.offset_s == pytest.approx(START_S, abs=GRAPHIC_S)
    assert verdict.alignment.methods == ("hud",)
    assert verdict.alignment.residual_s is not None
    assert verdict.alignment.residual_s >= 0.15


def test_a_speed_in_miles_is_understood(record: RaceRecord, field: Field) -> None:
    kmh = seen(record, field, "hud", "laps")
    (speed,) = kmh.speeds
    verdict = found(record, replace(kmh, speeds=(Seen(speed.video_time_s, np.round(speed.value / 1.609344)),)), driver=DRIVER)
    assert verdict.state is State.LOCKED, verdict.reason
    assert verdict.candidates[0].offset_s == pytest.approx(START_S, abs=GRAPHIC_S)


def test_another_number_beside_the_speed_does_no_harm(record: RaceRecord, field: Field) -> None:
    known = seen(record, field, "hud", "laps")
    distance = Seen(np.arange(0.1, 20, 0.2), np.arange(380, 280, -1.0))
    verdict = found(record, replace(known, speeds=(distance, *known.speeds)), driver=DRIVER)
    assert verdict.state is State.LOCKED, verdict.reason
    assert verdict.candidates[0].offset_s == pytest.approx(START_S, abs=GRAPHIC_S)


def test_a_picture_matched_to_a_wrong_one_now_and_then_does_no_harm(record: RaceRecord) -> None:
    video_s = np.arange(0.0, 12.0, 0.08)
    value = turning(record.traces[DRIVER]).at(START_S + video_s).astype(np.float64)
    value[4::9] = np.linspace(-1.4, 1.4, len(value[4::9]))
    assert Turning(Seen(video_s, value), record.traces).agreement(DRIVER, START_S, 1.0) > 0.95


def test_how_the_picture_turns_tells_the_place_and_not_the_lap(record: RaceRecord, field: Field) -> None:
    verdict = found(record, seen(record, field, "turning"), driver=DRIVER)
    assert verdict.state is State.LAP_UNSURE
    assert any(abs(place.offset_s - START_S) < 0.5 for place in verdict.candidates)
    assert len({place.lap for place in verdict.candidates}) == len(verdict.candidates) > 1


def test_bends_and_a_lap_counter_name_the_moment_but_are_the_same_on_another_day(record: RaceRecord, field: Field) -> None:
    verdict = found(record, seen(record, field, "turning", "laps"), driver=DRIVER)
    assert verdict.state is not State.LOCKED
    assert verdict.candidates[0].offset_s == pytest.approx(START_S, abs=0.5)


def test_a_lap_counter_of_another_race_is_not_listened_to(record: RaceRecord, field: Field) -> None:
    known = seen(record, field, "turning", "laps")
    assert known.laps is not None
    assert record.total_laps is not None
    verdict = found(record, replace(known, laps=replace(known.laps, total=record.total_laps + 9)), driver=DRIVER)
    assert verdict.state is State.LAP_UNSURE


def test_the_width_of_the_car_ahead_brings_its_lap_to_the_top(record: RaceRecord, field: Field) -> None:
    verdict = found(record, seen(record, field, "turning", "width"), driver=DRIVER)
    assert verdict.candidates[0].offset_s == pytest.approx(START_S, abs=0.5)


def test_numbers_that_are_no_speed_are_refused(record: RaceRecord) -> None:
    random = np.random.default_rng(2)
    verdict = found(record, Sights(speeds=(Seen(np.arange(0.1, 20, 0.2), random.uniform(40, 320, 100).round()),)))
    assert verdict.state is State.REFUSED
    assert "no sound" in verdict.reason
    assert "seen" in verdict.reason


def test_a_sight_of_another_day_is_not_locked(record: RaceRecord, field: Field) -> None:
    whole = {tla: trace for tla, trace in record.traces.items() if tla != DRIVER}
    without = replace(record, traces=whole, laps={tla: laps for tla, laps in record.laps.items() if tla != DRIVER})
    assert found(without, seen(record, field, "hud")).state is not State.LOCKED


def test_sights_that_follow_the_sound_are_named_beside_it(record: RaceRecord, field: Field) -> None:
    made = trial(KINDS["20 s, 0 dB"], record, {}, 1)
    assert made.driver is not None
    start_s = made.session_time_s(0.0)
    assert start_s is not None
    also = sights(record, field, made.driver, start_s, 20.0, ALL, np.random.default_rng(1))
    verdict = consensus.find(record, made.sound, driver=made.driver, duration_s=20.0, sights=replace(also, width=None))
    assert verdict.alignment is not None
    assert verdict.alignment.methods == ("engine_sound", "hud", "motion")
    assert verdict.alignment.offset_s == pytest.approx(start_s, abs=0.04)


def test_a_picture_that_contradicts_the_sound_is_called_out(record: RaceRecord, field: Field) -> None:
    made = trial(KINDS["20 s, 0 dB"], record, {}, 1)
    start_s = made.session_time_s(0.0)
    assert made.driver is not None
    assert start_s is not None
    elsewhere = sights(
        record, field, made.driver, start_s - 95.0 if start_s > 150 else start_s + 95.0, 20.0, ("hud",), np.random.default_rng(1)
    )
    verdict = consensus.find(record, made.sound, driver=made.driver, duration_s=20.0, sights=elsewhere)
    assert verdict.state is State.REFUSED
    assert "the sound says" in verdict.reason


def test_a_speed_on_the_screen_helps_a_sound_that_is_hardly_heard(record: RaceRecord, field: Field) -> None:
    made = trial(Kind(20.0, -24.0), record, {}, 3)
    start_s = made.session_time_s(0.0)
    assert made.driver is not None
    assert start_s is not None
    assert consensus.find(record, made.sound, driver=made.driver, duration_s=20.0).state is not State.LOCKED
    also = sights(record, field, made.driver, start_s, 20.0, ("hud", "laps"), np.random.default_rng(1))
    verdict = consensus.find(record, made.sound, driver=made.driver, duration_s=20.0, sights=also)
    assert verdict.alignment is not None, verdict.reason
    assert verdict.alignment.offset_s == pytest.approx(start_s, abs=GRAPHIC_S)


def test_bends_that_fit_several_places_do_not_hide_why_the_engine_fits_none(record: RaceRecord, field: Field) -> None:
    made = trial(KINDS["20 s, 0 dB, half speed"], record, {}, 2)
    bends = seen(record, field, "turning", "width")
    assert found(record, bends, driver=DRIVER).state is State.LAP_UNSURE
    by_ear = consensus.find(record, made.sound, driver=DRIVER, duration_s=20.0)
    verdict = consensus.find(record, made.sound, driver=DRIVER, duration_s=20.0, sights=bends)
    assert verdict.state is State.REFUSED
    assert verdict.reason == by_ear.reason
    assert any(abs(place.offset_s - START_S) < 1 for place in verdict.candidates)


def test_a_reason_that_names_drivers_keeps_the_places_it_speaks_of(record: RaceRecord, field: Field) -> None:
    made = trial(KINDS["20 s, 0 dB, half speed"], record, {}, 2)
    case = consensus.hear(record, made.sound, driver=DRIVER, duration_s=20.0)
    near = [Place(tla, START_S, 1.0, 50.0) for tla in record.traces if tla != DRIVER][:2]
    listed = replace(case.by_sound, candidates=tuple(candidate(place, record) for place in near))
    doubtful = replace(case, by_sound=unsure(near, listed, record, None))
    verdict = doubtful.verdict(seen(record, field, "turning", "width"))
    assert verdict.reason.startswith("it may be the onboard of")
    assert all(place.driver in verdict.reason for place in verdict.candidates)


def of_a_short_loud_clip(
    record: RaceRecord, field: Field, length_s: float, seed: int, *, elsewhere_s: float = 0.0
) -> tuple[Verdict, Verdict, Verdict]:
    """Return what the sound says of a clip that begins at its offset, with bends and widths seen, and with both where its lap is missing.

    The widths may be of so much later.
    """
    made = trial(Kind(length_s, 15.0), record, {}, seed)
    start_s = made.session_time_s(0.0)
    assert made.driver is not None
    assert start_s is not None
    bends, widths = (
        sights(record, field, made.driver, start_s + later_s, length_s, (one,), np.random.default_rng(5))
        for one, later_s in (("turning", 0.0), ("width", elsewhere_s))
    )
    both = replace(bends, width=widths.width)
    case = consensus.hear(record, made.sound, driver=made.driver, duration_s=length_s)
    without = lacking(record, made.driver, start_s, start_s + length_s)
    verdict = case.verdict(both)
    if verdict.alignment is not None:
        assert verdict.alignment.offset_s == pytest.approx(start_s, abs=0.04)
    return case.by_sound, verdict, consensus.find(without, made.sound, driver=made.driver, duration_s=length_s, sights=both)


@pytest.mark.parametrize(("length_s", "seed"), [(8.0, 4), (10.0, 4)])
def test_the_width_of_the_car_ahead_tells_the_lap_that_a_short_loud_sound_leaves_open(
    length_s: float, seed: int, record: RaceRecord, field: Field
) -> None:
    by_sound, verdict, missing = of_a_short_loud_clip(record, field, length_s, seed)
    assert by_sound.state is State.LAP_UNSURE
    assert verdict.alignment is not None, verdict.reason
    assert "size" in verdict.alignment.methods
    assert missing.state is not State.LOCKED


@pytest.mark.parametrize(("noise", "locked"), [(0.0, True), (0.3, True), (-1.0, False)])
def test_bends_that_tell_little_do_not_object_to_a_loud_engine_and_those_that_speak_against_it_do(
    noise: float, locked: bool, record: RaceRecord, field: Field
) -> None:
    made = trial(Kind(10.0, 15.0), record, {}, 4)
    start_s = made.session_time_s(0.0)
    assert made.driver is not None
    assert start_s is not None
    turned, wide = (
        sights(record, field, made.driver, start_s, 10.0, (one,), np.random.default_rng(5)) for one in ("turning", "width")
    )
    assert turned.turning is not None
    shaken = np.interp(turned.turning.video_time_s, np.arange(11.0), np.random.default_rng(2).normal(0, 1, 11))
    value = turned.turning.value + noise * shaken if noise >= 0 else -turned.turning.value
    bends = replace(turned.turning, value=value)
    follows = Turning(bends, record.traces).agreement(made.driver, start_s, 1.0)
    assert (follows > 0) is locked
    assert (follows > 0.7) is (noise == 0)
    verdict = consensus.find(record, made.sound, driver=made.driver, duration_s=10.0, sights=replace(wide, turning=bends))
    assert (verdict.state is State.LOCKED) is locked


def test_a_width_that_is_the_same_on_every_lap_tells_none(
    record: RaceRecord, field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thresholds, "FOLLOWED", {})  # so that only its lead over other laps counts
    by_sound, verdict, _ = of_a_short_loud_clip(record, field, 8.0, 12)
    assert by_sound.state is verdict.state is State.LAP_UNSURE


def test_a_width_that_is_another_laps_does_not_tell_this_one(record: RaceRecord, field: Field) -> None:
    assert of_a_short_loud_clip(record, field, 10.0, 4, elsewhere_s=120.0)[1].state is State.LAP_UNSURE


def test_what_a_loud_engine_does_not_follow_the_picture_does_not_lock(
    record: RaceRecord, field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(close_call, "look", lambda *_: CloseLook((0.5,), 0.85, OffPath(0.0, 0.0, 0.0)))
    made = trial(Kind(20.0, 15.0), record, {}, 1)
    start_s = made.session_time_s(0.0)
    assert made.driver is not None
    assert start_s is not None
    also = sights(record, field, made.driver, start_s, 20.0, ("turning", "width"), np.random.default_rng(5))
    verdict = consensus.find(record, made.sound, driver=made.driver, duration_s=20.0, sights=also)
    assert verdict.state is not State.LOCKED
