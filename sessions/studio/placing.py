"""What a person does to the offset: move it, set it, mark moments, take a candidate; each as new sync settings."""

from dataclasses import replace

from sessions.session import SyncSettings
from sessions.studio.events import Event
from telemetry.sync.anchors import Anchor

SAME_MOMENT_S = 0.02  # a mark on an anchor's own frame replaces it


def moved(settings: SyncSettings, by_s: float, *, found: bool) -> SyncSettings:
    """Return settings that lay the clip `by_s` later in the race session.

    What was found, or fitted through anchors, stays and is trimmed; an offset set by hand is itself moved.

    Args:
        settings: As they are.
        by_s: Seconds of session time.
        found: Whether the clip has a place without an offset set by hand.
    """
    if settings.offset_s is not None or not found:
        return replace(settings, offset_s=round((settings.offset_s or 0.0) + by_s, 4))
    return replace(settings, nudge_s=round(settings.nudge_s + by_s, 4))


def placed(offset_s: float, *, drift_ppm: float = 0.0) -> SyncSettings:
    """Return settings with an offset set by hand, and nothing else."""
    return SyncSettings(offset_s=round(offset_s, 4), drift_ppm=drift_ppm)


def marked(settings: SyncSettings, video_time_s: float, event: Event) -> SyncSettings:
    """Return settings with an anchor of an event at a video time; anchors win over what was found and over an offset."""
    session_time_s = None if event.lap is not None else round(event.session_time_s, 4)
    anchor = Anchor(round(video_time_s, 4), lap=event.lap, session_time_s=session_time_s)
    others = tuple(one for one in settings.anchors if abs(one.video_time_s - video_time_s) > SAME_MOMENT_S)
    return SyncSettings(anchors=tuple(sorted((*others, anchor), key=lambda one: one.video_time_s)))


def unmarked(settings: SyncSettings, anchor: Anchor) -> SyncSettings:
    """Return settings without an anchor."""
    return replace(settings, anchors=tuple(one for one in settings.anchors if one is not anchor))
