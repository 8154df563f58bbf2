"""Whether a clip lies within the data of its race session."""

from telemetry.alignment import Alignment
from telemetry.errors import TelemetryError
from telemetry.race_record import RaceRecord

SLACK_S = 0.5  # data come a few times a second, so they always begin and end a little inside


def require_some(record: RaceRecord, alignment: Alignment, first_s: float, last_s: float) -> None:
    """Make sure that a clip does not lie wholly outside the data; arguments as of `uncovered`.

    Raises:
        TelemetryError: It does, by all of its pieces.
    """
    begin_s, end_s = _data_s(record)
    shown_s = [
        (
            piece.offset_s + max(piece.start_video_s, first_s) * piece.rate,
            piece.offset_s + min(piece.end_video_s, last_s) * piece.rate,
        )
        for piece in alignment.pieces
        if piece.start_video_s <= last_s and piece.end_video_s > first_s
    ]
    if shown_s and all(last < begin_s or first > end_s for first, last in shown_s):
        raise TelemetryError(
            f"the clip lies outside the race session's data: it would run from {shown_s[0][0]:.0f} s to {shown_s[-1][1]:.0f} s of"
            f" session time, and they run from {begin_s:.0f} s to {end_s:.0f} s; is the offset right?"
        )


def uncovered(record: RaceRecord, alignment: Alignment, first_s: float, last_s: float) -> str | None:
    """Return what to say of a clip that lies outside the data in part; None where they cover it.

    Args:
        record: The race session.
        alignment: Where the clip lies on it.
        first_s: Video time of the first frame.
        last_s: Video time of the last.
    """
    begin_s, end_s = _data_s(record)
    first, last = alignment.session_time_s(first_s), alignment.session_time_s(last_s)
    if first is not None and first < begin_s - SLACK_S:
        return f"the race session's data begin {begin_s - first:.1f} s after the clip"
    if last is not None and last > end_s + SLACK_S:
        return f"the race session's data end {last - end_s:.1f} s before the clip"
    return None


def _data_s(record: RaceRecord) -> tuple[float, float]:
    """Return when the first data were sent and the last."""
    times_s = [trace.session_time_s for trace in record.traces.values() if len(trace.session_time_s)]
    return min(float(of[0]) for of in times_s), max(float(of[-1]) for of in times_s)
