import numpy as np
import pytest

from overlay.picks import Pick
from segmentation.key_boxes import KeyBox
from segmentation.sighting import Sighting
from segmentation.track import Track
from sessions.session import SyncSettings, TrackSettings
from sessions.studio import placing, tagging
from sessions.studio.events import Event, nearest
from telemetry.errors import TelemetryError
from telemetry.sync.anchors import Anchor


def test_what_was_found_is_trimmed_and_what_was_set_is_moved() -> None:
    assert placing.moved(SyncSettings(), 0.04, found=True) == SyncSettings(nudge_s=0.04)
    assert placing.moved(SyncSettings(offset_s=160.0, drift_ppm=20.0), -0.5, found=False) == SyncSettings(159.5, 20.0)
    fitted = SyncSettings(anchors=(Anchor(1.0, lap=3),), nudge_s=0.01)
    assert placing.moved(fitted, 0.02, found=True) == SyncSettings(anchors=fitted.anchors, nudge_s=0.03)


def test_an_anchor_takes_the_place_of_whatever_was_set() -> None:
    braking = Event("brake", 163.2, "braking at 280 km/h")
    settings = placing.marked(SyncSettings(offset_s=160.0), 3.2, braking)
    assert settings == SyncSettings(anchors=(Anchor(3.2, session_time_s=163.2),))
    line = placing.marked(settings, 1.0, Event("line", 161.0, "start of lap 3", 3))
    assert line.anchors == (Anchor(1.0, lap=3), Anchor(3.2, session_time_s=163.2))
    again = placing.marked(line, 3.21, Event("gear", 163.3, "gear 7 to 6"))
    assert [anchor.session_time_s for anchor in again.anchors] == [None, 163.3]
    assert placing.unmarked(again, again.anchors[0]).anchors == again.anchors[1:]


def test_a_mark_is_of_the_nearest_event_of_its_kind_or_refused() -> None:
    found = (Event("brake", 10.0, ""), Event("gear", 11.0, ""), Event("brake", 14.0, ""))
    assert nearest(found, "brake", 12.5).session_time_s == 14.0
    with pytest.raises(TelemetryError, match="no line crossing"):
        nearest(found, "line", 12.5)
    with pytest.raises(TelemetryError, match="no braking point within"):
        nearest(found, "brake", 40.0)


def car(track_id: int, first: int, last: int, width: float = 50.0) -> Track:
    frames = np.arange(first, last + 1)
    boxes = np.tile([100.0, 100.0, 100.0 + width, 140.0], (len(frames), 1))
    return Track(track_id, frames, frames / 25, boxes, np.ones(len(frames)), np.ones(len(frames), bool))


def test_a_car_that_is_chosen_is_so_as_long_as_it_is_in_sight() -> None:
    settings = tagging.chosen(TrackSettings(), car(2, 25, 75), 50)
    (pick,) = settings.choice
    assert (pick.from_s, pick.track_id) == (1.0, 2)
    assert pick.seen == Sighting(2.0, (100.0, 100.0, 150.0, 140.0))
    assert 3.0 < pick.to_s < 3.04
    assert [entry.track_id for entry in tagging.chosen(settings, car(1, 50, 100), 60).choice] == [1]
    assert [entry.track_id for entry in tagging.chosen(settings, car(1, 80, 100), 80).choice] == [2, 1]


def test_stretches_without_a_tag_that_touch_become_one() -> None:
    settings = tagging.hidden(tagging.hidden(TrackSettings(), 5.0, 3.0), 8.0, 9.0)
    assert settings.hidden == (Pick(3.0, 5.0), Pick(8.0, 9.0))
    assert tagging.hidden(settings, 4.0, 8.5).hidden == (Pick(3.0, 9.0),)


def test_a_second_box_on_a_frame_takes_the_place_of_the_first() -> None:
    first, second, other = (
        KeyBox(at_s, number, (0.0, 0.0, size, size)) for at_s, number, size in ((2.0, 1, 10), (2.0, 1, 20), (2.0, 2, 5))
    )
    settings = tagging.boxed(tagging.boxed(tagging.boxed(TrackSettings(), first), other), second)
    assert set(settings.boxes) == {second, other}


def test_cars_in_sight_come_largest_first() -> None:
    cars = [car(1, 0, 50, 40.0), car(2, 20, 80, 90.0), car(3, 60, 90)]
    assert [track.track_id for track in tagging.in_sight(cars, 30)] == [2, 1]
    assert tagging.in_sight(cars, 95) == []
