"""How unlike each followed car is to each car of the timing, remembered over the last moments: one frame proves little."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from overlay.lens import Lens
from segmentation.track import SteadyBox
from telemetry.sample import CarInSight

MEMORY_S = 0.5  # how long what was seen counts: longer, and cars that change places are named too late
PLACE = 0.3  # what it costs to be as far aside of a car's bearing as may be, in |log| of size
PAINT = 0.25  # how much paint may speak for or against, in |log| of size …
USUAL = 0.3  # … compared with what is usual, for liveries have more colours than the team's
MOST = 1.5  # no single look costs more

PaintShare = Callable[[int, str], float | None]  # of a track's number and a TLA


@dataclass(slots=True)
class Unlike:
    """Means over the last moments: of the size alone, and of all that was seen, both in |log| of size."""

    size: float
    whole: float


class Likeness:
    """Compares every followed car with every car of the timing: by its height, by where it must be across the picture, by its paint."""

    def __init__(self, lens: Lens, paint: PaintShare | None) -> None:
        self._lens, self._paint = lens, paint
        self._looks: dict[int, int] = {}
        self._means: dict[int, dict[str, Unlike]] = {}

    def forget(self) -> None:
        """Begin afresh: a new scene."""
        self._looks.clear()
        self._means.clear()

    def look(
        self, boxes: Sequence[SteadyBox], cars: Sequence[CarInSight], bearings_rad: Sequence[float | None], step_s: float
    ) -> None:
        """Take in a frame, `step_s` after the last; bearings are clockwise from where the camera looks."""
        self._keep({box.track_id for box in boxes})
        share_s = 1 - math.exp(-step_s / MEMORY_S)
        for box in boxes:
            number = self._looks[box.track_id] = self._looks.get(box.track_id, 0) + 1
            share = max(1 / number, share_s)
            before = self._means.setdefault(box.track_id, {})
            now = {}
            for car, bearing_rad in zip(cars, bearings_rad, strict=True):
                size = self._lens.unlike(box, car.gap_m.value or 1.0)
                whole = min(size + self._place(box, car, bearing_rad) + self._painted(box, car), MOST)
                mean = before.get(car.car.driver) or Unlike(size, whole)
                now[car.car.driver] = Unlike(mean.size + share * (size - mean.size), mean.whole + share * (whole - mean.whole))
            self._means[box.track_id] = now

    def of(self, track_id: int, driver: str) -> Unlike:
        """Return how unlike a followed car of the last look is to a car of it."""
        return self._means[track_id][driver]

    def _keep(self, seen: Iterable[int]) -> None:
        self._looks = {track_id: self._looks[track_id] for track_id in seen if track_id in self._looks}
        self._means = {track_id: self._means[track_id] for track_id in self._looks}

    def _place(self, box: SteadyBox, car: CarInSight, bearing_rad: float | None) -> float:
        return 0.0 if bearing_rad is None else PLACE * self._lens.aside(box, car.gap_m.value or 1.0, bearing_rad)

    def _painted(self, box: SteadyBox, car: CarInSight) -> float:
        """Return what a car's paint costs a pairing; less than nothing where it speaks for it."""
        share = self._paint(box.track_id, car.car.driver) if self._paint else None
        return 0.0 if share is None else PAINT * (USUAL - share)
