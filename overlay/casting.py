"""Which followed car is which driver: by how large a car at that distance must look, by its bearing, and by its paint."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from overlay.contradictions import Contradictions
from overlay.lens import Lens, height
from overlay.likeness import Likeness
from overlay.witness import ColourWitness
from segmentation.track import SteadyBox, SteadyFrame
from telemetry.sample import CarInSight, Sample

Floats = npt.NDArray[np.float64]

UNLIKELY = 0.75  # |log| of seen against expected height beyond which a car is another: a factor of two
SKIP_CAR = 0.35  # a car ahead may be hidden behind another or over a crest …
SKIP_TRACK = 0.9  # … but a followed car that is nobody is a rarer thing
CLEARLY = 0.25  # by so much must who is in a car further away than the first be likelier than the next best telling
STILL = 0.2  # … and by so much for a name that stands to stay: a tag that comes and goes is no better than none
KEPT = 0.08  # by so much must another telling be better than the one that stands: names do not flicker
TOLD_S = 0.2  # so long must who is in a car behind the first be told alike before it is named: tags do not hop
TELLABLE = 0.015  # of the picture's width: a narrower car behind the first is too uncertain in its size
NEVER = 1e3
STEP_S = 0.035  # between two castings: cars do not change places faster, and between two looks nothing new is seen
VISIBLE_S = 3.0  # a car further ahead in time is not tagged
NEAR_M = 45.0  # a car that looks no further away than this, and is not in the timing, contradicts it
SURE_M = 20.0  # a car this near in the timing, where the picture shows none, contradicts that


@dataclass(frozen=True, slots=True)
class Cast:
    """A followed car and the driver in it."""

    box: SteadyBox
    car: CarInSight


class Caster:
    """Gives names to tracks, frame after frame, and remembers what spoke for whom.

    All cars of a frame are named together, such that the whole is the likeliest: a car is taken once, a nearer one looks larger, and
    where cars of a train hide each other, the one that is seen is named only when no other telling is nearly as good.
    """

    def __init__(self, camera: str, picture_width_px: float, paint: ColourWitness | None = None) -> None:
        """Begin with nobody named.

        Args:
            camera: "front" or "rear".
            picture_width_px: Width of the pictures that boxes lie in.
            paint: What the cars' colours say, None where nobody looks at them.
        """
        self.camera, self.paint = camera, paint
        self.lens = Lens(picture_width_px)
        self.contradictions = Contradictions()
        self._least_px = TELLABLE * picture_width_px
        self._likeness = Likeness(self.lens, paint.share if paint else None)
        self._names: dict[int, str] = {}
        self._told: dict[int, tuple[str, float]] = {}
        self._matched = False
        self._before_s = -math.inf
        self._known: tuple[set[int], set[str]] = (set(), set())

    @property
    def warnings(self) -> list[str]:
        """Contradictions between picture and timing so far, each with the video time at which it began."""
        return self.contradictions.warnings

    def cast(self, frame: SteadyFrame, sample: Sample) -> tuple[Cast, ...]:
        """Return who is in each followed car of a frame that can be told, the nearest on the road first."""
        cars = [car for car in (sample.ahead if self.camera == "front" else sample.behind) if _visible(car)]
        if frame.cut:
            self.contradictions.forget()
            self._likeness.forget()
            self._names.clear()
            self._told.clear()
        known = ({box.track_id for box in frame.boxes}, {car.car.driver for car in cars})
        step_s = frame.video_time_s - self._before_s
        if frame.cut or known != self._known or not 0 <= step_s < STEP_S:
            self._name(frame, cars, max(step_s, 0.0))
            self._known, self._before_s = known, frame.video_time_s
        driven = {car.car.driver: car for car in cars}
        named = [Cast(box, driven[self._names[box.track_id]]) for box in frame.boxes if box.track_id in self._names]
        # What is contradicted is not tagged over.
        named = [cast for cast in named if not self._painted_otherwise(cast, cars, frame.video_time_s)]
        self._watch(frame, cars)
        # By the timing, not by size: of two cars abreast either may look larger from one frame to the next.
        return tuple(sorted(named, key=lambda cast: cast.car.gap_m.value or 0.0))

    def _name(self, frame: SteadyFrame, cars: list[CarInSight], step_s: float) -> None:
        """Name the cars of a frame anew."""
        first = max(frame.boxes, key=height, default=None)
        boxes = [box for box in frame.boxes if box is first or box.xyxy[2] - box.xyxy[0] >= self._least_px]
        self._likeness.look(boxes, cars, [self._bearing_rad(car) for car in cars], step_s)
        costs = self._costs(boxes, cars)
        least, columns = _cheapest(costs)
        names: dict[int, str] = {}
        told: dict[int, tuple[str, float]] = {}
        self._matched = False
        for row, (box, column) in enumerate(zip(boxes, columns, strict=True)):
            if column >= len(cars):
                continue
            self._matched = True
            if box is first and box.observed:
                self.lens.learn(box, cars[column].gap_m.value or 1.0)
            driver = cars[column].car.driver
            if box is not first:
                stands = self._names.get(box.track_id) == driver
                if _next_best(costs, row, column, len(cars)) - least < (STILL if stands else CLEARLY):
                    continue
                before = self._told.get(box.track_id)
                told[box.track_id] = before if before is not None and before[0] == driver else (driver, frame.video_time_s)
                if not stands and frame.video_time_s - told[box.track_id][1] < TOLD_S:
                    continue
            names[box.track_id] = driver
        self._names, self._told = names, told

    def _costs(self, boxes: list[SteadyBox], cars: list[CarInSight]) -> Floats:
        """Return what it costs that a box, by row, is a car, by column, or nobody: one further column for each box."""
        costs = np.full((len(boxes), len(cars) + len(boxes)), NEVER)
        for row, box in enumerate(boxes):
            costs[row, len(cars) + row] = SKIP_TRACK
            for column, car in enumerate(cars):
                unlike = self._likeness.of(box.track_id, car.car.driver)
                if unlike.size < UNLIKELY:
                    costs[row, column] = unlike.whole - SKIP_CAR
                    if self._names.get(box.track_id) == car.car.driver:
                        costs[row, column] -= KEPT
        return costs

    def _bearing_rad(self, car: CarInSight) -> float | None:
        """Return a car's bearing clockwise from where the camera looks."""
        if car.bearing_rad is None or self.camera == "front":
            return car.bearing_rad
        return math.remainder(car.bearing_rad - math.pi, 2 * math.pi)

    def _painted_otherwise(self, cast: Cast, cars: list[CarInSight], at_s: float) -> bool:
        """Return whether a car has long been seen to be painted as another one in sight is."""
        if self.paint is None:
            return False
        driver = cast.car.car.driver
        others = [other.car.driver for other in cars if other.car.driver != driver]
        rival = self.paint.contradicts(cast.box.track_id, driver, others)
        words = None if rival is None else f"the car that must be {driver}'s by place and size is painted as {rival}'s"
        return self.contradictions.note(f"paint of {driver}", words, at_s)

    def _watch(self, frame: SteadyFrame, cars: list[CarInSight]) -> None:
        """Note where the picture shows what the timing does not know, and the other way round."""
        unknown = self._unknown(frame.boxes[0], cars) if frame.boxes and not self._matched else None
        self.contradictions.note("unknown car", unknown, frame.video_time_s)
        nearest = cars[0] if cars else None
        unseen = None
        if nearest is not None and not frame.boxes and (nearest.gap_m.value or math.inf) < SURE_M:
            unseen = f"the timing has {nearest.car.driver} {nearest.gap_m.value:.0f} m away, but the picture shows no car"
        self.contradictions.note("unseen car", unseen, frame.video_time_s)

    def _unknown(self, box: SteadyBox, cars: list[CarInSight]) -> str | None:
        """Return what to say of the nearest car, which is nobody: how far away it looks, and what the timing has in its place."""
        looks_m = self.lens.looks_m(box)
        if looks_m > NEAR_M:
            return None
        if not cars:
            return f"the picture shows a car some {looks_m:.0f} m away, but the timing has none in sight"
        return (
            f"the picture shows a car some {looks_m:.0f} m away, but the nearest in the timing, {cars[0].car.driver}, "
            f"is {cars[0].gap_m.value or 0:.0f} m away"
        )


def _cheapest(costs: Floats) -> tuple[float, list[int]]:
    """Return what the cheapest telling costs, and the column of each row in it."""
    rows, columns = linear_sum_assignment(costs)
    return float(costs[rows, columns].sum()), columns.tolist()


def _next_best(costs: Floats, row: int, column: int, cars: int) -> float:
    """Return what the cheapest telling costs in which a row is another car than in the best one."""
    others = costs.copy()
    others[row, column] = NEVER
    others[row, cars:] = NEVER
    return _cheapest(others)[0]


def _visible(car: CarInSight) -> bool:
    return car.gap_m.value is not None and (car.gap_s.value is None or car.gap_s.value <= VISIBLE_S)
