"""All editors' formats of one sheet, written into a folder."""

from collections.abc import Callable
from pathlib import Path

from overlay.errors import OverlayError
from overlay.export import whole
from overlay.export.editors import after_effects, data, markers, ograf, subtitles
from overlay.export.editors.sheet import Sheet

FORMATS: dict[str, str] = {
    "csv": "one row a tagged car and frame",
    "json": "the same with what the clip is",
    "otio": "OpenTimelineIO: the clip with a marker a stretch and every box",
    "fcpxml": "Final Cut Pro: the clip with markers",
    "edl": "markers for Resolve and others",
    "ae": "After Effects keyframe text, one file a driver",
    "ass": "subtitles that ride on the cars",
    "srt": "subtitles with coordinates",
    "ograf": "an EBU OGraf graphic with its data",
}


def choose(words: str) -> tuple[str, ...]:
    """Return the formats named, each once; `all` for all.

    Raises:
        OverlayError: A format is not known.
    """
    names = list(dict.fromkeys(FORMATS if words == "all" else (word.strip() for word in words.split(",") if word.strip())))
    for name in names:
        if name not in FORMATS:
            raise OverlayError(f"no format {name!r} for editors; known are {', '.join(FORMATS)}, all")
    return tuple(names)


def write(sheet: Sheet, folder: Path, stem: str, formats: tuple[str, ...]) -> tuple[Path, ...]:
    """Write the formats and return their paths, each whole or not at all.

    Raises:
        OverlayError: The folder cannot be written.
    """
    texts: dict[str, str] = {}
    for name in formats:
        texts |= _texts(sheet, stem, name)
    written = []
    for name, text in texts.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise whole.refused(error, f"cannot write {path}") from error
        whole.write_text(path, text)
        written.append(path)
    return tuple(written)


def _texts(sheet: Sheet, stem: str, name: str) -> dict[str, str]:
    if name == "ae":
        return {f"{stem}.{driver}.ae.txt": after_effects.as_keyframes(sheet, driver) for driver in sheet.drivers()}
    if name == "ograf":
        return {f"{stem}.ograf/{file}": text for file, text in ograf.as_files(sheet).items()}
    if name == "otio":
        from overlay.export.editors.timeline import as_otio  # loads a library that nothing else needs

        return {f"{stem}.otio": as_otio(sheet)}
    makers: dict[str, Callable[[Sheet], str]] = {
        "csv": data.as_csv,
        "json": data.as_json,
        "fcpxml": markers.as_fcpxml,
        "edl": markers.as_edl,
        "ass": subtitles.as_ass,
        "srt": subtitles.as_srt,
    }
    return {f"{stem}.{name}": makers[name](sheet)}
