"""FCN ResNet101, which this began with, learns and runs by the same commands."""

import json
from pathlib import Path

import numpy as np
import pytest

from segmentation.dataset import Labelled
from sessions import cli

pytest.importorskip("torch")


def test_the_network_this_began_with_trains_and_runs_by_the_same_commands(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "fcn"
    words = ["--model", "fcn_resnet101", "--random-start", "--epochs", "1", "--size", "96x56", "--hold-out", "held"]
    assert cli.main(["train", str(trained / "data"), str(trained / "held"), "-o", str(out), *words]) == 0
    results = json.loads((out / "results.json").read_text())
    assert results["epochs"][0]["loss"]["classes"] > 0
    picture = str(trained / "held" / "JPEGImages" / "f0.jpg")
    assert cli.main(["segment", picture, "--model", "fcn_resnet101", "--weights", str(out / "fcn_resnet101.pt")]) == 0
    for wrong, model, told in (
        (out / "checkpoint.pt", "fcn_resnet101", f"give --model fcn_resnet101 --weights {out / 'fcn_resnet101.pt'}"),
        (out / "checkpoint.pt", "lite0", f"give --model fcn_resnet101 --weights {out / 'fcn_resnet101.pt'}"),
        (out / "fcn_resnet101.pt", "lite0", f"give --model fcn_resnet101 --weights {out / 'fcn_resnet101.pt'}"),
        (trained / "out" / "checkpoint.pt", "fcn_resnet101", f"give --weights {trained / 'out' / 'lite0.'}"),
        (trained / "out" / "lite0.fp32.onnx", "fcn_resnet101", "leave --model out"),
    ):
        assert cli.main(["segment", picture, "--model", model, "--weights", str(wrong)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"slipstream: {wrong} ")
        assert told in line


def test_only_its_new_classifier_learns_and_the_pictures_set_the_normalisation(pictures: list[Labelled]) -> None:
    from segmentation import fcn
    from segmentation.fcn_learner import normalisation

    network = fcn.build(random=True)
    assert {name.split(".")[0] for name, parameter in network.named_parameters() if parameter.requires_grad} == {"classifier"}
    pixels = np.concatenate([labelled.rgb.reshape(-1, 3) for labelled in pictures]) / 255
    norm = normalisation(pictures)
    np.testing.assert_allclose(norm.mean, pixels.mean(0), atol=1e-6)
    np.testing.assert_allclose(norm.std, pixels.std(0), atol=1e-5)


def test_steps_of_one_picture_each_learn_too(pictures: list[Labelled]) -> None:
    from segmentation import fcn
    from segmentation.fcn_learner import FcnLearner, FcnSettings, normalisation
    from segmentation.training import Course

    network = fcn.Fcn(fcn.build(random=True), normalisation(pictures), (96, 56))
    for batch, steps in ((1, 3), (2, 1)):  # of the second the picture left over is none
        learner = FcnLearner(network, pictures, FcnSettings(batch=batch, size_wh=(96, 56)))
        assert len(list(learner.epoch(0, Course(1, 1)))) == steps


def test_frozen_layers_of_the_network_this_began_with_do_not_drift(pictures: list[Labelled]) -> None:
    from segmentation import fcn
    from segmentation.fcn_learner import FcnLearner, FcnSettings, normalisation
    from segmentation.training import Course

    learner = FcnLearner(
        fcn.Fcn(fcn.build(random=True), normalisation(pictures), (96, 56)), pictures, FcnSettings(batch=3, size_wh=(96, 56))
    )
    before = {name: value.clone() for name, value in learner.fcn.network.state_dict().items()}
    list(learner.epoch(0, Course(1, 1)))
    changed = {name.split(".")[0] for name, value in learner.fcn.network.state_dict().items() if (value != before[name]).any()}
    assert changed == {"classifier"}


@pytest.mark.parametrize("size", ["0x0", "640x-3", "640", "axb"])
def test_a_size_that_no_picture_has_is_refused(tmp_path: Path, size: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["-o", str(tmp_path / "out"), "--model", "fcn_resnet101", "--random-start", "--size", size]
    assert cli.main(["train", str(tmp_path), *out]) == 2
    assert "--size wants" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
