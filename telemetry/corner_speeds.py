"""How slow each car was in each corner, and who was slower."""

from collections.abc import Mapping

import numpy as np

from telemetry.corners import Corner
from telemetry.progress import Progress
from telemetry.sample import CornerSpeeds
from telemetry.series import Series

STEP_S = 0.05  # of the look for the lowest speed
LONGEST_S = 30.0  # in one corner; who takes longer stands


class CornerBook:
    """Every car's lowest speed in every corner of every lap, looked up when asked for."""

    def __init__(self, corners: tuple[Corner, ...], length_m: float, cars: Mapping[str, Progress], speeds: Mapping[str, Series]):
        self.corners = corners
        self._length_m, self._cars, self._speeds = length_m, cars, speeds
        self._known: dict[tuple[str, int, int], float | None] = {}

    def last(self, own: str, other: str, session_time_s: float) -> CornerSpeeds | None:
        """Return two cars' lowest speeds in the last corner that both have left, None where one was not seen in it."""
        own_m, other_m = self._cars[own].at(session_time_s), self._cars[other].at(session_time_s)
        if own_m is None or other_m is None or not self.corners:
            return None
        apart_m = self._length_m * round((other_m - own_m) / self._length_m)
        lap, place_m = divmod(min(own_m, other_m - apart_m), self._length_m)
        number = sum(corner.after_m <= place_m for corner in self.corners) - 1
        if number < 0:
            number, lap = len(self.corners) - 1, lap - 1
        own_kmh = self._lowest(own, lap * self._length_m, number)
        other_kmh = self._lowest(other, lap * self._length_m + apart_m, number)
        if own_kmh is None or other_kmh is None:
            return None
        return CornerSpeeds(self.corners[number].label, own_kmh, other_kmh)

    def _lowest(self, tla: str, lap_start_m: float, number: int) -> float | None:
        key = (tla, round(lap_start_m), number)
        if key not in self._known:
            self._known[key] = self._look(tla, lap_start_m, number)
        return self._known[key]

    def _look(self, tla: str, lap_start_m: float, number: int) -> float | None:
        corner = self.corners[number]
        edges_m = lap_start_m + np.array([corner.before_m, corner.after_m])
        from_s, to_s = self._cars[tla].passed_times_s(edges_m).tolist()
        if not 0 < to_s - from_s < LONGEST_S:  # NaN too
            return None
        readings = (self._speeds[tla].at(time_s).value for time_s in np.arange(from_s, to_s, STEP_S).tolist())
        return min((value for value in readings if value is not None), default=None)
