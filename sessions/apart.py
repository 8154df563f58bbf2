"""A call in an interpreter of its own: the memory that it takes goes with it, and it can be stopped at any instant."""

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeVar

from sessions.errors import SLIPSTREAM_ERRORS

T = TypeVar("T")

LOOK_S = 0.1  # how often it is asked whether to go on


class BrokeOff(Exception):  # noqa: N818  (a signal to the caller, who knows what to say or do; never an error anyone sees)
    """The interpreter ended without an answer: the system killed it, or it met a defect of ours, which it has shown."""


def call(work: Callable[..., T], *arguments: object, go_on: Callable[[], None] = lambda: None) -> T:
    """Return what a function of a module returns, called elsewhere.

    Args:
        work: It, and what it takes and returns, can be pickled.
        *arguments: What it takes.
        go_on: Called again and again; what it raises ends the other interpreter.

    Raises:
        BrokeOff: No answer came. Likewise all of our own errors that `work` raises.
    """
    # A new interpreter, not a fork: this one may have threads, whose locks a fork would leave locked for ever.
    context = multiprocessing.get_context("spawn")
    answer, door = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(door, work, arguments), name=work.__name__, daemon=True)
    process.start()
    door.close()
    try:
        while not answer.poll(LOOK_S):
            go_on()
        result, error = answer.recv()
    except EOFError as broke_off:
        raise BrokeOff from broke_off
    finally:
        process.terminate()
        process.join()
        answer.close()
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
