"""What a sample says beyond speed: places, gaps to the leader, laps, and where time is won."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from telemetry import timeline
from telemetry.alignment import Alignment
from telemetry.sample import ABSENT, Quality
from telemetry.timeline import Timeline
from tests.telemetry.races import LENGTH_M, STEP_S, Made, drive, place, race

END_S = 330.0


def field(**cars: object) -> dict:
    return cars | {"M0X": drive(-900.0, 0.95, end_s=END_S)}


@pytest.fixture(scope="module")
def made() -> Made:
    """LEA leads, OWN follows 80 m behind at the same pace, SLO is lapped by both."""
    return race(field(LEA=drive(0.0, 1.0, end_s=END_S), OWN=drive(-80.0, 1.0, end_s=END_S), SLO=drive(-120.0, 0.7, end_s=END_S)))


@pytest.fixture(scope="module")
def line(made: Made) -> Timeline:
    return Timeline(made.record, "OWN", Alignment.constant(0.0))


def test_without_published_intervals_they_are_when_the_other_passed_this_place(made: Made, line: Timeline) -> None:
    own = line.at(150.0).own
    assert own.position == 2
    assert own.interval_leader_s.quality is Quality.INTERPOLATED
    assert own.interval_leader_s.value == pytest.approx(made.gap_s("OWN", "LEA", 150.0), abs=0.03)
    assert own.interval_ahead_s.value == own.interval_leader_s.value


def test_the_leader_has_no_interval(made: Made) -> None:
    own = Timeline(made.record, "LEA", Alignment.constant(0.0)).at(150.0).own
    assert (own.position, own.interval_leader_s, own.interval_ahead_s, own.laps_behind_leader) == (1, ABSENT, ABSENT, 0)


def test_published_intervals_come_first(made: Made) -> None:
    published = (np.array([140.0]), np.array([9.9]), np.array([8.8]))
    record = replace(made.record, interval_s={"OWN": published})
    own = Timeline(record, "OWN", Alignment.constant(0.0)).at(141.0).own
    assert (own.interval_leader_s.value, own.interval_ahead_s.value) == (9.9, 8.8)


def test_a_throttle_that_the_feed_does_not_know_is_not_over_the_top(made: Made) -> None:
    trace = made.record.traces["OWN"]
    throttle = trace.throttle.copy()
    throttle[400] = 104.0  # as the feed says then
    record = replace(made.record, traces=made.record.traces | {"OWN": replace(trace, throttle=throttle)})
    line = Timeline(record, "OWN", Alignment.constant(0.0))
    assert line.at(float(trace.session_time_s[400]) - line.lag_s).own.throttle.value == pytest.approx(80.0)


def test_a_lapped_car_has_laps_for_a_gap(made: Made) -> None:
    own = Timeline(made.record, "SLO", Alignment.constant(0.0)).at(300.0).own
    behind_m = float(made.cars["LEA"].at(np.array([300.0]))[0] - made.cars["SLO"].at(np.array([300.0]))[0])
    assert own.laps_behind_leader == int(behind_m // LENGTH_M) == 1
    assert own.interval_leader_s is ABSENT


def test_the_lap_time_runs_from_the_line(made: Made, line: Timeline) -> None:
    lap = made.record.laps["OWN"][2]
    assert lap.start_s is not None
    sample = line.at(lap.start_s + 12.5)
    assert sample.own.lap_time_s == pytest.approx(12.5)
    assert sample.own.last_lap_time_s == made.record.laps["OWN"][1].lap_time_s


def test_time_is_won_where_the_rear_car_is_faster_than_the_front_one_was_there() -> None:
    own = drive(-150.0, 1.0, end_s=END_S, changes=((100.0, 130.0, 1.05),))
    made = race(field(OWN=own, RIV=drive(0.0, 1.0, end_s=END_S)))
    line = Timeline(made.record, "OWN", Alignment.constant(0.0))
    steady, winning = line.at(90.0).ahead[0], line.at(115.0).ahead[0]
    assert abs(steady.won_here_kmh.value) < 2.0
    truth_kmh = float(np.gradient(own.progress_m, STEP_S)[round(115.0 / STEP_S)] * 3.6)
    assert winning.won_here_kmh.value == pytest.approx(truth_kmh * (1 - 1 / 1.05), abs=2.0)
    line_s = max(lap.start_s for lap in made.record.laps["OWN"] if lap.start_s < 128.0)
    truth_s = made.gap_s("OWN", "RIV", line_s) - made.gap_s("OWN", "RIV", 128.0)
    assert line.at(128.0).ahead[0].won_this_lap_s.value == pytest.approx(truth_s, abs=0.05)
    assert truth_s > 0.2


def test_from_the_car_ahead_the_same_time_is_seen_being_won(made: Made) -> None:
    ahead = next(car for car in Timeline(made.record, "OWN", Alignment.constant(0.0)).at(120.0).ahead if car.car.driver == "LEA")
    behind = next(
        car for car in Timeline(made.record, "LEA", Alignment.constant(0.0)).at(120.0).behind if car.car.driver == "OWN"
    )
    assert behind.won_here_kmh.value == pytest.approx(ahead.won_here_kmh.value)
    assert behind.gap_s.value == pytest.approx(ahead.gap_s.value)


def test_the_pit_lane_is_told() -> None:
    pits = ((100.0, 125.0),)
    stop = drive(0.0, 1.0, end_s=END_S, changes=((100.0, 125.0, 0.4),), off=((100.0, 125.0, 20.0),), pits=pits)
    line = Timeline(race(field(OWN=stop, RIV=drive(60.0, 1.0, end_s=END_S))).record, "OWN", Alignment.constant(0.0))
    assert [line.at(time_s).own.in_pit_lane for time_s in (99.0, 101.0, 124.0, 126.0)] == [False, True, True, False]


def test_no_drs_is_told_of_a_season_without_it(made: Made) -> None:
    traces = {tla: replace(trace, drs=None) for tla, trace in made.record.traces.items()}
    sample = Timeline(replace(made.record, traces=traces), "OWN", Alignment.constant(0.0)).at(150.0)
    assert sample.own.drs_open is None
    assert all(car.car.drs_open is None for car in sample.ahead)


def test_a_bearing_is_clockwise_from_where_the_own_car_heads(made: Made, line: Timeline) -> None:
    for at_s in np.arange(140.0, 200.0, 3.0):
        own, before, after = (made.cars["OWN"].at(np.array([at_s + step_s]))[0] for step_s in (0.0, -0.2, 0.2))
        ahead = made.cars["LEA"].at(np.array([at_s]))[0]
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = (np.ravel(place(np.array([m]))) for m in (own, ahead, before, after))
        clockwise = np.arctan2(y3 - y2, x3 - x2) - np.arctan2(y1 - y0, x1 - x0)
        (leader,) = [car for car in line.at(float(at_s)).ahead if car.car.driver == "LEA"]
        assert leader.bearing_rad is not None
        assert np.angle(np.exp(1j * (leader.bearing_rad - clockwise))) == pytest.approx(0.0, abs=0.03)


def test_a_car_that_stands_heads_nowhere(made: Made, line: Timeline) -> None:
    waiting = line.at(made.record.laps["OWN"][0].start_s - 5.0)
    assert [car.bearing_rad for car in (*waiting.ahead, *waiting.behind)] == [None] * len((*waiting.ahead, *waiting.behind))
    assert waiting.ahead


def test_a_brief_sample_says_the_same_of_what_tags_and_the_bar_show(line: Timeline) -> None:
    whole, brief = line.at(150.0), line.at(150.0, brief=True)
    assert len(brief.ahead) == len(whole.ahead) == 1
    for told, known in ((brief.own, whole.own), (brief.ahead[0].car, whole.ahead[0].car)):
        for name in ("driver", "position", "lap", "speed_kmh", "drs_open", "compound", "tyre_age_laps", "x_m", "y_m"):
            assert getattr(told, name) == getattr(known, name), name
    for name in ("rpm", "gear", "throttle", "brake"):
        assert getattr(brief.own, name) == getattr(whole.own, name), name
    for name in ("gap_m", "gap_s", "closing_kmh", "laps_down", "bearing_rad"):
        assert getattr(brief.ahead[0], name) == getattr(whole.ahead[0], name), name
    assert (brief.own.interval_leader_s, brief.ahead[0].corner) == (ABSENT, None)


def test_near_a_stretch_the_same_is_known_of_it_and_little_else(line: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "AROUND_S", 120.0)
    near = line.near(200.0, 230.0)
    for at_s in np.arange(200.0, 230.0, 0.7).tolist():
        for brief in (True, False):
            assert rounded(asdict(near.at(at_s, brief=brief))) == rounded(asdict(line.at(at_s, brief=brief)))
    kept_s = near.record.traces["OWN"].session_time_s
    assert 80.0 <= kept_s[0] < 81.0
    assert line.at(20.0).own.speed_kmh is not ABSENT
    assert near.at(20.0).own.speed_kmh is ABSENT
    assert near.circuit is not line.circuit  # which keeps whole traces


def test_near_a_stretch_that_nothing_is_known_of_all_is_kept(line: Timeline) -> None:
    assert line.near(9000.0, 9020.0) is line
    assert line.near(20.0, 20.0) is line


def rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    return [rounded(part) for part in value] if isinstance(value, (list, tuple)) else value
