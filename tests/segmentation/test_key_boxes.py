from dataclasses import replace

import numpy as np
import pytest

from segmentation.key_boxes import FADE_S, KeyBox, corrected
from segmentation.sighting import Sighting
from segmentation.track import Track

RATE_HZ = 25


def moving_car(track_id: int = 1, seconds: float = 4.0) -> Track:
    """A car that drifts to the right and grows evenly."""
    count = int(seconds * RATE_HZ)
    time_s = np.arange(count) / RATE_HZ
    left, width = 300 + 40 * time_s, 100 * np.exp(0.1 * time_s)
    boxes = np.stack([left, np.full(count, 200.0), left + width, 200 + width / 2], axis=1)
    return Track(track_id, np.arange(count), time_s, boxes, np.ones(count), np.ones(count, bool))


def moved(box: np.ndarray, by_px: float) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    return float(left + by_px), float(top), float(right + by_px), float(bottom)


def test_a_key_box_holds_exactly_on_its_frame() -> None:
    track = moving_car()
    key = KeyBox(2.0, 1, (500.0, 260.0, 640.0, 330.0))
    (found,) = corrected([track], [key])
    np.testing.assert_allclose(found.xyxy[50], key.xyxy, atol=1e-6)


def test_between_two_keys_the_correction_is_carried_along_with_the_cars_own_motion() -> None:
    track = moving_car()
    keys = [KeyBox(at_s, 1, moved(track.xyxy[round(at_s * RATE_HZ)], 60.0)) for at_s in (1.0, 3.0)]
    (found,) = corrected([track], keys)
    np.testing.assert_allclose(found.xyxy[25:76, 0] - track.xyxy[25:76, 0], 60.0, atol=1.5)


def test_away_from_the_keys_the_track_stays_as_it_was() -> None:
    track = moving_car()
    (found,) = corrected([track], [KeyBox(2.0, 1, moved(track.xyxy[50], 60.0))])
    far = np.abs(track.video_time_s - 2.0) > FADE_S + 1 / RATE_HZ
    np.testing.assert_array_equal(found.xyxy[far], track.xyxy[far])


def test_a_correction_comes_and_goes_without_a_jerk() -> None:
    track = moving_car()
    (found,) = corrected([track], [KeyBox(2.0, 1, moved(track.xyxy[50], 60.0))])
    steps = np.abs(np.diff(found.xyxy[:, 0], 2))
    assert steps.max() < 1.5  # px a frame a frame; a correction without smoothing would step by 60 at once


def test_a_key_of_a_car_that_is_not_there_changes_nothing() -> None:
    track = moving_car()
    for key in (KeyBox(2.0, 7, (1.0, 1.0, 9.0, 9.0)), KeyBox(9.0, 1, (1.0, 1.0, 9.0, 9.0))):
        (found,) = corrected([track], [key])
        np.testing.assert_array_equal(found.xyxy, track.xyxy)


def test_only_the_keys_own_car_is_moved() -> None:
    first, second = moving_car(1), moving_car(2)
    _, found = corrected([first, second], [KeyBox(2.0, 1, moved(first.xyxy[50], 60.0))])
    np.testing.assert_array_equal(found.xyxy, second.xyxy)


def test_a_key_finds_its_car_again_under_another_number() -> None:
    track = moving_car(7)
    left, top, right, bottom = (float(edge) for edge in track.xyxy[50])
    key = KeyBox(2.0, 1, (500.0, 260.0, 640.0, 330.0), Sighting(2.0, (left + 4, top - 3, right + 2, bottom)))
    other = replace(track, track_id=1, xyxy=track.xyxy + 400.0)
    found = corrected([other, track], [key])
    np.testing.assert_array_equal(found[0].xyxy, other.xyxy)
    np.testing.assert_allclose(found[1].xyxy[50], key.xyxy, atol=1e-6)


def test_a_box_that_is_inside_out_is_refused() -> None:
    with pytest.raises(ValueError, match="x1 < x2"):
        KeyBox(1.0, 1, (5.0, 5.0, 5.0, 9.0))
