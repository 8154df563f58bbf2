"""The course of a training: epochs, their marks, what is kept on disk, and going on after a stop; a door of PyTorch."""

import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from segmentation.checkpoint import Checkpoint
from segmentation.dataset import Labelled
from segmentation.errors import SegmentationError
from segmentation.evaluation import Judged, Marks, Truth, judge, summed
from segmentation.picture import Picture
from segmentation.regions import view_w
from segmentation.stills import Still
from segmentation.track import Detections


@dataclass(frozen=True, slots=True)
class Course:
    """How long a training runs, and from where its chance comes.

    Attributes:
        epochs: Epochs in all.
        seed: Of everything random: the same seed on the same machine gives the same weights.
    """

    epochs: int
    seed: int

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ValueError(f"epochs: wanted 1 or more, got {self.epochs}")


class Finder(Protocol):
    """What finds the cars of one picture that has nothing to do with the one before."""

    def find(self, picture: Picture) -> Detections:
        """Return the cars of a picture, with masks as large as it is."""
        ...


class Learner(Protocol):
    """A network in training."""

    def epoch(self, number: int, course: Course) -> Iterator[dict[str, float]]:
        """Train one epoch (from 0) and yield the parts of each step's loss."""
        ...

    def finder(self) -> Finder:
        """Return the network as trained so far."""
        ...

    def state(self) -> dict[str, Any]:
        """Return everything needed to go on later."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        ...


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch's log line: mean parts of the loss, and the marks on pictures held out (on training pictures if none are)."""

    number: int
    seconds: float
    loss: dict[str, float]
    marks: Marks

    def to_json(self) -> dict[str, Any]:
        """Return the line by name."""
        return {**asdict(self), "marks": self.marks.to_json()}


def run(
    learner: Learner,
    held_out: Sequence[Labelled],
    course: Course,
    checkpoint: Checkpoint,
    *,
    on_step: Callable[[int, int, dict[str, float]], None],
    on_epoch: Callable[[Epoch], None],
) -> list[dict[str, Any]]:
    """Train, and return the log, a line an epoch.

    Args:
        learner: The network with its data.
        held_out: Pictures to judge each epoch on.
        course: How long.
        checkpoint: Where it is kept after each epoch, with what an earlier run left to go on with.
        on_step: Called with the epoch, the step in it and the parts of the loss.
        on_epoch: Called with each epoch's line.

    Raises:
        SegmentationError: The checkpoint is of another training, the folder cannot be written, or the loss is no number.
    """
    random.seed(course.seed)
    np.random.default_rng(course.seed)
    torch.manual_seed(course.seed)
    log = [] if checkpoint.kept is None else _resumed(learner, checkpoint.kept, checkpoint.path)
    for number in range(len(log), course.epochs):
        began_s = time.monotonic()
        sums: dict[str, float] = {}
        steps = 0
        for parts in learner.epoch(number, course):
            steps += 1
            if not math.isfinite(sum(parts.values())):
                raise SegmentationError(
                    f"the loss is no number in epoch {number + 1}; lower --learning-rate and go on with --resume"
                )
            for name, value in parts.items():
                sums[name] = sums.get(name, 0.0) + value
            on_step(number, steps, parts)
        marks = summed(list(marked(learner.finder(), held_out)), "held out")
        line = Epoch(number, time.monotonic() - began_s, {name: value / steps for name, value in sums.items()}, marks)
        log.append(line.to_json())
        checkpoint.keep(log, learner.state(), torch.get_rng_state())
        on_epoch(line)
    return log


def marked(finder: Finder, pictures: Iterable[Labelled]) -> Iterator[Judged]:
    """Yield the marks of labelled pictures."""
    for labelled in pictures:
        mask = None if labelled.ids is None else (labelled.ids > 0) & (labelled.ids < 255)
        still = Still(labelled.rgb)
        found = finder.find(still)
        yield judge(labelled.sequence, labelled.path, Truth(labelled.boxes_xyxy, mask), found, view_w(still.size_wh))


def _resumed(learner: Learner, kept: Mapping[str, Any], path: Path) -> list[dict[str, Any]]:
    try:
        learner.restore(kept["learner"])
        torch.set_rng_state(kept["chance"])
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise SegmentationError(f"{path} is no checkpoint of this training: {error}; start anew in another folder") from error
    return list(kept["log"])
