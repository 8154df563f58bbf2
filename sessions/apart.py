"""Calls in an interpreter of their own: the memory that one takes goes with it, and it can be stopped at any instant."""

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Generic, TypeVar

from sessions.errors import SLIPSTREAM_ERRORS

T = TypeVar("T")

LOOK_S = 0.1  # how often it is asked whether to go on


class BrokeOff(Exception):  # noqa: N818  (a signal to the caller, who knows what to say or do; never an error anyone sees)
    """The interpreter ended without an answer: the system killed it, or it met a defect of ours, which it has shown."""


class Call(Generic[T]):
    """A call that goes on elsewhere from the moment it is made; a context manager, and what is not answered at its end is stopped."""

    def __init__(self, work: Callable[..., T], *arguments: object) -> None:
        """Begin it.

        Args:
            work: A function of a module; it, and what it takes and returns, can be pickled.
            *arguments: What it takes.
        """
        # A new interpreter, not a fork: this one may have threads, whose locks a fork would leave locked for ever.
        context = multiprocessing.get_context("spawn")
        self._answer, door = context.Pipe(duplex=False)
        self._process = context.Process(target=_answer, args=(door, work, arguments), name=work.__name__, daemon=True)
        self._process.start()
        door.close()

    def __enter__(self) -> "Call[T]":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        self._process.join()
        self._answer.close()

    def answer(self, go_on: Callable[[], None] = lambda: None) -> T:
        """Wait for what the function returns; once.

        Args:
            go_on: Called again and again while there is no answer.

        Raises:
            BrokeOff: No answer came. Likewise all of our own errors that the function raises.
        """
        try:
            while not self._answer.poll(LOOK_S):
                go_on()
            result, error = self._answer.recv()
        except EOFError as broke_off:
            raise BrokeOff from broke_off
        if error is not None:
            raise error
        told: T = result
        return told


def _answer(door: Connection, work: Callable[..., T], arguments: tuple[object, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in the terminal is for the caller, who ends this one
    try:
        door.send((work(*arguments), None))
    except SLIPSTREAM_ERRORS as error:
        door.send((None, error))
