"""What a person puts right in the tracks: which car is tagged, where none is, and where a box really lies."""

from collections.abc import Sequence
from dataclasses import replace

from overlay.picks import Pick
from segmentation.key_boxes import SAME_FRAME_S, KeyBox
from segmentation.sighting import Sighting
from segmentation.track import Track
from sessions.session import TrackSettings

END_S = 0.001  # a stretch ends just after its last frame


def chosen(settings: TrackSettings, track: Track, frame: int) -> TrackSettings:
    """Return settings in which a car is tagged as long as it is in sight; earlier choices give way.

    Args:
        settings: As they are.
        track: The car's.
        frame: On which it was chosen: by its place there it is found again, whatever number another tracking gives it.
    """
    first_s, last_s = float(track.video_time_s[0]), float(track.video_time_s[-1])
    pick = Pick(round(first_s, 4), round(last_s + END_S, 4), track.track_id, sighting(track, frame))
    kept = tuple(other for other in settings.choice if other.to_s <= pick.from_s or other.from_s >= pick.to_s)
    return replace(settings, choice=(*kept, pick))


def sighting(track: Track, frame: int) -> Sighting:
    """Return where a car is on a frame on which it is in sight."""
    row = int(track.frame_index.searchsorted(frame))
    left, top, right, bottom = (round(edge, 1) for edge in track.xyxy[row].tolist())
    return Sighting(round(float(track.video_time_s[row]), 4), (left, top, right, bottom))


def hidden(settings: TrackSettings, from_s: float, to_s: float) -> TrackSettings:
    """Return settings with a stretch more in which nothing is tagged; those that it touches become one with it."""
    first_s, last_s = sorted((from_s, to_s))
    touching = [pick for pick in settings.hidden if pick.from_s <= last_s and pick.to_s >= first_s]
    whole = Pick(
        round(min([first_s, *(pick.from_s for pick in touching)]), 4), round(max([last_s, *(pick.to_s for pick in touching)]), 4)
    )
    kept = [pick for pick in settings.hidden if pick not in touching]
    return replace(settings, hidden=tuple(sorted((*kept, whole), key=lambda pick: pick.from_s)))


def boxed(settings: TrackSettings, key: KeyBox) -> TrackSettings:
    """Return settings with a key box; one of the same car on the same frame gives way."""
    kept = [
        other
        for other in settings.boxes
        if other.track_id != key.track_id or abs(other.video_time_s - key.video_time_s) > SAME_FRAME_S
    ]
    return replace(settings, boxes=tuple(sorted((*kept, key), key=lambda one: one.video_time_s)))


def in_sight(tracks: Sequence[Track], frame: int) -> list[Track]:
    """Return the cars in sight on a frame, the largest first."""
    seen = [(track, row) for track in tracks for row in [int(track.frame_index.searchsorted(frame))] if _has(track, row, frame)]
    seen.sort(key=lambda entry: -float(entry[0].xyxy[entry[1], 2] - entry[0].xyxy[entry[1], 0]))
    return [track for track, _ in seen]


def _has(track: Track, row: int, frame: int) -> bool:
    return row < len(track) and int(track.frame_index[row]) == frame
