"""A race session as clips are laid over it: what is made from all of it takes long, and sound and sights share it."""

from threading import RLock

from telemetry.circuit import Circuit, survey
from telemetry.field import Field, whole_race
from telemetry.lag import car_data_lag_s
from telemetry.race_record import RaceRecord
from telemetry.traffic import Traffic


class Ground:
    """A race session, its circuit, how late its car data are, and who is ahead of whom.

    Each is made when it is first asked for, once, by whichever thread comes first; another one waits for it.
    """

    def __init__(self, record: RaceRecord) -> None:
        self.record = record
        self._circuit: Circuit | None = None
        self._lag_s: float | None = None
        self._field: Field | None = None
        self._locks = RLock(), RLock()  # who is ahead takes long, and the sound does not wait for it

    @property
    def circuit(self) -> Circuit | None:
        """As surveyed; None where too few laps are known."""
        self._survey()
        return self._circuit

    @property
    def lag_s(self) -> float:
        """By how many seconds car-data stamps are late against position stamps."""
        return self._survey()

    @property
    def field(self) -> Field | None:
        """Who is ahead of whom over the whole of the race session, None where its circuit is not known."""
        with self._locks[1]:
            if self._field is None and self.circuit is not None:
                self._field = whole_race(Traffic(self.record, self.circuit, lag_s=self.lag_s))
            return self._field

    def _survey(self) -> float:
        with self._locks[0]:
            if self._lag_s is None:
                self._circuit = survey(self.record)
                self._lag_s = car_data_lag_s(self.record, self._circuit)
            return self._lag_s
