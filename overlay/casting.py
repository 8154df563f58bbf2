"""Which followed car is which driver: by order on the road and by how large a car at that distance must look."""

import math
from dataclasses import dataclass, field

from segmentation.track import SteadyBox, SteadyFrame
from telemetry.sample import CarInSight, Sample

CAR_WIDTH_M = 2.0  # FIA Formula 1 Technical Regulations: widest 2.0 m (1.9 m from 2026)
FOCAL_SHARE = 0.5  # of the picture's width; onboard lenses see about 90° across, and the clip itself corrects this
CAMERA_BEHIND_M = 2.1  # from the timed point of the own car forward to where the rear of the car ahead is measured from
NEAREST_M = 2.0
UNLIKELY = 0.75  # |log| of seen against expected width beyond which a car is another: a factor of two
SKIP_CAR = 0.35  # a car ahead may be hidden behind another or over a crest …
SKIP_TRACK = 0.9  # … but a followed car that is nobody is a rarer thing
MEMORY_S = 1.0  # how long evidence for a driver counts
LEARNING = 0.02  # share of each frame in the lens's learnt factor
LENS_RANGE = (0.5, 2.0)  # the learnt factor stays in here: no onboard lens is wider or longer
VISIBLE_S = 3.0  # a car further ahead in time is not tagged
MISSING_M = 45.0  # a car this near and yet not seen contradicts the picture …
CONTRADICTION_S = 1.5  # … when it stays so this long


@dataclass(frozen=True, slots=True)
class Cast:
    """A followed car and the driver in it."""

    box: SteadyBox
    car: CarInSight


@dataclass(slots=True)
class Caster:
    """Gives names to tracks, frame after frame, and remembers what spoke for whom.

    `warnings` collects contradictions between picture and timing, each with the video time at which it began.
    """

    camera: str
    picture_width_px: float
    warnings: list[str] = field(default_factory=list)
    _lens: float = 1.0
    _evidence: dict[int, dict[str, float]] = field(default_factory=dict)
    _before_s: float = -math.inf
    _alone_since_s: float | None = None
    _warned: bool = False

    def cast(self, frame: SteadyFrame, sample: Sample) -> tuple[Cast, ...]:
        """Return who is in each followed car of a frame that can be told, the largest first."""
        cars = [car for car in (sample.ahead if self.camera == "front" else sample.behind) if _visible(car)]
        pairs = self._match(frame.boxes, cars)
        self._weigh(frame, pairs)
        named: list[Cast] = []
        for box in frame.boxes:
            driver = self._driver(box.track_id)
            car = next((car for car in cars if car.car.driver == driver), None)
            if car is not None and all(other.car.car.driver != driver for other in named):
                named.append(Cast(box, car))
        self._watch(frame, cars)
        return tuple(named)

    def expected_width_px(self, gap_m: float) -> float:
        """Return how wide a car at a distance must look: f · W / d (pinhole camera)."""
        return self._lens * FOCAL_SHARE * self.picture_width_px * CAR_WIDTH_M / max(gap_m - CAMERA_BEHIND_M, NEAREST_M)

    def _match(self, boxes: tuple[SteadyBox, ...], cars: list[CarInSight]) -> list[tuple[SteadyBox, CarInSight, float]]:
        """Return the cheapest pairing that keeps the order: nearer cars look larger. Least cost by dynamic programming."""
        order = sorted(boxes, key=lambda box: -(box.xyxy[2] - box.xyxy[0]))
        best: dict[tuple[int, int], tuple[float, tuple[tuple[int, int, float], ...]]] = {}

        def cheapest(i: int, j: int) -> tuple[float, tuple[tuple[int, int, float], ...]]:
            if i == len(order) or j == len(cars):
                return (len(order) - i) * SKIP_TRACK, ()
            if (i, j) in best:
                return best[i, j]
            skip_track, skip_car = cheapest(i + 1, j), cheapest(i, j + 1)
            options = [(skip_track[0] + SKIP_TRACK, skip_track[1]), (skip_car[0] + SKIP_CAR, skip_car[1])]
            seen = order[i].xyxy[2] - order[i].xyxy[0]
            unlike = abs(math.log(max(seen, 1.0) / self.expected_width_px(cars[j].gap_m.value or 1.0)))
            if unlike < UNLIKELY:
                rest = cheapest(i + 1, j + 1)
                options.append((rest[0] + unlike, ((i, j, unlike), *rest[1])))
            best[i, j] = min(options, key=lambda option: option[0])
            return best[i, j]

        return [(order[i], cars[j], unlike) for i, j, unlike in cheapest(0, 0)[1]]

    def _weigh(self, frame: SteadyFrame, pairs: list[tuple[SteadyBox, CarInSight, float]]) -> None:
        fade = math.exp(-max(frame.video_time_s - self._before_s, 0.0) / MEMORY_S)
        self._before_s = frame.video_time_s
        if frame.cut:
            self._evidence.clear()
        for evidence in self._evidence.values():
            for driver in evidence:
                evidence[driver] *= fade
        for number, (box, car, unlike) in enumerate(pairs):
            evidence = self._evidence.setdefault(box.track_id, {})
            evidence[car.car.driver] = evidence.get(car.car.driver, 0.0) + 1.0 - unlike / UNLIKELY * 0.5
            if number == 0 and box.observed and car.gap_m.value is not None:
                self._learn(box, car.gap_m.value)
        seen = {box.track_id for box in frame.boxes}
        self._evidence = {track: evidence for track, evidence in self._evidence.items() if track in seen}

    def _learn(self, box: SteadyBox, gap_m: float) -> None:
        seen = box.xyxy[2] - box.xyxy[0]
        ratio = seen / self.expected_width_px(gap_m)
        low, high = LENS_RANGE
        self._lens = min(max(self._lens * ratio**LEARNING, low), high)

    def _driver(self, track_id: int) -> str | None:
        evidence = self._evidence.get(track_id)
        if not evidence:
            return None
        driver = max(evidence, key=lambda name: evidence[name])
        return driver if evidence[driver] > 0.5 * sum(evidence.values()) else None

    def _watch(self, frame: SteadyFrame, cars: list[CarInSight]) -> None:
        """Note when the picture shows a near car that the timing does not know."""
        large = frame.boxes and (frame.boxes[0].xyxy[2] - frame.boxes[0].xyxy[0]) > 2 * self.expected_width_px(MISSING_M)
        alone = bool(large) and not any((car.gap_m.value or math.inf) < 2 * MISSING_M for car in cars)
        if not alone:
            self._alone_since_s, self._warned = None, False
        elif self._alone_since_s is None:
            self._alone_since_s = frame.video_time_s
        elif not self._warned and frame.video_time_s - self._alone_since_s > CONTRADICTION_S:
            self._warned = True
            self.warnings.append(
                f"from {self._alone_since_s:.1f} s the picture shows a car close by, but the timing has none near; is the sync right?"
            )


def _visible(car: CarInSight) -> bool:
    return car.gap_m.value is not None and (car.gap_s.value is None or car.gap_s.value <= VISIBLE_S)
