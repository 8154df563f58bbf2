"""The header: whose session it is, how it stands, undo, save, and what needs an answer about the file."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from nicegui import ui

from sessions.errors import SLIPSTREAM_ERRORS
from sessions.studio import view

if TYPE_CHECKING:
    from sessions.studio.page import Page


def build(page: "Page") -> None:
    """Build the header."""
    race = page.desk.record
    with ui.element("header").classes("top"):
        ui.html('<span class="brand">SLIP<b>STREAM</b></span>', sanitize=False)
        with ui.element("div").classes("job"):
            ui.label(page.desk.file.name).classes("job-name")
            ui.label(f"{race.event_name} {race.race.year} · {race.race.kind}").classes("job-race")
        page.part(lambda: _status(page), lambda: _standing(page))


def _standing(page: "Page") -> object:
    draft = page.desk.draft
    recovered, changed = draft.recovered is not None, draft.changed_on_disk()
    words = view.sync_words(page.desk)
    return words.word, words.tone, page.desk.driver, draft.undoable, draft.redoable, draft.is_saved, recovered, changed


def _status(page: "Page") -> None:
    draft = page.desk.draft
    with ui.element("div").classes("status"):
        words = view.sync_words(page.desk)
        ui.label(words.word).classes(f"chip chip--{words.tone}")
        ui.label(page.desk.driver or "driver unknown").classes("driver")
    with ui.element("div").classes("actions"):
        _icon("undo", f"Undo: {draft.undoable}" if draft.undoable else "Undo", page.undo, on=draft.undoable is not None)
        again = partial(page.undo, again=True)
        _icon("redo", f"Redo: {draft.redoable}" if draft.redoable else "Redo", again, on=draft.redoable is not None)
        _icon("keyboard", "Keyboard help", lambda: page.help.open())
        save = ui.button("Saved" if draft.is_saved else "Save", on_click=lambda: page.save(), color=None)
        save.classes("save").props('unelevated no-caps dense title="Save into the session file (Ctrl+S)"')
        save.set_enabled(not draft.is_saved)
    if draft.recovered is not None:
        with ui.element("div").classes("banner").props("role=status"):
            ui.label("Changes from last time were not saved.")
            _small("Recover", partial(_settle, page, draft.recover))
            _small("Leave them", partial(_settle, page, draft.forget))
    elif draft.changed_on_disk():
        with ui.element("div").classes("banner banner--bad").props("role=alert"):
            ui.label(f"{page.desk.file.name} was changed on disk meanwhile.")
            _small("Load it", partial(_settle, page, draft.load))
            if not draft.is_saved:
                _small("Save mine into it", lambda: page.save(over=True))


def _settle(page: "Page", do: Callable[[], None]) -> None:
    """Do something to the draft, and show what comes of it."""
    try:
        do()
    except SLIPSTREAM_ERRORS as error:
        page.say(str(error), bad=True)
    page.desk.settle(page.frame)


def _icon(icon: str, words: str, do: Callable[[], object], *, on: bool = True) -> None:
    button = ui.button(icon=icon, on_click=lambda: do(), color=None).props("flat dense round size=sm")
    button.props["aria-label"] = button.props["title"] = words
    button.set_enabled(on)


def _small(words: str, do: Callable[[], object]) -> None:
    ui.button(words, on_click=lambda: do(), color=None).props("unelevated no-caps dense size=sm").classes("small")
