"""Exports from the page: the tagged clip, and posts for platforms, with progress, into the folder that `export` uses."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from overlay import pipeline
from overlay.clip import Clip
from overlay.encoder import Encoding
from overlay.export import presets
from sessions import stages
from sessions.studio.jobs import Job

if TYPE_CHECKING:
    from sessions.studio.desk import Desk

WHOLE = "clip"  # beside the presets: the clip as it is, with its tags


@dataclass(frozen=True, slots=True)
class Made:
    """One finished video, or why it is not: its name in the export folder, and what it is in words."""

    title: str
    file: str | None
    error: str | None
    findings: tuple[str, ...] = ()


def export_folder(desk: "Desk") -> Path:
    """Return the folder that exports go to, beside the session file."""
    return desk.folder / f"{desk.file.stem}-posts"


def start(desk: "Desk", wanted: tuple[str, ...], *, edit: bool = False) -> Job:
    """Begin an export.

    Args:
        desk: The session.
        wanted: Names of presets, and "clip".
        edit: Whether posts get the social edit.
    """
    names = ", ".join("tagged clip" if name == WHOLE else presets.shipped()[name].title for name in wanted)
    return desk.jobs.start("export", names, lambda job: _work(desk, wanted, job, edit=edit), lambda _job: None)


def _work(desk: "Desk", wanted: tuple[str, ...], job: Job, *, edit: bool) -> tuple[Made, ...]:
    made: list[Made] = []
    folder = export_folder(desk)
    chosen = tuple(presets.shipped()[name] for name in wanted if name != WHOLE)
    if WHOLE in wanted:
        made.append(_whole(desk, folder, job))
    if chosen:
        from overlay.export import job as posting  # a quarter of a second to load, which the page need not wait for
        from overlay.export import social

        prepared = desk.prepare()
        story = social.Story() if edit else None
        order = posting.Order(chosen, folder, desk.file.stem, lambda canvas: prepared.theme(canvas, None), edit=story)
        outcomes = posting.run(order, desk.clip.path, prepared.script, prepared.timeline, on_progress=job.on_progress)
        for outcome in outcomes:
            failed = tuple(
                f"{found.check}: {found.got}, wanted {found.wanted}" for found in outcome.findings if found.passed is False
            )
            made.append(Made(outcome.preset.title, outcome.path.name if outcome.path else None, outcome.error, failed))
    return tuple(made)


def _whole(desk: "Desk", folder: Path, job: Job) -> Made:
    prepared = desk.prepare()
    folder.mkdir(exist_ok=True)
    output = folder / f"{desk.clip.path.stem}-tagged.mp4"
    director = stages.director(
        prepared.session,
        prepared.timeline,
        folder=desk.folder,
        size_wh=desk.clip.size_wh,
        shown_wh=desk.clip.shown_wh,
        tracks=prepared.tracks,
    )
    with Clip(desk.clip.path) as clip:
        pipeline.render(clip, director, output, source=prepared.tracks, encoding=Encoding(), on_progress=job.on_progress)
    return Made("Tagged clip", output.name, None)
