"""All witnesses in one curve: by how many nats the clip is likelier at every moment of every car's race session than by chance."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from telemetry.parabola import top_off
from telemetry.race_record import RaceRecord
from telemetry.sync import places, search, thresholds
from telemetry.sync.apparent_size import ApparentSize
from telemetry.sync.ground import Ground
from telemetry.sync.hud import LapBoard, Speedometer, counts_this_race
from telemetry.sync.places import APART_S, Hearing, Place
from telemetry.sync.sights import Sights
from telemetry.sync.turning import Turning
from telemetry.sync.witness import Witness

Floats = npt.NDArray[np.float64]

SOUND = "engine_sound"
STEP_S = 0.2  # of the curve; speeds under braking change by 10 km/h within it, and peaks are refined afterwards
MOST_PLACES = 16  # weighed closely
MOVES_S: Floats = np.linspace(-0.5, 0.5, 21)  # a graphic may lag or lead; the other sights do not see that finely
FINE_S: Floats = np.linspace(-0.4, 0.4, 41)


@dataclass(frozen=True, slots=True, eq=False)
class Fused:
    """How well a clip fits at every offset of one car.

    Attributes:
        driver: TLA.
        rate: Session seconds a video second.
        offset_s: (k,) session times at video time 0, `STEP_S` apart.
        told: (k,) nats of each witness, by its name; of the sound, half its squared deviations.
    """

    driver: str
    rate: float
    offset_s: Floats
    told: Mapping[str, Floats]

    @property
    def total(self) -> Floats:
        """(k,) nats of all witnesses together."""
        return np.asarray(np.sum(list(self.told.values()), axis=0))


@dataclass(frozen=True, slots=True)
class Weighed:
    """A place, its evidence being the sum of what every witness told, in nats by its name."""

    place: Place
    told: Mapping[str, float]


def witnesses(ground: Ground, sights: Sights) -> list[Witness]:
    """Return the witnesses that what was seen gives."""
    record = ground.record
    found: list[Witness] = []
    if sights.speeds:
        found.append(Speedometer(sights.speeds, record.traces, ground.lag_s))
    if sights.laps is not None and counts_this_race(sights.laps, record):
        found.append(LapBoard(sights.laps, record))
    if sights.turning is not None:
        found.append(Turning(sights.turning, record.traces))
    if sights.width is not None and ground.field is not None:
        found.append(ApparentSize(sights.width, ground.field))
    return found


def curves(
    record: RaceRecord, drivers: Sequence[str], seen: Sequence[Witness], duration_s: float, *, rate: float = 1.0
) -> list[Fused]:
    """Return the curve of each driver by what was seen alone.

    Args:
        record: The race session.
        drivers: TLAs to try.
        seen: The witnesses.
        duration_s: Of the clip.
        rate: Session seconds a video second.
    """

    def fused(tla: str) -> Fused:
        times_s = record.traces[tla].session_time_s
        offset_s = np.arange(times_s[0] - duration_s * rate / 2, times_s[-1] - duration_s * rate / 2, STEP_S)
        told: dict[str, Floats] = {}
        for witness in seen:
            told[witness.name] = told.get(witness.name, 0.0) + witness.told(tla, offset_s, rate)
        return Fused(tla, rate, offset_s, told)

    with ThreadPoolExecutor(search.THREADS) as pool:
        return list(pool.map(fused, [tla for tla in drivers if len(record.traces[tla].session_time_s) >= 2]))


def with_sound(fused: Sequence[Fused], what: Hearing | None) -> list[Fused]:
    """Return curves with the clip's sound among the witnesses, None where there is none."""
    if what is None or not fused:
        return list(fused)
    heard = {curve.driver: curve for curve in what.curves(fused[0].rate)}
    middle, deviation = search.spread(list(heard.values()))
    return [
        replace(one, told={SOUND: _pooled(heard[one.driver], middle, deviation, one.offset_s), **one.told})
        if one.driver in heard
        else one
        for one in fused
    ]


def weighed(fused: Sequence[Fused], what: Hearing | None, seen: Sequence[Witness]) -> list[Weighed]:
    """Return the places at the curves' peaks, weighed closely, the likeliest first."""
    tops = sorted(
        (
            (float(curve.total[peak]), curve.driver, float(curve.offset_s[peak]), curve.rate)
            for curve in fused
            for peak in search.peaks(curve.total, reach=round(APART_S / STEP_S), most=MOST_PLACES)
        ),
        reverse=True,
    )
    found = [_weigh(Place(tla, offset_s, rate, 0.0), what, seen) for _, tla, offset_s, rate in tops[:MOST_PLACES]]
    return sorted(found, key=lambda one: -one.place.evidence)


def fine_offset_s(place: Place, seen: Sequence[Witness]) -> float:
    """Return the offset near a place that the sights alone like best, to a few hundredths."""
    offsets_s = place.offset_s + FINE_S
    total = np.sum([witness.told(place.driver, offsets_s, place.rate) for witness in seen], axis=0)
    best = int(np.clip(np.argmax(total), 1, len(offsets_s) - 2))
    return float(offsets_s[best] + top_off(*total[best - 1 : best + 2]) * (FINE_S[1] - FINE_S[0]))


def _pooled(curve: search.Curve, middle: float, deviation: float, offset_s: Floats) -> Floats:
    """Return the highest score around each offset, as nats: a matched filter of unknown gain brings half its squared deviations."""
    out = np.zeros(len(offset_s))
    at = np.rint((curve.first_s + np.arange(len(curve.score)) * curve.step_s - offset_s[0]) / STEP_S).astype(np.intp)
    inside = (at >= 0) & (at < len(offset_s)) & np.isfinite(curve.score)
    height = np.clip((curve.score[inside] - middle) / deviation, 0, None)
    np.maximum.at(out, at[inside], height**2 / 2)
    return out


def _weigh(place: Place, what: Hearing | None, seen: Sequence[Witness]) -> Weighed:
    told: dict[str, float] = {}
    heard = None
    if what is not None and place.driver in what.filled:
        heard = places.refined(what, place, what.ear.start_s, what.ear.end_s, reach_s=float(MOVES_S[-1]))
        told[SOUND] = heard.evidence
    if heard is not None and heard.evidence >= thresholds.LEAST_EVIDENCE:
        place = heard
    elif seen:
        place = Place(place.driver, fine_offset_s(place, seen), place.rate, 0.0)
    for witness in seen:
        nats = float(witness.told(place.driver, place.offset_s + MOVES_S, place.rate).max())
        told[witness.name] = told.get(witness.name, 0.0) + nats
    return Weighed(Place(place.driver, place.offset_s, place.rate, sum(told.values())), told)
