"""The training that this began with: frozen weights, a new classifier, Adam from 1e-3 to 1e-5, six pictures a step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from segmentation.dataset import Labelled, resized_ids
from segmentation.fcn import Fcn, FcnEngine, Normalisation
from segmentation.stills import Still
from segmentation.training import Course, Finder


@dataclass(frozen=True, slots=True)
class FcnSettings:
    """How it learns: the learning rate falls from the first to the last value by an equal factor each epoch."""

    batch: int = 6
    first_rate: float = 1e-3
    last_rate: float = 1e-5
    size_wh: tuple[int, int] | None = None


def normalisation(pictures: Sequence[Labelled]) -> Normalisation:
    """Return the mean and standard deviation of every channel over all pixels of pictures."""
    sums, squares, count = np.zeros(3), np.zeros(3), 0
    for labelled in pictures:
        pixels = labelled.rgb.reshape(-1, 3).astype(np.float64) / 255
        sums += pixels.sum(0)
        squares += (pixels**2).sum(0)
        count += len(pixels)
    mean = sums / count
    std = np.sqrt(np.maximum(squares / count - mean**2, 1e-6))
    return Normalisation(tuple(mean.tolist()), tuple(std.tolist()))


class FcnLearner:
    """FCN ResNet101 in training."""

    def __init__(self, fcn: Fcn, pictures: Sequence[Labelled], settings: FcnSettings) -> None:
        self.fcn, self._pictures, self._settings = fcn, pictures, settings
        learning = [parameter for parameter in fcn.network.parameters() if parameter.requires_grad]
        self._optimiser = torch.optim.Adam(learning, lr=settings.first_rate)

    def finder(self) -> Finder:
        """Return the network as trained so far."""
        return FcnEngine(self.fcn)

    def epoch(self, number: int, course: Course) -> Iterator[dict[str, float]]:
        """Train on every picture once and yield each step's loss."""
        settings = self._settings
        share = number / max(course.epochs - 1, 1)
        rate = settings.first_rate * (settings.last_rate / settings.first_rate) ** share
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        order = np.random.default_rng(course.seed * 100_003 + number).permutation(len(self._pictures))
        size_wh = settings.size_wh or _common_size(self._pictures)
        self.fcn.network.train()
        self.fcn.network.get_submodule("backbone").eval()  # frozen means its normalisations too: they drift without gradients
        batches = [order[first : first + settings.batch] for first in range(0, len(order), settings.batch)]
        for batch in batches:
            if len(batch) < min(2, settings.batch) and len(batches) > 1:
                continue  # batch normalisation knows no spread of a single picture
            x, wanted, weight = self._stacked(batch.tolist(), size_wh)
            told = self.fcn.network(x)["out"]
            entropy = functional.cross_entropy(told, wanted, reduction="none")
            loss = (entropy * weight).sum() / weight.sum().clamp(min=1)
            self._optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimiser.step()
            yield {"classes": loss.item()}

    def state(self) -> dict[str, Any]:
        """Return everything needed to go on later."""
        return {"network": self.fcn.network.state_dict(), "optimiser": self._optimiser.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.fcn.network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])

    def _stacked(self, indices: list[int], size_wh: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor]:
        pictures, masks, weights = [], [], []
        for index in indices:
            labelled = self._pictures[index]
            pictures.append(self.fcn.normalisation.applied(Still(labelled.rgb).rgb(size_wh)))
            mask, weight = _mask(labelled)
            masks.append(torch.from_numpy(resized_ids(mask, size_wh).astype(np.int64)))
            weights.append(torch.from_numpy(resized_ids(weight, size_wh).astype(np.float32)))
        return torch.stack(pictures), torch.stack(masks), torch.stack(weights)


def _mask(labelled: Labelled) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], np.ndarray[Any, np.dtype[np.uint8]]]:
    """Return what is car and what is known; of a box without a mask, the ellipse in it is car and its corners are not known."""
    if labelled.ids is not None:
        return ((labelled.ids > 0) & (labelled.ids < 255)).astype(np.uint8), np.ones(labelled.ids.shape, np.uint8)
    mask, known = np.zeros(labelled.rgb.shape[:2], np.uint8), np.ones(labelled.rgb.shape[:2], np.uint8)
    for box in labelled.boxes_xyxy:
        x1, y1, x2, y2 = (round(float(value)) for value in box)
        known[y1:y2, x1:x2] = 0
        cv2.ellipse(mask, ((x1 + x2) // 2, (y1 + y2) // 2), (max((x2 - x1) // 3, 1), max((y2 - y1) // 3, 1)), 0, 0, 360, 1, -1)
    known[mask > 0] = 1
    return mask, known


def _common_size(pictures: Sequence[Labelled]) -> tuple[int, int]:
    """Return the most frequent width and height."""
    sizes = [labelled.rgb.shape[1::-1] for labelled in pictures]
    width, height = max(set(sizes), key=sizes.count)
    return width, height
