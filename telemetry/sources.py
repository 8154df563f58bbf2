"""Where a race session comes from: a recording, FastF1, or OpenF1; one shape out."""

from collections.abc import Callable
from pathlib import Path

from telemetry import race as fastf1
from telemetry.errors import NotAvailableError
from telemetry.race_record import RaceRecord
from telemetry.race_session import RaceSession


def load(race: RaceSession, *, kept: Path, on_progress: Callable[[int, int], None] | None = None) -> RaceRecord:
    """Return everything read of a race session, from the source it names.

    Args:
        race: What is wanted; "auto" asks FastF1, whose cache may have it, and OpenF1 where FastF1 has nothing.
        kept: Folder in which what was fetched waits until all of it is there.
        on_progress: Told (requests done, in total) where the source has many.

    Raises:
        TelemetryError: There is no such race session, or no source has it.
    """
    if race.recording is not None:
        return fastf1.load(race)
    from telemetry import openf1  # what it talks to the network with takes long to load, for who does not

    if race.source == "openf1":
        return openf1.load(race, kept=kept, on_progress=on_progress)
    try:
        return fastf1.load(race)
    except NotAvailableError as missing:
        if race.source != "auto" or race.year < openf1.FIRST_YEAR:
            raise
        try:
            return openf1.load(race, kept=kept, on_progress=on_progress)
        except NotAvailableError as also:
            raise NotAvailableError(f"{missing}; and {also}") from also
