"""Moments that a person recognised: they win, two fit the drift, and a wrong one is called out."""

from datetime import timedelta

import numpy as np
import pytest

from telemetry.errors import TelemetryError
from telemetry.race_record import RaceRecord
from telemetry.sync.anchors import Anchor, fit, nudged, session_time_s
from tests.telemetry import races


@pytest.fixture(scope="module")
def race() -> RaceRecord:
    return races.race({"AAA": races.drive(0.0, 1.0, end_s=120.0)}).record


def at(video_s: float, session_s: float) -> Anchor:
    return Anchor(video_s, session_time_s=session_s)


def test_one_anchor_gives_the_offset(race: RaceRecord) -> None:
    found = fit((at(12.0, 100.0),), race, None)
    assert found.alignment.offset_s == 88.0
    assert found.alignment.drift_ppm == 0
    assert found.alignment.confidence == 1


def test_an_instant_of_the_day_is_a_moment_too(race: RaceRecord) -> None:
    assert session_time_s(Anchor(0.0, utc=races.ZERO + timedelta(seconds=12.5)), race, None) == pytest.approx(12.5)


@pytest.mark.parametrize("drift", [-0.01, -0.0005, 0.0, 0.001, 0.01])
def test_two_anchors_fit_the_drift(race: RaceRecord, drift: float) -> None:
    found = fit((at(10.0, 500 + 10 * (1 + drift)), at(1_200.0, 500 + 1_200 * (1 + drift))), race, None).alignment
    assert found.drift_ppm == pytest.approx(drift * 1e6, abs=0.1)
    assert found.session_time_s(600.0) == pytest.approx(500 + 600 * (1 + drift))


def test_two_anchors_of_a_clip_sped_up_for_television_fit(race: RaceRecord) -> None:
    found = fit((at(0.0, 500.0), at(96.0, 600.0)), race, None).alignment
    assert found.session_times_s(np.array([48.0])) == pytest.approx([550.0])


def test_near_anchors_that_are_a_little_apart_make_no_drift(race: RaceRecord) -> None:
    found = fit((at(1.0, 101.0), at(9.0, 109.2)), race, None)
    assert found.alignment.drift_ppm == 0
    assert found.residuals_s == pytest.approx((-0.1, 0.1))


def test_two_anchors_that_no_drift_explains_are_called_out(race: RaceRecord) -> None:
    with pytest.raises(TelemetryError, match=r"1\.50 s off"):
        fit((at(0.0, 100.0), at(60.0, 163.0)), race, None)


def test_a_wrong_anchor_is_called_out_not_absorbed(race: RaceRecord) -> None:
    with pytest.raises(TelemetryError, match=r"video time 40 s lies \+2\.50 s off"):
        fit((at(0.0, 100.0), at(20.0, 120.0), at(40.0, 142.5), at(60.0, 160.0)), race, None)


def test_two_anchors_at_one_moment_are_refused(race: RaceRecord) -> None:
    with pytest.raises(TelemetryError, match="share a video time"):
        fit((at(5.0, 100.0), at(5.0, 101.0)), race, None)


def test_an_anchor_with_two_moments_is_refused() -> None:
    with pytest.raises(TelemetryError, match="lap and session_time_s"):
        Anchor(1.0, lap=2, session_time_s=3.0)


def test_a_nudge_moves_every_piece(race: RaceRecord) -> None:
    found = fit((at(0.0, 100.0),), race, None).alignment
    assert nudged(found, 0.25).offset_s == 100.25
    with pytest.raises(TelemetryError, match="nudge_s"):
        nudged(found, float("nan"))
