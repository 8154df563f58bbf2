"""Where this began, kept for comparison: FCN ResNet101 with a new two-class classifier; a door of PyTorch and torchvision.

Long, Shelhamer & Darrell 2015, "Fully Convolutional Networks for Semantic Segmentation", as torchvision builds it.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torchvision.models.segmentation import FCN_ResNet101_Weights, fcn_resnet101
from torchvision.models.segmentation.fcn import FCNHead

from segmentation import torch_file
from segmentation.dataset import Bytes
from segmentation.errors import SegmentationError
from segmentation.picture import Picture
from segmentation.stills import Still
from segmentation.track import Detections

CLASSES = 2  # nothing, car
FEATURES = 2048  # of ResNet101's last stage
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
LEAST_PART = 0.0004  # of the picture: smaller connected parts are stray pixels
CAR_PROBABILITY = 0.5

Float32s = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Normalisation:
    """Mean and standard deviation of each channel, 0 to 1, that pictures are brought to 0 and 1 with."""

    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD

    def applied(self, rgb: Bytes) -> torch.Tensor:
        """Return (3, h, w) of (h, w, 3) uint8."""
        scaled = (rgb.astype(np.float32) / 255 - np.array(self.mean, np.float32)) / np.array(self.std, np.float32)
        return torch.from_numpy(np.ascontiguousarray(scaled.transpose(2, 0, 1), np.float32))


@dataclass(slots=True, eq=False)
class Fcn:
    """The network with what it needs to be used.

    Attributes:
        network: Takes (n, 3, h, w), answers (n, 2, h, w) under "out".
        normalisation: Of its pictures.
        size_wh: Pictures are resized to this; None keeps their own size.
    """

    network: nn.Module
    normalisation: Normalisation
    size_wh: tuple[int, int] | None

    @torch.no_grad()
    def probability(self, rgb: Bytes) -> Float32s:
        """Return the (h, w) probability that a pixel of (h, w, 3) uint8 RGB belongs to a car."""
        height, width = rgb.shape[:2]
        seen = rgb if self.size_wh is None else Still(rgb).rgb(self.size_wh)
        out = self.network.eval()(self.normalisation.applied(seen)[None])["out"].softmax(1)[0, 1].numpy()
        return np.asarray(out if self.size_wh is None else cv2.resize(out, (width, height)), np.float32)


def build(weights: Path | None = None, *, random: bool = False) -> nn.Module:
    """Return FCN ResNet101 with its pretrained layers frozen and a new two-class classifier.

    Args:
        weights: torchvision's weights in a file; torchvision downloads them when None.
        random: Do not load any, to try things out.

    Raises:
        SegmentationError: The weights are missing, of another network, or cannot be downloaded.
    """
    network = fcn_resnet101(weights=None, weights_backbone=None, aux_loss=True)
    if not random:
        try:
            state = (
                FCN_ResNet101_Weights.DEFAULT.get_state_dict(progress=False, check_hash=True)
                if weights is None
                else torch_file.read(weights)
            )
            network.load_state_dict(state)
        except OSError as error:
            place = weights or "torchvision's FCN ResNet101 weights"
            raise SegmentationError(f"cannot get {place}: {error}; download them and give the file with --start") from error
        except (RuntimeError, TypeError, AttributeError, ValueError) as error:
            raise SegmentationError(
                f"{weights} does not hold torchvision's FCN ResNet101: {str(error).splitlines()[0]}"
            ) from error
    for parameter in network.parameters():
        parameter.requires_grad = False
    network.aux_classifier = None
    network.classifier = FCNHead(FEATURES, CLASSES)
    answer: nn.Module = network
    return answer


def save(fcn: Fcn, path: Path) -> None:
    """Write the network with its normalisation, whole or not at all."""
    torch_file.write(
        {
            "fcn_resnet101": fcn.network.state_dict(),
            "mean": fcn.normalisation.mean,
            "std": fcn.normalisation.std,
            "size_wh": fcn.size_wh,
        },
        path,
    )


def read(path: Path) -> Fcn:
    """Return a network that `save` wrote.

    Raises:
        SegmentationError: The file is missing or holds something else.
    """
    network = build(random=True)
    try:
        kept = torch_file.read(path)
        network.load_state_dict(kept["fcn_resnet101"])
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        if isinstance(error, KeyError | TypeError):
            why = "it holds something else"
        raise SegmentationError(
            f"{path} holds no FCN ResNet101: {why}; give the fcn_resnet101.pt that `slipstream train --model fcn_resnet101` wrote"
        ) from error
    return Fcn(network, Normalisation(tuple(kept["mean"]), tuple(kept["std"])), kept["size_wh"])


class FcnEngine:
    """Finds cars with FCN ResNet101; each connected part of its mask is a car."""

    def __init__(self, fcn: Fcn) -> None:
        self._fcn = fcn

    def forget(self) -> None:
        """Do nothing: each picture is seen alone."""

    def find(self, picture: Picture) -> Detections:
        """Return the cars of a picture, the largest first; boxes in its own pixels, masks as large as it is."""
        return self.follow(picture, 0)

    def follow(self, picture: Picture, frame_index: int) -> Detections:
        """Return the cars of a picture, the largest first; boxes in its own pixels."""
        probability = self._fcn.probability(picture.rgb(picture.size_wh))
        count, parts, stats, _ = cv2.connectedComponentsWithStats(
            (probability > CAR_PROBABILITY).astype(np.uint8), connectivity=8
        )
        least_px = LEAST_PART * probability.size
        kept = sorted(
            (number for number in range(1, count) if stats[number, cv2.CC_STAT_AREA] >= least_px),
            key=lambda number: -int(stats[number, cv2.CC_STAT_AREA]),
        )
        masks = np.stack([parts == number for number in kept]) if kept else np.zeros((0, *probability.shape), bool)
        x, y, w, h = (stats[kept, column].astype(float) for column in range(4))
        score = np.array([float(probability[mask].mean()) for mask in masks])
        return Detections(frame_index, masks, np.stack([x, y, x + w, y + h], axis=1), score)
