"""What tracks say of a frame."""

import numpy as np

from segmentation import track_file
from segmentation.track import Track


def test_of_a_clip_with_a_damaged_frame_cars_are_found_by_its_times() -> None:
    times_s = np.array([at / 25 for at in range(20) if at != 7])
    places = times_s[:, None] * 100 + np.array([0.0, 0.0, 40.0, 20.0])
    track = Track(1, np.arange(19), times_s, places, np.ones(19), np.ones(19, bool))
    for packet in range(20):
        frame = track_file.frames([track], packet, packet / 25 + 4e-7)
        assert [round(box.xyxy[0], 6) for box in frame.boxes] == ([] if packet == 7 else [packet * 4.0])
        assert (frame.frame_index, frame.video_time_s) == (packet, packet / 25 + 4e-7)
