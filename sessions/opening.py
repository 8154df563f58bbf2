"""Opens what every job begins with, its clip and its race session; who only lines them up need not load all that draws."""

from collections.abc import Callable

from overlay.clip import Clip
from sessions.session import Session
from telemetry import store
from telemetry.race_record import RaceRecord
from telemetry.race_session import RaceSession
from telemetry.timeline import require_driver


def require_clip(session: Session) -> None:
    """Make sure that the clip can be opened, before anything slower begins.

    Raises:
        OverlayError: It cannot.
    """
    with Clip(session.clip):
        pass


def load_record(session: Session, *, read: Callable[[RaceSession], RaceRecord] = store.load) -> RaceRecord:
    """Return the session's race session, with its driver in it.

    Args:
        session: The job.
        read: Where race sessions come from.

    Raises:
        TelemetryError: It cannot be had, or the driver is not in it; those there are named.
    """
    record = read(session.race)
    if session.driver is not None:
        require_driver(record, session.driver)
    return record
