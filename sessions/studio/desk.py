"""All that the page shows and does, apart from how it looks: one for each server, shared by its tabs."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overlay.director import Director
from sessions import opening, stages, sync_stage
from sessions.errors import SLIPSTREAM_ERRORS, SessionError
from sessions.session import Session, SyncSettings
from sessions.studio import lanes, playable, readings, search, sound
from sessions.studio.cars import Cars
from sessions.studio.clip_facts import ClipFacts
from sessions.studio.draft import Draft
from sessions.studio.events import Event, events
from sessions.studio.highlights import Highlights
from sessions.studio.jobs import Job, Jobs
from sessions.studio.layouts import LayoutBook, Order
from sessions.sync_stage import SyncResult
from sessions.workspace import Workspace
from telemetry.alignment import Alignment
from telemetry.race_record import RaceRecord
from telemetry.sync import anchors
from telemetry.sync.places import Hearing
from telemetry.timeline import Timeline

if TYPE_CHECKING:
    from sessions.posts import Prepared


class Desk:
    """One session being tuned.

    Attributes:
        draft: The session as it is being changed.
        record: The race session.
        clip: The clip's facts.
        cars: The clip's cars.
        jobs: Long work.
        where: Where the clip lies under the present settings, None where nothing says it.
        problem: Why it lies nowhere.
        highlights: What of the race is worth seeing from the own car.
        version: Rises whenever a layout may have changed.
        units: Of speeds, "kmh" or "mph".
    """

    def __init__(self, file: Path) -> None:
        """Read all that is at hand; nothing is searched for yet.

        Raises:
            SessionError: The session file cannot be read.
            OverlayError: The clip cannot be read.
            TelemetryError: The race session cannot be had, or its driver is not in it.
        """
        self.workspace = Workspace.of(file)
        self.draft = Draft(file, self.workspace)
        session = self.draft.session
        self.clip = ClipFacts.of(session.clip)
        self.record: RaceRecord = opening.load_record(session)
        self._listeners: dict[object, Callable[[str, Any], None]] = {}
        self.jobs = Jobs(lambda: self.tell("state"))
        self.version, self.units = 0, ""
        self.where: Alignment | None = None
        self.problem = ""
        self.driver: str | None = None
        self._timeline: Timeline | None = None
        self.events: tuple[Event, ...] = ()
        self.cars = Cars(self.draft, self.workspace)
        self._looks = False  # whether the page is up, and looks cost it no time
        self._lanes: tuple[object, dict[str, Any]] | None = None  # of which driver and times, and what they show
        self._lanes_lock = threading.Lock()
        self._hearing: Hearing | None = None
        self._heard: str | None = None  # whose RPM it lies beside
        self.highlights = Highlights(self.record, self.jobs)
        self.book = LayoutBook(
            self.clip.times_s,
            on_near=lambda version, layouts: self.tell("near", {"version": version, "layouts": layouts}),
            on_chunk=lambda version, number: self.tell("chunk", {"version": version, "chunk": number}),
        )
        self.settle(0)

    @property
    def file(self) -> Path:
        """The session file."""
        return self.draft.file

    @property
    def folder(self) -> Path:
        """The session file's folder: nothing outside it is read or written for the page, but the clip and the recording."""
        return self.draft.file.parent.resolve()

    def begin(self) -> None:
        """Begin to lay out in the background, once the server stands."""
        self.book.begin()

    def listen(self, who: object, tell: Callable[[str, Any], None]) -> None:
        """Have `tell` called, from any thread, with what happened ("state", "near", "chunk") and what goes with it."""
        self._listeners[who] = tell

    def leave(self, who: object) -> None:
        """Hear no more."""
        self._listeners.pop(who, None)

    def tell(self, what: str, value: Any = None) -> None:
        """Tell all that listen."""
        for listener in list(self._listeners.values()):
            listener(what, value)

    def change(self, what: str, session: Session, frame: int, *, joins: bool = False) -> None:
        """Take a change of the session, if all still holds together with it.

        Raises:
            SessionError: It does not; nothing is changed. Likewise errors of telemetry and overlay.
        """
        if session.sync != self.draft.session.sync:
            self._located(session)
        stages.theme(session, folder=self.folder)
        self.draft.change(what, session, joins=joins)
        self.settle(frame)

    def settle(self, frame: int) -> None:
        """Work out anew what follows from the settings, and lay out again."""
        session = self.draft.session
        try:
            self.where, self.problem = self._located(session), ""
        except SLIPSTREAM_ERRORS as error:
            self.where, self.problem = None, str(error)
        driver = stages.identified(session, self.workspace).driver
        units = self.units
        with suppress(*SLIPSTREAM_ERRORS):  # a theme's own file is just being written
            self.units = stages.theme(session, folder=self.folder).units
        if driver is not None and driver != self.driver:
            self._timeline = Timeline(self.record, driver, self.where or Alignment.constant(0.0))
        if driver is not None and self._timeline is not None and (driver, self.units) != (self.driver, units):
            self.events = events(self.record, driver, self._timeline.lag_s, units=self.units)
        self.driver = driver
        self.highlights.own(driver)
        self.version += 1
        self.lay_out(frame)
        if self._looks:
            self.look()
        self.tell("state")

    def lay_out(self, frame: int, *, moved_s: float | None = None) -> None:
        """Lay out anew, the frame in sight first.

        Args:
            frame: In sight.
            moved_s: While the offset is dragged, seconds by which it was; only the frame in sight is made then.
        """
        where = self.where
        if where is None or self._timeline is None or self.cars.found is None:
            return
        if moved_s is not None:
            where = anchors.nudged(where, moved_s)
        race = self._timeline.aligned(where)
        session = self.draft.session

        tracks, seen = self.cars.tracks(), self.cars.seen()

        def direct() -> Director:
            clip = self.clip
            return stages.director(session, race, folder=self.folder, size_wh=clip.size_wh, shown_wh=clip.shown_wh, tracks=tracks)

        self.book.order(Order(self.version, direct, tracks, seen, frame, whole=moved_s is None))

    def timeline(self) -> Timeline | None:
        """Return the race session as the clip shows it, None where the clip or the driver is not placed."""
        return None if self._timeline is None or self.where is None else self._timeline.aligned(self.where)

    def guess(self) -> Alignment:
        """Return where the clip lies, or where it would most likely, or the start of the race."""
        if self.where is not None:
            return self.where
        found = self.sync_result()
        if found is not None and found.candidates:
            return Alignment.constant(found.candidates[0].offset_s)
        starts = [lap.start_s for laps in self.record.laps.values() for lap in laps if lap.start_s is not None]
        return Alignment.constant(min(starts, default=0.0) - self.clip.times_s[0])

    def lanes(self) -> dict[str, Any]:
        """Return what the lanes show around where the clip lies."""
        if self._timeline is None:
            return {}
        with self._lanes_lock:  # asked for while they are being made ready: one waits for the other
            key = (self._timeline.driver, self.span())
            if self._lanes is None or self._lanes[0] != key:
                self._lanes = key, lanes.lanes(self._timeline, *self.span(), camera=self.draft.session.camera)
            return self._lanes[1]

    def span(self) -> tuple[float, float]:
        """Return the first and last session times that the clip shows, as far as they are known."""
        first_s, last_s = self.clip.times_s[0], self.clip.times_s[-1]
        shown_s = [
            piece.offset_s + piece.rate * min(max(at_s, first_s), last_s)
            for piece in self.guess().pieces
            for at_s in (piece.start_video_s, piece.end_video_s)
        ]
        return min(shown_s), max(shown_s)

    def playable_file(self) -> Path | None:
        """Return what the browser plays: the clip, or its copy; None while that is not made yet, or the clip is not as it was."""
        if self.clip.amiss:
            return None
        return self.clip.path if self.clip.is_playable else playable.known_proxy(self.draft.session, self.workspace)

    def later_s(self) -> float:
        """Return by how much the clip's video times are later than those of what the browser plays."""
        return 0.0 if self.clip.is_playable else playable.later_s(self.draft.session, self.workspace)

    def copy_clip(self) -> None:
        """Make a copy of the clip that browsers play."""
        session = self.draft.session

        def work(job: Job) -> Path:
            return playable.make_proxy(session, self.workspace, on_progress=job.on_progress)

        self.jobs.start("proxy", "Making a copy that browsers play", work, lambda _job: self.tell("playable"))

    def hearing(self) -> Hearing | None:
        """Return the clip's sound beside the driver's RPM, None where there is nothing to hear."""
        driver = self.driver
        if driver is not None and self._heard != driver:
            self._hearing, self._heard = sync_stage.hearing(self.draft.session, self.record, driver), driver
        return self._hearing

    def orders(self) -> list[float]:
        """Return the engine orders to draw."""
        what = self.hearing()
        if what is None or self.driver is None:
            return list(sound.USUAL_ORDERS)
        return sound.loud_orders(what, self.driver, self.guess())

    def readings(self) -> list[list[float]]:
        """Return the speeds read off the picture as [video time, km/h]; none where none were."""
        if self._timeline is None:
            return []
        trace = self.record.traces[self._timeline.driver]
        return readings.speeds(self.draft.session, self.workspace, trace, self._timeline.lag_s, self.guess())

    def sync_result(self) -> SyncResult | None:
        """Return what the automatic sync found, None where it has not run."""
        return sync_stage.stored(self.draft.session, self.workspace)

    def find(self) -> None:
        """Run the automatic sync; what it finds holds once no offset and no anchors stand in its way."""
        session = replace(self.draft.session, sync=SyncSettings())
        self.jobs.start(
            "sync",
            "Listening to the engine",
            lambda job: search.search(session, self.workspace, go_on=job.go_on),
            lambda _job: self.tell("found"),
        )

    def follow(self) -> None:
        """Find and follow the cars."""

        def then(job: Job) -> None:
            self.cars.found = job.result
            self.tell("followed")

        self.jobs.start("track", "Following the cars", lambda job: self.cars.follow(job.on_progress), then)

    def look(self) -> None:
        """Look at the cars' paint and for where scenes begin, now and whenever cars are put right, unless that is known."""
        self._looks = True
        if self.cars.found is not None and not self.cars.is_seen:
            words = "Looking at the cars' paint"
            self.jobs.start("look", words, lambda job: self.cars.look(job.on_progress), lambda _job: self.tell("seen"))

    def prepare(self) -> "Prepared":
        """Return the session as posts take it, with the settings as they are now.

        Raises:
            SessionError: The clip is not placed, or its cars are not followed yet.
        """
        from sessions import posts  # the page is up sooner without what only posts need

        race = self.timeline()
        if race is None:
            raise SessionError(self.problem or "whose onboard is it? add driver to the session file")
        if self.cars.found is None:
            raise SessionError("the cars are not followed yet; let that finish first")
        session = stages.identified(self.draft.session, self.workspace)
        return posts.assemble(session, race, self.cars.tracks(), self.cars.look(), folder=self.folder)

    def _located(self, session: Session) -> Alignment:
        # Marks of laps need the driver; what was found without one is kept under no driver's name.
        named = stages.identified(session, self.workspace) if session.sync.by_hand else session
        return stages.alignment(named, self.record, self.workspace)
