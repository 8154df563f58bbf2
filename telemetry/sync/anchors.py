"""Alignments by hand: moments that a person recognised in the picture."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from telemetry.alignment import Alignment
from telemetry.errors import TelemetryError
from telemetry.race_record import RaceRecord

KNOWN_RATES = (
    (1.0, 0.012),
    (25 / 24, 0.003),
    (24 / 25, 0.003),
)  # as recorded ±1 % and a little; PAL and film, with their thousandth
FURTHEST_S = 1e10  # a stream's clock may count seconds from 1970, not milliseconds
WRONG_S = 0.5  # people mark a moment within a few tenths; an anchor further off than this is of another moment


@dataclass(frozen=True, slots=True)
class Anchor:
    """One moment of the video whose session time is known: the start of a lap, a session time, or a UTC instant."""

    video_time_s: float
    lap: int | None = None
    session_time_s: float | None = None
    utc: datetime | None = None

    def __post_init__(self) -> None:
        for name, value_s in (("video_time_s", self.video_time_s), ("session_time_s", self.session_time_s or 0.0)):
            if abs(value_s) > FURTHEST_S:
                raise TelemetryError(f"an anchor has {name} = {value_s:g}; wanted seconds, at most {FURTHEST_S:g}")
        given = [name for name in ("lap", "session_time_s", "utc") if getattr(self, name) is not None]
        if len(given) != 1:
            words = " and ".join(given) or "no moment"
            raise TelemetryError(
                f"the anchor at video time {self.video_time_s:g} has {words}; give it one of lap, session_time_s or utc"
            )


@dataclass(frozen=True, slots=True)
class Fit:
    """An alignment through anchors, and how far each of them lies off it: `residuals_s` in the anchors' order."""

    alignment: Alignment
    residuals_s: tuple[float, ...]


def session_time_s(anchor: Anchor, record: RaceRecord, driver: str | None) -> float:
    """Return the session time of an anchor's moment.

    Raises:
        TelemetryError: It names a lap that the driver has not begun, or a lap without a driver.
    """
    if anchor.session_time_s is not None:
        return anchor.session_time_s
    if anchor.utc is not None:
        instant = anchor.utc if anchor.utc.tzinfo else anchor.utc.replace(tzinfo=UTC)
        return (instant - record.utc_at_zero).total_seconds()
    if driver is None:
        raise TelemetryError(f"the anchor at lap {anchor.lap} needs a driver; add driver to the session file")
    starts = {lap.number: lap.start_s for lap in record.laps.get(driver, ()) if lap.start_s is not None}
    start_s = starts.get(anchor.lap or 0)
    if start_s is None:
        known = f"laps {min(starts)} to {max(starts)}" if starts else "no laps"
        raise TelemetryError(f"{driver} has no lap {anchor.lap} with a known start; the timing has {known}")
    return start_s


def fit(anchors: tuple[Anchor, ...], record: RaceRecord, driver: str | None) -> Fit:
    """Return the alignment through anchors: one gives the offset, two or more also the drift.

    With three or more, the line is the Theil–Sen one (the median of slopes), which a single wrong anchor does not bend. A drift that
    no clip has is none: near to each other, anchors that are a few tenths off would make one.

    Raises:
        TelemetryError: There is no anchor, two share a video time, or one contradicts the others by more than `WRONG_S`.
    """
    if not anchors:
        raise TelemetryError("no anchor is given")
    video_s = np.array([anchor.video_time_s for anchor in anchors])
    session_s = np.array([session_time_s(anchor, record, driver) for anchor in anchors])
    if len(anchors) == 1:
        return Fit(Alignment.constant(float(session_s[0] - video_s[0]), methods=("anchors",)), (0.0,))
    first, second = np.triu_indices(len(anchors), 1)
    apart_s = video_s[second] - video_s[first]
    if (np.abs(apart_s) < 1e-3).any():
        raise TelemetryError("two anchors share a video time; move one of them")
    rate = float(np.median((session_s[second] - session_s[first]) / apart_s))
    rate = rate if any(abs(rate - known) <= reach for known, reach in KNOWN_RATES) else 1.0
    offset_s = float(np.median(session_s - rate * video_s))
    residuals_s = session_s - (offset_s + rate * video_s)
    worst = int(np.argmax(np.abs(residuals_s)))
    if abs(residuals_s[worst]) > WRONG_S:
        raise TelemetryError(
            f"the anchor at video time {video_s[worst]:g} s lies {residuals_s[worst]:+.2f} s off the others"
            f" (rate {rate:.4f}); correct or remove it"
        )
    spread_s = float(np.sqrt(np.mean(residuals_s**2))) if len(anchors) > 2 else None
    found = Alignment.constant(offset_s, drift_ppm=(rate - 1) * 1e6, residual_s=spread_s, methods=("anchors",))
    return Fit(found, tuple(float(value) for value in residuals_s))


def nudged(alignment: Alignment, nudge_s: float) -> Alignment:
    """Return the alignment with every session time moved by `nudge_s`."""
    if not math.isfinite(nudge_s):
        raise TelemetryError(f"nudge_s = {nudge_s}; wanted a number of seconds")
    if nudge_s == 0:
        return alignment
    pieces = tuple(replace(piece, offset_s=piece.offset_s + nudge_s) for piece in alignment.pieces)
    return replace(alignment, pieces=pieces)
