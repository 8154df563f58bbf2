"""Which followed car is which driver: by order on the road, by how large a car at that distance must look, and by its paint."""

import math
from dataclasses import dataclass, field

from overlay.contradictions import Contradictions
from overlay.witness import ColourWitness
from segmentation.track import SteadyBox, SteadyFrame
from telemetry.sample import CarInSight, Sample

CAR_WIDTH_M = 2.0  # FIA Formula 1 Technical Regulations: widest 2.0 m (1.9 m from 2026)
FOCAL_SHARE = 0.5  # of the picture's width; onboard lenses see about 90° across, and the clip itself corrects this
CAMERA_BEHIND_M = 2.1  # from the timed point of the own car forward to where the rear of the car ahead is measured from
NEAREST_M = 2.0
UNLIKELY = 0.75  # |log| of seen against expected width beyond which a car is another: a factor of two
SKIP_CAR = 0.35  # a car ahead may be hidden behind another or over a crest …
SKIP_TRACK = 0.9  # … but a followed car that is nobody is a rarer thing
TELLABLE = (
    0.018  # of the picture's width: a narrower car behind the first is as uncertain in its size as the cars of a train differ
)
CLEARLY = 0.2  # by so much |log| less must a car further ahead than the first be alike than another that it could be
EQUALLY_LARGE = 0.87  # widths this near, and their order may be the other way round: boxes are as uncertain
MEMORY_S = 1.0  # how long evidence for a driver counts
LEARNING = 0.02  # share of each frame in the lens's learnt factor
LENS_RANGE = (0.5, 2.0)  # the learnt factor stays in here: no onboard lens is wider or longer
VISIBLE_S = 3.0  # a car further ahead in time is not tagged
NEAR_M = 45.0  # a car that looks no further away than this, and is not in the timing, contradicts it
SURE_M = 20.0  # a car this near in the timing, where the picture shows none, contradicts that
PAINT = 0.25  # of the cost of a pairing: how much its paint may speak for or against it …
USUAL = 0.3  # … compared with what is usual, for liveries have more colours than the team's


@dataclass(frozen=True, slots=True)
class Cast:
    """A followed car and the driver in it."""

    box: SteadyBox
    car: CarInSight


Pair = tuple[SteadyBox, CarInSight, float]  # and |log| of seen against expected width


@dataclass(slots=True)
class Caster:
    """Gives names to tracks, frame after frame, and remembers what spoke for whom.

    `paint` is what the cars' colours say, None where nobody looks at them.
    """

    camera: str
    picture_width_px: float
    paint: ColourWitness | None = None
    contradictions: Contradictions = field(default_factory=Contradictions)
    _lens: float = 1.0
    _evidence: dict[int, dict[str, float]] = field(default_factory=dict)
    _before_s: float = -math.inf

    @property
    def warnings(self) -> list[str]:
        """Contradictions between picture and timing so far, each with the video time at which it began."""
        return self.contradictions.warnings

    def cast(self, frame: SteadyFrame, sample: Sample) -> tuple[Cast, ...]:
        """Return who is in each followed car of a frame that can be told, the nearest on the road first."""
        cars = [car for car in (sample.ahead if self.camera == "front" else sample.behind) if _visible(car)]
        pairs = self._match(frame.boxes, cars)
        self._weigh(frame, pairs, cars)
        named: list[Cast] = []
        for box in frame.boxes:
            driver = self._driver(box.track_id)
            car = next((car for car in cars if car.car.driver == driver), None)
            if car is None or any(other.car.car.driver == driver for other in named):
                continue
            # What is contradicted is not tagged over.
            if not self._painted_otherwise(box, car, cars, frame.video_time_s):
                named.append(Cast(box, car))
        self._watch(frame, cars, pairs)
        # By the timing, not by size: of two cars abreast either may look larger from one frame to the next.
        return tuple(sorted(named, key=lambda cast: cast.car.gap_m.value or 0.0))

    def expected_width_px(self, gap_m: float) -> float:
        """Return how wide a car at a distance must look: f · W / d (pinhole camera)."""
        return self._lens * FOCAL_SHARE * self.picture_width_px * CAR_WIDTH_M / max(gap_m - CAMERA_BEHIND_M, NEAREST_M)

    def _match(self, boxes: tuple[SteadyBox, ...], cars: list[CarInSight]) -> list[Pair]:
        """Return the cheapest pairing that keeps the order: nearer cars look larger. Of cars equally large, paint knows the order."""
        order = sorted(boxes, key=lambda box: -_width(box))
        order = [box for at, box in enumerate(order) if at == 0 or _width(box) >= TELLABLE * self.picture_width_px]
        orders = [order]
        if self.paint is not None:
            near = [at for at in range(len(order) - 1) if _width(order[at + 1]) > EQUALLY_LARGE * _width(order[at])]
            orders += [[*order[:at], order[at + 1], order[at], *order[at + 2 :]] for at in near]
        return min((self._paired(order, cars) for order in orders), key=lambda found: found[0])[1]

    def _paired(self, order: list[SteadyBox], cars: list[CarInSight]) -> tuple[float, list[Pair]]:
        """Return what the cheapest pairing of boxes and cars in their orders costs, and its pairs; by dynamic programming."""
        best: dict[tuple[int, int], tuple[float, tuple[tuple[int, int, float], ...]]] = {}

        def cheapest(i: int, j: int) -> tuple[float, tuple[tuple[int, int, float], ...]]:
            if i == len(order) or j == len(cars):
                return (len(order) - i) * SKIP_TRACK, ()
            if (i, j) in best:
                return best[i, j]
            skip_track, skip_car = cheapest(i + 1, j), cheapest(i, j + 1)
            options = [(skip_track[0] + SKIP_TRACK, skip_track[1]), (skip_car[0] + SKIP_CAR, skip_car[1])]
            unlike = abs(math.log(max(_width(order[i]), 1.0) / self.expected_width_px(cars[j].gap_m.value or 1.0)))
            if unlike < UNLIKELY:
                rest = cheapest(i + 1, j + 1)
                options.append((rest[0] + unlike + self._paint(order[i], cars[j]), ((i, j, unlike), *rest[1])))
            best[i, j] = min(options, key=lambda option: option[0])
            return best[i, j]

        cost, pairs = cheapest(0, 0)
        return cost, [(order[i], cars[j], unlike) for i, j, unlike in pairs]

    def _could_be_another(self, box: SteadyBox, unlike: float, cars: list[CarInSight], pairs: list[Pair]) -> bool:
        """Return whether a car that is paired with no box would do nearly as well: in a train, the hidden ones cannot be told."""
        taken = {car.car.driver for _, car, _ in pairs}
        free = [car.gap_m.value or 1.0 for car in cars if car.car.driver not in taken]
        return any(abs(math.log(max(_width(box), 1.0) / self.expected_width_px(gap_m))) < unlike + CLEARLY for gap_m in free)

    def _weigh(self, frame: SteadyFrame, pairs: list[Pair], cars: list[CarInSight]) -> None:
        fade = math.exp(-max(frame.video_time_s - self._before_s, 0.0) / MEMORY_S)
        self._before_s = frame.video_time_s
        if frame.cut:
            self._evidence.clear()
        for evidence in self._evidence.values():
            for driver in evidence:
                evidence[driver] *= fade
        for number, (box, car, unlike) in enumerate(pairs):
            if number > 0 and self._could_be_another(box, unlike, cars, pairs):
                continue
            evidence = self._evidence.setdefault(box.track_id, {})
            evidence[car.car.driver] = evidence.get(car.car.driver, 0.0) + 1.0 - unlike / UNLIKELY * 0.5
            if number == 0 and box.observed and car.gap_m.value is not None:
                self._learn(box, car.gap_m.value)
        seen = {box.track_id for box in frame.boxes}
        self._evidence = {track: evidence for track, evidence in self._evidence.items() if track in seen}

    def _learn(self, box: SteadyBox, gap_m: float) -> None:
        ratio = _width(box) / self.expected_width_px(gap_m)
        low, high = LENS_RANGE
        self._lens = min(max(self._lens * ratio**LEARNING, low), high)

    def _driver(self, track_id: int) -> str | None:
        evidence = self._evidence.get(track_id)
        if not evidence:
            return None
        driver = max(evidence, key=lambda name: evidence[name])
        return driver if evidence[driver] > 0.5 * sum(evidence.values()) else None

    def _paint(self, box: SteadyBox, car: CarInSight) -> float:
        """Return what a car's paint adds to the cost of a pairing; less than nothing where it speaks for it."""
        share = self.paint.share(box.track_id, car.car.driver) if self.paint else None
        return 0.0 if share is None else PAINT * (USUAL - share)

    def _painted_otherwise(self, box: SteadyBox, car: CarInSight, cars: list[CarInSight], at_s: float) -> bool:
        """Return whether a car has long been seen to be painted as another one in sight is."""
        if self.paint is None:
            return False
        driver = car.car.driver
        others = [other.car.driver for other in cars if other.car.driver != driver]
        rival = self.paint.contradicts(box.track_id, driver, others)
        words = None if rival is None else f"the car that must be {driver}'s by place and size is painted as {rival}'s"
        return self.contradictions.note(f"paint of {driver}", words, at_s)

    def _watch(self, frame: SteadyFrame, cars: list[CarInSight], pairs: list[Pair]) -> None:
        """Note where the picture shows what the timing does not know, and the other way round."""
        if frame.cut:
            self.contradictions.forget()
        unknown = self._unknown(frame.boxes[0], cars) if frame.boxes and not pairs else None
        self.contradictions.note("unknown car", unknown, frame.video_time_s)
        nearest = cars[0] if cars else None
        unseen = None
        if nearest is not None and not frame.boxes and (nearest.gap_m.value or math.inf) < SURE_M:
            unseen = f"the timing has {nearest.car.driver} {nearest.gap_m.value:.0f} m away, but the picture shows no car"
        self.contradictions.note("unseen car", unseen, frame.video_time_s)

    def _unknown(self, box: SteadyBox, cars: list[CarInSight]) -> str | None:
        """Return what to say of the nearest car, which is nobody: how far away it looks, and what the timing has in its place."""
        looks_m = self._lens * FOCAL_SHARE * self.picture_width_px * CAR_WIDTH_M / max(_width(box), 1.0) + CAMERA_BEHIND_M
        if looks_m > NEAR_M:
            return None
        if not cars:
            return f"the picture shows a car some {looks_m:.0f} m away, but the timing has none in sight"
        return (
            f"the picture shows a car some {looks_m:.0f} m away, but the nearest in the timing, {cars[0].car.driver}, "
            f"is {cars[0].gap_m.value or 0:.0f} m away"
        )


def _width(box: SteadyBox) -> float:
    return box.xyxy[2] - box.xyxy[0]


def _visible(car: CarInSight) -> bool:
    return car.gap_m.value is not None and (car.gap_s.value is None or car.gap_s.value <= VISIBLE_S)
