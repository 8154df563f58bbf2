"""Shapes of OpenF1's answers: a field of another shape says nothing, and where many are of one, its form has changed."""

from datetime import datetime
from typing import Any

from telemetry.openf1_client import Rows
from telemetry.shapes import Shape, is_count, is_number, is_text

MOST_ODD = 0.1  # of an answer's rows, for these to be mistakes and no new form …
FEW_ODD = 3  # … of which there may be so many in a short answer


def cleaned(endpoint: str, rows: Rows) -> Rows:
    """Return an answer whose fields are of the shape that is known of them, or none.

    Raises:
        ValueError: So many are of another shape that it is no mistake.
    """
    for field, fits in _FIELDS[endpoint].items():
        odd = [row for row in rows if row.get(field) is not None and not fits(row[field])]
        if len(odd) > max(MOST_ODD * len(rows), FEW_ODD):
            raise ValueError(f"{field} of {endpoint} is {odd[0][field]!r} and the like in {len(odd)} of {len(rows)} rows")
        for row in odd:
            row[field] = _NOTHING.get(field)
    return rows


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and 2000 <= datetime.fromisoformat(value).year < 2100
    except ValueError:
        return False


def _is_key(value: Any) -> bool:
    return type(value) is int and is_number(value)


def _is_small(value: Any) -> bool:
    return is_number(value) and abs(value) < 128


def _is_gap(value: Any) -> bool:
    return is_number(value) or is_text(value)


_NOTHING = {"gap_to_leader": ""}  # where it is null, it is the leader's
_OF_CAR: dict[str, Shape] = {"driver_number": is_count, "date": _is_date}
_FIELDS: dict[str, dict[str, Shape]] = {
    "meetings": {
        "meeting_key": _is_key,
        **dict.fromkeys(("meeting_name", "country_name", "location", "circuit_short_name", "meeting_official_name"), is_text),
    },
    "sessions": {"session_key": _is_key, "session_name": is_text, "location": is_text},
    "drivers": {
        "driver_number": is_count,
        **dict.fromkeys(("name_acronym", "full_name", "team_name", "team_colour"), is_text),
    },
    "car_data": _OF_CAR
    | {"n_gear": _is_small, "drs": _is_small}
    | dict.fromkeys(("speed", "rpm", "throttle", "brake"), is_number),
    "location": _OF_CAR | {"x": is_number, "y": is_number},
    "laps": {
        "driver_number": is_count,
        "lap_number": is_count,
        "date_start": _is_date,
        **dict.fromkeys(("lap_duration", "duration_sector_1", "duration_sector_2", "duration_sector_3"), is_number),
    },
    "position": _OF_CAR | {"position": is_count},
    "stints": {
        "driver_number": is_count,
        "compound": is_text,
        **dict.fromkeys(("lap_start", "lap_end", "tyre_age_at_start"), is_count),
    },
    "pit": _OF_CAR | {"lap_number": is_count} | dict.fromkeys(("pit_duration", "lane_duration", "pit_lane_time"), is_number),
    "intervals": _OF_CAR | {"gap_to_leader": _is_gap, "interval": _is_gap},
    "race_control": {"date": _is_date, "message": is_text, "flag": is_text, "scope": is_text},
}
