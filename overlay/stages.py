"""Threads joined by short queues: a bounded pipeline in which an error anywhere stops everything."""

import queue
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")

ROOM = 2  # items that are made or wait between two threads: enough that neither starves, few enough to keep memory low
_POLL_S = 0.1


class _End:
    """Marks that a stage has made all it will."""


class _Stopped(Exception):  # noqa: N818  (it is a signal between our threads, never an error anyone sees)
    pass


class Line(Generic[T]):
    """A queue from one stage to the next that a stop cuts through.

    Room on it is taken before an item is made: taken when it is handed on, each stage would hold one more, and they are pictures.
    """

    def __init__(self, stop: threading.Event, room: int) -> None:
        self._stop = stop
        self._room = threading.Semaphore(room)
        self._items: queue.SimpleQueue[T | _End] = queue.SimpleQueue()

    def take_room(self) -> None:
        """Take room for an item; waits while the next stage is behind."""
        while not self._stop.is_set():
            if self._room.acquire(timeout=_POLL_S):
                return
        raise _Stopped

    def put(self, item: T | _End) -> None:
        """Hand on an item for which room was taken."""
        self._items.put(item)

    def __iter__(self) -> Iterator[T]:
        while not self._stop.is_set():
            try:
                item = self._items.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if isinstance(item, _End):
                return
            self._room.release()
            yield item
        raise _Stopped


class Stages:
    """A context manager around a pipeline whose last stage runs in the caller's thread.

    An error in a thread stops the others and is raised in the caller's thread in place of the items it waits for.
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "Stages":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def run(self, name: str, items: Callable[[], Iterator[T]], *, room: int = ROOM) -> Line[T]:
        """Start a thread that makes items; return the line on which they come, with room for so many, that in the making included."""
        line: Line[T] = Line(self._stop, room)

        def body() -> None:
            try:
                line.take_room()
                for item in items():
                    line.put(item)
                    line.take_room()
                line.put(_End())
            except _Stopped:
                pass
            except BaseException as error:  # whatever it is, `drain` raises it where the caller can see it
                self._error = error
                self._stop.set()

        thread = threading.Thread(target=body, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
        return line

    def drain(self, line: Line[T]) -> Iterator[T]:
        """Yield what comes on a line until its end; raise what went wrong in any thread."""
        try:
            yield from line
        except _Stopped:
            if self._error is not None:
                raise self._error from None
            raise
