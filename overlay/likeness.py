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
COVERS = 0.15  # of a car's width under a nearer one: less hides nothing of its height
HIDDEN = 0.5  # of what it costs to look too small, where a nearer car hides a part
CHANGED = 0.15  # a size so far from what was remembered: the track has come to be on another car …
RELEARNT = 0.3  # … and from the second such look on, each counts as much
MOST = 1.5  # no single look costs more

PaintShare = Callable[[int, str], float | None]  # of a track's number and a TLA


@dataclass(slots=True)
class Unlike:
    """Means over the last moments: of the size alone, and of all that was seen, both in |log| of size."""

    size: float
    whole: float

    def towards(self, other: "Unlike", share: float) -> "Unlike":
        """Return the mean with a share of another."""
        return Unlike(self.size + share * (other.size - self.size), self.whole + share * (other.whole - self.whole))


class Likeness:
    """Compares every followed car with every car of the timing: by its height, by where it must be across the picture, by its paint."""

    def __init__(self, lens: Lens, paint: PaintShare | None) -> None:
        self._lens, self._paint = lens, paint
        self._looks: dict[int, int] = {}
        self._means: dict[int, dict[str, Unlike]] = {}
        self._changed: set[int] = set()

    def forget(self) -> None:
        """Begin afresh: a new scene."""
        self._looks.clear()
        self._means.clear()

    def look(
        self, boxes: Sequence[SteadyBox], cars: Sequence[CarInSight], bearings_rad: Sequence[float | None], step_s: float
    ) -> None:
        """Take in a frame, `step_s` after the last; bearings are clockwise from where the camera looks."""
        self._keep({box.track_id for box in boxes})
        changed: set[int] = set()
        share_s = 1 - math.exp(-step_s / MEMORY_S)
        for box in boxes:
            hidden = HIDDEN if any(_hides(other, box) for other in boxes) else 1.0
            number = self._looks[box.track_id] = self._looks.get(box.track_id, 0) + 1
            share = max(1 / number, share_s)
            before = self._means.setdefault(box.track_id, {})
            looks = {}
            for car, bearing_rad in zip(cars, bearings_rad, strict=True):
                size = self._lens.unlike(box, car.gap_m.value or 1.0)
                size = -size * hidden if size < 0 else size
                whole = min(size + self._place(box, car, bearing_rad) + self._painted(box, car), MOST)
                looks[car.car.driver] = Unlike(size, whole)
            if any(driver in before and abs(look.size - before[driver].size) > CHANGED for driver, look in looks.items()):
                share = max(share, RELEARNT) if box.track_id in self._changed else share
                changed.add(box.track_id)
            self._means[box.track_id] = {
                driver: look if (mean := before.get(driver)) is None else mean.towards(look, share)
                for driver, look in looks.items()
            }
        self._changed = changed

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


def _hides(nearer: SteadyBox, box: SteadyBox) -> bool:
    """Return whether a box that reaches further down covers a part of another one."""
    (x1, _, x2, y2), (left, top, right, foot) = box.xyxy, nearer.xyxy
    return foot > y2 and top < y2 and min(x2, right) - max(x1, left) > COVERS * (x2 - x1)
