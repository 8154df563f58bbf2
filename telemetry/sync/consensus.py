"""Judges what the witnesses say: locked, place sure but lap unsure, or refused; never a silent guess."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from telemetry.alignment import Alignment
from telemetry.circuit import Circuit, survey
from telemetry.lag import car_data_lag_s
from telemetry.race_record import RaceRecord, Trace
from telemetry.sync import engine_sound
from telemetry.sync.engine_sound import GRID_S, Path, RpmMap
from telemetry.sync.sound import Sound

Floats = npt.NDArray[np.float64]

# Thresholds; how they were found stands in tests/benchmarks/sync_calibration.py, with its figures.
LEAST_GAP = 1.5  # deviations between the best offset and the best one elsewhere
LEAST_AGREEMENT_S = 0.12  # between what the two halves of a clip say by themselves
LEAST_HEIGHT = 5.0  # deviations above the middle: below it nothing stands out
SHORTEST_S = 4.0  # a shorter clip fits too many places
APART_S = 1.0  # nearer offsets are the same moment
SAME_PLACE_M = 90.0  # two offsets this near on the circuit show the same corner
MOST_CANDIDATES = 8
OTHER_RATES = (25 / 24, 24 / 25)  # film and PAL speed-up; a thousandth is found by the drift
PIECE_S = 4.0
PIECE_STEP_S = 2.0
DRIFT_FROM_S = 20.0  # shorter clips do not show a drift above their own error
DRIFT_REACH = 0.012  # ±1 % and a little


class State(StrEnum):
    """How sure the sync is."""

    LOCKED = "locked"
    LAP_UNSURE = "lap_unsure"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place where the clip may lie: the driver, the session time at video time 0, the lap then, and how likely it looks."""

    driver: str
    offset_s: float
    lap: int | None
    height: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the sync found.

    Attributes:
        state: How sure it is.
        driver: Whose onboard it is, None where that is unsure.
        alignment: Where the clip lies, None unless locked.
        candidates: Places that fit, the best first.
        gap: Deviations between the best place and the runner-up.
        agreement_s: Between the halves of the clip, None where there was nothing to compare.
        reason: In one sentence, for a person.
    """

    state: State
    driver: str | None
    alignment: Alignment | None
    candidates: tuple[Candidate, ...]
    gap: float
    agreement_s: float | None
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """The sound's map and every car's path, ready to be laid over each other."""

    chart: RpmMap
    white: npt.NDArray[np.float32]
    paths: Mapping[str, Path]
    start_video_s: float
    circuit: Circuit | None


def find(record: RaceRecord, sound: Sound | None, *, driver: str | None, duration_s: float) -> Verdict:
    """Return where a clip lies on its race session, from its engine sound.

    Args:
        record: The race session.
        sound: The clip's sound at 16 kHz, None where it has none.
        driver: TLA of the own car's driver; None tries all.
        duration_s: Length of the clip.
    """
    if sound is None:
        return _refused("the clip has no sound; set [sync] offset_s or an anchor by hand")
    if duration_s < SHORTEST_S or sound.duration_s < SHORTEST_S:
        return _refused(
            f"the clip's {duration_s:.1f} s are too short to be told from others; use {SHORTEST_S:.0f} s or more, or an anchor"
        )
    white = engine_sound.spectrum(sound)
    if white is None:
        return _refused("the clip's sound is silent; set [sync] offset_s or an anchor by hand")
    circuit = survey(record)
    lag_s = car_data_lag_s(record, circuit)
    drivers = [driver] if driver is not None else list(record.traces)
    paths = {tla: engine_sound.path(record.traces[tla], lag_s) for tla in drivers}
    chart = engine_sound.rpm_map(white, sound.start_video_s, engine_sound.order_weights())
    hearing = Hearing(chart, white, paths, sound.start_video_s, circuit)
    best = _judge(hearing, record, 1.0)
    for rate in OTHER_RATES:
        if best.state is not State.LOCKED:
            verdict = _judge(hearing, record, rate)
            best = verdict if verdict.state is State.LOCKED else best
    return best


def _refused(reason: str, *, candidates: tuple[Candidate, ...] = (), gap: float = 0.0) -> Verdict:
    return Verdict(State.REFUSED, None, None, candidates, gap, None, reason)


def _judge(hearing: Hearing, record: RaceRecord, rate: float) -> Verdict:
    curves = {tla: engine_sound.score(hearing.chart, route, rate=rate) for tla, route in hearing.paths.items()}
    middle, deviation = engine_sound.spread([curve for _, curve in curves.values()])
    tops = [
        (float((curve[place] - middle) / deviation), tla, first_s + place * GRID_S)
        for tla, (first_s, curve) in curves.items()
        for place in engine_sound.peaks(curve, apart_s=APART_S, most=MOST_CANDIDATES)
    ]
    if not tops:
        return _refused("the clip is longer than the race session, or the session has no car data where it could lie")
    tops.sort(reverse=True)
    # What the engine itself sounds like, learnt along the best path, parts the best places better; each is judged by the same ears.
    relearnt = _relearn(hearing, tops, rate)
    candidates = tuple(
        Candidate(tla, offset_s, lap_at(record, tla, offset_s), height) for height, tla, offset_s in relearnt[:MOST_CANDIDATES]
    )
    first = candidates[0]
    rest = [entry for entry in candidates[1:] if entry.driver != first.driver or abs(entry.offset_s - first.offset_s) > APART_S]
    gap = first.height - rest[0].height if rest else first.height
    route = hearing.paths[first.driver]
    offset_s, _ = engine_sound.refine(hearing.chart, route, first.offset_s, rate=rate)
    first = replace(first, offset_s=offset_s)
    candidates = (first, *candidates[1:])
    agreement_s = _agreement_s(hearing.chart, route, offset_s, rate)
    if first.height < LEAST_HEIGHT:
        return _refused(
            "no engine is heard that fits the telemetry; is it this race session, and a clip with engine sound?", gap=gap
        )
    if agreement_s > LEAST_AGREEMENT_S:
        return _refused(
            f"the parts of the clip disagree by {agreement_s:.2f} s; it may be cut, in slow motion, or of another session",
            candidates=candidates,
            gap=gap,
        )
    if gap >= LEAST_GAP:
        alignment = _aligned(hearing.chart, route, offset_s, rate, agreement_s, gap)
        return Verdict(State.LOCKED, first.driver, alignment, candidates, gap, agreement_s, "")
    near = [entry for entry in candidates if first.height - entry.height < LEAST_GAP]
    if all(entry.driver == first.driver for entry in near) and _same_place(record, hearing.circuit, near):
        reason = f"the place is sure, the lap is not: {len(near)} laps fit; add one as an anchor"
        return Verdict(State.LAP_UNSURE, first.driver, None, tuple(near), gap, agreement_s, reason)
    return _refused(
        "several moments fit about equally well; give the driver, a longer clip, or an anchor", candidates=candidates, gap=gap
    )


def _relearn(hearing: Hearing, tops: list[tuple[float, str, float]], rate: float) -> list[tuple[float, str, float]]:
    """Return the tops with heights from a map that knows this engine's orders, best first."""
    _, tla, offset_s = tops[0]
    weights = engine_sound.learnt_weights(hearing.white, hearing.start_video_s, hearing.paths[tla], offset_s, rate=rate)
    chart = engine_sound.rpm_map(hearing.white, hearing.start_video_s, weights)
    curves = {name: engine_sound.score(chart, route, rate=rate) for name, route in hearing.paths.items()}
    middle, deviation = engine_sound.spread([curve for _, curve in curves.values()])
    again = [
        (float((curve[place] - middle) / deviation), name, first_s + place * GRID_S)
        for name, (first_s, curve) in curves.items()
        for place in engine_sound.peaks(curve, apart_s=APART_S, most=MOST_CANDIDATES)
    ]
    again.sort(reverse=True)
    same = again[0][1] == tla and abs(again[0][2] - offset_s) < APART_S
    # Ears tuned to one path must not talk us into another: then what was heard with untuned ones stands.
    return again if same else tops


def _agreement_s(chart: RpmMap, route: Path, offset_s: float, rate: float) -> float:
    """Return how far the halves of a clip disagree when each looks for itself around the common offset."""
    end_s = chart.start_s + len(chart.likeness) * chart.hop_s
    middle_s = (chart.start_s + end_s) / 2
    first, _ = engine_sound.refine(chart.part(chart.start_s, middle_s), route, offset_s, rate=rate, reach_s=1.0)
    second, _ = engine_sound.refine(chart.part(middle_s, end_s), route, offset_s, rate=rate, reach_s=1.0)
    return abs(first - second)


def _aligned(chart: RpmMap, route: Path, offset_s: float, rate: float, agreement_s: float, gap: float) -> Alignment:
    drift_ppm = (rate - 1) * 1e6
    clip_s = len(chart.likeness) * chart.hop_s
    residual_s = agreement_s / 2
    if clip_s >= DRIFT_FROM_S:
        offset_s, rate, residual_s = _line(chart, route, offset_s, rate)
        drift_ppm = (rate - 1) * 1e6
    confidence = float(np.clip(1 - np.exp(-gap), 0, 1)) * float(np.clip(1 - agreement_s / LEAST_AGREEMENT_S * 0.3, 0, 1))
    return Alignment.constant(
        offset_s, drift_ppm=drift_ppm, confidence=confidence, residual_s=residual_s, methods=("engine_sound",)
    )


def _line(chart: RpmMap, route: Path, offset_s: float, rate: float) -> tuple[float, float, float]:
    """Return offset, rate and residual of a line through the offsets that pieces of the clip find by themselves.

    A drift counts only where it is larger than three times its own standard error, for most clips have none.
    """
    end_s = chart.start_s + len(chart.likeness) * chart.hop_s
    starts = np.arange(chart.start_s, end_s - PIECE_S, PIECE_STEP_S)
    middles = starts + PIECE_S / 2
    found = np.array(
        [engine_sound.refine(chart.part(start, start + PIECE_S), route, offset_s, rate=rate, reach_s=0.5)[0] for start in starts]
    )
    near = np.abs(found - np.median(found)) < max(3 * 1.4826 * float(np.median(np.abs(found - np.median(found)))), 0.05)
    residual_s = float(np.std(found[near]) / np.sqrt(max(near.sum() / 2, 1)))
    if near.sum() < 5:
        return offset_s, rate, residual_s
    (slope, level), covariance = np.polyfit(middles[near], found[near], 1, cov=True)
    if abs(slope) < 3 * np.sqrt(covariance[0, 0]) or abs(slope) > DRIFT_REACH or abs(slope) * (end_s - chart.start_s) < 0.03:
        return offset_s, rate, residual_s
    return float(level), rate + float(slope), residual_s


def lap_at(record: RaceRecord, driver: str, session_time_s: float) -> int | None:
    """Return the lap that a driver is on at a session time, None before the first."""
    laps = [lap for lap in record.laps.get(driver, ()) if lap.start_s is not None and lap.start_s <= session_time_s]
    return laps[-1].number if laps else None


def _same_place(record: RaceRecord, circuit: Circuit | None, candidates: list[Candidate]) -> bool:
    """Return whether all candidates begin at one place of the circuit, on different laps."""
    if circuit is None:
        return False
    places = np.array([_place_m(record.traces[entry.driver], circuit, entry.offset_s) for entry in candidates])
    apart = np.abs((places - places[0] + circuit.length_m / 2) % circuit.length_m - circuit.length_m / 2)
    return bool((apart < SAME_PLACE_M).all())


def _place_m(trace: Trace, circuit: Circuit, session_time_s: float) -> float:
    known = np.isfinite(trace.x_m)
    x = np.interp([session_time_s], trace.position_time_s[known], trace.x_m[known])
    y = np.interp([session_time_s], trace.position_time_s[known], trace.y_m[known])
    return float(circuit.project(x, y)[0][0])
