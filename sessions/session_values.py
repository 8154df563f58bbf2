"""Values of a session file, each checked as it is taken: known keys only, of the right kind."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sessions.errors import SessionError

KNOWN: dict[str, tuple[str, ...]] = {
    "": ("clip", "driver", "camera", "race", "sync", "overlay", "track"),
    "race": ("year", "event", "kind", "recording", "source"),
    "sync": ("offset_s", "drift_ppm", "nudge_s", "anchors"),
    "sync.anchors": ("video_time_s", "lap", "session_time_s", "utc"),
    "overlay": ("theme", "units", "fields", "widgets", "cars"),
    "track": ("boxes", "hidden", "choice"),
    "track.boxes": ("video_time_s", "track_id", "xyxy", "seen"),
    "track.boxes.seen": ("video_time_s", "xyxy"),
    "track.hidden": ("from_s", "to_s"),
    "track.choice": ("from_s", "to_s", "track_id", "seen"),
    "track.choice.seen": ("video_time_s", "xyxy"),
}


def only_known(values: Mapping[str, Any], place: str) -> None:
    """Make sure that a table holds no key but those that its place knows.

    Raises:
        SessionError: It is otherwise.
    """
    for key in values:
        if key not in KNOWN[place]:
            where = f"[{place}] has an" if place else "the file has an"
            raise SessionError(f"{where} unknown key {key!r}; known are {', '.join(KNOWN[place])}")


def table(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a table of the file, empty where it is left out, with known keys only.

    Raises:
        SessionError: It is otherwise.
    """
    found = values.get(name, {})
    if not isinstance(found, Mapping):
        raise SessionError(f"{name} must be a table, as in [{name}]")
    only_known(found, name)
    return found


def value(values: Mapping[str, Any], key: str, kind: type, place: str) -> Any:
    """Return what stands under a key, None where nothing does; a whole number will do for a number.

    Raises:
        SessionError: It is otherwise.
    """
    found = values.get(key)
    if kind is float and isinstance(found, int) and not isinstance(found, bool):
        found = float(found)
    wrong = not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool)
    if found is not None and (wrong or (isinstance(found, float) and not math.isfinite(found))):
        wanted = {int: "a whole number", float: "a number", str: "text in quotes", list: "a list"}
        raise SessionError(f"{f'[{place}] ' if place else ''}{key} = {found!r}; wanted {wanted[kind]}")
    return found


def needed(values: Mapping[str, Any], key: str, kind: type, place: str) -> Any:
    """Return what stands under a key that must be there.

    Raises:
        SessionError: It is otherwise.
    """
    found = value(values, key, kind, place)
    if found is None:
        raise SessionError(f"{f'[{place}] ' if place else ''}{key} is missing")
    return found


def instant(values: Mapping[str, Any], key: str, place: str) -> datetime | None:
    """Return the date and time of day under a key, as TOML writes one or in quotes, None where there is none.

    Raises:
        SessionError: It is otherwise.
    """
    found = values.get(key)
    if found is None or isinstance(found, datetime):
        return found
    try:
        return datetime.fromisoformat(found)
    except (TypeError, ValueError) as error:
        raise SessionError(f'[{place}] {key} = {found!r}; wanted a date and time, as in "2024-05-26T13:05:40.5Z"') from error


def words(values: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    """Return the words under a key of [overlay], None where there are none.

    Raises:
        SessionError: It is otherwise.
    """
    found = value(values, key, list, "overlay")
    if found is None:
        return None
    if not all(isinstance(word, str) for word in found):
        raise SessionError(f"[overlay] {key} = {found!r}; wanted a list of words in quotes")
    return tuple(found)
