"""The tags as an EBU OGraf v1 graphic: a folder that any OGraf renderer plays over the clip, live or frame by frame."""

import json
from importlib.resources import files

from overlay.export.editors.sheet import Sheet

SCHEMA = "https://ograf.ebu.io/v1/specification/json-schemas/graphics/schema.json"
WORDS_S = 0.5  # words change at most this often


def as_files(sheet: Sheet) -> dict[str, str]:
    """Return the folder's files by name: manifest, graphic and data."""
    graphic = files("overlay.export.editors").joinpath("ograf_graphic", "graphic.mjs").read_text(encoding="utf-8")
    manifest = {
        "$schema": SCHEMA,
        "id": "slipstream.tags",
        "version": "1",
        "name": "Slipstream tags",
        "description": f"Tags that ride on the cars: {sheet.title}",
        "main": "graphic.mjs",
        "supportsRealTime": True,
        "supportsNonRealTime": True,
        "stepCount": 1,
        "schema": {
            "type": "object",
            "properties": {
                "offset_ms": {"type": "number", "title": "Start within the clip, ms", "default": 0},
                "numbers": {"type": "boolean", "title": "Show speed and gap", "default": True},
            },
        },
        "renderRequirements": [{"frameRate": {"ideal": round(float(sheet.rate), 3)}, "accessToPublicInternet": {"exact": False}}],
    }
    cars = {driver: _rows(sheet, driver) for driver in sheet.drivers()}
    data = {"width": sheet.size[0], "height": sheet.size[1], "title": sheet.title, "cars": cars}
    return {
        "slipstream.ograf.json": json.dumps(manifest, indent=1, ensure_ascii=False),
        "graphic.mjs": graphic,
        "cars.mjs": f"export default {json.dumps(data, ensure_ascii=False)};\n",
    }


def _rows(sheet: Sheet, driver: str) -> list[list[float | str]]:
    rows: list[list[float | str]] = []
    words, said_s = "", float("-inf")
    for sighting in sheet.of(driver):
        if sighting.video_time_s - said_s >= WORDS_S:
            words, said_s = sighting.label, sighting.video_time_s
        x1, y1, x2, _ = sighting.xyxy
        rows.append([round((sighting.video_time_s - sheet.plays_from_s) * 1000, 1), round((x1 + x2) / 2, 1), round(y1, 1), words])
    return rows
