"""What of the race is worth seeing from the own car, for the strip."""

from sessions.studio.jobs import Job, Jobs
from telemetry import moments
from telemetry.moment import Moment
from telemetry.race_record import RaceRecord


class Highlights:
    """The moments of one race session, found beside the page once they are wanted.

    Attributes:
        found: Those of the own car; empty until they are known.
    """

    def __init__(self, record: RaceRecord, jobs: Jobs) -> None:
        self._record, self._jobs = record, jobs
        self._driver: str | None = None
        self._sought: str | None = None  # whose
        self._wanted = False
        self.found: tuple[Moment, ...] = ()

    def own(self, driver: str | None) -> None:
        """Take note of whose the own car is."""
        self._driver = driver
        if self._wanted:
            self.seek()

    def seek(self) -> None:
        """Find them, now and whenever the own car turns out to be another driver's."""
        driver, self._wanted = self._driver, True
        if driver is None or driver == self._sought or self._jobs.running("moments"):
            return
        self._sought, self.found = driver, ()

        def then(job: Job) -> None:
            self.found = job.result
            self.own(self._driver)  # who may be another one by now

        self._jobs.start("moments", "Looking for moments", lambda _job: tuple(moments.find(self._record, driver=driver)), then)
