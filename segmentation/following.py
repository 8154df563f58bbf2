"""Detections in, steady frames out: follows every car in one streaming pass with a short look ahead."""

from array import array
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass

import numpy as np

from segmentation.smoothing import BEND_S3, WINDOW_S, SteadyPath
from segmentation.track import Detections, SteadyBox, SteadyFrame, Track
from segmentation.tracking import LOST_S, SCORES_TELL, Sightings, Tracker

LOOK_AHEAD_S = (
    0.5  # of video; the smoother sees this far into the future, and losses up to this long are bridged without a flicker
)
FEWEST_SIGHTINGS = 3  # a car seen less often was a flicker of the network
SURE = (
    1.2  # what the scores of a car's sightings must add up to: false alarms that last score 0.3 to 0.38, cars mostly above 0.45
)
UNSEEN_S = 0.25  # without a look ahead nobody knows yet whether a car is gone: it is thought on for so long
BEFORE_FIRST_S = 0.05  # a car was there a moment before it was first recognised
FOLLOWED_BY = (LOOK_AHEAD_S, BEND_S3, SCORES_TELL)  # tracks followed by other rules are found anew


@dataclass(frozen=True, slots=True)
class _Waiting:
    frame_index: int
    video_time_s: float
    cut: bool
    scene: int


class Follower:
    """Turns detections into steady frames.

    Every frame pushed comes out exactly once and in order, `look_ahead_s` of video later. With a look-ahead of 0 it is causal, for
    live use: the local fit then extrapolates from the past alone, over frames not looked at too, a car shows after its third sighting
    and stays for `UNSEEN_S` after its last.
    """

    def __init__(self, *, look_ahead_s: float = LOOK_AHEAD_S) -> None:
        self._look_ahead_s = look_ahead_s
        self._beyond_s = UNSEEN_S if look_ahead_s == 0 else 0.0
        self._tracker = Tracker()
        self._waiting: deque[_Waiting] = deque()
        self._known: dict[int, list[Sightings]] = {0: []}
        self._paths: dict[int, tuple[tuple[int, int], SteadyPath]] = {}
        self._scene = 0

    def push(
        self, frame_index: int, video_time_s: float, detections: Detections | None, *, cut: bool = False
    ) -> list[SteadyFrame]:
        """Take one frame and return those that are ready.

        Args:
            frame_index: Index in the clip, rising.
            video_time_s: Presentation time, rising.
            detections: What was found, None where the frame was not looked at.
            cut: Whether a new scene begins here; tracks end and none is smoothed across.
        """
        if cut:
            self._tracker.forget()
            self._scene += 1
            self._known[self._scene] = []
        self._waiting.append(_Waiting(frame_index, video_time_s, cut, self._scene))
        if detections is not None:
            self._known[self._scene] += self._tracker.update(detections, video_time_s)
        ready = []
        while self._waiting and video_time_s - self._waiting[0].video_time_s >= self._look_ahead_s:
            ready.append(self._steady(self._waiting.popleft()))
        return ready

    def finish(self) -> list[SteadyFrame]:
        """Return the frames still waiting; the clip is over."""
        ready = [self._steady(frame) for frame in self._waiting]
        self._waiting.clear()
        return ready

    def _steady(self, frame: _Waiting) -> SteadyFrame:
        for scene in [scene for scene in self._known if scene < frame.scene]:
            del self._known[scene]
        known = self._known[frame.scene]
        known[:] = [track for track in known if track.video_time_s[-1] >= frame.video_time_s - LOST_S]
        self._paths = {track.track_id: self._paths[track.track_id] for track in known if track.track_id in self._paths}
        boxes = [box for track in known if (box := self._box_at(track, frame)) is not None]
        boxes.sort(key=lambda box: -(box.xyxy[2] - box.xyxy[0]) * (box.xyxy[3] - box.xyxy[1]))
        return SteadyFrame(frame.frame_index, frame.video_time_s, tuple(boxes), frame.cut)

    def _box_at(self, track: Sightings, frame: _Waiting) -> SteadyBox | None:
        """Return where a car is in a frame; None where it is not, or not surely one."""
        at_s = frame.video_time_s
        if len(track.frame_index) < FEWEST_SIGHTINGS or track.sure < SURE:
            return None
        if not track.video_time_s[0] - BEFORE_FIRST_S <= at_s <= track.video_time_s[-1] + self._beyond_s + 1e-6:
            return None
        first = bisect_left(track.video_time_s, at_s - WINDOW_S)
        last = bisect_left(track.video_time_s, at_s + WINDOW_S + 1e-9)
        if first == last:
            return None
        x1, y1, x2, y2 = self._path(track, first, last, at_s).at(at_s).tolist()
        nearest = min(range(first, last), key=lambda index: abs(track.video_time_s[index] - at_s))
        observed = frame.frame_index in track.frame_index[first:last]
        return SteadyBox(track.track_id, (x1, y1, x2, y2), track.score[nearest], observed)

    def _path(self, track: Sightings, first: int, last: int, at_s: float) -> SteadyPath:
        """Return the path past some of a car's sightings; the frames between two looks share one."""
        window, path = self._paths.get(track.track_id, (None, None))
        if path is None or window != (first, last):
            path = SteadyPath.along(track.video_time_s[first:last], np.array(track.xyxy[first:last]), at_s)
            self._paths[track.track_id] = (first, last), path
        return path


class Collector:
    """Gathers steady frames into tracks, in little memory: a render of an hour has a hundred thousand of them."""

    def __init__(self) -> None:
        self._rows: dict[int, array[float]] = {}

    def add(self, frame: SteadyFrame) -> None:
        """Take the next frame."""
        for box in frame.boxes:
            rows = self._rows.setdefault(box.track_id, array("d"))
            rows.extend((frame.frame_index, frame.video_time_s, box.score, box.observed, *box.xyxy))

    def tracks(self) -> list[Track]:
        """Return the tracks so far, by their ids."""
        found = []
        for track_id, values in sorted(self._rows.items()):
            rows = np.array(values).reshape(-1, 8)
            index, time_s, score, observed = rows[:, :4].T
            found.append(Track(track_id, index.astype(np.int64), time_s, rows[:, 4:], score, observed.astype(bool)))
        return found
