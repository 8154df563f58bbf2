"""Small trainings with random weights: what matters is that they run, learn, and leave what others can use."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from segmentation import training_plot
from segmentation.evaluation import summed
from sessions import cli, training_job
from tests.segmentation.drawn import cvat_masks

pytest.importorskip("torch")


def test_a_training_leaves_weights_a_log_and_a_plot(trained: Path) -> None:
    out = trained / "out"
    results = json.loads((out / "results.json").read_text())
    assert [line["number"] for line in results["epochs"]] == [0, 1]
    assert {"dice", "box_iou", "recall"} <= set(results["epochs"][0]["marks"])
    assert (out / "training.png").stat().st_size > 5_000
    assert (out / "lite0.fp32.onnx").stat().st_size + (trained / "out" / "checkpoint.pt").stat().st_size > 1e7
    assert results["int8_accepted"] == (out / "lite0.int8.onnx").exists()


def test_int8_is_not_accepted_where_there_is_nothing_to_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, grey in (("data", 90), ("held", 100)):
        cvat_masks(tmp_path / name, grey=grey)
    for mask in (tmp_path / "held" / "SegmentationClass").iterdir():
        cv2.imwrite(str(mask), np.zeros_like(cv2.imread(str(mask))))
    short = ["--epochs", "1", "--steps", "1", "--batch", "2", "--hold-out", "held"]
    assert cli.main(["train", str(tmp_path / "data"), str(tmp_path / "held"), "-o", str(tmp_path / "out"), *short]) == 0
    assert "int8 against fp32: no car to judge them by: refused, use fp32" in "".join(capsys.readouterr())
    assert not json.loads((tmp_path / "out" / "results.json").read_text())["int8_accepted"]
    assert not (tmp_path / "out" / "lite0.int8.onnx").exists()


def test_int8_may_show_no_more_cars_where_there_is_none() -> None:
    known = replace(summed([], "held out"), recall=0.9, precision=0.95, box_iou=0.8, dice=0.9, false_alarms=0.2)
    verdicts = [
        training_job.int8_verdict(known, replace(known, false_alarms=alarms)) for alarms in (0.1, 0.2, 0.25, float("nan"))
    ]
    assert [accepted for accepted, _ in verdicts] == [True, True, False, True]
    assert "dice +0.0000, false_alarms +0.0500" in verdicts[2][1]
    assert not training_job.int8_verdict(known, replace(known, recall=0.85))[0]


def test_of_an_epoch_only_what_is_known_is_said() -> None:
    known = replace(summed([], "held out"), box_iou=0.8, recall=0.9)
    assert training_job.mark_words(known) == ", box IoU 0.800, recall 0.900"


def test_an_epoch_alone_is_a_dot_in_the_plot(tmp_path: Path) -> None:
    line = {"number": 0, "loss": {"classes": 0.5}, "marks": {"dice": None, "box_iou": 0.8, "recall": 0.9, "precision": 0.7}}
    training_plot.draw([line], tmp_path / "plot.png")
    picture = cv2.imread(str(tmp_path / "plot.png")).astype(int)
    coloured = np.ptp(picture, axis=2) > 60
    for middle in (318, 920):  # of each half; the words for what is drawn lie to the right
        assert coloured[:, middle - 40 : middle + 40].any()


def test_its_weights_run_in_the_other_commands(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = trained / "held" / "JPEGImages" / "f0.jpg"
    weights = trained / "out" / "lite0.fp32.onnx"
    assert cli.main(["segment", str(picture), "--weights", str(weights)]) == 0
    assert cli.main(["evaluate", str(trained / "held"), "--weights", str(weights), "--json"]) == 0
    marks = json.loads(capsys.readouterr().out.partition("{")[2].join(["{", ""]))
    assert marks["sequences"][0]["pictures"] == 3


def test_a_training_keeps_pictures_as_wide_as_its_recipe_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours were made with smaller ones than are usual now; their recipes make them again."""
    cvat_masks(tmp_path / "data")  # 384 px wide
    taught = []
    monkeypatch.setattr(training_job, "_train_lite0", lambda _, pictures, __: taught.extend(pictures.pictures))
    for widest_px in (256, 512, 0):
        text = f'model = "lite0"\nseed = 1\nepochs = 1\nwidest_px = {widest_px}\n[[data]]\nfolder = "data"\nshare = 1.0\n'
        (tmp_path / "r.toml").write_text(text)
        out = ["-o", str(tmp_path / f"out{widest_px}")]
        done = cli.main(["train", "--recipe", str(tmp_path / "r.toml"), "--root", str(tmp_path), *out])
        assert (done, {labelled.rgb.shape[1] for labelled in taught}) == {256: (0, {256}), 512: (0, {384}), 0: (2, set())}[
            widest_px
        ]
        taught.clear()
    assert "leaves no picture; 1920 is usual" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["data", "--recipe", "r.toml"], "a --recipe names its data and its model"),
        (["--recipe", "r.toml", "--model", "fcn_resnet101"], "a --recipe names its data and its model"),
        (["data", "--random-start"], "--random-start is for --model fcn_resnet101"),
        (["data", "--model", "fcn_resnet101", "--random-start", "--start", "w.pt"], "and without --start"),
        (["data", "--learning-rate", "1e300"], "nothing is learnt at a learning rate of 1e+300; 0.001 is a usual one"),
        (["data", "--model", "fcn_resnet101", "--learning-rate", "2"], "nothing is learnt at a learning rate of 2"),
    ],
)
def test_nothing_that_is_asked_for_is_passed_over(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("r.toml").write_text('model = "lite0"\nseed = 1\nepochs = 1\ndata = []\n')
    assert cli.main(["train", *words, "-o", "out"]) == 2
    assert told in capsys.readouterr().err
    assert not Path("out").exists()
