"""A shipped ONNX network as the beginning of a training: its weights back in the trainable network; a door of PyTorch and ONNX."""

from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import numpy_helper
from torch import Tensor, nn

from segmentation.errors import SegmentationError
from segmentation.network import Lite0Pyramid

Float32s = npt.NDArray[np.float32]


def load_onnx(network: Lite0Pyramid, path: Path, pictures: Tensor) -> None:
    """Fill a network with the weights of an fp32 ONNX file that it was exported to.

    The export folds each normalisation into the convolution before it. Here the folded weights go into the convolution, and the
    normalisation gets the mean and spread that the pictures have at its place, and what undoes them: the network answers as the file
    does, and its normalisations can learn on.

    Args:
        network: What is filled.
        path: Such as the fp32 weights that come with Slipstream; int8 ones cannot be learnt on from.
        pictures: (n, 3, h, w) RGB, 0 to 255, some dozens of what will be learnt from.

    Raises:
        SegmentationError: The file is missing, or holds another network or an int8 one.
    """
    folded = _convolutions(path)
    places = _places(network, pictures[:1])
    if [tuple(conv.weight.shape) for conv, _ in places] != [weight.shape for weight, _ in folded]:
        raise SegmentationError(
            f"{path} does not hold the fp32 weights of this network; begin from lite0.fp32.onnx or a .pt file"
        )
    biases: dict[nn.BatchNorm2d, Tensor] = {}
    with torch.no_grad():
        for (conv, norm), (weight, bias) in zip(places, folded, strict=True):
            conv.weight.copy_(torch.from_numpy(weight.copy()))
            if norm is not None:
                biases[norm] = torch.from_numpy(bias.copy())
            elif conv.bias is not None:
                conv.bias.copy_(torch.from_numpy(bias.copy()))
        hooks = [norm.register_forward_pre_hook(partial(_settle, bias, norm.eps)) for norm, bias in biases.items()]
        network.eval()(pictures)
    for hook in hooks:
        hook.remove()


def _settle(bias: Tensor, epsilon: float, norm: nn.Module, inputs: tuple[Tensor]) -> None:
    """Let a normalisation change nothing but add the bias, with the statistics of what it is about to be given."""
    mean, spread = inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3))
    norm.load_state_dict(
        {
            "running_mean": mean,
            "running_var": spread,
            "weight": (spread + epsilon).sqrt(),
            "bias": bias + mean,
            "num_batches_tracked": torch.tensor(0),
        }
    )


def _convolutions(path: Path) -> list[tuple[Float32s, Float32s]]:
    """Return the weight and bias of every convolution, in the order in which they are calculated."""
    try:
        graph = onnx.load(str(path)).graph
    except (OSError, DecodeError) as error:
        raise SegmentationError(f"cannot read the network {path}: {error}") from error
    values = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
    found = []
    for node in graph.node:
        if node.op_type == "Conv" and node.input[1] in values:
            weight = values[node.input[1]]
            found.append((weight, values[node.input[2]] if len(node.input) > 2 else np.zeros(len(weight), np.float32)))
    return found


def _places(network: Lite0Pyramid, picture: Tensor) -> list[tuple[nn.Conv2d, nn.BatchNorm2d | None]]:
    """Return the convolutions in the order in which they are calculated, each with the normalisation right after it."""
    order: list[nn.Module] = []
    parts = [part for part in network.modules() if isinstance(part, nn.Conv2d | nn.BatchNorm2d)]
    hooks = [part.register_forward_pre_hook(lambda part, _: order.append(part)) for part in parts]
    with torch.no_grad():
        network.eval()(picture)
    for hook in hooks:
        hook.remove()
    following = [*order[1:], None]
    return [
        (part, after if isinstance(after, nn.BatchNorm2d) else None)
        for part, after in zip(order, following, strict=True)
        if isinstance(part, nn.Conv2d)
    ]
