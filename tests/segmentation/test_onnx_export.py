"""What is exported says what was trained, of pictures of any size."""

from itertools import islice
from pathlib import Path

import av
import numpy as np
import onnx
import pytest
import torch
from onnx import helper

from segmentation.engine import CLOSE_WH, WEIGHTS, OnnxNetwork
from segmentation.errors import SegmentationError
from segmentation.network import Lite0Pyramid
from segmentation.onnx_export import write_onnx
from segmentation.regions import INPUT_WH
from segmentation.stills import Still
from sessions import demo

FAINT = -4.0  # logit: from here on a cell may be a body
HAZE = 150  # grey that lies over a pale picture
HORIZON_XYXY = (352, 100, 800, 352)


def test_the_quantised_weights_say_of_pale_pictures_nearly_what_the_whole_ones_do() -> None:
    quantised, whole = OnnxNetwork(), OnnxNetwork(WEIGHTS.with_name("lite0.fp32.onnx"))
    with av.open(Path(demo.__file__).with_name("onboard.mp4")) as clip:
        pictures = [frame.to_ndarray(format="rgb24") for frame in islice(clip.decode(video=0), 0, 300, 60)]
    away = []
    for picture in pictures:
        pale = Still((0.3 * picture + 0.7 * HAZE).astype(np.uint8))
        for input_wh, region in ((INPUT_WH, (0, 0, *pale.size_wh)), (INPUT_WH, HORIZON_XYXY), (CLOSE_WH, HORIZON_XYXY)):
            rgb = pale.rgb(input_wh, region)
            told = whole.answer(rgb)[0]
            away.append((quantised.answer(rgb)[0] - told)[told > FAINT])
    # .28 with the first block quantised like the rest, .18 with it in fp32.
    assert np.concatenate(away).std() < 0.23


@pytest.mark.parametrize("size_wh", [INPUT_WH, CLOSE_WH, (96, 32)])
def test_an_exported_network_answers_as_itself_whatever_the_pictures_size(tmp_path: Path, size_wh: tuple[int, int]) -> None:
    torch.manual_seed(3)
    network = Lite0Pyramid().eval()
    write_onnx(network, tmp_path / "w.onnx")
    rgb = np.random.default_rng(3).integers(0, 256, (size_wh[1], size_wh[0], 3), np.uint8)
    with torch.no_grad():
        told = network(torch.from_numpy(rgb).permute(2, 0, 1)[None].float())[0].numpy()
    assert np.allclose(OnnxNetwork(tmp_path / "w.onnx").answer(rgb), told, atol=1e-3)


def test_a_network_that_answers_for_one_size_only_is_refused(tmp_path: Path) -> None:
    model = onnx.load(str(WEIGHTS))
    (answer,) = model.graph.output
    for name, sizes in (("size", [1, 7, INPUT_WH[1] // 4, INPUT_WH[0] // 4]), ("nothing", [0, 0, 0, 0])):
        model.graph.initializer.append(helper.make_tensor(name, onnx.TensorProto.INT64, [4], sizes))
    (last,) = [node for node in model.graph.node if answer.name in node.output]
    last.output[0] = "of any size"
    for kind, takes, gives in (
        ("Shape", ["of any size"], "its size"),
        ("Mul", ["its size", "nothing"], "no size"),
        ("Add", ["no size", "size"], "one size"),
        ("Resize", ["of any size", "", "", "one size"], answer.name),
    ):
        model.graph.node.append(helper.make_node(kind, takes, [gives]))
    onnx.save(model, str(tmp_path / "w.onnx"))
    with pytest.raises(SegmentationError, match="one size"):
        OnnxNetwork(tmp_path / "w.onnx")
