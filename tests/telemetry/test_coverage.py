"""A clip that lies outside its race session's data is said to."""

import pytest

from telemetry.alignment import Alignment, Piece
from telemetry.coverage import require_some, uncovered
from telemetry.errors import TelemetryError
from telemetry.race_record import RaceRecord
from tests.telemetry import races


@pytest.fixture(scope="module")
def race() -> RaceRecord:
    return races.race({"AAA": races.drive(0.0, 1.0, end_s=120.0)}).record


@pytest.mark.parametrize(
    ("offset_s", "said"),
    [
        (115.0, "before the clip"),
        (-5.0, "after the clip"),
        (0.0, None),
        (60.0, None),
    ],
)
def test_what_lies_outside_is_said(race: RaceRecord, offset_s: float, said: str | None) -> None:
    require_some(race, Alignment.constant(offset_s), 0.0, 20.0)
    found = uncovered(race, Alignment.constant(offset_s), 0.0, 20.0)
    assert found is None if said is None else found is not None and said in found


@pytest.mark.parametrize("offset_s", [99_999.0, -500.0, 121.0, -21.0])
def test_a_clip_of_which_nothing_is_known_is_refused(race: RaceRecord, offset_s: float) -> None:
    with pytest.raises(TelemetryError, match="the clip lies outside the race session's data: it would run from"):
        require_some(race, Alignment.constant(offset_s), 0.0, 20.0)


def test_a_clip_of_which_one_piece_is_known_is_not_refused(race: RaceRecord) -> None:
    require_some(race, Alignment((Piece(0.0, 5.0, 900.0), Piece(5.0, 20.0, 60.0)), 1.0, None, ("anchors",)), 0.0, 20.0)
    require_some(race, Alignment((Piece(30.0, 50.0, 900.0),), 1.0, None, ("anchors",)), 0.0, 20.0)  # nothing is asked of it


def test_a_stretch_that_lies_nowhere_is_not_outside(race: RaceRecord) -> None:
    assert uncovered(race, Alignment((Piece(5.0, 10.0, 60.0),), 1.0, None, ("anchors",)), 0.0, 20.0) is None
