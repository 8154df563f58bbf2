"""Tracks as CSV: one row a car and frame, boxes in pixels of the source frame."""

import csv
import heapq
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import numpy as np

from segmentation.errors import SegmentationError
from segmentation.track import SteadyBox, SteadyFrame, Track

SAME_S = 1e-4  # times this near are one frame's
COLUMNS = ("frame_index", "video_time_s", "track_id", "x1", "y1", "x2", "y2", "score", "observed")


def write(tracks: Iterable[Track], path: Path) -> None:
    """Write tracks, whole or not at all, ordered by frame.

    Raises:
        SegmentationError: The file cannot be written.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("w", newline="") as lines:
            put(tracks, lines)
        beside.replace(path)
    except OSError as error:
        raise SegmentationError(f"cannot write {path}: {error.strerror}; choose another place") from error
    finally:
        with suppress(OSError):  # on a disk that takes nothing there is nothing to remove, and it would say so
            beside.unlink(missing_ok=True)


def put(tracks: Iterable[Track], lines: TextIO) -> None:
    """Write tracks into an open text file, ordered by frame."""
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = heapq.merge(*map(_rows, tracks), key=lambda row: (row[0], row[2]))  # one at a time: an hour has a hundred thousand
    writer.writerows(rows)


def _rows(track: Track) -> Iterator[tuple[int | str, ...]]:
    for i in range(len(track)):
        yield (
            int(track.frame_index[i]),
            f"{track.video_time_s[i]:.6f}",
            track.track_id,
            *(f"{value:.3f}" for value in track.xyxy[i]),
            f"{track.score[i]:.4f}",
            int(track.observed[i]),
        )


def read(path: Path) -> list[Track]:
    """Return the tracks of a file that `write` wrote.

    Raises:
        SegmentationError: The file is missing or not of this form.
    """
    try:
        with path.open(newline="") as lines:
            reader = csv.reader(lines)
            if tuple(next(reader, ())) != COLUMNS:
                raise SegmentationError(f"{path} is no track file; its first line must be {','.join(COLUMNS)}")
            rows = [[float(word) for word in row] for row in reader]
        table = np.array(rows, np.float64).reshape(-1, len(COLUMNS))
    except (OSError, ValueError) as error:
        raise SegmentationError(f"cannot read tracks from {path}: {error}") from error
    tracks = []
    for track_id in np.unique(table[:, 2]):
        part = table[table[:, 2] == track_id]
        tracks.append(Track(int(track_id), part[:, 0].astype(np.int64), part[:, 1], part[:, 3:7], part[:, 7], part[:, 8] > 0))
    return tracks


class Frames:
    """Tracks that are asked for one frame after another; of a long clip's thousands, only those that are there are looked through."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        """Take the tracks, all of a clip's."""
        self._tracks = [track for track in tracks if len(track)]
        self._first_s = np.array([track.video_time_s[0] for track in self._tracks])
        self._last_s = np.array([track.video_time_s[-1] for track in self._tracks])

    def at(self, frame_index: int, video_time_s: float, *, cut: bool = False) -> SteadyFrame:
        """Return what the tracks say of one frame, the largest box first; whether a scene begins with it they do not, that is `cut`.

        They are asked for its time: of a clip with damaged frames, those who count packets and those who count pictures count differently.
        """
        boxes = []
        there = (self._first_s <= video_time_s + SAME_S) & (self._last_s >= video_time_s - SAME_S)
        for track in (self._tracks[i] for i in np.flatnonzero(there)):
            row = int(np.searchsorted(track.video_time_s, video_time_s - SAME_S))
            if track.video_time_s[row] - video_time_s <= SAME_S:
                x1, y1, x2, y2 = (float(value) for value in track.xyxy[row])
                boxes.append(SteadyBox(track.track_id, (x1, y1, x2, y2), float(track.score[row]), bool(track.observed[row])))
        boxes.sort(key=lambda box: -(box.xyxy[2] - box.xyxy[0]) * (box.xyxy[3] - box.xyxy[1]))
        return SteadyFrame(frame_index, video_time_s, tuple(boxes), cut)
