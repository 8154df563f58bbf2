"""Every error that a user can act on, from all packages, and the exit codes they lead to."""

from overlay.errors import OverlayError
from segmentation.errors import SegmentationError
from telemetry.errors import TelemetryError

EXIT_OK = 0
EXIT_USER = 2  # the user can put it right
EXIT_SYNC_REFUSED = 3  # the sync will not guess


class SessionError(Exception):
    """A session file, workspace or output that cannot be used: one line that names it and the remedy."""


class SyncRefusedError(SessionError):
    """The clip could not be lined up with certainty, and nothing is guessed."""


#: segmentation and telemetry stand on the ground and share no parent; together these are Slipstream's errors.
SLIPSTREAM_ERRORS = (SessionError, OverlayError, SegmentationError, TelemetryError)
