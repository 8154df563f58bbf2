"""What panels are made of."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from sessions.studio.jobs import Job, State


def heading(words: str) -> None:
    """Write the title of a group."""
    ui.label(words).classes("group-title").props("role=heading aria-level=2")


def hint(words: str) -> None:
    """Write a quiet line."""
    ui.label(words).classes("hint")


def button(words: str, do: Callable[[], Any], *, icon: str | None = None, name: str | None = None, on: bool = True) -> ui.button:
    """Return a plain button; `name` is what screen readers and tooltips say, where the words are too short."""
    made = ui.button(words, icon=icon, on_click=lambda: do(), color=None).props("unelevated no-caps dense").classes("plain")
    if name:
        made.props["aria-label"] = made.props["title"] = name
    made.set_enabled(on)
    return made


def strong(words: str, do: Callable[[], Any], *, icon: str | None = None, on: bool = True) -> ui.button:
    """Return the one button of a group that stands out."""
    made = ui.button(words, icon=icon, on_click=lambda: do(), color=None).props("unelevated no-caps dense")
    made.classes("strong").set_enabled(on)
    return made


def remove(name: str, do: Callable[[], Any]) -> None:
    """Show a small cross."""
    made = ui.button(icon="close", on_click=lambda: do(), color=None).props("flat dense round size=xs")
    made.props["aria-label"] = made.props["title"] = name


def progress(job: Job | None, *, stoppable: bool = False, counted: bool = True) -> None:
    """Show how a job stands, and a way to stop it; `counted` where it says how far it is."""
    if job is None:
        return
    if job.state is State.RUNNING:
        with ui.element("div").classes("progress").props('role=status aria-live="polite"'):
            # Bound, not rebuilt: what is rebuilt at every step can hardly be clicked.
            ui.label().classes("progress-words").bind_text_from(job, "told")
            bar = ui.linear_progress(value=0, show_value=False, size="5px").props("rounded color=primary")
            bar.props["aria-label"] = job.words
            if counted:
                bar.bind_value_from(job, "share", backward=lambda share: share or 0.0)
            else:
                bar.props("indeterminate")
            if stoppable:
                button("Cancel", job.stop, name=f"Cancel: {job.words}")
    elif job.state is State.FAILED:
        ui.label(job.error).classes("bad").props("role=alert")
    elif job.state is State.STOPPED:
        hint("Cancelled; nothing was left behind.")
