"""Moments: what is planted is found, and nothing else; what only looks like racing is not told."""

from dataclasses import replace

import numpy as np
import pytest

from telemetry import moments
from telemetry.flag import flag_s
from telemetry.moment import Kind, Moment
from telemetry.race_record import Lap, RaceRecord
from telemetry.racing import runs
from tests.telemetry.races import LENGTH_M, Car, Made, drive, race

END_S = 420.0


def found(made: Made, kind: Kind, *drivers: str) -> list[Moment]:
    """Return the moments of a kind between two drivers, in order of time."""
    told = [what for what in moments.find(made.record) if what.kind is kind and what.driver in drivers and what.other in drivers]
    return sorted(told, key=lambda what: what.key_s)


def field(**cars: Car) -> dict[str, Car]:
    """Return the given cars and three more far down the road and far apart."""
    return cars | {f"M{n}X": drive(-700.0 - 400 * n, 0.97, end_s=END_S) for n in range(3)}


def swap_s(made: Made, one: str, two: str) -> float:
    lead = made.cars[one].progress_m - made.cars[two].progress_m
    return float(np.flatnonzero(lead < 0)[-1] * 0.02)


@pytest.fixture(scope="module")
def hunt() -> Made:
    """OWN closes in on RIV, follows it for a minute, and passes it on lap 4."""
    own = drive(-130.0, 1.03, end_s=END_S, changes=((100.0, 190.0, 1 / 1.03), (260.0, END_S, 0.97)))
    return race(field(OWN=own, RIV=drive(0.0, 1.0, end_s=END_S)))


def test_an_overtake_is_found_at_its_instant_with_its_drivers(hunt: Made) -> None:
    (what,) = found(hunt, Kind.OVERTAKE, "OWN", "RIV")
    assert (what.driver, what.other) == ("OWN", "RIV")
    assert what.key_s == pytest.approx(swap_s(hunt, "OWN", "RIV"), abs=1.0)
    assert what.lap == int(hunt.cars["OWN"].at(np.array([what.key_s]))[0] // LENGTH_M) + 1
    assert what.utc == hunt.record.utc(what.key_s)
    assert what.start_s < what.key_s < what.end_s
    assert "for P1" in what.reason


def test_a_leader_who_is_not_seen_then_leads_all_the_same(hunt: Made) -> None:
    passed_s = swap_s(hunt, "OWN", "RIV")
    leader = replace(drive(200.0, 1.0, end_s=END_S), silent=((passed_s - 15.0, passed_s + 15.0),))
    (what,) = found(race({**hunt.cars, "LEA": leader}), Kind.OVERTAKE, "OWN", "RIV")
    assert "for P2" in what.reason


def test_it_is_the_best_moment_of_a_race_with_nothing_else_in_it(hunt: Made) -> None:
    told = moments.find(hunt.record)
    assert told[0].kind is Kind.OVERTAKE
    assert [what.score for what in told] == sorted((what.score for what in told), reverse=True)
    assert all(0 <= what.score <= 100 for what in told)


def test_a_battle_lasts_while_the_gap_is_under_a_second(hunt: Made) -> None:
    battle = found(hunt, Kind.BATTLE, "OWN", "RIV")[0]
    assert hunt.gap_s("OWN", "RIV", battle.start_s + 2.5) < 1.05
    assert hunt.gap_s("OWN", "RIV", battle.start_s - 3.0) > 0.95
    assert battle.end_s - battle.start_s > 60


def test_a_closing_run_says_from_what_to_what() -> None:
    own = drive(-300.0, 1.06, end_s=END_S, changes=((127.0, END_S, 1 / 1.06),))
    made = race(field(OWN=own, RIV=drive(0.0, 1.0, end_s=END_S)))
    (run,) = found(made, Kind.CLOSING, "OWN", "RIV")
    assert made.gap_s("OWN", "RIV", run.key_s) == pytest.approx(1.2, abs=0.1)
    assert "closed on RIV from" in run.reason


def test_the_driver_passed_sees_it_in_the_rear_camera(hunt: Made) -> None:
    told = moments.find(hunt.record, driver="RIV")
    assert all("RIV" in (what.driver, what.other) for what in told)
    overtake = next(what for what in told if what.kind is Kind.OVERTAKE)
    assert (overtake.camera("RIV"), overtake.camera("OWN")) == ("rear", "front")


def test_behind_the_safety_car_nobody_battles_and_nobody_passes(hunt: Made) -> None:
    neutral = replace(hunt.record, track_status=((0.0, "1"), (50.0, "4")))
    assert not [what for what in moments.find(neutral) if what.kind is not Kind.SECTOR and what.key_s > 50.0]


def test_a_car_that_pits_is_not_overtaken() -> None:
    pits = ((150.0, 180.0),)
    stop = drive(30.0, 1.0, end_s=END_S, changes=((148.0, 180.0, 0.3),), off=((150.0, 180.0, 20.0),), pits=pits)
    made = race(field(OWN=drive(-40.0, 1.0, end_s=END_S), PIT=stop))
    assert made.gap_m("OWN", "PIT", 200.0) > 500
    assert not found(made, Kind.OVERTAKE, "OWN", "PIT")


def test_lapping_is_no_overtake_and_no_battle() -> None:
    made = race(field(OWN=drive(0.0, 1.15, end_s=END_S), SLO=drive(-20.0, 0.8, end_s=END_S)))
    assert not [what for what in moments.find(made.record) if {what.driver, what.other} == {"OWN", "SLO"} and what.key_s > 20]


def test_positions_that_swap_two_cars_for_seconds_are_not_believed_against_the_timing() -> None:
    made = race(field(OWN=drive(-12.0, 1.0, end_s=END_S), RIV=drive(0.0, 1.0, end_s=END_S)))
    trace = made.record.traces["RIV"]
    off = (trace.position_time_s > 200) & (trace.position_time_s < 216)
    behind = (
        np.interp(trace.position_time_s - 0.5, trace.position_time_s, trace.x_m),
        np.interp(trace.position_time_s - 0.5, trace.position_time_s, trace.y_m),
    )
    late = replace(trace, x_m=np.where(off, behind[0], trace.x_m), y_m=np.where(off, behind[1], trace.y_m))
    wrong = Made(replace(made.record, traces=dict(made.record.traces) | {"RIV": late}), made.cars)
    untimed = Made(
        replace(wrong.record, laps={tla: laps[:2] for tla, laps in wrong.record.laps.items()}, total_laps=99), made.cars
    )
    assert found(untimed, Kind.OVERTAKE, "OWN", "RIV")  # by the positions alone there is a pass, and one back
    assert not found(wrong, Kind.OVERTAKE, "OWN", "RIV")


def test_after_the_flag_nobody_races(hunt: Made) -> None:
    flag = replace(hunt.record, total_laps=2)
    won_s = min(laps[1].end_s for laps in flag.laps.values())
    assert flag_s(flag, "RIV") == pytest.approx(won_s)
    assert all(
        what.key_s <= max(flag_s(flag, "OWN"), flag_s(flag, "RIV")) for what in found(Made(flag), Kind.OVERTAKE, "OWN", "RIV")
    )
    assert not found(Made(flag), Kind.OVERTAKE, "OWN", "RIV")


def test_braking_right_behind_another_is_a_duel() -> None:
    zones = tuple((30.0 + 20 * n, 33.0 + 20 * n, 0.3) for n in range(12))
    cars = {tla: drive(start_m, 1.0, end_s=END_S, changes=zones) for tla, start_m in (("OWN", -8.0), ("RIV", 0.0))}
    duels = found(race(field(**cars)), Kind.BRAKING, "OWN", "RIV")
    assert duels
    assert all(duel.other == "RIV" and "under braking" in duel.reason for duel in duels)


def test_outside_races_only_sectors_are_told(hunt: Made) -> None:
    practice = replace(hunt.record, race=replace(hunt.record.race, kind="FP1"))
    assert {what.kind for what in moments.find(practice)} <= {Kind.SECTOR}


def timed(record: RaceRecord) -> RaceRecord:
    """Return a race whose laps have sectors; OWN's second sector of lap 3 is the fastest of all."""

    def lap(one: Lap) -> Lap:
        middle = 20.0 if (one.driver, one.number) == ("OWN", 3) else 21.0 + one.number / 10 + ord(one.driver[0]) / 1000
        return replace(one, sector_times_s=(15.0 + one.number, middle, 16.0))

    return replace(record, laps={tla: tuple(lap(one) for one in laps) for tla, laps in record.laps.items()})


def test_the_fastest_sector_of_all_is_told_and_a_drivers_own_only_to_them(hunt: Made) -> None:
    record = timed(hunt.record)
    second = [what for what in moments.find(record) if what.kind is Kind.SECTOR and "sector 2" in what.reason]
    assert [(what.driver, what.lap) for what in second] == [("OWN", 3)]
    lap = record.laps["OWN"][2]
    assert second[0].key_s == pytest.approx(lap.start_s + 18.0 + 20.0)
    own = [what for what in moments.find(record, driver="RIV") if what.kind is Kind.SECTOR and "sector 2" in what.reason]
    assert [(what.driver, "behind the fastest" in what.reason) for what in own] == [("RIV", True)]


def test_runs_are_stretches_and_short_pauses_do_not_part_them() -> None:
    mask = np.array([1, 1, 0, 1, 0, 0, 0, 1], bool)
    assert runs(mask) == [(0, 1), (3, 3), (7, 7)]
    assert runs(mask, bridge=1) == [(0, 3), (7, 7)]
    assert runs(np.zeros(4, bool)) == []
