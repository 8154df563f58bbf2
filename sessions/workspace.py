"""What a session has found so far, on disk beside its file, and whether it is still true."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sessions import outputs
from sessions.errors import SessionError


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder of results; each carries the key of what it was made from, and counts only while that key holds.

    Attributes:
        folder: `onboard.slipstream` for `onboard.toml`.
    """

    folder: Path

    @classmethod
    def of(cls, session_file: Path) -> "Workspace":
        """Return the workspace of a session file; its folder is made when something is first written."""
        return cls(session_file.with_suffix(".slipstream"))

    def path(self, name: str) -> Path:
        """Return where a result lies."""
        return self.folder / name

    def read(self, stage: str, key: str) -> Any | None:
        """Return a stage's result, None where there is none that can be read, or it was made from something else, or it is torn."""
        try:
            entry = json.loads(self.path(f"{stage}.json").read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError, UnicodeDecodeError):
            return None
        return entry.get("result") if isinstance(entry, dict) and entry.get("key") == key else None

    def write(self, stage: str, key: str, result: Any) -> None:
        """Keep a stage's result, whole or not at all.

        Raises:
            SessionError: The folder cannot be written.
        """
        self.write_text(f"{stage}.json", json.dumps({"key": key, "result": result}, indent=1))

    def make(self) -> None:
        """Make sure that the folder is there and can be written, before any long work begins.

        Raises:
            SessionError: It cannot be made or written.
        """
        elsewhere = "copy the session to another place"
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            remedy = "move what is in the way" if isinstance(error, FileExistsError) else elsewhere
            raise SessionError(f"cannot write {self.folder}: {error.strerror}; {remedy}") from error
        if not os.access(self.folder, os.W_OK):
            raise SessionError(f"cannot write {self.folder}: no permission in it; {elsewhere}")

    def write_text(self, name: str, text: str) -> None:
        """Keep a file, whole or not at all.

        Raises:
            SessionError: The folder cannot be written.
        """
        self.make()
        outputs.write_text(self.path(name), text)


def key_of(*parts: object) -> str:
    """Return a key that changes when any part does; a path stands for its file's name, size and last change.

    Not for its place: a folder that is moved or copied whole keeps its results.
    """
    words = []
    for part in parts:
        if isinstance(part, Path):
            try:
                stat = part.stat()
                words.append(f"{part.name}:{stat.st_size}:{stat.st_mtime_ns}")
            except OSError:  # who needs it says why
                words.append(f"{part.name}:absent")
        else:
            words.append(repr(part))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]
