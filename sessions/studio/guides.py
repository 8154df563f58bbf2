"""What a platform shows of the clip and what it covers, at every frame, in the clip's own pixels."""

from typing import Any

from overlay.clip import Clip
from overlay.export import presets
from overlay.export.presets import Canvas
from sessions.errors import SLIPSTREAM_ERRORS
from sessions.studio.desk import Desk


def guides(desk: Desk, name: str) -> dict[str, Any]:
    """Return the canvas and the safe zone of a preset as boxes in the clip's pixels, one of each for every frame of the clip.

    Answers with an error in words where there are none: an unknown preset, a clip without a place or without tracks.
    """
    from overlay.export.posting import nearest, ticks  # the page is up sooner without what only posts need

    preset = presets.shipped().get(name)
    if preset is None:
        return {"error": f"no preset {name!r}"}
    try:
        prepared = desk.prepare()
        with Clip(desk.clip.path) as clip:
            rate = preset.frame_rate(clip.rate)
        canvas = Canvas((preset,), rate, desk.clip.times_s[0], desk.clip.end_s)
        camera = prepared.script.camera(canvas)
    except SLIPSTREAM_ERRORS as error:
        return {"error": str(error)}
    at_s = ticks(canvas.start_s, canvas.end_s, canvas.frame_rate)
    shown = nearest(at_s, prepared.script.frame_times_s)
    width, height = preset.size
    boxes = []
    for index in shown.tolist():
        scale, left, top = (float(values[index]) for values in (camera.scale, camera.left, camera.top))

        def back(x: float, y: float, scale: float = scale, left: float = left, top: float = top) -> tuple[float, float]:
            return round((x - left) / scale, 1), round((y - top) / scale, 1)

        safe = preset.safe_zone
        boxes.append([*back(0, 0), *back(width, height), *back(safe.x1, safe.y1), *back(safe.x2, safe.y2)])
    return {"preset": name, "title": preset.title, "boxes": boxes}
