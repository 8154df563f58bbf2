"""A folded network answers as before, to the last bit, and has nothing left to fold."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from segmentation import onnx_folding

SIDE = 9


def model(*, packed_apart: bool) -> onnx.ModelProto:
    """A stem as the quantiser leaves it: bytes less 127, packed; padded below and to the right in fp32; a 3 × 3 convolution by two."""
    rng = np.random.default_rng(5)
    constants = {
        "mean": np.array([[[[127.0]]]], np.float32),
        "one": np.array(1.0, np.float32),
        "middle": np.array(127, np.uint8),
        "apart": np.array(1.5 if packed_apart else 1.0, np.float32),
        "pads": np.array([0, 0, 0, 1, 0, 0, 1, 1], np.int64),
        "kernel": rng.normal(size=(4, 3, 3, 3)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Transpose", ["rgb"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["planes"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["numbers", "mean"], ["less"]),
        helper.make_node("QuantizeLinear", ["less", "one", "middle"], ["packed"]),
        helper.make_node("DequantizeLinear", ["packed", "one", "middle"], ["unpacked"]),
        helper.make_node("Pad", ["unpacked", "pads"], ["padded"]),
        helper.make_node("QuantizeLinear", ["padded", "apart", "middle"], ["again"]),
        helper.make_node("DequantizeLinear", ["again", "apart", "middle"], ["ready"]),
        helper.make_node("Conv", ["ready", "kernel"], ["answer"], strides=[2, 2], pads=[1, 0, 0, 0]),
    ]
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
    session = onnxruntime.InferenceSession(network.SerializeToString(), providers=["CPUExecutionProvider"])
    (values,) = session.run(None, {"rgb": rgb})
    return np.asarray(values)


@pytest.mark.parametrize("packed_apart", [False, True])
def test_a_folded_network_answers_to_the_last_bit_as_before(packed_apart: bool) -> None:
    network = model(packed_apart=packed_apart)
    before = answer(network)
    onnx_folding.fold(network)
    onnx.checker.check_model(network)
    np.testing.assert_array_equal(answer(network), before)
    kinds = {node.op_type for node in network.graph.node}
    assert "Sub" not in kinds
    assert ("Pad" in kinds) is packed_apart  # what is packed anew is kept: to leave it out would change the numbers
