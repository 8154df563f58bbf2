"""From trained weights to the files that the engine runs: ONNX in fp32 and int8; a door of PyTorch and ONNX Runtime."""

import re
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor

from segmentation import onnx_folding
from segmentation.dataset import Bytes, Labelled
from segmentation.engine import OUTPUTS, SHAPES, Shape
from segmentation.masks import STRIDE
from segmentation.network import Lite0Pyramid
from segmentation.regions import INPUT_WH
from segmentation.stills import Still

INPUT, ANSWER = "rgb", "answer"
OPSET = 17
WORSE = 0.01  # int8 may lose this much of recall, precision, box IoU or Dice against fp32, or gain of false alarms; more, and it is refused
CALIBRATION = 160  # pictures: more did not move the ranges
# Stay fp32. What eight bits lose of the first edges no later layer makes good, least of all in pictures unlike those that the ranges were
# measured on: with the first block quantised three of 51 cars never learnt from were lost against fp32, by the weights of two trainings
# alike, and none is so. At the other end boxes and centres come to lie a fifth to a quarter nearer to fp32. And neither takes time: with
# the stem in fp32 too, nothing is unpacked for the first block, and a look takes an eighth less than with the stem quantised.
KEPT = re.compile(r"/network/(Sub|Mul|encoder/(_conv_stem/.*|Clip|_blocks\.0/.*)|(merges\.0|trunk|head)/.*)")


class _Shipped(torch.nn.Module):
    """The network as it is shipped: takes pictures as they lie in memory."""

    def __init__(self, network: Lite0Pyramid) -> None:
        super().__init__()
        self.network = network

    def forward(self, rgb: Tensor) -> Tensor:
        """Return (n, 7, h/4, w/4) of (n, h, w, 3) uint8."""
        answer: Tensor = self.network(rgb.permute(0, 3, 1, 2).float())
        return answer


def write_onnx(network: Lite0Pyramid, path: Path) -> None:
    """Write the network in fp32, whole or not at all."""
    blank = torch.zeros(1, INPUT_WH[1], INPUT_WH[0], 3, dtype=torch.uint8)
    beside = path.with_name(f".{path.name}.part")
    with warnings.catch_warnings():
        # The tracer warns of the shapes it takes for granted; nothing here follows from a picture's size.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Shipped(network).eval(),
            (blank,),
            str(beside),
            input_names=[INPUT],
            output_names=[ANSWER],
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load(str(beside))
    _resize(model, SHAPES)
    onnx.save(model, str(beside))
    beside.replace(path)


def _resize(model: onnx.ModelProto, shapes: tuple[Shape, Shape]) -> None:
    """Tell a network of other sizes of what it takes and answers."""
    for value, shape in zip((*model.graph.input, *model.graph.output), shapes, strict=True):
        for told, size in zip(value.type.tensor_type.shape.dim, shape, strict=True):
            if isinstance(size, str):
                told.dim_param = size
            else:
                told.dim_value = size


def quantise(fp32: Path, int8: Path, pictures: Sequence[Labelled]) -> None:
    """Write an int8 copy of an ONNX network, its ranges measured on pictures, whole and magnified.

    What `KEPT` names stays fp32: the first block, and the last ones with the head, for log distances need more than 256 steps.
    """
    with tempfile.TemporaryDirectory() as scratch:
        prepared = Path(scratch) / "prepared.onnx"
        model = onnx.load(str(fp32))
        # What the quantiser works out of the network beforehand, it works out for one size.
        _resize(model, ([1, *INPUT_WH[::-1], 3], [1, OUTPUTS, INPUT_WH[1] // STRIDE, INPUT_WH[0] // STRIDE]))
        onnx.save(model, str(prepared))
        quant_pre_process(str(prepared), str(prepared))
        kept = [node.name for node in onnx.load(str(prepared)).graph.node if KEPT.fullmatch(node.name)]
        beside = int8.with_name(f".{int8.name}.part")
        quantize_static(
            str(prepared),
            str(beside),
            _Pictures(pictures),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            # The whole range: a running mean of the ranges cuts the strongest answers off, and every centre scores 0.03 less.
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=kept,
        )
        model = onnx.load(str(beside))
        onnx_folding.fold(model)
        del model.graph.value_info[:]  # sizes of what lies between
        _resize(model, SHAPES)
        onnx.save(model, str(beside))
        beside.replace(int8)


class _Pictures(CalibrationDataReader):  # type: ignore[misc]
    """Hands pictures to the quantiser, the whole and a magnified part in turn."""

    def __init__(self, pictures: Sequence[Labelled]) -> None:
        chosen = pictures[:: max(1, len(pictures) // CALIBRATION)][:CALIBRATION]
        self._inputs: Iterator[Bytes] = (_input(labelled.rgb, index) for index, labelled in enumerate(chosen))

    def get_next(self) -> dict[str, Any] | None:
        """Return the next input by name, None at the end."""
        rgb = next(self._inputs, None)
        return None if rgb is None else {INPUT: np.ascontiguousarray(rgb[None])}


def _input(rgb: Bytes, index: int) -> Bytes:
    height, width = rgb.shape[:2]
    region = (0, 0, width, height) if index % 2 == 0 else (width // 4, height // 5, 3 * width // 4, height // 5 + height // 2)
    return Still(rgb).rgb(INPUT_WH, region)
