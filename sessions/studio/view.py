"""What the page shows of a desk, as plain values."""

import math
from dataclasses import dataclass
from typing import Any

from overlay import theme as themes
from overlay.theme import FONTS
from sessions.errors import SLIPSTREAM_ERRORS
from sessions.studio.desk import Desk
from telemetry.moment import Moment
from telemetry.sync import anchors
from telemetry.sync.anchors import Anchor

FIRST_STEP = "“Find it for me” listens to the engine. Or type an offset, drag the telemetry, or mark a moment."
MOST_MOMENTS = 6  # in the strip; they overlap


def clip(desk: Desk) -> dict[str, Any]:
    """Return the clip's facts."""
    width, height = desk.clip.size_wh
    times_s = [round(at_s, 6) for at_s in desk.clip.times_s]
    return {
        "width": width,
        "height": height,
        "aspect": desk.clip.shown_wh[0] / desk.clip.shown_wh[1],
        "times_s": times_s,
        "end_s": desk.clip.end_s,
        "fonts": fonts(),
        "has_sound": desk.clip.has_sound,
    }


def fonts() -> list[str]:
    """Return the fonts that tags may be set in."""
    return sorted(path.stem for path in FONTS.glob("*.ttf"))


def state(desk: Desk, *, slot: str = "") -> dict[str, Any]:
    """Return the settings as the page's middle shows them; `slot` is "A" or "B" while two offsets are compared."""
    session = desk.draft.session
    where = desk.where
    pieces = (desk.guess() if where is None else where).pieces
    return {
        "version": desk.version,
        "driver": desk.driver,
        "playable": desk.playable_file() is not None,
        "later_s": desk.later_s(),
        "placed": where is not None and desk.cars.found is not None,
        "pieces": [[_finite(piece.start_video_s), _finite(piece.end_video_s), piece.offset_s, piece.rate] for piece in pieces],
        "anchors": [
            {"video_time_s": anchor.video_time_s, "residual_s": _finite(off_s)}
            for anchor, off_s in zip(session.sync.anchors, residuals_s(desk), strict=True)
        ],
        "hidden": [[pick.from_s, pick.to_s] for pick in session.track.hidden],
        "choice": [[pick.from_s, pick.to_s, pick.track_id] for pick in desk.cars.choices()],
        "boxes": [{"video_time_s": key.video_time_s, "track_id": key.track_id} for key in desk.cars.boxes()],
        "tracks": f"{desk.cars.found is not None}{hash(session.track.boxes)}",
        "readings": desk.readings(),
        "moments": _moments(desk),
        "seen": desk.cars.is_seen,
        "units": desk.units,
        "note": note(desk),
        "slot": slot,
    }


def _moments(desk: Desk) -> list[dict[str, Any]]:
    """Return the moments that the clip shows, in session time: the page lays them under the clip itself."""
    start_s, end_s = desk.span()
    shown = [moment for moment in desk.highlights.found if moment.start_s < end_s and moment.end_s > start_s]
    best = sorted(shown, key=lambda moment: -moment.score)[:MOST_MOMENTS]
    return [
        {"start_s": moment.start_s, "end_s": moment.end_s, "key_s": moment.key_s, "title": _moment_words(moment, desk.driver)}
        for moment in sorted(best, key=lambda moment: moment.start_s)
    ]


def _moment_words(moment: Moment, driver: str | None) -> str:
    other = moment.driver if moment.other == driver else moment.other
    return f"{moment.kind.value.capitalize()}{f' · {other}' if other else ''}"


def note(desk: Desk) -> str:
    """Return what keeps the tag from being drawn, empty where nothing does."""
    if desk.clip.amiss:
        return desk.clip.amiss
    if desk.playable_file() is None:
        return (
            "Browsers cannot play this clip: a copy is being made" if desk.jobs.running("proxy") else "No copy that browsers play"
        )
    if desk.driver is None:
        return "Whose onboard is it? “Find it for me” listens for it"
    if desk.where is None:
        return "Not lined up with the race yet"
    if desk.cars.found is None:
        return "Following the cars…" if desk.jobs.running("track") else "The cars are not followed yet"
    return ""


@dataclass(frozen=True, slots=True)
class SyncWords:
    """The state of the sync: a word, its colour's name ("good", "other", "bad"), and a line."""

    word: str
    tone: str
    line: str


def sync_words(desk: Desk) -> SyncWords:
    """Return how the clip is lined up, in words."""
    settings, where, found = desk.draft.session.sync, desk.where, desk.sync_result()
    if where is None:
        if found is not None and not found.accepted:
            word = "Lap unsure" if found.state == "lap_unsure" else "Not sure"
            return SyncWords(word, "other" if found.state == "lap_unsure" else "bad", found.reason)
        return SyncWords("Not lined up", "bad", desk.problem if settings.by_hand else FIRST_STEP)
    lap = lap_at(desk, where.pieces[0].offset_s + where.pieces[0].rate * float(desk.clip.times_s[0]))
    at = f"lap {lap}" if lap else "before the first lap"
    if settings.offset_s is not None:
        return SyncWords("By hand", "good", f"{at}, offset set")
    if settings.anchors:
        count = len(settings.anchors)
        return SyncWords("By hand", "good", f"{at}, through {count} anchor{'s' if count > 1 else ''}")
    sure = "" if where.residual_s is None else f" ± {where.residual_s * 1000:.0f} ms"
    trimmed = f", trimmed by {settings.nudge_s:+.3f} s" if settings.nudge_s else ""
    return SyncWords("Locked", "good", f"{at}, by {' and '.join(where.methods).replace('_', ' ')}{sure}{trimmed}")


def lap_at(desk: Desk, session_time_s: float) -> int | None:
    """Return the own car's lap at a session time."""
    laps = desk.record.laps.get(desk.driver or "", ())
    begun = [lap.number for lap in laps if lap.start_s is not None and lap.start_s <= session_time_s]
    return begun[-1] if begun else None


def residuals_s(desk: Desk) -> list[float]:
    """Return how far each anchor lies off the line through them."""
    settings = desk.draft.session.sync
    if not settings.anchors:
        return []
    try:
        return list(anchors.fit(settings.anchors, desk.record, desk.driver).residuals_s)
    except SLIPSTREAM_ERRORS:
        return [math.nan for _ in settings.anchors]


def anchor_words(desk: Desk, anchor: Anchor) -> str:
    """Return what an anchor is of."""
    if anchor.lap is not None:
        return f"start of lap {anchor.lap}"
    try:
        at_s = anchors.session_time_s(anchor, desk.record, desk.driver)
    except SLIPSTREAM_ERRORS as error:
        return str(error)
    event = min(desk.events, key=lambda event: abs(event.session_time_s - at_s), default=None)
    return event.words if event is not None and abs(event.session_time_s - at_s) < 0.002 else f"session time {at_s:.3f} s"


def clock(video_time_s: float) -> str:
    """Return a video time as minutes and seconds."""
    minutes, seconds = divmod(video_time_s, 60)
    return f"{minutes:.0f}:{seconds:06.3f}"


def theme_names() -> list[str]:
    """Return the shipped themes."""
    return themes.shipped()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
