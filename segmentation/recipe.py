"""What is learnt from and how, as a TOML file: one that comes with a set of weights tells how to make them again."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segmentation.errors import SegmentationError
from segmentation.training_set import WIDEST_PX, Source

OURS = Path(__file__).parent / "recipes" / "lite0.toml"
_KEYS = {"model", "seed", "epochs", "hold_out", "widest_px", "settings", "data", "results"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """A training as asked for.

    Attributes:
        model: `lite0` or `fcn_resnet101`.
        seed: Of everything random.
        epochs: Epochs in all.
        hold_out: Sequences that are not learnt from.
        data: What is learnt from.
        widest_px: Pictures are kept no wider.
        settings: Of the learner, by name; its own values where none are given.
    """

    model: str
    seed: int
    epochs: int
    hold_out: tuple[str, ...]
    data: tuple[Source, ...]
    widest_px: int = WIDEST_PX
    settings: Mapping[str, Any] = field(default_factory=dict)


def read(path: Path, roots: Sequence[Path]) -> Recipe:
    """Return a recipe.

    Args:
        path: The file.
        roots: Folders in which its data folders are looked for, the first that has one wins.

    Raises:
        SegmentationError: The file is no recipe, or a data folder lies under no root.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SegmentationError(f"cannot read the recipe {path}: {error}") from error
    unknown = sorted(set(values) - _KEYS)
    if unknown:
        raise SegmentationError(f"{path} has an unknown key {unknown[0]!r}; known are {', '.join(sorted(_KEYS))}")
    try:
        data = tuple(_source(entry, roots, path) for entry in values["data"])
        asked = Recipe(
            str(values["model"]),
            int(values["seed"]),
            int(values["epochs"]),
            tuple(values.get("hold_out", ())),
            data,
            int(values.get("widest_px", WIDEST_PX)),
            dict(values.get("settings", {})),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SegmentationError(f"the recipe {path} lacks or misspells {error}; see {OURS}") from error
    if asked.widest_px < 1:
        raise SegmentationError(f"widest_px = {asked.widest_px} in the recipe {path} leaves no picture; {WIDEST_PX} is usual")
    return asked


def _source(entry: Mapping[str, Any], roots: Sequence[Path], path: Path) -> Source:
    labels = path.parent / str(entry["labels"]) if "labels" in entry else None
    return Source(_found(str(entry["folder"]), roots, path), float(entry["share"]), labels)


def _found(folder: str, roots: Sequence[Path], path: Path) -> Path:
    for root in roots:
        if (root / folder).is_dir():
            return root / folder
    looked = ", ".join(str(root) for root in roots) or "nowhere"
    raise SegmentationError(f"{path} learns from {folder!r}, which is not in {looked}; say where with --root")
