"""What can go wrong in telemetry that a user can put right."""


class TelemetryError(Exception):
    """A race session, driver or recording that cannot be used: one line that names it and the remedy."""


class NotAvailableError(TelemetryError):
    """A source does not have a race session, or cannot be reached; another source may."""
