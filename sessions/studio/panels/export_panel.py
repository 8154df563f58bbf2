"""What is written: the tagged clip and posts; how far it is; the results, to be played."""

from typing import TYPE_CHECKING
from urllib.parse import quote

from nicegui import ui

from overlay.export import presets
from sessions.studio import export_job
from sessions.studio.export_job import Made
from sessions.studio.jobs import State
from sessions.studio.panels.parts import button, heading, hint, progress, strong

if TYPE_CHECKING:
    from sessions.studio.page import Page


def build(page: "Page") -> None:
    """Build the panel."""
    heading("Make")
    wanted: dict[str, ui.checkbox] = {}
    with ui.element("div").classes("presets"):
        for name, title in (
            (export_job.WHOLE, "Tagged clip, as filmed"),
            *((name, f"{preset.title}") for name, preset in presets.shipped().items()),
        ):
            wanted[name] = ui.checkbox(title, value=name == export_job.WHOLE).props("dense size=sm")
    edit = ui.switch("Social edit: title, replay, end card").props("dense size=sm")

    def begin() -> None:
        chosen = tuple(name for name, box in wanted.items() if box.value)
        if not chosen:
            page.say("Choose something to make first", bad=True)
            return
        export_job.start(page.desk, chosen, edit=bool(edit.value))

    desk = page.desk
    page.part(
        lambda: _export(page, begin),
        lambda: (desk.where is None, desk.cars.found is None, desk.jobs.last("export"), desk.jobs.running("export")),
    )


def _export(page: "Page", begin: object) -> None:
    desk = page.desk
    job = desk.jobs.last("export")
    ready = desk.where is not None and desk.cars.found is not None
    strong("Export", begin, icon="movie", on=ready and not desk.jobs.running("export"))  # type: ignore[arg-type]
    if not ready:
        hint("First the clip must be lined up and its cars followed.")
    progress(job, stoppable=True)
    if job is not None and job.state is State.DONE:
        heading("Made")
        with ui.element("ul").classes("rows").props('aria-label="Finished videos"'):
            for made in job.result:
                _made(made)
        hint(f"In {export_job.export_folder(desk).name}, beside the session file.")


def _made(made: Made) -> None:
    with ui.element("li").classes("row-item"):
        ui.label(made.title).classes("strong-words grow")
        if made.file is None:
            ui.label(made.error or "not made").classes("bad")
            return
        file = made.file
        if made.findings:
            ui.label("; ".join(made.findings)).classes("bad")
        button("Play", lambda: _play(made.title, file), icon="play_arrow", name=f"Play {made.title}")


def _play(title: str, file: str) -> None:
    with ui.dialog() as dialog, ui.element("div").classes("player"):
        with ui.element("div").classes("player-head"):
            ui.label(f"{title} · {file}").classes("grow")
            button("Close", dialog.close)
        ui.element("video").props(f'src="/media/export/{quote(file)}" controls autoplay playsinline aria-label="{title}"')
    dialog.on("hide", dialog.delete)
    dialog.open()
