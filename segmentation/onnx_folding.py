"""Takes out of an int8 network what only moves numbers about: it answers the same to the last bit, in little more than half the time.

TensorFlow's padding is exported as steps of its own, which the quantiser keeps in fp32: unpacked, padded, packed again before every
convolution. Convolutions pad by themselves. And bytes less their middle, packed to bytes again, are the bytes that came.
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
    """Let the convolutions of a quantised model pad by themselves, and take bytes as they are; in place."""
    graph = _Graph(model)
    for conv in [node for node in graph.graph.node if node.op_type == "Conv"]:
        chain = graph.before(conv.input[0], "DequantizeLinear", "QuantizeLinear", "Pad", "DequantizeLinear")
        if chain is None or any(len(graph.takers[node.output[0]]) > 1 for node in chain[:3]):
            continue
        unpack, pack, pad, packed = chain
        # Padding adds zeros, which every range holds; so both sides are packed alike.
        if any(
            graph.constants[one] != graph.constants[other] for one, other in zip(unpack.input[1:], packed.input[1:], strict=True)
        ):
            continue
        _pad_by_itself(conv, graph.constants[pad.input[1]])
        conv.input[0] = pad.input[0]
        graph.leave_out(unpack, pack, pad)
    for unpack in [node for node in graph.graph.node if node.op_type == "DequantizeLinear"]:
        first = graph.before(unpack.input[0], "QuantizeLinear", "Sub", "Cast")
        if first is not None and _is_nothing(graph, *first):
            pack, less, cast = first
            unpack.input[0] = cast.input[0]
            graph.leave_out(pack, less, cast)
    graph.finish()


def _pad_by_itself(conv: NodeProto, pads: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
    """Add pads, (8,) before and after each of n, c, h, w, to those of a convolution."""
    own = next((attribute for attribute in conv.attribute if attribute.name == "pads"), None)
    sums = np.array(own.ints if own else (0, 0, 0, 0)) + pads[[2, 3, 6, 7]]
    if own is not None:
        conv.attribute.remove(own)
    conv.attribute.append(helper.make_attribute("pads", [int(value) for value in sums]))


def _is_nothing(graph: _Graph, pack: NodeProto, less: NodeProto, cast: NodeProto) -> bool:
    """Return whether bytes, less a mean, packed by steps of one around that mean, come out as they went in."""
    step, middle = (graph.constants[name] for name in pack.input[1:])
    mean = graph.constants[less.input[1]]
    only = all(len(graph.takers[node.output[0]]) == 1 for node in (pack, less, cast))
    return only and bool(np.isclose(step, 1.0, atol=1e-5) and np.allclose(mean, middle, atol=1e-3))
