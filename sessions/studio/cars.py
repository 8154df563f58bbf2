"""The clip's cars as they were followed and put right, and which of them a person named."""

from overlay.picks import Pick, numbered
from segmentation import key_boxes
from segmentation.engine import Engine
from segmentation.key_boxes import KeyBox
from segmentation.track import Track
from sessions import stages
from sessions.progress import OnProgress
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

    def follow(self, on_progress: OnProgress) -> list[Track]:
        """Return the cars as followed anew; until they are taken for found, those from before hold."""
        return stages.follow(self._draft.session, self._workspace, self._engine, on_progress=on_progress)

    def tracks(self) -> list[Track]:
        """Return the cars as followed and put right; none where they were not followed yet."""
        found, boxes = self.found or [], self._draft.session.track.boxes
        if self._put_right is None or self._put_right[0] is not found or self._put_right[1] != boxes:
            self._put_right = found, boxes, key_boxes.corrected(found, boxes)
        return self._put_right[2]

    def choices(self) -> tuple[Pick, ...]:
        """Return which cars a person wants tagged, and when, by their numbers among the tracks as they are now."""
        return numbered(self._draft.session.track.choice, self.tracks())

    def boxes(self) -> tuple[KeyBox, ...]:
        """Return the boxes that a person put right, by their cars' numbers among the tracks as they are now."""
        return key_boxes.numbered(self._draft.session.track.boxes, self.found or ())
