"""Moments as a table, for spreadsheets, scripts and other tools."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from telemetry.moment import Moment

COLUMNS = (
    "number",
    "kind",
    "lap",
    "session_time_s",
    "utc",
    "driver",
    "driver_ahead",
    "score",
    "start_s",
    "end_s",
    "reason",
)

Row = dict[str, Any]


def rows(moments: Sequence[Moment]) -> list[Row]:
    """Return a row a moment with the columns of `COLUMNS`, numbered from 1; what is unknown is None.

    `session_time_s` and `utc` are the instant itself, `start_s` and `end_s` the session times that a clip of it should span.
    """
    return [
        {
            "number": number,
            "kind": str(moment.kind),
            "lap": moment.lap,
            "session_time_s": round(moment.key_s, 3),
            "utc": moment.utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "driver": moment.driver,
            "driver_ahead": moment.other,
            "score": moment.score,
            "start_s": round(moment.start_s, 3),
            "end_s": round(moment.end_s, 3),
            "reason": moment.reason,
        }
        for number, moment in enumerate(moments, start=1)
    ]


def to_csv(moments: Sequence[Moment]) -> str:
    """Return moments as CSV with a header; what is unknown is an empty field."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(moments))
    return text.getvalue()


def to_json(moments: Sequence[Moment]) -> str:
    """Return moments as a JSON list, a moment a line; what is unknown is null."""
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows(moments)) + "\n]\n"
