"""A training on disk as far as it has come, with what it was asked: only who asks the same goes on with it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from segmentation import torch_file
from segmentation.dataset import Labelled
from segmentation.errors import SegmentationError
from segmentation.recipe import Recipe
from segmentation.training_set import TrainingSet

CHECKPOINT = "checkpoint.pt"
LOG = "epochs.jsonl"
DIGITS = 8  # of a fingerprint as it is told


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a training keeps itself.

    Attributes:
        folder: Gets the checkpoint and the log.
        asked: What decides the course besides its length, by name.
        kept: What an earlier run left to go on with: `log`, `learner` and `chance`; None where the training begins.
    """

    folder: Path
    asked: Mapping[str, str]
    kept: Mapping[str, Any] | None = None

    @property
    def path(self) -> Path:
        """Where the checkpoint lies."""
        return self.folder / CHECKPOINT

    def keep(self, log: Sequence[Mapping[str, Any]], learner: Mapping[str, Any], chance: Any) -> None:
        """Write the checkpoint and the log, each whole or not at all.

        Raises:
            SegmentationError: The folder cannot be written.
        """
        try:
            torch_file.write({"asked": dict(self.asked), "log": log, "learner": learner, "chance": chance}, self.path)
            lines = self.folder / f".{LOG}.part"
            lines.write_text("".join(json.dumps(line) + "\n" for line in log), encoding="utf-8")
            lines.replace(self.folder / LOG)
        except OSError as error:
            raise SegmentationError(f"cannot write to {self.folder}: {error.strerror}; choose another place with -o") from error


def begun(folder: Path, asked: Mapping[str, str]) -> Checkpoint:
    """Return a folder's training to go on with; one that begins where there is none.

    Raises:
        SegmentationError: The checkpoint is none, or something else was asked of its training.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return Checkpoint(folder, asked)
    try:
        kept = torch_file.read(path)
        before = kept["asked"]
    except (OSError, KeyError, TypeError, ValueError) as error:
        why = "it does not say what was asked" if isinstance(error, KeyError) else error
        raise SegmentationError(f"{path} is no checkpoint of this training: {why}; start anew in another folder") from error
    for name in {**asked, **before}:
        was, now = (side.get(name, "nothing") for side in (before, asked))
        if was != now:
            raise SegmentationError(
                f"{path} began with {name} {was}, and now it is {now}; give the same, or choose another folder"
            )
    return Checkpoint(folder, asked, kept)


def asked(recipe: Recipe, pictures: TrainingSet, settings: Any, *, start: Path | None, random_start: bool) -> dict[str, str]:
    """Return what decides a training's course besides how many epochs it has, by name and as it is told.

    Raises:
        SegmentationError: The weights to begin from cannot be read.
    """
    from_what = "random weights" if random_start else "pretrained weights" if start is None else f"{start.name} ({_of(start)})"
    answer = {"model": recipe.model, "seed": recipe.seed, "data": _data(pictures), "start": from_what, **asdict(settings)}
    return {name: str(value) for name, value in answer.items()}


def _of(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGITS]
    except OSError as error:
        raise SegmentationError(f"cannot read {path}: {error.strerror}; check --start") from error


def _data(pictures: TrainingSet) -> str:
    """Return how many pictures are learnt from and judged on, and a fingerprint of which, how labelled, and how often."""
    digest = hashlib.sha256(repr(list(pictures.data.shares)).encode())
    for group in (*pictures.data.groups, pictures.held_out):
        for labelled in group:
            _note(labelled, digest)
        digest.update(b"group")
    return f"{len(pictures.pictures)} to learn from and {len(pictures.held_out)} held out ({digest.hexdigest()[:DIGITS]})"


def _note(labelled: Labelled, digest: "hashlib._Hash") -> None:
    """Take a picture by its name and its labels; wherever it lies, it is the same."""
    digest.update(f"{labelled.sequence}/{labelled.path.name} {labelled.rgb.shape}".encode())
    for known in (labelled.boxes_xyxy, labelled.own_xyxy, labelled.ids):
        digest.update(b"none" if known is None else known.tobytes())
