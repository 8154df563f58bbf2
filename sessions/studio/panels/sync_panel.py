"""Where the clip lies on its race session: state, offset, marks, candidates."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from nicegui import ui

from sessions.studio import placing, view
from sessions.studio.panels.parts import button, heading, hint, progress, remove, strong
from telemetry.sync.anchors import Anchor

if TYPE_CHECKING:
    from sessions.studio.page import Page

SHOWN_CANDIDATES = 6
HALF_MS = 5e-4  # the offset is shown in milliseconds: less was not typed
SAME_PLACE_S = 0.5  # a candidate this near to where the clip lies is where it lies


def build(page: "Page") -> None:
    """Build the panel."""
    desk = page.desk
    page.part(lambda: _state(page), lambda: view.sync_words(desk))
    heading("Offset")
    page.part(lambda: _value(page), lambda: (_shown_s(page), _drift(page)))
    _nudges(page)
    page.part(lambda: _compare(page), lambda: (page.slots and page.slots[1], page.session.sync, _has_automatic(page)))
    _marks(page)
    page.part(lambda: _anchors(page), lambda: (page.session.sync.anchors, tuple(view.residuals_s(page.desk))))
    heading("Find it")
    page.part(lambda: _find(page), lambda: (desk.jobs.last("sync"), desk.jobs.running("sync")))
    page.part(lambda: _candidates(page), lambda: (desk.sync_result(), desk.where, desk.driver))


def _state(page: "Page") -> None:
    words = view.sync_words(page.desk)
    with ui.element("div").classes(f"state state--{words.tone}").props('role=status aria-label="State of the sync"'):
        ui.label(words.word).classes("state-word")
        ui.label(words.line).classes("state-line")


def _shown_s(page: "Page") -> float:
    return (page.desk.where or page.desk.guess()).offset_s


def _drift(page: "Page") -> float:
    return 0.0 if page.desk.where is None else page.desk.where.drift_ppm


def _value(page: "Page") -> None:
    shown_s, drift = _shown_s(page), _drift(page)
    with ui.element("div").classes("offset"):
        field = ui.number(value=round(shown_s, 3), step=0.01, format="%.3f", suffix="s").props("outlined dense hide-bottom-space")
        field.props["aria-label"] = "Session time at video time 0, seconds"
        field.classes("offset-field")

        def typed() -> None:
            if field.value is not None and abs(field.value - shown_s) > HALF_MS:
                by_s = float(field.value) - _shown_s(page)
                if abs(by_s) > HALF_MS:  # else Enter did it, and the field is left before it is built anew
                    page.nudge(by_s)

        field.on("keydown.enter", typed)
        field.on("blur", typed)
        ui.label(f"drift {drift:+.0f} ppm".replace("-", "−") if drift else "no drift").classes("drift")


def _nudges(page: "Page") -> None:
    sizes = (("1 s", 1.0), ("100 ms", 0.1), ("10 ms", 0.01), ("frame", page.desk.clip.step_s))
    for way, sign in (("earlier", -1), ("later", 1)):
        with ui.element("div").classes("nudges").props(f'role=group aria-label="Move the offset {way}"'):
            for words, size_s in sizes:
                button(f"{'−' if sign < 0 else '+'}{words}", partial(page.nudge, sign * size_s), name=f"{words} {way}")


def _compare(page: "Page") -> None:
    with ui.element("div").classes("compare"):
        if page.slots is None:
            button("Compare A / B", page.compare, name="Compare two offsets (X)")
        else:
            _, active = page.slots
            for slot in ("A", "B"):
                on = slot == active
                made = button(slot, _nothing if on else page.compare, name=f"Offset {slot}")
                made.classes("slot slot--on" if on else "slot").props["aria-pressed"] = "true" if on else "false"
            button("Keep this one", page.end_compare)
        settings = page.session.sync
        if settings.by_hand or settings.nudge_s:
            automatic = type(settings)()
            button("Back to automatic", lambda: page.sync("Back to automatic", automatic), on=_has_automatic(page))


def _nothing() -> None:
    """Do nothing: this one is in force already."""


def _has_automatic(page: "Page") -> bool:
    found = page.desk.sync_result()
    return found is not None and found.accepted


def _marks(page: "Page") -> None:
    heading("Mark here")
    with ui.element("div").classes("marks"):
        button("Line crossing", lambda: page.mark("line"), name="This frame is a line crossing (1)")
        button("Braking point", lambda: page.mark("brake"), name="This frame is a braking point (2)")
        button("Gear change", lambda: page.mark("gear"), name="This frame is a gear change (3)")


def _anchors(page: "Page") -> None:
    anchors = page.session.sync.anchors
    if not anchors:
        hint("One anchor sets the offset; two, far apart, fit the drift.")
        return
    with ui.element("ul").classes("rows").props('aria-label="Anchors"'):
        for anchor, off_s in zip(anchors, view.residuals_s(page.desk), strict=True):
            with ui.element("li").classes("row-item"):
                _go(page, view.clock(anchor.video_time_s), anchor.video_time_s)
                ui.label(view.anchor_words(page.desk, anchor)).classes("grow")
                ui.label(f"{off_s * 1000:+.0f} ms".replace("-", "−")).classes("number").props('title="How far off the line"')
                remove("Remove the anchor", partial(_unmark, page, anchor))


def _go(page: "Page", words: str, video_time_s: float) -> None:
    made = (
        ui.button(words, on_click=lambda: page.stage.run_method("seek", video_time_s), color=None)
        .props("flat dense no-caps")
        .classes("go")
    )
    made.props["title"] = "Go there"


def _unmark(page: "Page", anchor: Anchor) -> None:
    page.sync("Remove an anchor", placing.unmarked(page.session.sync, anchor))


def _find(page: "Page") -> None:
    desk = page.desk
    strong("Find it for me", desk.find, icon="hearing", on=desk.clip.has_sound and not desk.jobs.running("sync"))
    progress(desk.jobs.last("sync"), stoppable=True, counted=False)
    if not desk.clip.has_sound:
        hint("The clip has no sound to listen to: mark moments instead.")


def _candidates(page: "Page") -> None:
    desk = page.desk
    found = desk.sync_result()
    if found is None:
        return
    if not found.accepted:
        hint(f"{found.reason}.".replace("..", "."))
    top = max((place.evidence for place in found.candidates), default=1.0)
    with ui.element("div").classes("candidates").props('role=group aria-label="Where it may be"'):
        for place in found.candidates[:SHOWN_CANDIDATES]:
            here = (
                desk.where is not None
                and abs(desk.where.offset_s - place.offset_s) < SAME_PLACE_S
                and place.driver == desk.driver
            )
            lap = f"lap {place.lap}" if place.lap else "before lap 1"
            with (
                ui.element("button")
                .classes("candidate candidate--here" if here else "candidate")
                .props(f'type=button aria-pressed={"true" if here else "false"} aria-label="{lap} of {place.driver}"')
                .on("click", partial(_take, page, place.offset_s, place.driver))
            ):
                ui.label(lap).classes("candidate-lap")
                ui.label(f"{place.driver} · {place.offset_s:.2f} s").classes("grow")
                with ui.element("span").classes("evidence"):
                    ui.element("span").style(f"width:{max(place.evidence / max(top, 1e-9), 0.02):.0%}")


def _take(page: "Page", offset_s: float, driver: str) -> None:
    if page.session.driver is not None and page.session.driver != driver:
        page.say(f"The session file says {page.session.driver}; this place is {driver}'s", bad=True)
        return
    settings = placing.placed(offset_s)
    if page.session.driver is None:
        page.change("Take a candidate", replace(page.session, driver=driver, sync=settings))
    else:
        page.sync("Take a candidate", settings)
