"""Long work beside the page: one of a kind at a time, with progress, an end that is told, and a way to stop it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sessions.errors import SLIPSTREAM_ERRORS

TELL_EVERY_S = 0.2
STOP_S = 10.0  # at most, for all jobs together


class State(StrEnum):
    """How a job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class StoppedError(Exception):
    """Raised inside a job that is to stop; never leaves it."""


@dataclass(slots=True, eq=False)
class Job:
    """One piece of work.

    Attributes:
        name: "track", "look", "sync", "moments", "export" or "proxy".
        words: What it does, for people.
        state: How it stands.
        done: Steps done.
        total: Steps in all, 0 where that is unknown.
        error: Why it failed.
        result: What it made.
    """

    name: str
    words: str
    tell: Callable[[], None]
    state: State = State.RUNNING
    done: int = 0
    total: int = 0
    error: str = ""
    result: Any = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _told_s: float = 0.0

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1; None where that is unknown."""
        return min(self.done / self.total, 1.0) if self.total else None

    @property
    def told(self) -> str:
        """How far it is, in words."""
        return f"{self.words}…" if self.share is None else f"{self.words}… {self.share:.0%}"

    def go_on(self) -> None:
        """Do nothing, as long as it is to go on.

        Raises:
            StoppedError: It is to stop.
        """
        if self._stop.is_set():
            raise StoppedError

    def on_progress(self, done: int, total: int) -> None:
        """Note how far it is.

        Raises:
            StoppedError: It is to stop.
        """
        self.go_on()
        self.done, self.total = done, total
        now_s = time.monotonic()
        if now_s - self._told_s > TELL_EVERY_S:
            self._told_s = now_s
            self.tell()

    def stop(self) -> None:
        """Ask it to stop at its next step."""
        self._stop.set()


class Jobs:
    """The jobs of a page, the last of each kind; `tell` is called from their threads whenever one moves."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._jobs: dict[str, Job] = {}
        self._threads: dict[str, threading.Thread] = {}

    def last(self, name: str) -> Job | None:
        """Return the last job of a kind."""
        return self._jobs.get(name)

    def running(self, name: str) -> bool:
        """Return whether a job of a kind is under way."""
        job = self._jobs.get(name)
        return job is not None and job.state is State.RUNNING

    def start(self, name: str, words: str, work: Callable[[Job], Any], then: Callable[[Job], None]) -> Job:
        """Begin a job, or return the one of its kind that is under way.

        Args:
            name: Its kind.
            words: What it does, for people.
            work: Does it; gets the job, returns the result.
            then: Called in the job's thread when it is done well.
        """
        if self.running(name):
            return self._jobs[name]
        job = self._jobs[name] = Job(name, words, self._tell)

        def body() -> None:
            try:
                job.result = work(job)
                job.state = State.DONE
            except StoppedError:
                job.state = State.STOPPED
            except SLIPSTREAM_ERRORS as error:
                job.state, job.error = State.FAILED, str(error)
            except BaseException as error:  # told to the user and raised to the log: a job's thread has no other reader
                job.state, job.error = State.FAILED, f"this is a defect of ours: {type(error).__name__}: {error}"
                raise
            finally:
                if job.state is State.DONE:
                    then(job)
                self._tell()

        self._threads[name] = threading.Thread(target=body, name=name, daemon=True)
        self._threads[name].start()
        self._tell()
        return job

    def stop_all(self) -> None:
        """Stop all and wait until they are; the server is going down.

        Each removes what it left half done. One that is within native code when the interpreter goes ends the process with an abort.
        """
        for job in self._jobs.values():
            job.stop()
        until_s = time.monotonic() + STOP_S
        for thread in self._threads.values():
            thread.join(max(until_s - time.monotonic(), 0.0))
