"""The session under the user's hands: every change with its way back, and the file it is saved into."""

import hashlib
import time
from dataclasses import replace
from pathlib import Path

from sessions import session_file, stages
from sessions.errors import SLIPSTREAM_ERRORS, SessionError
from sessions.session import Session
from sessions.workspace import Workspace

SAME_CHANGE_S = 1.0  # steps of one kind that follow each other this fast are undone together
MOST_STEPS = 500
JOURNAL = "draft.toml"


class Draft:
    """A session being changed.

    Every change is kept in the workspace at once, so that a crash loses none; the session file changes when it is saved.

    Attributes:
        file: The session file.
        session: As it is now.
        recovered: What an earlier run left unsaved, None where nothing was.
    """

    def __init__(self, file: Path, workspace: Workspace) -> None:
        """Read the session file.

        Raises:
            SessionError: It cannot be read.
            OverlayError: Its theme cannot.
        """
        self.file, self._workspace = file, workspace
        self._seen = _fingerprint(file)
        self.session = self._saved = _read(file)
        self._past: list[tuple[str, Session]] = []
        self._future: list[tuple[str, Session]] = []
        self._last: tuple[str, float] = ("", 0.0)
        self.recovered = self._journal()

    @property
    def is_saved(self) -> bool:
        """Whether the file holds what is here."""
        return self.session == self._saved

    @property
    def undoable(self) -> str | None:
        """What would be undone, None where nothing was done."""
        return self._past[-1][0] if self._past else None

    @property
    def redoable(self) -> str | None:
        """What would be done again, None where nothing was undone."""
        return self._future[-1][0] if self._future else None

    def change(self, what: str, session: Session, *, joins: bool = False) -> None:
        """Take a change.

        Args:
            what: In words, as `undo` names it.
            session: The session after it.
            joins: Whether it is undone together with one of the same kind just before.
        """
        if session == self.session:
            return
        now_s = time.monotonic()
        if not (joins and self._last[0] == what and now_s - self._last[1] < SAME_CHANGE_S and self._past):
            self._past = [*self._past[-MOST_STEPS:], (what, self.session)]
        self._last = (what, now_s)
        self._future.clear()
        self._move(session)

    def undo(self) -> str | None:
        """Take the last change back and return what it was, None where there is none."""
        return self._step(self._past, self._future)

    def redo(self) -> str | None:
        """Do again what was last taken back and return what it is, None where there is nothing."""
        return self._step(self._future, self._past)

    def changed_on_disk(self) -> bool:
        """Return whether somebody else changed the file since it was read or saved here."""
        return _fingerprint(self.file) != self._seen

    def save(self, *, over: bool = False) -> None:
        """Write what was changed here into the file; all else in it stays as it is.

        Args:
            over: Also when the file was changed meanwhile: what was changed here wins, the rest of their changes stays. One that is
                gone is written anew.

        Raises:
            SessionError: It was changed meanwhile, is of another clip or race now, or cannot be written.
        """
        if not over and self.changed_on_disk():
            raise SessionError(f"{self.file.name} was changed on disk meanwhile; load it, or save over it")
        if self.file.exists():
            self._refuse_another(session_file.read(self.file))
            session_file.revise(self.file, self._saved, self.session)
        else:
            session_file.write(self.session, self.file)
        self._seen = _fingerprint(self.file)
        self._saved = self.session = session_file.read(self.file)
        self._keep()

    def load(self) -> None:
        """Take the file as it is now; what was here can be had back by undoing.

        Raises:
            SessionError: It cannot be read, or is of another clip or race now; nothing is changed.
            OverlayError: Its theme cannot, likewise.
        """
        seen, session = _fingerprint(self.file), _read(self.file)
        self._refuse_another(session)
        self._seen, self._saved = seen, session
        self.change("Load the file", session)
        self._keep()

    def recover(self) -> None:
        """Take what an earlier run left unsaved."""
        if self.recovered is not None:
            recovered, self.recovered = self.recovered, None
            self.change("Recover unsaved changes", recovered)

    def forget(self) -> None:
        """Leave what an earlier run left unsaved."""
        self.recovered = None
        self._keep()

    def _refuse_another(self, session: Session) -> None:
        """Make sure that a session differs in nothing that the page looked at once, when it began."""
        if _changed_like(self.session, session) != session:
            others = [word for word in ("clip", "race", "camera") if getattr(session, word) != getattr(self.session, word)]
            raise SessionError(
                f"{self.file.name} has another {' and '.join(others)} now, which takes a new start: end `slipstream tune`, run it "
                "again, and what is unsaved here is offered there"
            )

    def _step(self, source: list[tuple[str, Session]], target: list[tuple[str, Session]]) -> str | None:
        if not source:
            return None
        what, session = source.pop()
        target.append((what, self.session))
        self._last = ("", 0.0)
        self._move(session)
        return what

    def _move(self, session: Session) -> None:
        self.session = session
        self._keep()

    def _keep(self) -> None:
        path = self._workspace.path(JOURNAL)
        if self.is_saved:
            if self.recovered is None:
                path.unlink(missing_ok=True)
            return
        self._workspace.make()
        session_file.write(self.session, path, force=True)

    def _journal(self) -> Session | None:
        path = self._workspace.path(JOURNAL)
        if not path.exists():
            return None
        try:
            left = session_file.read(path)
            left = _changed_like(self.session, left)
            stages.theme(left, folder=self.file.parent)
        except SLIPSTREAM_ERRORS:
            return None
        return None if left == self.session else left


def _changed_like(session: Session, other: Session) -> Session:
    """Return a session with what the page can change as in another one."""
    return replace(session, driver=other.driver, sync=other.sync, overlay=other.overlay, track=other.track)


def _read(file: Path) -> Session:
    """Return the session that a file holds, which has a look that can be shown."""
    session = session_file.read(file)
    stages.theme(session, folder=file.parent)
    return session


def _fingerprint(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
