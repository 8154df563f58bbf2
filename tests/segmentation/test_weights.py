"""Weights in files: begun from as they are, or refused in a line."""

from pathlib import Path

import numpy as np
import pytest

from segmentation.errors import SegmentationError
from segmentation.regions import INPUT_WH
from sessions import cli

pytest.importorskip("torch")


def test_a_shipped_network_is_learnt_on_from_where_it_stands(trained: Path) -> None:
    import torch

    from segmentation.engine import WEIGHTS, OnnxNetwork
    from segmentation.network import Lite0Pyramid
    from segmentation.onnx_start import load_onnx

    weights = WEIGHTS.with_name("lite0.fp32.onnx")
    dice = np.random.default_rng(2)
    pictures = dice.integers(0, 256, (4, *INPUT_WH[::-1], 3)).astype(np.uint8)
    network = Lite0Pyramid()
    load_onnx(network, weights, torch.from_numpy(pictures).permute(0, 3, 1, 2).float())
    with torch.no_grad():
        ours = network.eval()(torch.from_numpy(pictures[:1]).permute(0, 3, 1, 2).float())[0].numpy()
    np.testing.assert_allclose(ours, OnnxNetwork(weights).answer(pictures[0]), atol=1e-3)
    with pytest.raises(SegmentationError, match=r"lite0\.int8\.onnx does not hold the fp32 weights"):
        load_onnx(Lite0Pyramid(), WEIGHTS, torch.zeros(1, 3, *INPUT_WH[::-1]))
    with pytest.raises(SegmentationError, match="cannot read the network"):
        load_onnx(Lite0Pyramid(), trained / "data" / "labelmap.txt", torch.zeros(1, 3, *INPUT_WH[::-1]))


def test_weights_that_do_not_fit_are_refused_in_one_line(trained: Path) -> None:
    from segmentation.lite0 import load_state
    from segmentation.network import Lite0Pyramid

    with pytest.raises(SegmentationError, match="does not hold weights of this network"):
        load_state(Lite0Pyramid(), trained / "data" / "labelmap.txt")


def test_empty_and_torn_files_are_refused_in_one_line_wherever_weights_are_read(trained: Path, tmp_path: Path) -> None:
    from segmentation import fcn, torch_file
    from segmentation.lite0 import load_state
    from segmentation.network import Lite0Encoder, Lite0Pyramid

    whole = (trained / "out" / "checkpoint.pt").read_bytes()
    broken = {"empty.pt": b"", "text.pt": b"hello\n", "half.pt": whole[: len(whole) // 2], "zeros.pt": bytes(999)}
    for name, data in broken.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(ValueError, match="PyTorch did not write this file, or not all of it is there"):
            torch_file.read(path)
        for read in (fcn.read, fcn.build, lambda at: load_state(Lite0Pyramid(), at), Lite0Encoder().load_imagenet):
            with pytest.raises(SegmentationError, match=f"{name} (does not hold|holds no)"):
                read(path)


@pytest.mark.parametrize("verb", ["segment", "evaluate"])
def test_a_checkpoint_is_not_taken_for_weights_and_says_what_is(
    verb: str, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = tmp_path / "checkpoint.pt"
    alone.write_bytes((trained / "out" / "checkpoint.pt").read_bytes())
    for wrong, told in (
        (trained / "out" / "checkpoint.pt", f"give --weights {trained / 'out' / 'lite0.'}"),
        (alone, "finish the training with --resume, which writes lite0.fp32.onnx"),
    ):
        assert cli.main([verb, str(trained / "held"), "--weights", str(wrong)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"slipstream: {wrong} ")
        assert told in line
