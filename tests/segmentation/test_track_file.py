"""What tracks say of a frame."""

import numpy as np

from segmentation import track_file
from segmentation.track import Track


def test_of_a_clip_with_a_damaged_frame_cars_are_found_by_its_times() -> None:
    times_s = np.array([at / 25 for at in range(20) if at != 7])
    places = times_s[:, None] * 100 + np.array([0.0, 0.0, 40.0, 20.0])
    track = Track(1, np.arange(19), times_s, places, np.ones(19), np.ones(19, bool))
    known = track_file.Frames([track])
    for packet in range(20):
        frame = known.at(packet, packet / 25 + 4e-7)
        assert [round(box.xyxy[0], 6) for box in frame.boxes] == ([] if packet == 7 else [packet * 4.0])
        assert (frame.frame_index, frame.video_time_s) == (packet, packet / 25 + 4e-7)


def test_of_many_short_tracks_those_that_are_there_are_told_from_their_first_frame_to_their_last() -> None:
    box = np.array([[0.0, 0.0, 40.0, 20.0]])
    tracks = []
    for number in range(1, 9):
        frames = np.arange(number, number + 5)
        tracks.append(Track(number, frames, frames / 25, box.repeat(5, 0) * number, np.ones(5), np.ones(5, bool)))
    known = track_file.Frames(tracks)
    for frame in range(15):
        told = [steady.track_id for steady in known.at(frame, frame / 25).boxes]
        assert told == [number for number in range(8, 0, -1) if number <= frame < number + 5]
