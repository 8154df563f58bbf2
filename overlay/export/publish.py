"""From an encoded picture and its sound to finished posts: level, put together, probe, lint, report."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from overlay.clip import Clip
from overlay.errors import OverlayError
from overlay.export import mp4, report, soundtrack
from overlay.export.lint import Finding, lint
from overlay.export.loudness import Samples
from overlay.export.presets import Preset
from overlay.export.probe import probe
from overlay.export.report import TagPlace, share_inside


@dataclass(slots=True)
class Outcome:
    """What came of one preset: a post with its lint, or why there is none."""

    preset: Preset
    path: Path | None = None
    error: str | None = None
    findings: tuple[Finding, ...] = ()
    beside: list[Path] = field(default_factory=list)


def publish(
    posts: Sequence[tuple[Preset, Path]],
    picture: Path,
    sound: Samples | None,
    places: Sequence[TagPlace],
    *,
    title: str,
    clips: Sequence[Path],
    warnings: Sequence[str],
    outcomes: dict[str, Outcome],
) -> None:
    """Write every post that shares a picture, each with its report; one that fails does not stop the others.

    Args:
        posts: Presets and where their posts go.
        picture: The encoded picture.
        sound: (n, 2) float32 at 48 kHz, None where there is none.
        places: Where tags lie, a tagged frame each.
        title: For the files' own description.
        clips: What it was made from.
        warnings: Contradictions between picture and timing.
        outcomes: By preset's name; filled in.
    """
    with Clip(picture) as clip:
        duration_s = clip.duration_s or 0.0
    tracks: dict[tuple[int, float, float], soundtrack.SoundTrack] = {}
    for preset, path in posts:
        outcome = outcomes[preset.name]
        try:
            track = _track(preset, sound, duration_s, tracks)
            about = {"title": title, "comment": "made with Slipstream"}
            mp4.put_together(picture, track.data if track else None, path, about=about)
            outcome.path = path
            facts = probe(path)
            outcome.findings = lint(facts, preset, safe_share=share_inside([place.tag_xyxy for place in places], preset))
            content = {
                "clips": [entry.name for entry in clips],
                "seconds": round(facts.picture.duration_s, 3),
                "silent": bool(track and track.silent),
                "warnings": list(warnings),
            }
            report.write(path, preset=preset, places=places, findings=outcome.findings, about=content)
            outcome.beside.append(report.path_beside(path))
        except (OverlayError, OSError) as error:
            outcome.error = str(error)


def _track(
    preset: Preset, sound: Samples | None, duration_s: float, tracks: dict[tuple[int, float, float], soundtrack.SoundTrack]
) -> soundtrack.SoundTrack | None:
    if sound is None and not preset.needs_sound:
        return None
    key = (preset.audio_kbps, preset.lufs, preset.true_peak_dbtp)
    if key not in tracks:
        tracks[key] = soundtrack.make(
            sound, duration_s=duration_s, kbps=preset.audio_kbps, lufs=preset.lufs, true_peak_dbtp=preset.true_peak_dbtp
        )
    return tracks[key]
