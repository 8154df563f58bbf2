"""Precision and recall of the sync on clips with known truth, from which the thresholds are taken.

    python -m tests.benchmarks.sync_calibration --race 2024/Monaco/R --recording livetiming.txt --trials 100 -o DIR
    python -m tests.benchmarks.sync_calibration --clips FOLDER -o DIR

The first makes clips of every kind of `sync_trials` over a race's telemetry. The second takes a folder of clips, each `NAME.mp4` with a
`NAME.json` beside it: year, event, kind, recording, driver, and video_start_utc (null where the clip lies nowhere). Both write
`trials.jsonl` (taken up again where it ends), `summary.json` and `curves.png`.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import Any

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt
import numpy as np

from overlay.clip import Clip
from telemetry import race
from telemetry.circuit import survey
from telemetry.lag import car_data_lag_s
from telemetry.race_record import RaceRecord, Trace
from telemetry.race_session import RaceSession
from telemetry.sync import consensus, thresholds
from telemetry.sync.places import hearing
from telemetry.sync.sound import Sound
from telemetry.sync.verdict import Judgement, judge
from tests.benchmarks.sync_trials import KINDS, first_half, trial

RIGHT_S = 0.10
MIDDLE = (0.25, 0.75)  # of each piece, where the error is taken: a cut is found to a tenth of a second or so
STRENGTHS = np.geomspace(0.1, 8, 80)
Row = dict[str, Any]


def strength(judged: Judgement) -> float:
    """Return by what factor the weakest of the tests is passed; 1 is just enough."""
    if not judged.places or judged.scrutiny is None:
        return 0.0
    close, best = judged.scrutiny, judged.places[0]
    doubts = [
        (1 - thresholds.LEAST_TIME_SHARE) / max(1 - close.time_share, 1e-3),
        (1 - thresholds.LEAST_TIME_AGREE) / max(1 - close.time_agree, 1e-3),
        thresholds.MOST_MISFIT / max(close.misfit, 1e-3),
    ]
    return float(min(best.evidence / thresholds.LEAST_EVIDENCE, judged.margin / judged.least_margin, *doubts))


def measured(
    name: str,
    record: RaceRecord,
    sound: Sound | None,
    duration_s: float,
    *,
    given: str | None,
    driver: str | None,
    truth: list[tuple[float, float]],
) -> Row:
    """Return what the sync makes of one clip.

    Args:
        name: Of its kind.
        record: The race session that is searched.
        sound: Of the clip.
        duration_s: Of the clip.
        given: TLA that is named, None when the sync has to find it.
        driver: TLA that is right, None where the clip lies nowhere.
        truth: (video time, session time) where the error is taken; empty where it lies nowhere.
    """
    begun = process_time()
    verdict = consensus.find(record, sound, driver=given, duration_s=duration_s)
    cpu_s = process_time() - begun
    # An error counts where the clip is tagged; what is left untagged is reported, not wrong.
    errors = []
    for video_s, session_s in truth:
        where = verdict.alignment.session_time_s(video_s) if verdict.alignment else None
        if verdict.alignment is None and verdict.candidates:
            where = verdict.candidates[0].offset_s + video_s
        if where is not None:
            errors.append(abs(where - session_s))
    tagged = len(errors) / len(truth) if truth and verdict.alignment else 0.0
    named = verdict.candidates[0].driver if verdict.candidates else None
    right = bool(errors) and named == driver and max(errors) <= RIGHT_S
    row: Row = {
        "kind": name,
        "state": str(verdict.state),
        "right": right,
        "findable": driver is not None,
        "error_s": max(errors) if errors else None,
        "tagged": tagged,
        "cpu_s": cpu_s,
    }
    traces = record.traces if given is None else {given: record.traces[given]}
    what = None if sound is None else hearing(sound, traces, car_data_lag_s(record, survey(record)))
    if what is not None and duration_s <= consensus.WHOLE_S:
        judged = judge(what, what.ear.start_s, what.ear.end_s)
        row["strength"] = strength(judged)
        if judged.places and driver is not None and len(truth) == 2:
            row["first_right"] = judged.places[0].driver == driver and all(
                abs(judged.places[0].at(video_s) - session_s) <= RIGHT_S for video_s, session_s in truth
            )
        row["first_right"] = row.get("first_right", False)
    return row


_LOADED: dict[str, Any] = {}


def _load(race_session: RaceSession, strangers: Mapping[str, Trace]) -> None:
    record = race.load(race_session)
    _LOADED.update(record=record, half=first_half(record), strangers=strangers)


def made(name: str, seed: int) -> Row:
    """Return what the sync makes of one clip made up; the race session has been loaded before."""
    kind, record = KINDS[name], _LOADED["record"]
    clip = trial(kind, record, _LOADED["strangers"], seed)
    starts = [*clip.truth_s[:, 0], kind.duration_s]
    truth = [
        (float(video_s), float(clip.session_time_s(video_s) or 0.0))
        for begin, end in pairwise(starts)
        if len(clip.truth_s)
        for video_s in begin + (end - begin) * np.array(MIDDLE)
    ]
    searched = _LOADED["half"] if kind.stranger == "day" else record
    row = measured(name, searched, clip.sound, kind.duration_s, given=clip.given, driver=clip.driver, truth=truth)
    return {**row, "seed": seed}


def given_clips(folder: Path) -> Iterator[Row]:
    """Yield what the sync makes of each clip of a folder, with its driver named and without."""
    for file in sorted(folder.glob("*.json")):
        told = json.loads(file.read_text(encoding="utf-8"))
        record = race.load(RaceSession(told["year"], told["event"], told["kind"], folder / told["recording"]))
        with Clip(file.with_suffix(".mp4")) as clip:
            sound, duration_s = clip.sound(), clip.duration_s or 0.0
        truth = []
        if told["video_start_utc"] is not None:
            begin = datetime.fromisoformat(told["video_start_utc"].rstrip("Z")[:26] + "+00:00")
            begin_s = (begin - record.utc_at_zero).total_seconds()
            truth = [(share * duration_s, begin_s + share * duration_s) for share in MIDDLE]
        for given in (told["driver"], None):
            name = "clips" if given else "clips, any driver"
            driver = told["driver"] if truth else None
            yield {**measured(name, record, sound, duration_s, given=given, driver=driver, truth=truth), "clip": file.stem}


def summary(rows: list[Row]) -> dict[str, Any]:
    """Return the figures of every kind, and of all together."""
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_kind[row["kind"]].append(row)
    locked = [row for row in rows if row["state"] == "locked"]
    return {
        "accepted": len(locked),
        "accepted_and_wrong": sum(not row["right"] for row in locked),
        "kinds": {name: _figures(group) for name, group in by_kind.items()},
    }


def _figures(rows: list[Row]) -> dict[str, Any]:
    errors = [row["error_s"] for row in rows if row["right"]]
    states = {state: sum(row["state"] == state for row in rows) for state in ("locked", "lap_unsure", "refused")}
    return {
        "trials": len(rows),
        **states,
        "right": sum(row["right"] for row in rows),
        "locked_and_wrong": sum(row["state"] == "locked" and not row["right"] for row in rows),
        "median_error_s": float(np.median(errors)) if errors else None,
        "p95_error_s": float(np.quantile(errors, 0.95)) if errors else None,
        "mean_cpu_s": float(np.mean([row["cpu_s"] for row in rows])),
        "most_cpu_s": float(np.max([row["cpu_s"] for row in rows])),
    }


def draw(rows: list[Row], file: Path) -> None:
    """Draw precision and recall over how strictly all thresholds are taken together; 1 is as shipped."""
    judged = [row for row in rows if "strength" in row]
    values = np.array([row["strength"] for row in judged])
    right = np.array([row["first_right"] for row in judged])
    findable = np.array([row["findable"] for row in judged])
    precision = [right[values >= least].mean() if (values >= least).any() else np.nan for least in STRENGTHS]
    recall = [right[(values >= least) & findable].sum() / max(findable.sum(), 1) for least in STRENGTHS]
    figure, (left, middle) = plt.subplots(1, 2, figsize=(12, 4.6), layout="constrained")
    left.plot(STRENGTHS, precision, color="#0b6", lw=2, label="precision")
    left.plot(STRENGTHS, recall, color="#26c", lw=2, label="recall")
    left.axvline(1.0, color="#888", ls=":", label="as shipped")
    left.set(xscale="log", ylim=(0, 1.02), xlabel="strictness (factor on every threshold)", title=f"{len(judged)} clips")
    left.legend(frameon=False)
    names = list(dict.fromkeys(row["kind"] for row in judged))
    for place, name in enumerate(names):
        group = [row for row in judged if row["kind"] == name]
        for is_right, colour in ((True, "#0b6"), (False, "#d33")):
            shown = [max(row["strength"], 0.01) for row in group if row["first_right"] is is_right]
            middle.plot(
                shown,
                np.full(len(shown), place) + np.linspace(-0.3, 0.3, max(len(shown), 1))[: len(shown)],
                ".",
                ms=3,
                color=colour,
            )
    middle.axvline(1.0, color="#888", ls=":")
    middle.set(xscale="log", xlabel="strength of the weakest test", title="right (green) and not (red)")
    middle.set_yticks(range(len(names)), names, fontsize=7)
    middle.invert_yaxis()
    figure.savefig(file, dpi=130)
    plt.close(figure)


def main() -> None:
    """Run what is asked for, and write rows, figures and curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, metavar="FOLDER")
    parser.add_argument("--race", metavar="YEAR/EVENT/KIND")
    parser.add_argument("--recording", type=Path, metavar="FILE")
    parser.add_argument(
        "--strangers", type=Path, metavar="FOLDER", help="clips of other circuits, whose recordings lend their engines"
    )
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), metavar="KIND")
    parser.add_argument("--trials", type=int, default=20, help="of each kind")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="of the first trial of each kind")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    log = arguments.output / "trials.jsonl"
    rows: list[Row] = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    with log.open("a", encoding="utf-8") as out:

        def keep(row: Row) -> None:
            rows.append(row)
            print(json.dumps(row), file=out, flush=True)

        if arguments.clips is not None:
            for row in given_clips(arguments.clips):
                keep(row)
        if arguments.race is not None:
            race_session = RaceSession.parse(arguments.race, recording=arguments.recording)
            done = {(row["kind"], row.get("seed")) for row in rows}
            seeds = range(arguments.first, arguments.first + arguments.trials)
            wanted = [(name, seed) for seed in seeds for name in arguments.kinds if (name, seed) not in done]
            strangers = _strangers(arguments.strangers) if arguments.strangers else {}
            wanted = [(name, seed) for name, seed in wanted if KINDS[name].stranger != "circuit" or strangers]
            with ProcessPoolExecutor(arguments.jobs, initializer=_load, initargs=(race_session, strangers)) as pool:
                for row in pool.map(made, *zip(*wanted, strict=True)):
                    keep(row)
    (arguments.output / "summary.json").write_text(json.dumps(summary(rows), indent=1), encoding="utf-8")
    draw(rows, arguments.output / "curves.png")
    print(json.dumps(summary(rows), indent=1))


def _strangers(folder: Path) -> dict[str, Trace]:
    """Return traces of the race sessions that a folder's clips are of."""
    found = {}
    for file in sorted(folder.glob("*.json")):
        told = json.loads(file.read_text(encoding="utf-8"))
        record = race.load(RaceSession(told["year"], told["event"], told["kind"], folder / told["recording"]))
        found |= {f"{file.stem} {tla}": trace for tla, trace in record.traces.items()}
    return found


if __name__ == "__main__":
    main()
