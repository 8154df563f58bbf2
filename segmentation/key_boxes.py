"""Boxes that a person put right on single frames, carried into the track around them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from segmentation.sighting import Sighting
from segmentation.smoothing import WINDOW_S, steady_box
from segmentation.track import Track

Floats = npt.NDArray[np.float64]

FADE_S = (
    0.6  # a correction dies away this long before its first and after its last key: about as long as a network errs at a stretch
)
SAME_FRAME_S = 0.011  # a key means the frame nearest to it; at 50 frames a second they are 20 ms apart


@dataclass(frozen=True, slots=True)
class KeyBox:
    """Where a followed car really is at one instant: box in px of the source frame.

    Attributes:
        video_time_s: The instant.
        track_id: The car's number among the tracks.
        xyxy: Its box.
        seen: Where the tracking had it then, which says more than its number: that holds for one tracking alone.
    """

    video_time_s: float
    track_id: int
    xyxy: tuple[float, float, float, float]
    seen: Sighting | None = None

    def __post_init__(self) -> None:
        x1, y1, x2, y2 = self.xyxy
        if not (x1 < x2 and y1 < y2):
            raise ValueError(f"wanted x1 < x2 and y1 < y2, got {list(self.xyxy)}")


def numbered(keys: Sequence[KeyBox], tracks: Sequence[Track]) -> tuple[KeyBox, ...]:
    """Return keys with the numbers that their cars have among tracks as found; one that none shows at its place keeps its own."""
    return tuple(key if key.seen is None else replace(key, track_id=key.seen.track_id(tracks) or key.track_id) for key in keys)


def corrected(tracks: Sequence[Track], keys: Sequence[KeyBox]) -> list[Track]:
    """Return the tracks with their boxes led through the keys; a key whose track is not in sight there changes nothing.

    What each key says against the track is a correction of centre and size. Between keys it runs evenly from one to the next,
    before the first and after the last it fades; the smoother then runs again over what was corrected, and the keys hold exactly.
    """
    known = numbered(keys, tracks)
    return [_corrected(track, [key for key in known if key.track_id == track.track_id]) for track in tracks]


def _corrected(track: Track, keys: list[KeyBox]) -> Track:
    row_of = {_row(track, key.video_time_s): key for key in sorted(keys, key=lambda key: key.video_time_s)}
    rows = [row for row in row_of if row is not None]
    if not rows:
        return track
    wanted = np.array([row_of[row].xyxy for row in rows])
    moved = _led(track.video_time_s, track.xyxy, rows, wanted)
    smooth = moved.copy()
    near = (track.video_time_s >= track.video_time_s[rows[0]] - FADE_S) & (
        track.video_time_s <= track.video_time_s[rows[-1]] + FADE_S
    )
    for row in np.flatnonzero(near):
        at_s = track.video_time_s[row]
        first, last = np.searchsorted(track.video_time_s, [at_s - WINDOW_S, at_s + WINDOW_S + 1e-9])
        smooth[row] = steady_box(track.video_time_s[first:last].tolist(), moved[first:last], float(at_s))
    return replace(track, xyxy=_led(track.video_time_s, smooth, rows, wanted))


def _row(track: Track, video_time_s: float) -> int | None:
    row = int(np.argmin(np.abs(track.video_time_s - video_time_s)))
    return row if abs(track.video_time_s[row] - video_time_s) <= SAME_FRAME_S else None


def _led(time_s: Floats, xyxy: Floats, rows: list[int], wanted: Floats) -> Floats:
    """Return (n, 4) boxes that are `wanted` (k, 4) in `rows`, and elsewhere corrected by as much as the keys around them say."""
    now, keys = _centre_size(xyxy), _centre_size(wanted)
    off = keys - now[rows]
    key_s = time_s[rows]
    share = np.clip((FADE_S - np.maximum(key_s[0] - time_s, time_s - key_s[-1])) / FADE_S, 0.0, 1.0)
    share = share * share * (3 - 2 * share)
    led = now + share[:, None] * np.stack([np.interp(time_s, key_s, off[:, part]) for part in range(4)], axis=1)
    half = np.exp(led[:, 2:]) / 2
    boxes = np.concatenate([led[:, :2] - half, led[:, :2] + half], axis=1)
    return np.where(share[:, None] > 0, boxes, xyxy)


def _centre_size(xyxy: Floats) -> Floats:
    """Return (n, 4) centres in px and logarithms of sizes: sizes are corrected by factors."""
    size = np.maximum(xyxy[:, 2:] - xyxy[:, :2], 1.0)
    return np.concatenate([(xyxy[:, :2] + xyxy[:, 2:]) / 2, np.log(size)], axis=1)
