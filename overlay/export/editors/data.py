"""The sheet as CSV and JSON."""

import csv
import io
import json
from dataclasses import asdict

from overlay.export.editors.sheet import Sheet

COLUMNS = (
    *("frame_index", "video_time_s", "driver", "x1", "y1", "x2", "y2", "position", "lap"),
    *("speed_kmh", "gap_s", "gap_m", "closing_kmh", "observed", "estimated"),
)
DECIMALS = {"video_time_s": 6, "x1": 2, "y1": 2, "x2": 2, "y2": 2, "speed_kmh": 1, "gap_s": 3, "gap_m": 2, "closing_kmh": 1}


def as_csv(sheet: Sheet) -> str:
    """Return one row a tagged car and frame; boxes in pixels of the clip, an empty cell for what is unknown."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in _rows(sheet):
        writer.writerow([_cell(name, row[name]) for name in COLUMNS])
    return text.getvalue()


def as_json(sheet: Sheet) -> str:
    """Return the sheet with its rows; null for what is unknown."""
    return json.dumps(
        {
            "clip": sheet.clip.name,
            "title": sheet.title,
            "size": list(sheet.size),
            "frame_rate": str(sheet.rate),
            "duration_s": round(sheet.duration_s, 6),
            "cars": [{name: _rounded(name, row[name]) for name in COLUMNS} for row in _rows(sheet)],
        },
        indent=1,
        ensure_ascii=False,
    )


def _rows(sheet: Sheet) -> list[dict[str, object]]:
    rows = []
    for sighting in sheet.sightings:
        row = asdict(sighting)
        row["x1"], row["y1"], row["x2"], row["y2"] = row.pop("xyxy")
        rows.append(row)
    return rows


def _rounded(name: str, value: object) -> object:
    return round(value, DECIMALS[name]) if isinstance(value, float) and name in DECIMALS else value


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.{DECIMALS[name]}f}" if name in DECIMALS and isinstance(value, int | float) else str(value)
