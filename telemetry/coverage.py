"""Whether a clip lies within the data of its race session."""

from telemetry.alignment import Alignment
from telemetry.race_record import RaceRecord

SLACK_S = 0.5  # data come a few times a second, so they always begin and end a little inside


def uncovered(record: RaceRecord, alignment: Alignment, first_s: float, last_s: float) -> str | None:
    """Return what to say of a clip that lies outside the data, wholly or in part; None where they cover it.

    Args:
        record: The race session.
        alignment: Where the clip lies on it.
        first_s: Video time of the first frame.
        last_s: Video time of the last.
    """
    times_s = [trace.session_time_s for trace in record.traces.values() if len(trace.session_time_s)]
    begin_s, end_s = min(float(of[0]) for of in times_s), max(float(of[-1]) for of in times_s)
    first, last = alignment.session_time_s(first_s), alignment.session_time_s(last_s)
    if (last is not None and last < begin_s) or (first is not None and first > end_s):
        return f"nothing is known of the clip: the race session's data run from {begin_s:.0f} s to {end_s:.0f} s; is the offset right?"
    if first is not None and first < begin_s - SLACK_S:
        return f"the race session's data begin {begin_s - first:.1f} s after the clip"
    if last is not None and last > end_s + SLACK_S:
        return f"the race session's data end {last - end_s:.1f} s before the clip"
    return None
