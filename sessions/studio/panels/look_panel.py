"""How the tag looks, and what platforms make of the picture."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import ui

from overlay.export import presets
from overlay.theme import FIELDS, WIDGETS
from sessions import stages
from sessions.studio import view
from sessions.studio.panels.parts import heading, hint

if TYPE_CHECKING:
    from sessions.studio.page import Page

FIELD_WORDS = {
    "speed": "Speed",
    "gap": "Gap, s",
    "gap_m": "Gap, m",
    "closing": "Closing",
    "tyre": "Tyre",
    "drs": "DRS",
    "lap": "Lap",
}
WIDGET_WORDS = {"speed": "Speed", "gear": "Gear", "rpm": "RPM", "pedals": "Pedals", "gap_graph": "Gap graph", "map": "Map"}
MOST_CARS = 3


def build(page: "Page") -> None:
    """Build the panel."""
    page.part(lambda: _look(page), lambda: page.session.overlay)
    heading("Post preview")
    options = {"": "No guides", **{name: preset.title for name, preset in presets.shipped().items()}}
    chosen = ui.select(options, value="", label="Platform", on_change=lambda event: _guides(page, event.value))
    chosen.props("outlined dense options-dense").classes("wide")
    hint("Light: what the post shows of the clip. Dashed: what the platform's buttons leave free.")


def _look(page: "Page") -> None:
    settings = page.session.overlay
    theme = stages.theme(page.session, folder=page.desk.folder)
    heading("Theme")
    names = view.theme_names()
    if settings.theme not in names:
        names = [*names, settings.theme]
    with ui.element("div").classes("segments").props('role=group aria-label="Theme"'):
        for name in names:
            _segment(name.capitalize(), settings.theme == name, partial(_set, page, "Theme", theme=name))
    heading("Speed in")
    with ui.element("div").classes("segments").props('role=group aria-label="Units"'):
        for unit, words in (("kmh", "km/h"), ("mph", "mph")):
            _segment(words, theme.units == unit, partial(_set, page, "Units", units=unit))
    heading("Cars tagged at once")
    with ui.element("div").classes("segments").props('role=group aria-label="Cars tagged at once"'):
        for count in range(1, MOST_CARS + 1):
            _segment(str(count), theme.cars == count, partial(_set, page, "Cars", cars=count))
    heading("On the tag")
    _chips(page, "fields", FIELDS, theme.data.fields, FIELD_WORDS)
    heading("Own car's bar")
    _chips(page, "widgets", WIDGETS, theme.bar.widgets, WIDGET_WORDS)


def _segment(words: str, on: bool, do: Any) -> None:
    made = (
        ui.button(words, on_click=lambda: do(), color=None)
        .props("unelevated no-caps dense")
        .classes("segment segment--on" if on else "segment")
    )
    made.props["aria-pressed"] = "true" if on else "false"


def _chips(page: "Page", key: str, known: tuple[str, ...], shown: tuple[str, ...], words: dict[str, str]) -> None:
    """Show what is on, in its order, and what could be; a click adds at the end or takes away."""
    with ui.element("div").classes("chips").props(f'role=group aria-label="{key.capitalize()}"'):
        for name in (*shown, *(name for name in known if name not in shown)):
            on = name in shown
            after = tuple(other for other in shown if other != name) if on else (*shown, name)
            made = ui.button(words[name], on_click=partial(_set, page, key.capitalize(), **{key: after}), color=None)
            made.props("unelevated no-caps dense").classes("chip-button chip-button--on" if on else "chip-button")
            made.props["aria-pressed"] = "true" if on else "false"


def _set(page: "Page", what: str, **values: Any) -> None:
    page.change(what, replace(page.session, overlay=replace(page.session.overlay, **values)))


def _guides(page: "Page", name: str) -> None:
    page.preset = name or None
    page.refresh()
