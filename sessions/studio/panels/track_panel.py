"""Which car is tagged, where none is, and boxes put right."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from nicegui import ui

from sessions.session import TrackSettings
from sessions.studio import tagging, view
from sessions.studio.jobs import State
from sessions.studio.panels.parts import button, heading, hint, progress, remove, strong

if TYPE_CHECKING:
    from sessions.studio.page import Page


def build(page: "Page") -> None:
    """Build the panel."""
    desk = page.desk
    page.part(lambda: _state(page), lambda: _standing(page))
    heading("In sight here")
    page.part(lambda: _in_sight(page), lambda: _sight(page))
    page.sight = page.latest_part
    page.part(lambda: _hide(page), lambda: page.hide_from_s)
    page.part(lambda: _fixes(page), lambda: (page.session.track, desk.cars.choices(), desk.cars.boxes()))


def _standing(page: "Page") -> object:
    jobs = page.desk.jobs
    return page.desk.cars.found is None, *((jobs.last(name), jobs.running(name)) for name in ("track", "look"))


def _state(page: "Page") -> None:
    desk = page.desk
    job, look = desk.jobs.last("track"), desk.jobs.last("look")
    if desk.cars.found is not None and not desk.jobs.running("track"):
        if look is not None and look.state is not State.DONE:
            heading("Paint")
            progress(look)
        return
    heading("Cars")
    if not desk.jobs.running("track"):
        strong("Follow the cars", desk.follow)
    progress(job, stoppable=True)


def _sight(page: "Page") -> object:
    """Return the cars in sight, those of them that are chosen, and the one that is selected."""
    cars = tuple(track.track_id for track in tagging.in_sight(page.desk.cars.tracks(), page.frame))
    return cars, _chosen(page), page.selected


def _chosen(page: "Page") -> frozenset[int | None]:
    return frozenset(pick.track_id for pick in page.desk.cars.choices() if pick.from_s <= page.video_time_s < pick.to_s)


def _in_sight(page: "Page") -> None:
    cars = tagging.in_sight(page.desk.cars.tracks(), page.frame)
    if not cars:
        hint("No car is followed on this frame.")
        return
    chosen = _chosen(page)
    with ui.element("ul").classes("rows").props('aria-label="Cars in sight"'):
        for track in cars:
            with ui.element("li").classes("row-item row-item--on" if track.track_id == page.selected else "row-item"):
                span = f"{view.clock(float(track.video_time_s[0]))} to {view.clock(float(track.video_time_s[-1]))}"
                ui.label(f"car {track.track_id}").classes("strong-words")
                ui.label(span).classes("grow quiet")
                if track.track_id in chosen:
                    ui.label("chosen").classes("chip chip--good")
                else:
                    button("Tag this car", partial(_choose, page, track.track_id), name=f"Tag car {track.track_id} here")
    hint("Drag a box, or one of its corners, where it is wrong. The correction is carried to the frames around.")


def _choose(page: "Page", track_id: int) -> None:
    track = next((track for track in page.desk.cars.tracks() if track.track_id == track_id), None)
    if track is not None:
        _change(page, f"Tag car {track_id}", tagging.chosen(page.session.track, track, page.frame))


def _hide(page: "Page") -> None:
    heading("No tag")
    with ui.element("div").classes("marks"):
        if page.hide_from_s is None:
            button("From here …", lambda: _hide_from(page), name="A stretch without a tag begins here")
        else:
            strong(f"… from {view.clock(page.hide_from_s)} to here", lambda: _hide_to(page))
            button("Not after all", lambda: _hide_not(page))


def _hide_from(page: "Page") -> None:
    page.hide_from_s = page.video_time_s
    page.refresh()


def _hide_not(page: "Page") -> None:
    page.hide_from_s = None
    page.refresh()


def _hide_to(page: "Page") -> None:
    from_s, page.hide_from_s = page.hide_from_s, None
    if from_s is None or from_s == page.video_time_s:
        page.say("Go to another frame first: the stretch has no length", bad=True)
        page.refresh()
        return
    _change(page, "Mark a stretch without a tag", tagging.hidden(page.session.track, from_s, page.video_time_s))


def _fixes(page: "Page") -> None:
    settings = page.session.track
    if settings == TrackSettings():
        return
    heading("Put right")
    with ui.element("ul").classes("rows").props('aria-label="What was put right"'):
        for pick in settings.hidden:
            _row(
                page, pick.from_s, f"no tag to {view.clock(pick.to_s)}", replace(settings, hidden=_without(settings.hidden, pick))
            )
        numbers = {(pick.from_s, pick.to_s): pick.track_id for pick in page.desk.cars.choices()}
        for pick in settings.choice:
            words = f"car {numbers.get((pick.from_s, pick.to_s), '?')} to {view.clock(pick.to_s)}"
            _row(page, pick.from_s, words, replace(settings, choice=_without(settings.choice, pick)))
        for key, now in zip(settings.boxes, page.desk.cars.boxes(), strict=True):
            _row(page, key.video_time_s, f"box of car {now.track_id}", replace(settings, boxes=_without(settings.boxes, key)))


def _row(page: "Page", at_s: float, words: str, without: TrackSettings) -> None:
    with ui.element("li").classes("row-item"):
        go = (
            ui.button(view.clock(at_s), on_click=lambda: page.stage.run_method("seek", at_s), color=None)
            .props("flat dense no-caps")
            .classes("go")
        )
        go.props["title"] = "Go there"
        ui.label(words).classes("grow")
        remove(f"Remove: {words}", lambda: _change(page, f"Remove: {words}", without))


def _without(entries: tuple, entry: object) -> tuple:  # type: ignore[type-arg]
    return tuple(other for other in entries if other is not entry)


def _change(page: "Page", what: str, settings: TrackSettings) -> None:
    page.change(what, replace(page.session, track=settings))
