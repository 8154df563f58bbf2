"""The session file: the only place that knows its format (TOML; paths are relative to the file)."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from overlay.picks import Pick
from segmentation.key_boxes import KeyBox
from segmentation.sighting import Sighting
from sessions.errors import SessionError
from sessions.outputs import write_beside
from sessions.session import OverlaySettings, Session, SyncSettings, TrackSettings
from telemetry.errors import TelemetryError
from telemetry.race_session import RaceSession
from telemetry.sync.anchors import Anchor

Document = tomlkit.TOMLDocument

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

SETTINGS = ("sync", "overlay", "track")  # tables that people change again and again


def read(path: Path) -> Session:
    """Return the session that a file describes.

    Raises:
        SessionError: The file is missing, is no TOML, has an unknown key, lacks a needed one, or holds a value of the wrong kind.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SessionError(f"no session file {path}; `slipstream new CLIP --race … --driver …` makes one") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SessionError(f"cannot read session file {path}: {error}") from error
    try:
        values = tomlkit.parse(text).unwrap()
    except TOMLKitError as error:
        raise SessionError(f"{path} is not a session file: {error}") from error
    try:
        return _session(values, folder=path.parent)
    except (SessionError, TelemetryError) as error:
        raise SessionError(f"{path}: {error}") from error


def write(session: Session, path: Path, *, force: bool = False) -> None:
    """Write a new session file.

    Raises:
        SessionError: The file exists and `force` is off, or it cannot be written.
    """
    if path.exists() and not force:
        raise SessionError(f"{path} exists; give another name with -o, or --force to replace it")
    text = _document(session, folder=path.parent).as_string()
    write_beside(path, lambda place: place.write_text(text, encoding="utf-8"))


def edit(path: Path, change: Callable[[Document], None]) -> None:
    """Change a session file in place: comments, order and whatever is not touched stay as they are.

    Raises:
        SessionError: The file cannot be read or written, or the change makes it invalid; the file is then left as it was.
    """
    read(path)
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    change(document)
    try:
        _session(document.unwrap(), folder=path.parent)
    except (SessionError, TelemetryError) as error:
        raise SessionError(f"{path} is left as it was: {error}") from error
    write_beside(path, lambda place: place.write_text(document.as_string(), encoding="utf-8"))


def revise(path: Path, before: Session, after: Session) -> None:
    """Write into a session file what differs between two states of its session: what a person changed, and nothing else.

    Raises:
        SessionError: As `edit`.
    """

    def change(document: Document) -> None:
        if after.driver != before.driver and after.driver is not None:
            document["driver"] = after.driver
        for place in SETTINGS:
            old, new = getattr(before, place), getattr(after, place)
            changed = [key for key in KNOWN[place] if getattr(old, key) != getattr(new, key)]
            if changed:
                _put(document.setdefault(place, tomlkit.table()), new, changed, place)

    edit(path, change)


def _session(values: Mapping[str, Any], *, folder: Path) -> Session:
    _only_known(values, "")
    race = _table(values, "race")
    sync = _table(values, "sync")
    overlay = _table(values, "overlay")
    recording = _value(race, "recording", str, "race")
    return Session(
        clip=folder / _needed(values, "clip", str, ""),
        race=RaceSession(
            _needed(race, "year", int, "race"),
            _needed(race, "event", str, "race"),
            _needed(race, "kind", str, "race"),
            folder / recording if recording is not None else None,
            _value(race, "source", str, "race") or "auto",
        ),
        driver=_value(values, "driver", str, ""),
        camera=_value(values, "camera", str, "") or "front",
        sync=SyncSettings(
            offset_s=_value(sync, "offset_s", float, "sync"),
            drift_ppm=_value(sync, "drift_ppm", float, "sync") or 0.0,
            anchors=tuple(_anchor(entry) for entry in _value(sync, "anchors", list, "sync") or ()),
            nudge_s=_value(sync, "nudge_s", float, "sync") or 0.0,
        ),
        overlay=OverlaySettings(
            theme=_value(overlay, "theme", str, "overlay") or "broadcast",
            units=_value(overlay, "units", str, "overlay"),
            fields=_words(overlay, "fields"),
            widgets=_words(overlay, "widgets"),
            cars=_value(overlay, "cars", int, "overlay"),
        ),
        track=_track(_table(values, "track")),
    )


def _document(session: Session, *, folder: Path) -> tomlkit.TOMLDocument:
    document = tomlkit.document()
    document["clip"] = _relative(session.clip, folder)
    if session.driver:
        document["driver"] = session.driver
    document["camera"] = session.camera
    race = tomlkit.table()
    race["year"], race["event"], race["kind"] = session.race.year, session.race.event, session.race.kind
    if session.race.recording:
        race["recording"] = _relative(session.race.recording, folder)
    if session.race.source != "auto":
        race["source"] = session.race.source
    document["race"] = race
    for place in SETTINGS:
        settings = getattr(session, place)
        if settings != type(settings)() or place == "overlay":
            document[place] = tomlkit.table()
            _put(document[place], settings, KNOWN[place], place)
    return document


def _put(table: Any, settings: Any, keys: Iterable[str], place: str) -> None:
    """Set keys of a table to what settings hold, and take out those that say what goes without saying."""
    usual = type(settings)()
    for key in keys:
        value = getattr(settings, key)
        if value != getattr(usual, key) or key == "theme":  # the theme stands in every file: it is what people change first
            table[key] = _item(value, f"{place}.{key}")
        else:
            table.pop(key, None)


def _item(value: Any, place: str) -> Any:
    """Return a value as the file holds it: settings of several keys as an array of tables."""
    if place not in KNOWN:
        return list(value) if isinstance(value, tuple) else value
    entries: AoT = tomlkit.aot()
    for part in value:
        entry = tomlkit.table()
        for key in KNOWN[place]:
            held = getattr(part, key)
            if isinstance(held, Sighting):
                entry[key] = tomlkit.inline_table()
                entry[key].update({"video_time_s": held.video_time_s, "xyxy": list(held.xyxy)})
            elif held is not None:
                entry[key] = list(held) if isinstance(held, tuple) else held
        entries.append(entry)
    return entries


def _anchor(entry: Any) -> Anchor:
    if not isinstance(entry, Mapping):
        raise SessionError("[[sync.anchors]] wants tables with video_time_s and lap, session_time_s or utc")
    _only_known(entry, "sync.anchors")
    return Anchor(
        video_time_s=_needed(entry, "video_time_s", float, "sync.anchors"),
        lap=_value(entry, "lap", int, "sync.anchors"),
        session_time_s=_value(entry, "session_time_s", float, "sync.anchors"),
        utc=entry.get("utc"),
    )


def _track(table: Mapping[str, Any]) -> TrackSettings:
    return TrackSettings(
        boxes=tuple(_key_box(entry) for entry in _entries(table, "boxes")),
        hidden=tuple(_pick(entry, "track.hidden") for entry in _entries(table, "hidden")),
        choice=tuple(_pick(entry, "track.choice") for entry in _entries(table, "choice")),
    )


def _entries(table: Mapping[str, Any], key: str) -> list[Any]:
    place = f"track.{key}"
    entries = _value(table, key, list, "track") or []
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise SessionError(f"[[{place}]] wants tables with {', '.join(KNOWN[place])}")
        _only_known(entry, place)
    return list(entries)


def _key_box(entry: Mapping[str, Any]) -> KeyBox:
    place = "track.boxes"
    try:
        return KeyBox(
            _needed(entry, "video_time_s", float, place),
            _needed(entry, "track_id", int, place),
            _edges(entry, place),
            _seen(entry, place),
        )
    except ValueError as error:
        raise SessionError(f"[{place}] xyxy: {error}") from error


def _edges(entry: Mapping[str, Any], place: str) -> tuple[float, float, float, float]:
    xyxy = _needed(entry, "xyxy", list, place)
    if len(xyxy) != 4 or not all(isinstance(edge, int | float) and not isinstance(edge, bool) for edge in xyxy):
        raise SessionError(f"[{place}] xyxy = {xyxy!r}; wanted left, top, right and bottom in px")
    left, top, right, bottom = (float(edge) for edge in xyxy)
    return left, top, right, bottom


def _pick(entry: Mapping[str, Any], place: str) -> Pick:
    seen = _seen(entry, place)
    must = "track_id" in KNOWN[place] and seen is None
    track_id = (_needed if must else _value)(entry, "track_id", int, place)
    try:
        return Pick(_needed(entry, "from_s", float, place), _needed(entry, "to_s", float, place), track_id, seen)
    except ValueError as error:
        raise SessionError(f"[{place}] {error}") from error


def _seen(values: Mapping[str, Any], place: str) -> Sighting | None:
    if "seen" not in values:
        return None
    entry, place = values["seen"], f"{place}.seen"
    if not isinstance(entry, Mapping):
        raise SessionError(f"{place} wants a table with {' and '.join(KNOWN[place])}")
    _only_known(entry, place)
    try:
        return Sighting(_needed(entry, "video_time_s", float, place), _edges(entry, place))
    except ValueError as error:
        raise SessionError(f"[{place}] xyxy: {error}") from error


def _only_known(values: Mapping[str, Any], place: str) -> None:
    for key in values:
        if key not in KNOWN[place]:
            where = f"[{place}] has an" if place else "the file has an"
            raise SessionError(f"{where} unknown key {key!r}; known are {', '.join(KNOWN[place])}")


def _table(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = values.get(name, {})
    if not isinstance(table, Mapping):
        raise SessionError(f"{name} must be a table, as in [{name}]")
    _only_known(table, name)
    return table


def _value(values: Mapping[str, Any], key: str, kind: type, place: str) -> Any:
    value = values.get(key)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if value is not None and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
        words = {int: "a whole number", float: "a number", str: "text in quotes", list: "a list"}
        raise SessionError(f"{f'[{place}] ' if place else ''}{key} = {value!r}; wanted {words[kind]}")
    return value


def _needed(values: Mapping[str, Any], key: str, kind: type, place: str) -> Any:
    value = _value(values, key, kind, place)
    if value is None:
        raise SessionError(f"{f'[{place}] ' if place else ''}{key} is missing")
    return value


def _words(values: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    words = _value(values, key, list, "overlay")
    if words is None:
        return None
    if not all(isinstance(word, str) for word in words):
        raise SessionError(f"[overlay] {key} = {words!r}; wanted a list of words in quotes")
    return tuple(words)


def _relative(path: Path, folder: Path) -> str:
    absolute, base = path.resolve(), folder.resolve()
    return Path(os.path.relpath(absolute, base)).as_posix() if absolute.anchor == base.anchor else absolute.as_posix()
