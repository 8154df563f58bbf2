"""What a training learns from and what it is judged on: labelled pictures in memory, split by whole sequences."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from segmentation.crops import Shares
from segmentation.dataset import Labelled, load, read_folder, with_labels
from segmentation.errors import SegmentationError

WIDEST_PX = 1920  # unless a recipe asks for less: onboards seldom are, and each takes 6 MB of memory
HELD_SHARE = 0.15  # of the pictures are held out where nobody says which


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of labelled pictures.

    Attributes:
        folder: Where they lie.
        share: How often a training piece comes from it; the more pictures the more often when None.
        labels: Boxes kept apart from it, in the form of `labels.json`.
    """

    folder: Path
    share: float | None = None
    labels: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """Pictures in memory.

    Attributes:
        data: To learn from.
        held_out: To be judged on; no sequence of them is in `data`.
        problems: Pictures left out, a line each that says why.
        notes: What else is said of the folders.
    """

    data: Shares
    held_out: list[Labelled]
    problems: list[str]
    notes: list[str]

    @property
    def pictures(self) -> list[Labelled]:
        """All pictures to learn from."""
        return [labelled for group in self.data.groups for labelled in group]


def gather(
    sources: Sequence[Source],
    *,
    hold_out: Sequence[str] | None,
    widest_px: int = WIDEST_PX,
    car_labels: Sequence[str] = (),
    own_labels: Sequence[str] = (),
) -> TrainingSet:
    """Return the pictures of folders, read into memory.

    Args:
        sources: Where they lie.
        hold_out: Sequences to hold out (a name, its end after a /, or its folder's name before it);
            about `HELD_SHARE` of the pictures in whole sequences when None.
        widest_px: Pictures are kept no wider.
        car_labels: CVAT labels that mean another car.
        own_labels: CVAT labels that mean the own car.

    Raises:
        SegmentationError: A folder holds no labels we know, a held-out sequence is in none, or nothing is left to learn from.
    """
    cv2.setNumThreads(1)  # pieces are cut in a forked process later, and OpenCV's own threads do not survive a fork
    problems: list[str] = []
    notes: list[str] = []
    groups = [_read(source, widest_px, car_labels, own_labels, problems, notes) for source in sources]
    every = [labelled for group in groups for labelled in group]
    names = sorted({labelled.sequence for labelled in every})
    held = _chosen(names, hold_out) if hold_out is not None else _some(every)
    held_out = [labelled for labelled in every if labelled.sequence in held]
    judged = {_pixels(labelled): labelled.path for labelled in held_out}
    kept = [[labelled for labelled in group if _may_be_learnt(labelled, held, judged, problems)] for group in groups]
    shares = [
        math.sqrt(len(group)) if source.share is None else source.share for source, group in zip(sources, kept, strict=True)
    ]
    used = [(group, share) for group, share in zip(kept, shares, strict=True) if group]
    if not used:
        raise SegmentationError(
            f"no pictures are left to learn from: {problems[0] if problems else 'all sequences are held out; hold out fewer'}"
        )
    return TrainingSet(
        Shares([group for group, _ in used], [share for _, share in used]),
        held_out,
        problems,
        notes,
    )


def _may_be_learnt(labelled: Labelled, held: set[str], judged: Mapping[bytes, Path], problems: list[str]) -> bool:
    """Return whether a picture is not held out, and note a problem where one of another name is the same: its marks would flatter."""
    if labelled.sequence in held:
        return False
    twin = judged.get(_pixels(labelled)) if judged else None
    if twin is not None:
        problems.append(f"{labelled.path} is the same picture as {twin}, which is held out, and is not learnt from; remove one")
    return twin is None


def _pixels(labelled: Labelled) -> bytes:
    return hashlib.blake2b(labelled.rgb.tobytes(), digest_size=16).digest()


def _read(
    source: Source,
    widest_px: int,
    car_labels: Sequence[str],
    own_labels: Sequence[str],
    problems: list[str],
    notes: list[str],
) -> list[Labelled]:
    pictures = []
    examples = read_folder(source.folder, car_labels=car_labels, own_labels=own_labels, labels=source.labels)
    known, said = with_labels(source.folder, examples)
    notes += said
    for example in known:
        try:
            pictures.append(load(example, widest_px=widest_px))
        except SegmentationError as error:
            problems.append(str(error))
    return pictures


def _chosen(names: Sequence[str], wanted: Sequence[str]) -> set[str]:
    held = set()
    for want in wanted:
        found = {name for name in names if want in (name, name.rpartition("/")[2], name.partition("/")[0])}
        if not found:
            raise SegmentationError(f"no sequence {want!r} to hold out; there are {', '.join(names[:12])}")
        held |= found
    return held


def _some(pictures: Sequence[Labelled]) -> set[str]:
    """Return the smallest sequences that make up the wanted share; none where there is one sequence only."""
    counts: dict[str, int] = {}
    for labelled in pictures:
        counts[labelled.sequence] = counts.get(labelled.sequence, 0) + 1
    held: set[str] = set()
    total = 0
    for name, count in sorted(counts.items(), key=lambda entry: (entry[1], entry[0])):
        if len(held) + 1 == len(counts) or total >= HELD_SHARE * len(pictures):
            break
        held.add(name)
        total += count
    return held
