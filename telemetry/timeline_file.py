"""A timeline as a table: one row a frame, for spreadsheets, scripts and other tools."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from telemetry.sample import Quality, Reading, Sample
from telemetry.timeline import Timeline

COLUMNS = (
    "frame_index",
    "video_time_s",
    "session_time_s",
    "lap",
    "driver",
    "speed_kmh",
    "rpm",
    "gear",
    "driver_ahead",
    "gap_ahead_m",
    "gap_ahead_s",
    "speed_ahead_kmh",
    "closing_kmh",
    "quality",
)
_WORST = (Quality.STALE, Quality.INTERPOLATED, Quality.MEASURED)

Row = dict[str, Any]


def rows(timeline: Timeline, video_times_s: Iterable[float]) -> Iterator[Row]:
    """Yield a row a frame, with the columns of `COLUMNS`; what is unknown is None.

    Args:
        timeline: The race session as the clip shows it.
        video_times_s: Presentation time of each frame in seconds, in order.
    """
    for index, video_time_s in enumerate(video_times_s):
        yield _row(index, timeline.at(video_time_s))


def to_csv(table: Sequence[Row]) -> str:
    """Return rows as CSV with a header; what is unknown is an empty field."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def to_json(table: Sequence[Row]) -> str:
    """Return rows as a JSON list, a row a line; what is unknown is null."""
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in table) + "\n]\n"


def _row(index: int, sample: Sample) -> Row:
    own, ahead = sample.own, sample.ahead[0] if sample.ahead else None
    numbers = [own.speed_kmh, own.rpm, own.gear]
    if ahead is not None:
        numbers += [ahead.gap_m, ahead.gap_s, ahead.car.speed_kmh]
    return {
        "frame_index": index,
        "video_time_s": round(sample.video_time_s, 6),
        "session_time_s": _rounded(sample.session_time_s, 6),
        "lap": own.lap,
        "driver": own.driver,
        "speed_kmh": _value(own.speed_kmh, 2),
        "rpm": _value(own.rpm, 0),
        "gear": _value(own.gear, 0),
        "driver_ahead": ahead.car.driver if ahead else None,
        "gap_ahead_m": _value(ahead.gap_m, 2) if ahead else None,
        "gap_ahead_s": _value(ahead.gap_s, 3) if ahead else None,
        "speed_ahead_kmh": _value(ahead.car.speed_kmh, 2) if ahead else None,
        "closing_kmh": _value(ahead.closing_kmh, 2) if ahead else None,
        "quality": _quality(numbers),
    }


def _quality(numbers: Sequence[Reading]) -> Quality:
    """Return the worst quality among the numbers that are there, absent when none is."""
    found = {number.quality for number in numbers}
    return next((quality for quality in _WORST if quality in found), Quality.ABSENT)


def _value(reading: Reading, digits: int) -> float | int | None:
    return _rounded(reading.value, digits)


def _rounded(value: float | None, digits: int) -> float | int | None:
    if value is None:
        return None
    return round(value, digits) if digits else round(value)
