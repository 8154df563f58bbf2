"""Takes out of an int8 network what only moves numbers about: it answers the same to the last bit, in little more than half the time.

TensorFlow's padding is exported as steps of its own, which the quantiser keeps in fp32: unpacked, padded, packed again before every
convolution. Convolutions pad by themselves. And bytes, less their middle, scaled, are what unpacking them gives.
"""

from collections import defaultdict

import numpy as np
from onnx import ModelProto, NodeProto, helper, numpy_helper


class _Graph:
    """A quantised graph with its nodes by what they take and give; nodes to leave out are noted, and go at the end."""

    def __init__(self, model: ModelProto) -> None:
        self.graph = model.graph
        self.constants = {one.name: numpy_helper.to_array(one) for one in self.graph.initializer}
        self.maker = {name: node for node in self.graph.node for name in node.output}
        self.takers: dict[str, list[NodeProto]] = defaultdict(list)
        for node in self.graph.node:
            for name in node.input:
                self.takers[name].append(node)
        self._out: list[NodeProto] = []

    def before(self, name: str, *kinds: str) -> list[NodeProto] | None:
        """Return the nodes of these kinds that lead to a value, the nearest first; None where others do."""
        chain = []
        for kind in kinds:
            node = self.maker.get(name)
            if node is None or node.op_type != kind:
                return None
            chain.append(node)
            name = node.input[0]
        return chain

    def leave_out(self, *nodes: NodeProto) -> None:
        """Note nodes that nothing needs any more."""
        self._out += nodes

    def finish(self) -> None:
        """Take the noted nodes out, with what only they used; the others keep their order."""
        gone = {id(node) for node in self._out}
        kept = [node for node in self.graph.node if id(node) not in gone]
        used = {name for node in kept for name in node.input}
        constants = [one for one in self.graph.initializer if one.name in used]
        for field, rest in ((self.graph.node, kept), (self.graph.initializer, constants)):
            del field[:]
            field.extend(rest)
        del self.graph.value_info[:]


def fold(model: ModelProto) -> None:
    """Let the convolutions of a quantised model pad by themselves, and unpack bytes as they are needed; in place."""
    graph = _Graph(model)
    for conv in [node for node in graph.graph.node if node.op_type == "Conv"]:
        plain = graph.before(conv.input[0], "Pad")
        packed = graph.before(conv.input[0], "DequantizeLinear", "QuantizeLinear", "Pad", "DequantizeLinear")
        if plain is not None and len(graph.takers[plain[0].output[0]]) == 1:
            _pad_by_itself(graph, conv, plain)
        # Padding adds zeros, which every range holds; so both sides are packed alike.
        elif packed is not None and all(len(graph.takers[node.output[0]]) == 1 for node in packed[:3]) and _alike(graph, *packed):
            _pad_by_itself(graph, conv, packed[:3])
    for times in [node for node in graph.graph.node if node.op_type == "Mul"]:
        normed = graph.before(times.input[0], "Sub", "Cast")
        if normed is not None and all(len(graph.takers[node.output[0]]) == 1 for node in normed):
            _unpack(graph, times, *normed)
    graph.finish()


def _alike(graph: _Graph, unpack: NodeProto, _pack: NodeProto, _pad: NodeProto, packed: NodeProto) -> bool:
    return all(
        graph.constants[one] == graph.constants[other] for one, other in zip(unpack.input[1:], packed.input[1:], strict=True)
    )


def _pad_by_itself(graph: _Graph, conv: NodeProto, chain: list[NodeProto]) -> None:
    """Add the pads of the last node of a chain, (8,) before and after each of n, c, h, w, to those of a convolution behind it."""
    own = next((attribute for attribute in conv.attribute if attribute.name == "pads"), None)
    sums = np.array(own.ints if own else (0, 0, 0, 0)) + graph.constants[chain[-1].input[1]][[2, 3, 6, 7]]
    if own is not None:
        conv.attribute.remove(own)
    conv.attribute.append(helper.make_attribute("pads", [int(value) for value in sums]))
    conv.input[0] = chain[-1].input[0]
    graph.leave_out(*chain)


def _unpack(graph: _Graph, times: NodeProto, less: NodeProto, cast: NodeProto) -> None:
    """Let bytes, less a mean, times a scale be told by one step, where both are the same for all and the mean is a byte."""
    mean, scale = graph.constants[less.input[1]].ravel(), graph.constants[times.input[1]].ravel()
    if np.ptp(mean) or np.ptp(scale) or mean[0] != np.uint8(mean[0]):
        return
    names = [f"{times.name}_{name}" for name in ("scale", "zero_point")]
    for name, value in zip(names, (np.float32(scale[0]), np.uint8(mean[0])), strict=True):
        graph.graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
    place = list(graph.graph.node).index(times)
    graph.graph.node.insert(
        place, helper.make_node("DequantizeLinear", [cast.input[0], *names], [times.output[0]], name=times.name)
    )
    graph.leave_out(times, less, cast)
