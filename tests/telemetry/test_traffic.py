"""Who is ahead, by how much, when races do what races do; truth by construction."""

from dataclasses import replace

import numpy as np
import pytest

from telemetry.alignment import Alignment
from telemetry.flag import laps_until
from telemetry.timeline import Timeline
from tests.telemetry.races import LENGTH_M, Car, Made, drive, race

END_S = 330.0


def timeline(made: Made, driver: str = "OWN") -> Timeline:
    return Timeline(made.record, driver, Alignment.constant(0.0))


def ahead(line: Timeline, session_time_s: float) -> str | None:
    sample = line.at(session_time_s)
    return sample.ahead[0].car.driver if sample.ahead else None


def field(**cars: Car) -> dict[str, Car]:
    """Return the given cars and three more far down the road, enough laps to survey the circuit by."""
    more = {f"M{n}X": drive(-500.0 - 40 * n, 0.97 - 0.01 * n, end_s=END_S) for n in range(3)}
    return cars | more


@pytest.fixture(scope="module")
def chase() -> Made:
    return race(field(OWN=drive(-30.0, 1.0, end_s=END_S), RIV=drive(0.0, 0.99, end_s=END_S)))


def test_the_car_ahead_and_both_gaps_are_the_true_ones(chase: Made) -> None:
    line = timeline(chase)
    for time_s in np.arange(15.0, 60.0, 1.37):
        sample = line.at(float(time_s))
        assert sample.ahead[0].car.driver == chase.ahead_of("OWN", time_s)
        gap_m, gap_s = sample.ahead[0].gap_m.value, sample.ahead[0].gap_s.value
        assert gap_m == pytest.approx(chase.gap_m("OWN", "RIV", time_s), abs=0.5)
        assert gap_s == pytest.approx(chase.gap_s("OWN", "RIV", time_s), abs=0.03)


def test_the_own_car_is_behind_for_the_one_ahead(chase: Made) -> None:
    behind = timeline(chase, "RIV").at(40.0).behind[0]
    assert behind.car.driver == "OWN"
    assert behind.gap_m.value == pytest.approx(chase.gap_m("OWN", "RIV", 40.0), abs=0.5)


def test_several_cars_within_sight_come_in_order() -> None:
    cars = {f"C{n}X": drive(40.0 * n, 1.0, end_s=END_S) for n in range(4)}
    made = race(field(OWN=drive(-40.0, 1.0, end_s=END_S), **cars))
    assert [car.car.driver for car in timeline(made).at(90.0).ahead][:4] == ["C0X", "C1X", "C2X", "C3X"]


def test_a_lapped_car_is_ahead_on_the_road_and_a_lap_down() -> None:
    made = race(field(OWN=drive(0.0, 1.15, end_s=END_S), SLO=drive(-20.0, 0.8, end_s=END_S)))
    found = False
    line = timeline(made)
    for time_s in np.arange(60.0, 320.0, 2.0):
        if made.gap_m("OWN", "SLO", time_s) < 100 and made.ahead_of("OWN", time_s) == "SLO":
            sight = line.at(float(time_s)).ahead[0]
            assert (sight.car.driver, sight.laps_down) == ("SLO", 1)
            found = True
    assert found


def test_an_unlapping_car_is_a_lap_up_when_it_is_ahead() -> None:
    made = race(field(OWN=drive(0.0, 0.8, end_s=END_S), FAS=drive(-20.0, 1.15, end_s=END_S)))
    line = timeline(made)
    seen = [
        sight.laps_down
        for time_s in np.arange(120.0, 320.0, 1.0)
        for sight in line.at(float(time_s)).ahead
        if sight.car.driver == "FAS"
    ]
    assert -1 in seen


def test_a_car_in_the_pit_lane_is_not_ahead_even_where_the_lane_lies_close() -> None:
    # The lane is 10 m beside the line: by its place alone the car would count as on the road.
    pits = ((100.0, 125.0),)
    stopping = drive(
        30.0, 1.0, end_s=END_S, changes=((100.0, 125.0, 0.4), (108.0, 112.0, 0.0)), off=((100.0, 125.0, 10.0),), pits=pits
    )
    made = race(field(OWN=drive(-30.0, 0.97, end_s=END_S), PIT=stopping), status=((0.0, "1"), (90.0, "4"), (150.0, "1")))
    line = timeline(made)
    assert ahead(line, 80.0) == "PIT"
    assert all(ahead(line, float(time_s)) != "PIT" for time_s in np.arange(101.0, 124.0))
    assert line.at(100.0).neutralised
    assert not line.at(160.0).neutralised


def test_without_pit_times_a_car_standing_in_its_box_is_not_ahead() -> None:
    stopping = drive(60.0, 1.0, end_s=END_S, changes=((100.0, 130.0, 0.0),))
    made = race(field(OWN=drive(-30.0, 0.5, end_s=END_S), PIT=stopping), with_pit_times=False)
    assert ahead(timeline(made), 125.0) != "PIT"


def test_a_car_that_spun_and_stands_on_the_road_is_ahead_until_it_is_out() -> None:
    spun = drive(60.0, 1.0, end_s=END_S, changes=((100.0, 120.0, 0.0),))
    own = drive(-30.0, 0.95, end_s=END_S, changes=((100.0, 140.0, 0.2),))
    # Someone's pit times are known, so a standing car is not taken for one in its box.
    made = race(field(OWN=own, SPU=Car(spun.progress_m, spun.lateral_m, pits=((200.0, 220.0),))))
    assert made.ahead_of("OWN", 112.0) == "SPU"
    assert ahead(timeline(made), 112.0) == "SPU"


def test_a_car_parked_for_good_is_not_ahead() -> None:
    parked = drive(900.0, 1.0, end_s=END_S, changes=((60.0, END_S, 0.0),))
    made = race(field(OWN=drive(-30.0, 1.0, end_s=END_S), OUT=parked))
    line = timeline(made)
    passing = [time_s for time_s in np.arange(75.0, 320.0, 0.5) if made.gap_m("OWN", "OUT", time_s) < 200]
    assert passing
    assert all(ahead(line, float(time_s)) != "OUT" for time_s in passing)


def test_on_the_grid_everyone_stands_and_the_next_slot_is_ahead() -> None:
    made = race(field(OWN=drive(-24.0, 1.0, end_s=END_S), P2X=drive(-16.0, 1.0, end_s=END_S), P1X=drive(-8.0, 1.0, end_s=END_S)))
    line = timeline(made)
    assert [car.car.driver for car in line.at(8.0).ahead[:2]] == ["P2X", "P1X"]
    assert line.at(8.0).own.position == 3


@pytest.mark.parametrize(("planned_laps", "flag_after_s"), [(0, None), (None, -4.0), (9, 4.0)])
def test_after_the_flag_places_and_gaps_stay_however_the_cars_drive_home(
    planned_laps: int | None, flag_after_s: float | None
) -> None:
    slowing = drive(-8.0, 1.0, end_s=END_S, changes=((250.0, END_S, 0.4),))
    made = race(field(WIN=slowing, SEC=drive(-100.0, 0.995, end_s=END_S), LAP=drive(-8.0, 0.6, end_s=END_S)))
    laps = made.record.laps
    won = max((lap for lap in laps["WIN"] if lap.end_s is not None and lap.end_s < 250), key=lambda lap: lap.number)
    second = next(lap for lap in laps["SEC"] if lap.number == won.number)
    assert won.end_s is not None
    flag_s = None if flag_after_s is None else won.end_s + flag_after_s
    total_laps = None if planned_laps is None else won.number + planned_laps
    made = Made(replace(made.record, total_laps=total_laps, flag_s=flag_s), made.cars)
    line = timeline(made, "SEC")
    home_s = 320.0
    assert made.cars["SEC"].at(np.array([home_s]))[0] > made.cars["WIN"].at(np.array([home_s]))[0] + 50
    for driver, place, laps_down in (("WIN", 1, 0), ("SEC", 2, 0)):
        sample = timeline(made, driver).at(home_s).own
        assert (sample.position, sample.laps_behind_leader) == (place, laps_down)
    assert second.end_s is not None
    assert line.at(home_s).own.interval_leader_s.value == pytest.approx(second.end_s - won.end_s, abs=0.1)
    assert timeline(made, "LAP").at(home_s).own.laps_behind_leader == 1


def test_a_car_out_on_lap_one_never_leads() -> None:
    crashed = drive(-60.0, 1.0, end_s=END_S, changes=((20.0, END_S, 0.0),))
    made = race(field(OWN=drive(-8.0, 1.0, end_s=END_S), CRA=Car(crashed.progress_m, crashed.lateral_m, ends_s=40.0)))
    sample = timeline(made).at(200.0)
    assert sample.own.position == 1
    assert all(car.car.driver != "CRA" for car in (*sample.ahead, *sample.behind))


def test_across_a_hole_of_five_seconds_nobody_is_invented_and_laps_go_on() -> None:
    hole = ((100.0, 105.0),)
    made = race(field(OWN=drive(-30.0, 1.0, end_s=END_S), RIV=drive(120.0, 0.99, end_s=END_S, silent=hole)))
    line = timeline(made)
    assert "RIV" not in [car.car.driver for car in line.at(102.5).ahead]
    after = line.at(106.0).ahead[0]
    assert (after.car.driver, after.laps_down) == ("RIV", 0)
    assert after.gap_m.value == pytest.approx(made.gap_m("OWN", "RIV", 106.0), abs=1.0)


def test_after_a_hole_of_two_laps_the_car_is_not_taken_for_a_lapped_one() -> None:
    made = race(field(OWN=drive(-30.0, 1.0, end_s=END_S), RIV=drive(120.0, 0.995, end_s=END_S, silent=((80.0, 200.0),))))
    after = timeline(made).at(204.0).ahead[0]
    assert (after.car.driver, after.laps_down) == ("RIV", 0)


def test_positions_of_zero_are_no_place() -> None:
    made = race(field(OWN=drive(-30.0, 1.0, end_s=END_S), RIV=drive(120.0, 0.99, end_s=END_S, lost=((100.0, 130.0),))))
    line = timeline(made)
    assert all(ahead(line, float(time_s)) != "RIV" for time_s in np.arange(103.0, 128.0))
    assert ahead(line, 135.0) == "RIV"


def test_a_red_flag_stops_all_and_the_order_stays() -> None:
    stop = ((120.0, 200.0, 0.0),)
    made = race(
        field(OWN=drive(-30.0, 1.0, end_s=END_S, changes=stop), RIV=drive(120.0, 0.99, end_s=END_S, changes=stop)),
        status=((0.0, "1"), (118.0, "5"), (195.0, "1")),
    )
    line = timeline(made)
    assert line.at(150.0).neutralised
    after = line.at(215.0)
    assert after.ahead[0].car.driver == made.ahead_of("OWN", 215.0)
    assert after.ahead[0].laps_down == 0


def test_two_cars_side_by_side_do_not_swap_names_every_frame() -> None:
    wiggle = 0.3 * np.sin(np.arange(int(END_S / 0.02) + 1) * 0.02 * 2.0)
    left, right = drive(40.0, 1.0, end_s=END_S), drive(40.0, 1.0, end_s=END_S, lateral_m=3.0)
    apart = np.interp(np.arange(len(wiggle)) * 0.02, [0, 60, 80], [5.0, 5.0, 0.0])
    made = race(field(OWN=drive(0.0, 1.0, end_s=END_S), LEF=left, RIG=Car(right.progress_m + apart + wiggle, right.lateral_m)))
    line = timeline(made)
    assert {ahead(line, float(time_s)) for time_s in np.arange(82.0, 95.0, 0.2)} == {"LEF"}


def test_laps_are_counted_from_the_line(chase: Made) -> None:
    line = timeline(chase)
    car = chase.cars["OWN"]
    for time_s in (30.0, 100.0, 250.0):
        truth_m = float(car.at(np.array([time_s]))[0])
        sample = line.at(time_s).own
        assert sample.lap == int(truth_m // LENGTH_M) + 1
        assert sample.distance_m.value == pytest.approx(truth_m % LENGTH_M, abs=8.0)


def test_after_a_pile_on_lap_one_the_survivors_race_on_and_the_wrecks_are_nobody() -> None:
    wrecks = {f"W{n}X": Car(*_crashed(-24.0 - 8 * n), ends_s=70.0 + n) for n in range(3)}
    runners = {
        "LEA": drive(-8.0, 1.0, end_s=END_S),
        "OWN": drive(-16.0, 0.99, end_s=END_S),
        "LAS": drive(-48.0, 0.985, end_s=END_S),
    }
    # Someone's pit times are known, so a standing car is not taken for one in its box.
    pitted = Car(runners["LAS"].progress_m, runners["LAS"].lateral_m, pits=((310.0, 320.0),))
    made = race(field(**runners | {"LAS": pitted} | wrecks))
    line = timeline(made)
    assert line.at(22.0).own.position == 2
    for time_s in np.arange(40.0, 300.0, 3.1):
        sample = line.at(float(time_s))
        assert sample.own.position == 2
        seen = [car.car.driver for car in (*sample.ahead, *sample.behind)]
        assert not wrecks.keys() & set(seen)
    assert timeline(made, "LAS").at(200.0).own.position == 3


def _crashed(start_m: float) -> tuple[np.ndarray, np.ndarray]:
    car = drive(start_m, 1.0, end_s=END_S, changes=((18.0, END_S, 0.0),))
    return car.progress_m, car.lateral_m


def test_a_flag_that_nobody_was_near_ends_no_race() -> None:
    made = race(field(OWN=drive(-8.0, 1.0, end_s=END_S)))
    ends_s = [lap.end_s for lap in made.record.laps["OWN"] if lap.end_s is not None]
    assert laps_until(ends_s[1] - 5.0, made.record.laps) == 2
    assert laps_until((ends_s[1] + ends_s[2]) / 2, made.record.laps) is None
    assert laps_until(ends_s[1], {}) is None


@pytest.mark.parametrize("unseen", [{"silent": ((100.0, 117.0),)}, {"pits": ((100.0, 117.0),)}])
def test_a_car_that_is_not_seen_for_a_while_is_not_passed_for_that(unseen: dict[str, tuple[tuple[float, float], ...]]) -> None:
    rival = drive(60.0, 1.0, end_s=END_S)
    made = race(field(OWN=drive(-30.0, 1.0, end_s=END_S), RIV=replace(rival, **unseen)))
    line, other = timeline(made), timeline(made, "RIV")
    for time_s in np.arange(98.0, 120.0):
        assert line.at(float(time_s)).own.position == other.at(float(time_s)).own.position + 1
