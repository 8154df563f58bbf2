"""Where a clip may lie: the places of a race session that its sound fits best, each with its evidence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from telemetry.race_record import Trace
from telemetry.sync import engine_sound, orders, search
from telemetry.sync.engine_sound import Path, RpmMap
from telemetry.sync.orders import Ear
from telemetry.sync.search import Curve
from telemetry.sync.sound import Sound

Floats = npt.NDArray[np.float64]

APART_S = 1.0  # nearer offsets are the same moment
MOST_PLACES = 48  # heard closely, of each search: of 16 the true lap was once not among them, and another one believed
BETWEEN = 3  # made-up samples a measured one: the sound between two of them counts too
REACH_S = 0.15  # of the grid, the stamps' jitter, and a drift over half a clip
OWN_MOVES_S: Floats = np.linspace(-0.3, 0.3, 11)  # twice that, for it may have been moved that way
OWN_FINE_S: Floats = np.array([-0.03, 0.03])  # and then between two of these


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a race session: whose path, session time at video time 0, session seconds a video second, and nats of evidence."""

    driver: str
    offset_s: float
    rate: float
    evidence: float

    def at(self, video_time_s: float) -> float:
        """Return the session time of a video time."""
        return self.offset_s + self.rate * video_time_s

    def same(self, other: "Place", video_time_s: float) -> bool:
        """Return whether another place is the same car's same moment."""
        return self.driver == other.driver and abs(self.at(video_time_s) - other.at(video_time_s)) <= APART_S


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """A clip's sound and every car's path, ready to be laid over each other.

    Attributes:
        sound: Of the clip.
        ear: Listens to orders.
        chart: Which RPM explains each instant.
        measured: TLA to path as measured, for the search.
        filled: TLA to path with samples between, to listen closely.
        searched: Curves of the whole clip as recorded, once they have been asked for.
    """

    sound: Sound
    ear: Ear
    chart: RpmMap
    measured: Mapping[str, Path]
    filled: Mapping[str, Path]
    searched: list[Curve] = field(default_factory=list, repr=False)

    def curves(self, rate: float = 1.0) -> list[Curve]:
        """Return how well the whole clip fits at every offset of each car; as recorded it is asked for twice, with and without sights."""
        if rate != 1.0:
            return search.curves(self.chart, self.measured, rate=rate, grid_s=search.WIDE_GRID_S)
        if not self.searched:
            self.searched.extend(search.curves(self.chart, self.measured))
        return self.searched

    def of(self, drivers: Iterable[str]) -> "Hearing":
        """Return the same with fewer cars."""
        wanted = set(drivers)
        return replace(
            self,
            measured={tla: route for tla, route in self.measured.items() if tla in wanted},
            filled={tla: route for tla, route in self.filled.items() if tla in wanted},
            searched=[],
        )


def hearing(sound: Sound, traces: Mapping[str, Trace], lag_s: float) -> Hearing | None:
    """Return a clip's sound beside cars' paths, None for silence; `lag_s` is how late car data are stamped."""
    white = engine_sound.spectrum(sound)
    if white is None:
        return None
    return Hearing(
        sound,
        orders.ear(white, sound.start_video_s),
        engine_sound.rpm_map(white, sound.start_video_s, engine_sound.order_weights()),
        {tla: engine_sound.path(trace, lag_s) for tla, trace in traces.items()},
        {tla: engine_sound.path(trace, lag_s, between=BETWEEN) for tla, trace in traces.items()},
    )


def places(what: Hearing, start_s: float, end_s: float, *, rate: float = 1.0) -> list[Place]:
    """Return the places that the clip between two video times fits best, the likeliest first.

    Args:
        what: The clip and the cars that are tried.
        start_s: Video time.
        end_s: Video time.
        rate: Session seconds a video second.
    """
    whole = start_s <= what.ear.start_s and end_s >= what.ear.end_s
    grid_s = search.GRID_S if rate == 1.0 else search.WIDE_GRID_S
    part = what.chart.part(start_s, end_s)
    curves = what.curves(rate) if whole else search.curves(part, what.measured, rate=rate, grid_s=grid_s)
    tops = _tops(curves)
    found = [refined(what, Place(tla, offset_s, rate, 0.0), start_s, end_s) for tla, offset_s in tops]
    return sorted(found, key=lambda place: -place.evidence)


def of_any_engine(what: Hearing, usual: Sequence[Place], start_s: float, end_s: float, *, rate: float = 1.0) -> list[Place]:
    """Return the places of engines that may be loud at other orders than most, the likeliest first; takes thrice as long as `places`.

    Args:
        what: The clip and the cars that are tried.
        usual: What `places` named between the same times; they are tried too.
        start_s: Video time.
        end_s: Video time.
        rate: Session seconds a video second.
    """
    found = list(usual)
    for driver, offset_s in _tops(_by_bands(what, start_s, end_s, rate)):
        if not any(driver == place.driver and abs(offset_s - place.offset_s) <= APART_S for place in usual):
            found.append(refined(what, Place(driver, offset_s, rate, 0.0), start_s, end_s))
    return sorted((_by_own_orders(what, place, start_s, end_s) for place in found), key=lambda place: -place.evidence)


def _by_bands(what: Hearing, start_s: float, end_s: float, rate: float) -> list[Curve]:
    """Return curves that take every band of orders for itself: an engine is loud in one or another, and which is not known.

    The bands' scores are deviations from chance; what rises above it counts by its square, as the likelihood of a level not known does.
    """
    begin_s = what.ear.start_s - engine_sound.WINDOW / 2 / engine_sound.RATE_HZ
    charts = [
        engine_sound.rpm_map(what.ear.white, begin_s, weights).part(start_s, end_s) for weights in engine_sound.band_weights()
    ]
    by_car = search.curves_of(charts, what.measured, rate=rate, grid_s=search.WIDE_GRID_S)
    usual = [search.spread(curves) for curves in zip(*by_car, strict=True)]
    return [replace(curves[0], score=_energy(curves, usual)) for curves in by_car]


def _energy(curves: Sequence[Curve], usual: Sequence[tuple[float, float]]) -> Floats:
    """Return the sum of the curves' squared deviations above the middle, −inf where too little of the clip has telemetry."""
    total = np.zeros(len(curves[0].score))
    for curve, (middle, deviation) in zip(curves, usual, strict=True):
        above = np.maximum((curve.score - middle) / deviation, 0.0)
        total += np.square(above, out=above)
    total[np.isneginf(curves[0].score)] = -np.inf
    return total


def _tops(curves: Sequence[Curve]) -> list[tuple[str, float]]:
    """Return (driver, offset) of the `MOST_PLACES` highest peaks of all curves, the highest first."""
    tops = [
        (float(curve.score[place]), curve.driver, curve.offset_s(place))
        for curve in curves
        for place in search.peaks(curve.score, reach=round(APART_S / curve.step_s), most=MOST_PLACES)
    ]
    return [(tla, offset_s) for _, tla, offset_s in sorted(tops)[: -MOST_PLACES - 1 : -1]]


def refined(what: Hearing, place: Place, start_s: float, end_s: float, *, reach_s: float = REACH_S) -> Place:
    """Return a place moved to where the clip between two video times fits best nearby, with its evidence there."""
    route = near(what.filled[place.driver], place, start_s, end_s)
    part = what.chart.part(start_s, end_s)
    offset_s, _ = engine_sound.refine(part, route, place.offset_s, rate=place.rate, reach_s=reach_s)
    evidence = orders.evidence(orders.heard(what.ear, route, offset_s, rate=place.rate).between(start_s, end_s))
    return Place(place.driver, offset_s, place.rate, evidence)


def _by_own_orders(what: Hearing, place: Place, start_s: float, end_s: float) -> Place:
    """Return a place moved to where it has the most evidence: what most engines' orders name as its time may be another one's."""
    route = near(what.filled[place.driver], place, start_s, end_s)
    best = place
    for moves_s in (OWN_MOVES_S, OWN_FINE_S):
        for offset_s in best.offset_s + moves_s:
            heard = orders.heard(what.ear, route, float(offset_s), rate=place.rate).between(start_s, end_s)
            moved = replace(place, offset_s=float(offset_s), evidence=orders.evidence(heard))
            best = max(best, moved, key=lambda other: other.evidence)
    return best


def near(route: Path, place: Place, start_s: float, end_s: float, margin_s: float = 3.0) -> Path:
    """Return the stretch of a path that a clip between two video times meets at a place."""
    return route.between(place.at(start_s) - margin_s, place.at(end_s) + margin_s)
