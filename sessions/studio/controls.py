"""What the page's middle asks for: each of its keys, buttons and drags, and what comes of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from nicegui.events import GenericEventArguments

from segmentation.key_boxes import KeyBox
from sessions.studio import tagging

if TYPE_CHECKING:
    from sessions.studio.page import Page


class Controls:
    """The wires from the middle to the page; whatever arrives says which frame is in sight."""

    def __init__(self, page: "Page") -> None:
        self._page = page
        self._commands: dict[str, Callable[[], object]] = {
            "mark-line": lambda: page.mark("line"),
            "mark-brake": lambda: page.mark("brake"),
            "mark-gear": lambda: page.mark("gear"),
            "flip": page.compare,
            "boxes": lambda: page.tabs.set_value("sync" if page.tabs.value == "track" else "track"),
            "undo": page.undo,
            "redo": lambda: page.undo(again=True),
            "save": page.save,
            "help": lambda: page.help.close() if page.help.value else page.help.open(),
        }
        for name, do in (
            ("ready", self._ready),
            ("at", self._at),
            ("look", self._look),
            ("drag", self._drag),
            ("dropped", self._dropped),
            ("nudge", self._nudge),
            ("box", self._box),
            ("select", self._select),
            ("command", self._command),
        ):
            page.stage.on(name, self._with_frame(do))

    def _with_frame(self, do: Callable[[GenericEventArguments], None]) -> Callable[[GenericEventArguments], None]:
        def heard(event: GenericEventArguments) -> None:
            self._page.frame = min(max(int(event.args["frame"]), 0), len(self._page.desk.clip.times_s) - 1)
            do(event)

        return heard

    def _ready(self, _event: GenericEventArguments) -> None:
        self._page.desk.book.go_on(self._page)
        self._page.desk.look()
        self._page.desk.highlights.seek()

    def _at(self, _event: GenericEventArguments) -> None:
        self._page.show_sight()

    def _look(self, _event: GenericEventArguments) -> None:
        self._page.desk.book.look(self._page.frame)

    def _drag(self, event: GenericEventArguments) -> None:
        self._page.desk.lay_out(self._page.frame, moved_s=float(event.args["by_s"]))

    def _dropped(self, event: GenericEventArguments) -> None:
        self._page.nudge(round(float(event.args["by_s"]), 3))

    def _nudge(self, event: GenericEventArguments) -> None:
        self._page.nudge(float(event.args["by_s"]))

    def _box(self, event: GenericEventArguments) -> None:
        page = self._page
        left, top, right, bottom = (float(edge) for edge in event.args["xyxy"])
        number = int(event.args["track_id"])
        found = next((track for track in page.desk.cars.found or () if track.track_id == number), None)
        seen = None if found is None else tagging.sighting(found, page.frame)
        key = KeyBox(round(page.video_time_s, 4), number, (left, top, right, bottom), seen)
        page.change("Put a box right", replace(page.session, track=tagging.boxed(page.session.track, key)))

    def _select(self, event: GenericEventArguments) -> None:
        self._page.selected = int(event.args["track_id"])
        self._page.show_sight()

    def _command(self, event: GenericEventArguments) -> None:
        self._commands[event.args["name"]]()
