"""Threads joined by short queues: a bounded pipeline in which an error anywhere stops everything."""

import queue
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")

WAITING = 2  # items between two threads: enough that neither starves, few enough to keep memory low
_POLL_S = 0.1


class _End:
    """Marks that a stage has made all it will."""


class _Stopped(Exception):  # noqa: N818  (it is a signal between our threads, never an error anyone sees)
    pass


class Line(Generic[T]):
    """A queue from one stage to the next that a stop cuts through."""

    def __init__(self, stop: threading.Event, waiting: int) -> None:
        self._stop = stop
        self._items: queue.Queue[T | _End] = queue.Queue(waiting)

    def put(self, item: T | _End) -> None:
        """Hand an item on; waits while the next stage is behind."""
        while not self._stop.is_set():
            try:
                self._items.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return
        raise _Stopped

    def __iter__(self) -> Iterator[T]:
        while not self._stop.is_set():
            try:
                item = self._items.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if isinstance(item, _End):
                return
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

    def run(self, name: str, items: Callable[[], Iterator[T]], *, waiting: int = WAITING) -> Line[T]:
        """Start a thread that makes items; return the line on which they come, where at most so many of them wait."""
        line: Line[T] = Line(self._stop, waiting)

        def body() -> None:
            try:
                for item in items():
                    line.put(item)
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
