"""The page: header, middle and panel, and what each key, button and drag does; one for each tab, all of one desk."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nicegui import ui

from sessions.errors import SLIPSTREAM_ERRORS
from sessions.session import Session, SyncSettings
from sessions.studio import events, placing, view
from sessions.studio.controls import Controls
from sessions.studio.desk import Desk
from sessions.studio.help import help_dialog
from sessions.studio.panels import export_panel, header_panel, look_panel, sync_panel, track_panel
from sessions.studio.stage import Stage

STYLE = Path(__file__).parent / "web" / "studio.css"
WATCH_FILE_S = 1.0
TABS = {"sync": "Sync", "track": "Track", "look": "Look", "export": "Export"}


def build(desk: Desk) -> None:
    """Offer the page at the server's root."""

    @ui.page("/", title=f"{desk.file.name} · Slipstream", dark=True)
    def _page() -> None:
        ui.add_css(STYLE)
        ui.colors(
            primary="#4fc3ff", secondary="#262c38", positive="#3ddc97", negative="#ff5d5d", warning="#ffb547", dark="#0a0d12"
        )
        Page(desk)


@dataclass(slots=True, eq=False)
class Part:
    """A part of the page, what it depends on, and what of that it shows."""

    body: "ui.refreshable[[], None]"
    shows: Callable[[], object]
    shown: object


class Page:
    """One tab.

    Attributes:
        desk: What it works on.
        frame: The frame in sight.
        selected: The followed car that is selected.
        preset: The platform whose guides are drawn.
        sight: The list of the cars in sight, where there is one.
        hide_from_s: Where a stretch without a tag is to begin, while its end is not said yet.
        slots: Two settings of the sync to compare, and which of them is in force; None where nothing is compared.
    """

    def __init__(self, desk: Desk) -> None:
        desk.book.hold(self)
        self.desk = desk
        self.frame = 0
        self.selected: int | None = None
        self.preset: str | None = None
        self.hide_from_s: float | None = None
        self.slots: tuple[dict[str, SyncSettings], str] | None = None
        self._loop = asyncio.get_running_loop()
        self._client = ui.context.client
        self._parts: list[Part] = []
        self.sight: Part | None = None
        self._due = False
        self._was = self._outside()
        header_panel.build(self)
        with ui.element("main").classes("studio"):
            self.stage = Stage(view.clip(desk), view.state(desk))
            self._panel()
        self.help = help_dialog()
        Controls(self)
        ui.timer(WATCH_FILE_S, self._watch)
        desk.listen(self, self._told)
        self._loop.run_in_executor(None, desk.lanes)  # the browser asks for them when it has loaded the rest
        self._client.on_delete(lambda: desk.leave(self))
        self._client.on_delete(lambda: desk.book.go_on(self))
        if not desk.clip.amiss and desk.playable_file() is None:
            desk.copy_clip()
        if desk.cars.found is None:
            desk.follow()

    @property
    def video_time_s(self) -> float:
        """The video time of the frame in sight."""
        return self.desk.clip.times_s[self.frame]

    @property
    def session(self) -> Session:
        """The session as it is now."""
        return self.desk.draft.session

    def part(self, build: Callable[[], None], shows: Callable[[], object]) -> None:
        """Build a part of the page now, and anew whenever what it shows is another: what is rebuilt loses the focus.

        Args:
            build: Builds it.
            shows: Returns all that the part depends on.
        """
        part = ui.refreshable(build)
        part()
        self.latest_part = Part(part, shows, shows())
        self._parts.append(self.latest_part)

    def change(self, what: str, session: Session, *, joins: bool = False) -> bool:
        """Take a change; say why where it cannot be. Returns whether it was taken."""
        try:
            self.desk.change(what, session, self.frame, joins=joins)
        except (*SLIPSTREAM_ERRORS, ValueError) as error:
            self.say(str(error), bad=True)
            self.refresh()
            return False
        return True

    def sync(self, what: str, settings: SyncSettings, *, joins: bool = False) -> bool:
        """Take new settings of the sync."""
        taken = self.change(what, replace(self.session, sync=settings), joins=joins)
        if taken and self.slots is not None:
            slots, active = self.slots
            self.slots = ({**slots, active: settings}, active)
            self.refresh()
        return taken

    def nudge(self, by_s: float) -> None:
        """Move the offset."""
        where = self.desk.where
        settings = self.session.sync
        if where is None:
            settings = placing.placed(self.desk.guess().offset_s + by_s)
        else:
            settings = placing.moved(settings, by_s, found=settings.offset_s is None)
        self.sync("Move the offset", settings, joins=True)

    def mark(self, kind: str) -> None:
        """Make an anchor of the nearest event of a kind ("line", "brake", "gear") and the frame in sight."""
        at_s = self.desk.guess().session_time_s(self.video_time_s)
        try:
            event = events.nearest(self.desk.events, kind, at_s if at_s is not None else 0.0)
        except SLIPSTREAM_ERRORS as error:
            self.say(str(error), bad=True)
            return
        if self.sync(f"Mark the {events.KINDS[kind]}", placing.marked(self.session.sync, self.video_time_s, event)):
            self.say(f"{view.clock(self.video_time_s)} is {event.words}")

    def compare(self) -> None:
        """Begin to compare two offsets, or change over to the other one."""
        if self.slots is None:
            self.slots = ({"A": self.session.sync, "B": self.session.sync}, "B")
            self.refresh()
            return
        slots, active = self.slots
        other = "A" if active == "B" else "B"
        self.slots = (slots, other)
        self.change(f"Change over to {other}", replace(self.session, sync=slots[other]))
        self.refresh()

    def end_compare(self) -> None:
        """Keep the offset in force and compare no more."""
        self.slots = None
        self.refresh()

    def undo(self, *, again: bool = False) -> None:
        """Take the last change back, or do it again."""
        draft = self.desk.draft
        what = draft.redo() if again else draft.undo()
        if what is None:
            self.say("There is nothing to do again" if again else "There is nothing to undo")
            return
        if self.slots is not None:
            slots, active = self.slots
            self.slots = ({**slots, active: self.session.sync}, active)
        self.desk.settle(self.frame)
        self.say(f"{'Done again' if again else 'Undone'}: {what}")

    def save(self, *, over: bool = False) -> None:
        """Save into the session file."""
        try:
            self.desk.draft.save(over=over)
        except SLIPSTREAM_ERRORS as error:
            self.say(str(error), bad=True)
        else:
            self.say(f"Saved into {self.desk.file.name}")
        self.desk.settle(self.frame)

    def say(self, words: str, *, bad: bool = False) -> None:
        """Say something for a moment, at the panel's foot: there it covers nothing."""
        self._said.clear()
        with self._said:
            ui.label(words).classes("said said--bad" if bad else "said")

    def refresh(self) -> None:
        """Show what has changed."""
        mode = "track" if self.tabs.value == "track" else "watch"
        slot = self.slots[1] if self.slots else ""
        self.stage.settle(view.state(self.desk, slot=slot), mode=mode, preset=self.preset)
        for part in self._parts:
            self._show(part)
        self.show_sight()

    @staticmethod
    def _show(part: "Part | None") -> None:
        if part is not None and (now := part.shows()) != part.shown:
            part.shown = now
            part.body.refresh()

    def show_sight(self) -> None:
        """Show which cars are in sight, where that is shown."""
        if self.tabs.value == "track":
            self._show(self.sight)

    def _panel(self) -> None:
        with ui.element("aside").classes("panel").props('aria-label="Settings"'):
            with ui.tabs().props("dense no-caps align=justify indicator-color=primary").classes("tabs") as self.tabs:
                for name, title in TABS.items():
                    ui.tab(name, label=title)
            with ui.tab_panels(self.tabs, value="sync", animated=False, keep_alive=True).classes("panels"):
                for name, build in zip(TABS, (sync_panel, track_panel, look_panel, export_panel), strict=True):
                    with ui.tab_panel(name):
                        build.build(self)
            self._said = ui.element("div").classes("foot").props("role=status")
            self.tabs.on_value_change(lambda _: self.refresh())

    def _told(self, what: str, value: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hear, what, value)

    def _hear(self, what: str, value: Any) -> None:
        if self._client.is_deleted:
            return
        with self._client:
            if what in ("near", "chunk"):
                self.stage.run_method(what, value)
            elif what in ("found", "followed", "seen"):
                self.desk.settle(self.frame)
                if what != "seen":
                    self.stage.run_method("refetch", {"found": "lanes", "followed": "tracks"}[what])
            elif what == "playable":
                self._refresh_soon()
                self.stage.run_method("refetch", "video")
            else:
                self._refresh_soon()

    def _refresh_soon(self) -> None:
        """Refresh once for any number of news that come together."""
        if not self._due:
            self._due = True
            self._loop.call_later(0.03, self._refresh_now)

    def _refresh_now(self) -> None:
        self._due = False
        if not self._client.is_deleted:
            with self._client:
                self.refresh()

    def _watch(self) -> None:
        before, self._was = self._was, self._outside()
        if self._was[1] != before[1]:
            self.desk.settle(self.frame)  # what was found belongs to the clip as it was
        if self._was != before:
            self.refresh()

    def _outside(self) -> tuple[bool, str]:
        """Return what happens without the page: whether the session file was changed, and what has become of the clip."""
        return self.desk.draft.changed_on_disk(), self.desk.clip.amiss
