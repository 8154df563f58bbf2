"""Reads a race session while a command still loads what else it needs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sessions import apart
from telemetry import store
from telemetry.race_record import RaceRecord
from telemetry.race_session import RaceSession


@contextmanager
def reading(race: RaceSession) -> Iterator[Callable[[RaceSession], RaceRecord]]:
    """Begin to read a race session, and give what waits for it.

    What is not kept is read in an interpreter of its own: FastF1 takes a second to load, and leaves 100 to 300 MB behind in the one that
    it worked in.

    Raises:
        TelemetryError: It cannot be had; some of it is raised by what waits.
    """
    kept = store.kept(race)
    if kept is not None:
        yield lambda _: kept
        return
    with apart.Call(store.load, race) as call:
        yield lambda _: _answered(call, race)


def _answered(call: apart.Call[RaceRecord], race: RaceSession) -> RaceRecord:
    try:
        return call.answer()
    except apart.BrokeOff:
        return store.load(race)
