"""The clip's cars as they were followed and put right, their paint, and which of them a person named."""

import threading

from overlay.picks import Pick, numbered
from overlay.swatches import Seen
from segmentation import key_boxes
from segmentation.engine import Engine
from segmentation.key_boxes import KeyBox
from segmentation.track import Track
from sessions import stages
from sessions.progress import OnProgress
from sessions.session import Session
from sessions.studio.draft import Draft
from sessions.workspace import Workspace


class Cars:
    """The cars of one session.

    Attributes:
        found: As they were followed, None where they were not yet.
    """

    def __init__(self, draft: Draft, workspace: Workspace) -> None:
        self._draft, self._workspace, self._engine = draft, workspace, Engine()
        self.found: list[Track] | None = stages.found_tracks(draft.session, workspace, self._engine)
        self._put_right: tuple[list[Track], tuple[KeyBox, ...], list[Track]] | None = None
        self._seen: tuple[list[Track], tuple[KeyBox, ...], Seen] | None = None
        self._looking = threading.Lock()

    def follow(self, on_progress: OnProgress) -> list[Track]:
        """Return the cars as followed anew; until they are taken for found, those from before hold."""
        return stages.follow(self._draft.session, self._workspace, self._engine, on_progress=on_progress)

    def tracks(self) -> list[Track]:
        """Return the cars as followed and put right; none where they were not followed yet."""
        found, boxes = self.found or [], self._draft.session.track.boxes
        if self._put_right is None or self._put_right[0] is not found or self._put_right[1] != boxes:
            self._put_right = found, boxes, key_boxes.corrected(found, boxes)
        return self._put_right[2]

    @property
    def is_seen(self) -> bool:
        """Whether what `seen` returned last is of the cars as they are now."""
        return self._seen is not None and self._seen[0] is self.found and self._seen[1] == self._draft.session.track.boxes

    def seen(self) -> Seen:
        """Return what is seen beside the cars; while boxes put right are not looked at yet, what was seen before."""
        session, found = self._draft.session, self.found
        if found is not None and not self.is_seen:
            kept = self._kept(session, found)
            if kept is not None:
                self._seen = found, session.track.boxes, kept
        return self._seen[2] if self._seen is not None and self._seen[0] is found else Seen()

    def look(self, on_progress: OnProgress = lambda _done, _total: None) -> Seen:
        """Return what is seen beside the cars as they are now, looked at unless that is kept; one who asks meanwhile waits."""
        with self._looking:
            session, found = self._draft.session, self.found or []
            kept = self._kept(session, found)
            if kept is not None:
                return kept
            tracks = key_boxes.corrected(found, session.track.boxes)
            return stages.look(session, self._workspace, self._engine, tracks, on_progress=on_progress)

    def choices(self) -> tuple[Pick, ...]:
        """Return which cars a person wants tagged, and when, by their numbers among the tracks as they are now."""
        return numbered(self._draft.session.track.choice, self.tracks())

    def boxes(self) -> tuple[KeyBox, ...]:
        """Return the boxes that a person put right, by their cars' numbers among the tracks as they are now."""
        return key_boxes.numbered(self._draft.session.track.boxes, self.found or ())

    def _kept(self, session: Session, found: list[Track]) -> Seen | None:
        return stages.kept_seen(session, self._workspace, self._engine) if found else Seen()
