"""What may be seen in a clip, made up from a race's telemetry, and how often the sync places it: the figures of `thresholds`.

    python -m tests.benchmarks.sync_sight_trials --race 2024/Monaco/R --recording livetiming.txt --trials 100

Readings are published speeds as a graphic holds them, late by up to a third of a second, some misread or missing. The picture's turning
is the heading's rate through a camera of any view, with shake and a wandering zero. Widths are those of the next car, scattered and now
and then another thing's. Sights of strangers are of the second half of the race while the first is searched.
"""

import argparse
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from telemetry import race
from telemetry.circuit import survey
from telemetry.field import Field, whole_race
from telemetry.race_record import RaceRecord
from telemetry.race_session import RaceSession
from telemetry.sync import consensus
from telemetry.sync.answer import Verdict
from telemetry.sync.sights import LapCounter, Seen, Sights
from telemetry.sync.turning import turning
from telemetry.sync.verdict import State
from telemetry.traffic import Traffic
from tests.benchmarks.sync_trials import LAG_S, first_half, halfway_s, moment

RIGHT_S = {"hud": 0.35, "laps": 0.35, "turning": 0.5, "width": 1.0}


@dataclass(frozen=True, slots=True)
class Kind:
    """What is seen: any of "hud", "laps", "turning" and "width"; whether the driver is known; and whether it is of this race session."""

    seen: tuple[str, ...]
    duration_s: float = 20.0
    own: bool = True
    stranger: bool = False


KINDS: Mapping[str, Kind] = {
    "speed, 20 s": Kind(("hud",)),
    "speed, 10 s": Kind(("hud",), 10.0),
    "speed, 20 s, any driver": Kind(("hud",), own=False),
    "speed and lap, 20 s": Kind(("hud", "laps")),
    "speed and lap, 20 s, any driver": Kind(("hud", "laps"), own=False),
    "turning, 20 s": Kind(("turning",)),
    "turning and width, 20 s": Kind(("turning", "width")),
    "turning and width, 60 s": Kind(("turning", "width"), 60.0),
    "all, 20 s, any driver": Kind(("hud", "laps", "turning", "width"), own=False),
    "speed of another day": Kind(("hud",), stranger=True),
    "speed of another day, any driver": Kind(("hud",), own=False, stranger=True),
    "speed and lap of another day": Kind(("hud", "laps"), stranger=True),
    "turning and width of another day": Kind(("turning", "width"), 60.0, stranger=True),
}


def sights(
    record: RaceRecord,
    field: Field,
    driver: str,
    start_s: float,
    duration_s: float,
    seen: tuple[str, ...],
    random: np.random.Generator,
) -> Sights:
    """Return what may be seen in a clip of a driver that begins at a session time."""
    return Sights(
        speeds=(speed(record, driver, start_s, duration_s, random),) if "hud" in seen else (),
        laps=laps(record, start_s, duration_s) if "laps" in seen else None,
        turning=turn(record, driver, start_s, duration_s, random) if "turning" in seen else None,
        width=widths(field, driver, start_s, duration_s, random) if "width" in seen else None,
    )


def speed(record: RaceRecord, driver: str, start_s: float, duration_s: float, random: np.random.Generator) -> Seen:
    """Return a graphic's speed as read five times a second."""
    trace = record.traces[driver]
    video_s = np.arange(0.1, duration_s, 0.2)
    shown_s = np.floor((start_s + video_s - random.uniform(0.0, 0.3)) * 4) / 4
    value = np.round(np.interp(shown_s + LAG_S, trace.session_time_s, trace.speed_kmh) + random.normal(0, 1, len(video_s)))
    wrong = random.uniform(size=len(value)) < 0.04
    value[wrong] = random.uniform(20, 390, wrong.sum())
    kept = random.uniform(size=len(value)) > 0.05
    return Seen(video_s[kept], value[kept])


def laps(record: RaceRecord, start_s: float, duration_s: float) -> LapCounter:
    """Return the leader's lap, as a broadcast counts it."""
    video_s = np.arange(0.5, duration_s, 2.0)
    starts = [sorted(lap.start_s for lap in laps if lap.start_s is not None) for laps in record.laps.values()]
    longest = max(len(one) for one in starts)
    leader = [min(one[lap] for one in starts if lap < len(one)) for lap in range(longest)]
    return LapCounter(Seen(video_s, np.searchsorted(leader, start_s + video_s, side="right").astype(float)), record.total_laps)


def turn(record: RaceRecord, driver: str, start_s: float, duration_s: float, random: np.random.Generator) -> Seen:
    """Return the picture's motion, 25 times a second."""
    video_s = np.arange(0.02, duration_s, 0.04)
    shown = turning(record.traces[driver]).at(start_s + video_s)
    knots_s = np.arange(0, duration_s + 4, 4)
    zero = np.interp(video_s, knots_s, random.normal(0, 0.02, len(knots_s)))
    shake = random.normal(0, 0.06, len(video_s)) + zero
    return Seen(video_s, np.nan_to_num(shown) * random.uniform(0.4, 0.8) + shake)


def widths(field: Field, driver: str, start_s: float, duration_s: float, random: np.random.Generator) -> Seen | None:
    """Return the width of the car ahead once a second, None where there is none near."""
    video_s = np.arange(0.5, duration_s, 1.0)
    at = np.rint((start_s + video_s - field.time_s[0]) / field.step_s).astype(int)
    gap_m = field.gap_m[field.row(driver)][np.clip(at, 0, len(field.time_s) - 1)]
    value = random.uniform(0.45, 0.75) * 2.0 / np.maximum(gap_m - 2.5 + random.normal(0, 1.0, len(gap_m)), 2.0)
    value *= np.exp(random.normal(0, 0.1, len(value)))
    wrong = random.uniform(size=len(value)) < 0.05
    value[wrong] = random.uniform(0.02, 0.3, wrong.sum())
    seen = np.isfinite(value) & (gap_m < 100)
    return Seen(video_s[seen], np.minimum(value[seen], 1.0)) if seen.sum() >= 4 else None


def trial(kind: Kind, record: RaceRecord, half: RaceRecord, field: Field, seed: int) -> tuple[Verdict, str | None, float]:
    """Return the verdict on one clip, whose it is (None where it lies nowhere), and its true offset."""
    random = np.random.default_rng(seed)
    name = str(random.choice(sorted(record.traces)))
    earliest_s = halfway_s(record) if kind.stranger else 0.0
    start_s = moment(record.traces[name], kind.duration_s, random, earliest_s=earliest_s)
    seen = sights(record, field, name, start_s, kind.duration_s, kind.seen, random)
    given = name if kind.own else None
    verdict = consensus.find(half if kind.stranger else record, None, driver=given, duration_s=kind.duration_s, sights=seen)
    return verdict, None if kind.stranger else name, start_s


def main() -> None:
    """Run what is asked for, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--race", required=True, metavar="YEAR/EVENT/KIND")
    parser.add_argument("--recording", type=Path, metavar="FILE")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), metavar="KIND")
    parser.add_argument("--trials", type=int, default=20, help="of each kind")
    arguments = parser.parse_args()
    record = race.load(RaceSession.parse(arguments.race, recording=arguments.recording))
    circuit = survey(record)
    if circuit is None:
        parser.error("the race session shows no circuit")
    half, field = first_half(record), whole_race(Traffic(record, circuit))
    for name in arguments.kinds:
        count: Counter[str] = Counter()
        errors = []
        for seed in range(arguments.trials):
            verdict, driver, start_s = trial(KINDS[name], record, half, field, seed)
            first = verdict.candidates[0] if verdict.candidates else None
            off_s = abs(first.offset_s - start_s) if first else np.inf
            right = first is not None and first.driver == driver and off_s <= max(RIGHT_S[one] for one in KINDS[name].seen)
            count[str(verdict.state)] += 1
            count["right"] += right
            count["locked and wrong"] += verdict.state is State.LOCKED and not right
            errors += [off_s] if right else []
        print(json.dumps({"kind": name, **count, "median_error_s": float(np.median(errors)) if errors else None}), flush=True)


if __name__ == "__main__":
    main()
