"""Video time and session time: there and back."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.alignment import Alignment, Piece


@given(offset_s=st.floats(-1e4, 1e4), drift_ppm=st.floats(-500, 500), video_time_s=st.floats(0, 1e4))
def test_there_and_back_is_the_same_moment(offset_s: float, drift_ppm: float, video_time_s: float) -> None:
    where = Alignment.constant(offset_s, drift_ppm=drift_ppm)
    session_time_s = where.session_time_s(video_time_s)
    assert session_time_s is not None
    assert where.video_time_s(session_time_s) == pytest.approx(video_time_s, abs=1e-6)


@given(st.lists(st.floats(-5, 45), min_size=1, max_size=20))
def test_many_at_once_are_what_each_is(times_s: list[float]) -> None:
    where = Alignment((Piece(0, 10, 100), Piece(12, 40, 300, 50)), 1.0, None, ("offset",))
    for time_s, found_s in zip(times_s, where.session_times_s(np.array(times_s)), strict=True):
        single = where.session_time_s(time_s)
        assert (single is None and math.isnan(found_s)) or single == pytest.approx(found_s)


def test_between_two_pieces_there_is_no_session_time() -> None:
    where = Alignment((Piece(0, 10, 100), Piece(12, 40, 300)), 1.0, None, ("offset",))
    assert where.session_time_s(11.0) is None
    assert where.video_time_s(200.0) is None


def test_pieces_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        Alignment((Piece(0, 10, 100), Piece(9, 40, 300)), 1.0, None, ("offset",))
