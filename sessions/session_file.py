"""The session file: the only place that knows its format (TOML; paths are relative to the file)."""

import math
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
from sessions import session_values as checked
from sessions.errors import SessionError
from sessions.outputs import followed, refuse_existing, write_text
from sessions.session import OverlaySettings, Session, SyncSettings, TrackSettings
from telemetry.errors import TelemetryError
from telemetry.race_session import RaceSession
from telemetry.sync.anchors import Anchor

Document = tomlkit.TOMLDocument

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
    except UnicodeDecodeError as error:
        raise SessionError(
            f"{path} is not a session file, for it is no text; `slipstream new CLIP --race …` makes one"
        ) from error
    except OSError as error:
        raise SessionError(
            f"cannot read session file {path}: {error.strerror}; name a file that `slipstream new` made"
        ) from error
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
        SessionError: The file exists and `force` is off, it is the clip or the recording, or it cannot be written.
    """
    refuse_existing(path, force=force, inputs=session.files)
    write_text(path, _document(session, folder=path.parent).as_string())


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
    write_text(path, document.as_string())


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
            changed = [key for key in checked.KNOWN[place] if getattr(old, key) != getattr(new, key)]
            if changed:
                _put(document.setdefault(place, tomlkit.table()), new, changed, place)

    edit(path, change)


def _session(values: Mapping[str, Any], *, folder: Path) -> Session:
    checked.only_known(values, "")
    race = checked.table(values, "race")
    sync = checked.table(values, "sync")
    overlay = checked.table(values, "overlay")
    recording = checked.value(race, "recording", str, "race")
    return Session(
        clip=folder / checked.needed(values, "clip", str, ""),
        race=RaceSession(
            checked.needed(race, "year", int, "race"),
            checked.needed(race, "event", str, "race"),
            checked.needed(race, "kind", str, "race"),
            folder / recording if recording is not None else None,
            checked.value(race, "source", str, "race") or "auto",
        ),
        driver=checked.value(values, "driver", str, ""),
        camera=checked.value(values, "camera", str, "") or "front",
        sync=SyncSettings(
            offset_s=checked.value(sync, "offset_s", float, "sync"),
            drift_ppm=checked.value(sync, "drift_ppm", float, "sync") or 0.0,
            anchors=tuple(_anchor(entry) for entry in checked.value(sync, "anchors", list, "sync") or ()),
            nudge_s=checked.value(sync, "nudge_s", float, "sync") or 0.0,
        ),
        overlay=OverlaySettings(
            theme=checked.value(overlay, "theme", str, "overlay") or "broadcast",
            units=checked.value(overlay, "units", str, "overlay"),
            fields=checked.words(overlay, "fields"),
            widgets=checked.words(overlay, "widgets"),
            cars=checked.value(overlay, "cars", int, "overlay"),
        ),
        track=_track(checked.table(values, "track")),
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
            _put(document[place], settings, checked.KNOWN[place], place)
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
    if place not in checked.KNOWN:
        return list(value) if isinstance(value, tuple) else value
    entries: AoT = tomlkit.aot()
    for part in value:
        entry = tomlkit.table()
        for key in checked.KNOWN[place]:
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
    checked.only_known(entry, "sync.anchors")
    return Anchor(
        video_time_s=checked.needed(entry, "video_time_s", float, "sync.anchors"),
        lap=checked.value(entry, "lap", int, "sync.anchors"),
        session_time_s=checked.value(entry, "session_time_s", float, "sync.anchors"),
        utc=checked.instant(entry, "utc", "sync.anchors"),
    )


def _track(table: Mapping[str, Any]) -> TrackSettings:
    return TrackSettings(
        boxes=tuple(_key_box(entry) for entry in _entries(table, "boxes")),
        hidden=tuple(_pick(entry, "track.hidden") for entry in _entries(table, "hidden")),
        choice=tuple(_pick(entry, "track.choice") for entry in _entries(table, "choice")),
    )


def _entries(table: Mapping[str, Any], key: str) -> list[Any]:
    place = f"track.{key}"
    entries = checked.value(table, key, list, "track") or []
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise SessionError(f"[[{place}]] wants tables with {', '.join(checked.KNOWN[place])}")
        checked.only_known(entry, place)
    return list(entries)


def _key_box(entry: Mapping[str, Any]) -> KeyBox:
    place = "track.boxes"
    try:
        return KeyBox(
            checked.needed(entry, "video_time_s", float, place),
            checked.needed(entry, "track_id", int, place),
            _edges(entry, place),
            _seen(entry, place),
        )
    except ValueError as error:
        raise SessionError(f"[{place}] xyxy: {error}") from error


def _edges(entry: Mapping[str, Any], place: str) -> tuple[float, float, float, float]:
    xyxy = checked.needed(entry, "xyxy", list, place)
    if len(xyxy) != 4 or not all(type(edge) in (int, float) and math.isfinite(edge) for edge in xyxy):
        raise SessionError(f"[{place}] xyxy = {xyxy!r}; wanted left, top, right and bottom in px")
    left, top, right, bottom = (float(edge) for edge in xyxy)
    return left, top, right, bottom


def _pick(entry: Mapping[str, Any], place: str) -> Pick:
    seen = _seen(entry, place)
    must = "track_id" in checked.KNOWN[place] and seen is None
    track_id = (checked.needed if must else checked.value)(entry, "track_id", int, place)
    try:
        return Pick(checked.needed(entry, "from_s", float, place), checked.needed(entry, "to_s", float, place), track_id, seen)
    except ValueError as error:
        raise SessionError(f"[{place}] {error}") from error


def _seen(values: Mapping[str, Any], place: str) -> Sighting | None:
    if "seen" not in values:
        return None
    entry, place = values["seen"], f"{place}.seen"
    if not isinstance(entry, Mapping):
        raise SessionError(f"{place} wants a table with {' and '.join(checked.KNOWN[place])}")
    checked.only_known(entry, place)
    try:
        return Sighting(checked.needed(entry, "video_time_s", float, place), _edges(entry, place))
    except ValueError as error:
        raise SessionError(f"[{place}] xyxy: {error}") from error


def _relative(path: Path, folder: Path) -> str:
    absolute, base = followed(path), followed(folder)
    return Path(os.path.relpath(absolute, base)).as_posix() if absolute.anchor == base.anchor else absolute.as_posix()
