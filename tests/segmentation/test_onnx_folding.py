"""A folded network answers as before, to the last bit, and has nothing left to fold."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import NodeProto, TensorProto, helper, numpy_helper

from segmentation import onnx_folding

SIDE = 9
PADS = np.array([0, 0, 0, 1, 0, 0, 1, 1], np.int64)


def model(*, mean: float = 127.0, packed_apart: bool = False) -> onnx.ModelProto:
    """Two convolutions as the quantiser leaves them: the stem in fp32, of bytes less a mean, scaled; behind it one that takes bytes.

    Before both, padding is a step of its own, the second in fp32 between packed numbers.
    """
    rng = np.random.default_rng(5)
    constants = {
        "mean": np.full((1, 3, 1, 1), mean, np.float32),
        "scale": np.array(1 / 128, np.float32),
        "step": np.array(0.1, np.float32),
        "apart": np.array(0.15 if packed_apart else 0.1, np.float32),
        "middle": np.array(127, np.uint8),
        "pads": PADS,
        "kernel": rng.normal(size=(4, 3, 3, 3)).astype(np.float32),
        "next": rng.normal(size=(4, 4, 3, 3)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Transpose", ["rgb"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["planes"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["numbers", "mean"], ["less"]),
        helper.make_node("Mul", ["less", "scale"], ["normed"]),
        helper.make_node("Pad", ["normed", "pads"], ["wide"]),
        helper.make_node("Conv", ["wide", "kernel"], ["stem"], strides=[2, 2], pads=[1, 0, 0, 0]),
        helper.make_node("QuantizeLinear", ["stem", "step", "middle"], ["packed"]),
        helper.make_node("DequantizeLinear", ["packed", "step", "middle"], ["unpacked"]),
        helper.make_node("Pad", ["unpacked", "pads"], ["padded"]),
        helper.make_node("QuantizeLinear", ["padded", "apart", "middle"], ["again"]),
        helper.make_node("DequantizeLinear", ["again", "apart", "middle"], ["ready"]),
        helper.make_node("Conv", ["ready", "next"], ["answer"]),
    ]
    return made(nodes, constants)


def made(nodes: list[NodeProto], constants: dict[str, np.ndarray]) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "stem",
        [helper.make_tensor_value_info("rgb", TensorProto.UINT8, [1, SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, [1, 4, None, None])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def answer(network: onnx.ModelProto) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    rgb = np.random.default_rng(1).integers(0, 256, (1, SIDE, SIDE, 3), dtype=np.uint8)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(network.SerializeToString(), options, providers=["CPUExecutionProvider"])
    (values,) = session.run(None, {"rgb": rgb})
    return np.asarray(values)


@pytest.mark.parametrize("packed_apart", [False, True])
@pytest.mark.parametrize("mean", [127.0, 127.5])
def test_a_folded_network_answers_to_the_last_bit_as_before(mean: float, packed_apart: bool) -> None:
    network = model(mean=mean, packed_apart=packed_apart)
    before = answer(network)
    onnx_folding.fold(network)
    onnx.checker.check_model(network)
    np.testing.assert_array_equal(answer(network), before)
    kinds = [node.op_type for node in network.graph.node]
    assert ("Sub" in kinds) is ("Mul" in kinds) is ("Cast" in kinds) is (mean == 127.5)  # no byte stands for such a mean
    assert kinds.count("Pad") == int(packed_apart)  # what is packed anew is kept: to leave it out would change the numbers


def test_what_others_take_too_stays() -> None:
    network = model()
    network.graph.node.append(helper.make_node("Identity", ["wide"], ["seen"]))
    network.graph.output.append(helper.make_tensor_value_info("seen", TensorProto.FLOAT, [1, 3, None, None]))
    onnx_folding.fold(network)
    onnx.checker.check_model(network)
    assert [node.op_type for node in network.graph.node].count("Pad") == 1
