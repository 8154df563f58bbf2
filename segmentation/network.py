"""The network we ship: EfficientNet-Lite0 with a light feature pyramid; a door of PyTorch."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from segmentation import torch_file
from segmentation.errors import SegmentationError

STRIDE = 4  # of the answers: one cell for 4 × 4 pixels of the input
CHANNELS = 64  # of the pyramid; 96 gained nothing that was measurable and cost 2 ms
OUTPUTS = 7  # other car, own car, centre, and the distances to the four sides of the box
SIZE_UNIT_PX = 16.0  # the sides are learnt as log(px / this), so that near and far cars weigh alike

# Tan & Le 2019 with the Lite changes (no squeeze-and-excite, ReLU6, fixed stem and head):
# expansion, channels, repeats, stride, kernel.
# The last stage is left out: its 0.7 M parameters did not fit the weights' budget, and nothing was lost that we could measure.
_STAGES = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5))
_MIXED = (1, 2)  # stages after which styles are mixed: early ones hold light and colour, late ones what things are
_TAPS = {1: 24, 2: 40, 4: 112, 5: 192}  # stages whose output feeds the pyramid, with their channels: strides 4, 8, 16, 32


class SameConv2d(nn.Conv2d):
    """A convolution that pads as TensorFlow's SAME does, which the ImageNet weights were trained with; for multiples of its stride."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of (n, c, h, w)."""
        pads: list[int] = []
        for kernel, stride in zip(reversed(self.kernel_size), reversed(self.stride), strict=True):
            # Of the size itself nothing may come in: an export would take the one that it was traced with for all.
            total = max(kernel - stride, 0)
            pads += [total // 2, total - total // 2]
        return functional.conv2d(functional.pad(x, pads), self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


def _normed(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class _Block(nn.Module):
    """Mobile inverted bottleneck; the names of its parts are those in the published weights."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int, kernel: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expands = expansion != 1
        if self.expands:
            self._expand_conv = SameConv2d(inputs, hidden, 1, bias=False)
            self._bn0 = _normed(hidden)
        self._depthwise_conv = SameConv2d(hidden, hidden, kernel, stride, groups=hidden, bias=False)
        self._bn1 = _normed(hidden)
        self._project_conv = SameConv2d(hidden, outputs, 1, bias=False)
        self._bn2 = _normed(outputs)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, outputs, h/stride, w/stride)."""
        y = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        answer: Tensor = x + y if self.adds else y
        return answer


class Lite0Encoder(nn.Module):
    """EfficientNet-Lite0 without its classifier."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SameConv2d(3, 32, 3, 2, bias=False)
        self._bn0 = _normed(32)
        blocks, inputs = [], 32
        self.last_of_stage: list[int] = []
        for expansion, outputs, repeats, stride, kernel in _STAGES:
            for repeat in range(repeats):
                blocks.append(_Block(inputs, outputs, expansion, stride if repeat == 0 else 1, kernel))
                inputs = outputs
            self.last_of_stage.append(len(blocks) - 1)
        self._blocks = nn.ModuleList(blocks)
        self.mix_style = 0.0  # how likely a training step mixes styles

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the features at strides 4, 8, 16 and 32 of (n, 3, h, w)."""
        x = functional.relu6(self._bn0(self._conv_stem(x)))
        taps = []
        for index, block in enumerate(self._blocks):
            x = block(x)
            if self.training and self.mix_style and index in [self.last_of_stage[stage] for stage in _MIXED]:
                x = _mixed(x, self.mix_style)
            if index in self.last_of_stage and self.last_of_stage.index(index) in _TAPS:
                taps.append(x)
        return taps

    def keep(self, stages: int) -> None:
        """Leave the stem and the first stages as they are in training, their normalisations too; 0 leaves none."""
        if stages:
            for part in (self._conv_stem, self._bn0, *self._blocks[: self.last_of_stage[stages - 1] + 1]):
                part.eval().requires_grad_(False)

    def load_imagenet(self, weights: Path) -> None:
        """Start from published ImageNet weights.

        Raises:
            SegmentationError: The file is missing or holds another network.
        """
        try:
            missing, _ = self.load_state_dict(torch_file.read(weights), strict=False)
        except (OSError, RuntimeError, TypeError, ValueError) as error:
            raise SegmentationError(f"{weights} does not hold EfficientNet-Lite0 weights: {error}") from error
        if missing:
            raise SegmentationError(f"{weights} lacks {len(missing)} of EfficientNet-Lite0's tensors, such as {missing[0]}")


def _mixed(x: Tensor, likely: float) -> Tensor:
    """Return (n, c, h, w) features, sometimes with means and spreads mixed among pictures (MixStyle, Zhou et al. 2021).

    What is learnt then holds in other light, on other tracks and in other cameras than those that were seen together.
    """
    if torch.rand(()) >= likely:
        return x
    values = x.detach().float()
    mean, spread = values.mean((2, 3), keepdim=True), values.std((2, 3), keepdim=True) + 1e-5
    other = torch.randperm(len(x))
    own = torch.distributions.Beta(0.1, 0.1).sample((len(x), 1, 1, 1))
    to_mean, to_spread = mean * own + mean[other] * (1 - own), spread * own + spread[other] * (1 - own)
    return (x - mean) * (to_spread / spread) + to_mean


def _separable(channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
        nn.Conv2d(channels, channels, 1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
    )


class Lite0Pyramid(nn.Module):
    """The network we ship: what each cell belongs to, where cars have their centres, and how far their sides are."""

    mean: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Lite0Encoder()
        self.laterals = nn.ModuleList([nn.Conv2d(channels, CHANNELS, 1) for channels in _TAPS.values()])
        self.merges = nn.ModuleList([_separable(CHANNELS) for _ in _TAPS])
        self.trunk = nn.Sequential(_separable(CHANNELS), _separable(CHANNELS))
        self.head = nn.Conv2d(CHANNELS, OUTPUTS, 1)
        nn.init.normal_(self.head.weight, std=0.01)
        with torch.no_grad():
            # Cars are rare: starting from there keeps the first steps from drowning in background.
            self.head.bias = nn.Parameter(torch.tensor([-3.0, -1.0, -4.5, 0.0, 0.0, 0.0, 0.0]))
        self.register_buffer("mean", torch.tensor([127.0, 127.0, 127.0]).view(1, 3, 1, 1))
        self.register_buffer("scale", torch.tensor(1 / 128.0))

    def forward(self, rgb: Tensor) -> Tensor:
        """Return (n, 7, h/4, w/4) logits and log sizes of (n, 3, h, w) RGB, 0 to 255."""
        taps = self.encoder((rgb - self.mean) * self.scale)
        x = self.merges[-1](self.laterals[-1](taps[-1]))
        for level in range(len(taps) - 2, -1, -1):
            lateral = self.laterals[level](taps[level])
            x = self.merges[level](lateral + functional.interpolate(x, scale_factor=2.0, mode="nearest"))
        answer: Tensor = self.head(self.trunk(x))
        return answer
