"""What an export says of itself, in a file beside it: where the tags lie, how loud it is, and what its lint found."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from overlay.export.lint import Finding
from overlay.export.presets import Preset
from overlay.export.whole import write_text

KIND = "slipstream export"
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class TagPlace:
    """Where tags lie in one frame of a post, in its pixels: the followed car's, that car (may be None), and the other cars' tags."""

    frame_index: int
    tag_xyxy: Box
    car_xyxy: Box | None
    others_xyxy: tuple[Box, ...] = ()


def path_beside(video: Path) -> Path:
    """Return where the report of a video lies."""
    return video.with_suffix(".report.json")


def write(video: Path, *, preset: Preset, places: Sequence[TagPlace], findings: Sequence[Finding], about: dict[str, Any]) -> None:
    """Write the report beside the video.

    Raises:
        OverlayError: The place cannot be written.
    """
    content = {
        "kind": KIND,
        "preset": preset.name,
        **about,
        "lint": [asdict(finding) for finding in findings],
        "tags": [
            {"frame": place.frame_index, "tag": [round(v, 1) for v in place.tag_xyxy]}
            | ({"car": [round(v, 1) for v in place.car_xyxy]} if place.car_xyxy else {})
            for place in places
        ],
    }
    write_text(path_beside(video), json.dumps(content, ensure_ascii=False))


def safe_share(video: Path, preset: Preset) -> float | None:
    """Return the share of tagged frames with the tag clear of the preset's buttons, None where the video has no report."""
    try:
        content = json.loads(path_beside(video).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        return None
    if not isinstance(content, dict) or content.get("kind") != KIND:
        return None
    return share_inside([tuple(entry["tag"]) for entry in content.get("tags", ())], preset)


def share_inside(tags_xyxy: Sequence[Box], preset: Preset) -> float | None:
    """Return the share of tags that lie wholly in the preset's safe zone, None for no tags."""
    if not tags_xyxy:
        return None
    x1, y1, x2, y2 = preset.safe_zone.xyxy
    # Half a pixel: boxes are fractions, the zone's edge is between pixels.
    inside = [x1 - 0.5 <= a and y1 - 0.5 <= b and c <= x2 + 0.5 and d <= y2 + 0.5 for a, b, c, d in tags_xyxy]
    return sum(inside) / len(inside)
