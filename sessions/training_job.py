"""A training as a user asks for it: gathers the pictures, trains, plots, and writes the weights that the other commands take."""

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from segmentation import recipe, training_plot, training_set
from segmentation.errors import SegmentationError
from segmentation.evaluation import Marks
from segmentation.recipe import Recipe
from segmentation.training_set import Source, TrainingSet
from sessions.errors import SessionError

CHECKPOINT = "checkpoint.pt"
WEIGHTS = ("lite0.fp32.onnx", "lite0.int8.onnx", "fcn_resnet101.pt")
EPOCHS, SEED = 20, 1
BETTER_HIGH, BETTER_LOW = ("recall", "precision", "box_iou", "dice"), ("false_alarms",)  # marks that int8 weights are judged by
HIGHEST_RATE = 1.0
LINE_EVERY_S = 20.0
FEW = 60  # pictures to judge on where none are held out


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """What was asked for.

    Attributes:
        recipe: Data and settings.
        hold_out: Sequences to judge by, None to choose some.
        output: Folder for everything written.
        start: Weights to begin from.
        random_start: Begin FCN ResNet101 without any.
        resume: Go on from the folder's checkpoint.
        car_labels: CVAT labels that mean another car.
        own_labels: CVAT labels that mean the own car.
        quiet: Show no progress.
    """

    recipe: Recipe
    hold_out: tuple[str, ...] | None
    output: Path
    start: Path | None
    random_start: bool
    resume: bool
    car_labels: tuple[str, ...]
    own_labels: tuple[str, ...]
    quiet: bool


def wanted(arguments: argparse.Namespace) -> TrainingJob:
    """Return the job that a command line asks for.

    Raises:
        SessionError: Neither data nor a recipe is given, or both, or a number or a start makes no sense.
        SegmentationError: The recipe cannot be read.
    """
    if arguments.recipe is not None:
        if arguments.data or arguments.model:
            raise SessionError(
                "a --recipe names its data and its model; leave yours out, or write them into a recipe of your own"
            )
        asked = recipe.read(arguments.recipe, arguments.root)
        default: tuple[str, ...] | None = asked.hold_out
    elif arguments.data:
        asked = Recipe(arguments.model or "lite0", SEED, EPOCHS, (), tuple(Source(folder) for folder in arguments.data))
        default = None
    else:
        raise SessionError("nothing to learn from; name folders of labelled pictures, or a --recipe with its --root")
    if arguments.random_start and (asked.model == "lite0" or arguments.start is not None):
        raise SessionError("--random-start is for --model fcn_resnet101, and without --start; leave it out")
    given = {"steps": arguments.steps, "batch": arguments.batch, "size_wh": _size(arguments.size)}
    given["learning_rate" if asked.model == "lite0" else "first_rate"] = arguments.learning_rate
    settings = {**asked.settings, **{name: value for name, value in given.items() if value is not None}}
    epochs = asked.epochs if arguments.epochs is None else arguments.epochs
    if epochs < 1 or any(isinstance(value, int | float) and value <= 0 for value in settings.values()):
        raise SessionError("--epochs, --steps, --batch and --learning-rate must be above 0")
    rates = [value for name, value in settings.items() if name.endswith("_rate") and isinstance(value, int | float)]
    if any(rate > HIGHEST_RATE for rate in rates):
        raise SessionError(f"nothing is learnt at a learning rate of {max(rates):g}; 0.001 is a usual one")
    seed = asked.seed if arguments.seed is None else arguments.seed
    return TrainingJob(
        replace(asked, epochs=epochs, seed=seed, settings=settings),
        default if arguments.hold_out is None else tuple(arguments.hold_out),
        arguments.output,
        arguments.start,
        arguments.random_start,
        arguments.resume,
        tuple(arguments.car_label),
        tuple(arguments.own_label),
        arguments.quiet,
    )


def run(job: TrainingJob) -> list[str]:
    """Train and return the problems with pictures, a line each.

    Raises:
        SegmentationError: Data or weights cannot be used, or the extra `train` is not installed.
        SessionError: The output folder holds a training already, or cannot be made.
    """
    _require_torch()
    _claim(job.output, resume=job.resume)
    try:
        return _taught(job)
    except BaseException:
        with suppress(OSError):  # one that holds anything stays
            job.output.rmdir()
        raise


def _taught(job: TrainingJob) -> list[str]:
    pictures = training_set.gather(
        job.recipe.data,
        hold_out=job.hold_out,
        widest_px=job.recipe.widest_px,
        car_labels=job.car_labels,
        own_labels=job.own_labels,
    )
    for line in (*pictures.notes, *(f"left out: {problem}" for problem in pictures.problems)):
        print(line, file=sys.stderr)
    judged_on = pictures.held_out or pictures.pictures[:: max(1, len(pictures.pictures) // FEW)]
    held = (
        f"judged on {len(judged_on)} of sequences held out"
        if pictures.held_out
        else "none held out: marks are of pictures learnt from"
    )
    _say(job, f"{len(pictures.pictures)} pictures to learn from; {held}")
    (_train_lite0 if job.recipe.model == "lite0" else _train_fcn)(job, pictures, judged_on)
    if pictures.problems:
        print(f"{len(pictures.problems)} pictures were left out", file=sys.stderr)
    return pictures.problems


def _train_lite0(job: TrainingJob, pictures: TrainingSet, judged_on: Sequence[Any]) -> None:
    from segmentation.lite0 import Lite0Learner, Lite0Settings

    settings = _settings(Lite0Settings, job)
    checkpoint = _checkpoint(job, pictures, settings)
    learner = Lite0Learner(pictures.data, settings, start=job.start)
    log = _course(job, learner, judged_on, checkpoint)
    _ship(job, learner.network, pictures, judged_on, log)


def _train_fcn(job: TrainingJob, pictures: TrainingSet, judged_on: Sequence[Any]) -> None:
    from segmentation import fcn
    from segmentation.fcn_learner import FcnLearner, FcnSettings, normalisation

    settings = _settings(FcnSettings, job)
    checkpoint = _checkpoint(job, pictures, settings)
    network = fcn.build(job.start, random=job.random_start)
    learner = FcnLearner(fcn.Fcn(network, normalisation(pictures.pictures), settings.size_wh), pictures.pictures, settings)
    log = _course(job, learner, judged_on, checkpoint)
    path = job.output / "fcn_resnet101.pt"
    fcn.save(learner.fcn, path)
    _write_results(job, log, {"weights": path.name})
    _say(job, f"weights: {path}; use them with --model fcn_resnet101 --weights {path}")


def mark_words(marks: Marks) -> str:
    """Return the marks of an epoch as they are printed; what cannot be known, as Dice where there are only boxes, is left out."""
    told = {"Dice": marks.dice, "mask IoU": marks.mask_iou, "box IoU": marks.box_iou, "recall": marks.recall}
    told["precision"] = marks.precision
    return "".join(f", {name} {value:.3f}" for name, value in told.items() if not math.isnan(value))


def int8_verdict(fp32: Marks, int8: Marks) -> tuple[bool, str]:
    """Return whether int8 weights are as good as fp32 ones, and by how much each of their marks differs, as it is printed."""
    from segmentation.onnx_export import WORSE

    if math.isnan(fp32.recall) or math.isnan(int8.recall):  # false alarms alone say little
        return False, "no car to judge them by"
    gained = {name: getattr(int8, name) - getattr(fp32, name) for name in (*BETTER_HIGH, *BETTER_LOW)}
    known = {name: round(value, 4) for name, value in gained.items() if not math.isnan(value)}
    accepted = all((value if name in BETTER_LOW else -value) <= WORSE for name, value in known.items())
    return accepted, ", ".join(f"{name} {value:+.4f}" for name, value in known.items())


def _checkpoint(job: TrainingJob, pictures: TrainingSet, settings: Any) -> Any:
    from segmentation import checkpoint

    asked = checkpoint.asked(job.recipe, pictures, settings, start=job.start, random_start=job.random_start)
    return checkpoint.begun(job.output, asked)


def _course(job: TrainingJob, learner: Any, judged_on: Sequence[Any], checkpoint: Any) -> list[dict[str, Any]]:
    from segmentation import training

    said_s = time.monotonic()

    def on_step(epoch: int, step: int, parts: dict[str, float]) -> None:
        nonlocal said_s
        if not job.quiet and time.monotonic() - said_s > LINE_EVERY_S:
            said_s = time.monotonic()
            words = "  ".join(f"{name} {value:.3f}" for name, value in parts.items())
            print(f"epoch {epoch + 1}, step {step}: {words}", file=sys.stderr, flush=True)

    def on_epoch(line: training.Epoch) -> None:
        loss = sum(line.loss.values())
        _say(job, f"epoch {line.number + 1}/{job.recipe.epochs}: loss {loss:.3f}{mark_words(line.marks)}, {line.seconds:.0f} s")

    course = training.Course(job.recipe.epochs, job.recipe.seed)
    log = training.run(learner, judged_on, course, checkpoint, on_step=on_step, on_epoch=on_epoch)
    training_plot.draw(log, job.output / "training.png")
    return log


def _ship(job: TrainingJob, network: Any, pictures: TrainingSet, judged_on: Sequence[Any], log: list[dict[str, Any]]) -> None:
    """Write ONNX in fp32 and int8, and keep int8 only where it is as good."""
    from segmentation import onnx_export
    from segmentation.engine import Engine, OnnxNetwork
    from segmentation.evaluation import summed
    from segmentation.training import marked

    fp32, int8 = job.output / "lite0.fp32.onnx", job.output / "lite0.int8.onnx"
    onnx_export.write_onnx(network, fp32)
    onnx_export.quantise(fp32, int8, pictures.pictures)
    marks = [summed(list(marked(Engine(OnnxNetwork(path)), judged_on)), path.stem) for path in (fp32, int8)]
    accepted, words = int8_verdict(*marks)
    if not accepted:
        int8.unlink()
    _write_results(job, log, {"fp32": marks[0].to_json(), "int8": marks[1].to_json(), "int8_accepted": accepted})
    _say(job, f"int8 against fp32: {words}: {'accepted' if accepted else 'refused, use fp32'}")
    best = int8 if accepted else fp32
    _say(job, f"weights: {best}; use them with --weights {best}")


def _settings(kind: Any, job: TrainingJob) -> Any:
    try:
        return kind(**job.recipe.settings)
    except TypeError as error:
        known = ", ".join(kind.__dataclass_fields__)
        raise SegmentationError(f"{job.recipe.model} has other settings; it takes {known}") from error


def _write_results(job: TrainingJob, log: list[dict[str, Any]], more: dict[str, Any]) -> None:
    data = [{"folder": str(source.folder), "share": source.share} for source in job.recipe.data]
    results = {
        "model": job.recipe.model,
        "seed": job.recipe.seed,
        "settings": dict(job.recipe.settings),
        "hold_out": job.hold_out,
        "data": data,
        "epochs": log,
        **more,
    }
    path = job.output / "results.json"
    beside = path.with_name(".results.json.part")
    beside.write_text(json.dumps(results, indent=1, default=str), encoding="utf-8")
    beside.replace(path)


def _claim(folder: Path, *, resume: bool) -> None:
    begun = (folder / CHECKPOINT).exists()
    if begun and not resume:
        raise SessionError(f"{folder} holds a training already; go on with --resume, or choose another folder")
    kept = next((name for name in WEIGHTS if (folder / name).exists()), None)
    if kept is not None and not begun:
        raise SessionError(f"{folder} holds {kept}, and no training to go on with; choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SessionError(f"cannot make {folder}: {error.strerror}; choose another place") from error
    if not os.access(folder, os.W_OK):
        raise SessionError(f"cannot write {folder}: no permission in it; choose another place")


def _require_torch() -> None:
    try:
        import segmentation.training  # noqa: F401
    except ModuleNotFoundError as error:
        raise SegmentationError(
            f"training needs the extra `train` ({error.name} is not installed): pip install 'slipstream[train]'"
        ) from error


def _say(job: TrainingJob, line: str) -> None:
    if not job.quiet:
        print(line, flush=True)


def _size(words: str | None) -> tuple[int, int] | None:
    if words is None:
        return None
    try:
        width, height = (int(word) for word in words.lower().replace("×", "x").split("x"))
    except ValueError as error:
        raise SessionError(f"--size wants WIDTHxHEIGHT such as 640x360, got {words!r}") from error
    if width < 1 or height < 1:
        raise SessionError(f"--size wants a width and a height above 0, got {words!r}")
    return width, height
