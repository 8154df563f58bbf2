"""Small trainings with random weights: what matters is that they run, learn, stop, go on, and write what others can use."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from segmentation import crops, training_plot
from segmentation.dataset import Labelled, load, read_folder
from segmentation.errors import SegmentationError
from segmentation.evaluation import summed
from segmentation.regions import INPUT_WH
from sessions import cli, demo, training_job
from tests.segmentation.drawn import cvat_masks

pytest.importorskip("torch")

QUICK = ["--epochs", "2", "--steps", "2", "--batch", "2", "--hold-out", "held"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    for name in ("data", "held"):
        cvat_masks(folder / name)
    assert cli.main(["train", str(folder / "data"), str(folder / "held"), "-o", str(folder / "out"), *QUICK, "--quiet"]) == 0
    return folder


def test_a_training_leaves_weights_a_log_and_a_plot(trained: Path) -> None:
    out = trained / "out"
    results = json.loads((out / "results.json").read_text())
    assert [line["number"] for line in results["epochs"]] == [0, 1]
    assert {"dice", "box_iou", "recall"} <= set(results["epochs"][0]["marks"])
    assert (out / "training.png").stat().st_size > 5_000
    assert (out / "lite0.fp32.onnx").stat().st_size + (trained / "out" / "checkpoint.pt").stat().st_size > 1e7
    assert results["int8_accepted"] == (out / "lite0.int8.onnx").exists()


def test_int8_is_not_accepted_where_there_is_nothing_to_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("data", "held"):
        cvat_masks(tmp_path / name)
    for mask in (tmp_path / "held" / "SegmentationClass").iterdir():
        cv2.imwrite(str(mask), np.zeros_like(cv2.imread(str(mask))))
    short = ["--epochs", "1", "--steps", "1", "--batch", "2", "--hold-out", "held"]
    assert cli.main(["train", str(tmp_path / "data"), str(tmp_path / "held"), "-o", str(tmp_path / "out"), *short]) == 0
    assert "int8 against fp32: no car to judge them by: refused, use fp32" in "".join(capsys.readouterr())
    assert not json.loads((tmp_path / "out" / "results.json").read_text())["int8_accepted"]
    assert not (tmp_path / "out" / "lite0.int8.onnx").exists()


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


def test_a_finished_training_is_not_overwritten_and_goes_on_where_it_stopped(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = ["train", str(trained / "data"), str(trained / "held"), "-o", str(trained / "out"), "--hold-out", "held"]
    assert cli.main(again) == 2
    assert "go on with --resume" in capsys.readouterr().err
    assert cli.main([*again, "--resume", "--epochs", "3", "--steps", "2", "--batch", "2"]) == 0
    assert "epoch 3/3" in capsys.readouterr().out
    assert len((trained / "out" / "epochs.jsonl").read_text().splitlines()) == 3


def test_weights_without_their_training_are_not_replaced(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("lite0.int8.onnx", "fcn_resnet101.pt"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_bytes(b"dear")
        for more in ([], ["--resume"]):
            assert cli.main(["train", str(trained / "data"), "-o", str(folder), *QUICK, *more]) == 2
            assert f"holds {name}, and no training to go on with" in capsys.readouterr().err
        assert [path.read_bytes() for path in folder.iterdir()] == [b"dear"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["data", "--recipe", "r.toml"], "a --recipe names its data and its model"),
        (["--recipe", "r.toml", "--model", "fcn_resnet101"], "a --recipe names its data and its model"),
        (["data", "--random-start"], "--random-start is for --model fcn_resnet101"),
        (["data", "--model", "fcn_resnet101", "--random-start", "--start", "w.pt"], "and without --start"),
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


def test_the_same_seed_gives_the_same_pieces(tmp_path: Path) -> None:
    pictures = [load(example) for example in read_folder(cvat_masks(tmp_path / "data"))]
    shares = crops.Shares([pictures], [1.0])
    streams = [shares.pieces(seed, INPUT_WH, stride=4, unit_px=16.0) for seed in (5, 5, 6)]
    first, same, other = ([next(stream) for _ in range(4)] for stream in streams)
    for a, b in zip(first, same, strict=True):
        np.testing.assert_array_equal(a.rgb, b.rgb)
        np.testing.assert_array_equal(a.target.centre, b.target.centre)
    assert any((a.rgb != b.rgb).any() for a, b in zip(first, other, strict=True))


def test_a_pieces_target_says_where_its_car_is(tmp_path: Path) -> None:
    labelled = load(read_folder(cvat_masks(tmp_path / "data"))[0])
    dice = np.random.default_rng(0)
    for _ in range(20):
        piece = crops.cut_piece(labelled, dice, INPUT_WH, stride=4, unit_px=16.0)
        for row, column in np.argwhere(piece.target.centre >= 0.999):
            reach = np.exp(piece.target.sides[:, row, column]) * 16
            x, y = (column + 0.5) * 4, (row + 0.5) * 4
            rows = slice(int((y - reach[1]) / 4 + 1), int((y + reach[3]) / 4))
            columns = slice(int((x - reach[0]) / 4 + 1), int((x + reach[2]) / 4))
            inside = piece.target.classes[0, rows, columns]
            if inside.size == 0:
                continue
            assert inside.mean() > 0.9


def test_what_a_piece_asks_of_the_mask_lies_no_half_pixel_aside() -> None:
    dice = np.random.default_rng(3)
    away = []
    for _ in range(60):
        w, h = (int(size) for size in dice.integers(150, 300, 2))
        x, y = int(dice.integers(0, 1280 - w)), int(dice.integers(0, 720 - h))
        ids = np.zeros((720, 1280), np.uint8)
        ids[y : y + h, x : x + w] = 1
        box = np.array([[x, y, x + w, y + h]], float)
        labelled = Labelled("s", Path("p"), np.full((720, 1280, 3), 90, np.uint8), box, np.empty((0, 4)), ids)
        asked = crops.cut_piece(labelled, dice, INPUT_WH, stride=4, unit_px=16.0).target
        inner = asked.classes[0, 1:-1, 1:-1].sum() == asked.classes[0].sum()
        if asked.centre.max() >= 0.999 and inner:  # the whole car lies in the piece
            row, column = np.unravel_index(asked.centre.argmax(), asked.centre.shape)
            reach = np.exp(asked.sides[:, row, column]) * 16
            rows = np.arange(len(asked.centre)) * 4 + 2
            middle = (asked.classes[0].sum(1) * rows).sum() / asked.classes[0].sum()
            away.append(middle - (row * 4 + 2 + (reach[3] - reach[1]) / 2))
    assert len(away) > 15
    assert abs(np.mean(away)) < 0.15  # of a pixel of the input


def test_the_network_this_began_with_trains_and_runs_by_the_same_commands(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = trained / "fcn"
    words = ["--model", "fcn_resnet101", "--random-start", "--epochs", "1", "--size", "96x56", "--hold-out", "held"]
    assert cli.main(["train", str(trained / "data"), str(trained / "held"), "-o", str(out), *words]) == 0
    results = json.loads((out / "results.json").read_text())
    assert results["epochs"][0]["loss"]["classes"] > 0
    picture = str(trained / "held" / "JPEGImages" / "f0.jpg")
    assert cli.main(["segment", picture, "--model", "fcn_resnet101", "--weights", str(out / "fcn_resnet101.pt")]) == 0
    assert cli.main(["segment", picture, "--model", "fcn_resnet101", "--weights", str(trained / "out" / "checkpoint.pt")]) == 2
    assert "holds no FCN ResNet101" in capsys.readouterr().err


def test_only_its_new_classifier_learns_and_the_pictures_set_the_normalisation(tmp_path: Path) -> None:
    from segmentation import fcn
    from segmentation.fcn_learner import normalisation

    network = fcn.build(random=True)
    assert {name.split(".")[0] for name, parameter in network.named_parameters() if parameter.requires_grad} == {"classifier"}
    pictures = [load(example) for example in read_folder(cvat_masks(tmp_path / "data"))]
    pixels = np.concatenate([labelled.rgb.reshape(-1, 3) for labelled in pictures]) / 255
    norm = normalisation(pictures)
    np.testing.assert_allclose(norm.mean, pixels.mean(0), atol=1e-6)
    np.testing.assert_allclose(norm.std, pixels.std(0), atol=1e-5)


def test_steps_of_one_picture_each_learn_too(tmp_path: Path) -> None:
    from segmentation import fcn
    from segmentation.fcn_learner import FcnLearner, FcnSettings, normalisation
    from segmentation.training import Course

    pictures = [load(example) for example in read_folder(cvat_masks(tmp_path / "data"))]
    network = fcn.Fcn(fcn.build(random=True), normalisation(pictures), (96, 56))
    for batch, steps in ((1, 3), (2, 1)):  # of the second the picture left over is none
        learner = FcnLearner(network, pictures, FcnSettings(batch=batch, size_wh=(96, 56)))
        assert len(list(learner.epoch(0, Course(1, 1)))) == steps


def test_a_training_gone_on_with_draws_as_one_that_never_stopped(tmp_path: Path) -> None:
    """Styles are mixed and neurons left out by PyTorch's own dice."""
    import torch

    from segmentation import training

    class Learner:
        def epoch(self, _: int, __: training.Course) -> Iterator[dict[str, float]]:
            yield {"drawn": float(torch.rand(()))}

        def finder(self) -> None: ...

        def state(self) -> dict[str, int]:
            return {}

        def restore(self, _: dict[str, int]) -> None: ...

    class StopError(Exception): ...

    def run(folder: Path, *, stop: bool = False, resume: bool = False) -> list[float]:
        def on_epoch(line: training.Epoch) -> None:
            if stop and line.number == 1:
                raise StopError

        folder.mkdir(exist_ok=True)
        course = training.Course(4, 9)
        log = training.run(Learner(), [], course, folder, resume=resume, on_step=lambda *_: None, on_epoch=on_epoch)  # type: ignore[arg-type]
        return [line["loss"]["drawn"] for line in log]

    whole = run(tmp_path / "whole")
    with pytest.raises(StopError):
        run(tmp_path / "stopped", stop=True)
    assert run(tmp_path / "stopped", resume=True) == whole
    assert len(set(whole)) == 4


def test_frozen_layers_of_the_network_this_began_with_do_not_drift(tmp_path: Path) -> None:
    from segmentation import fcn
    from segmentation.fcn_learner import FcnLearner, FcnSettings, normalisation
    from segmentation.training import Course

    pictures = [load(example) for example in read_folder(cvat_masks(tmp_path / "data"))]
    learner = FcnLearner(
        fcn.Fcn(fcn.build(random=True), normalisation(pictures), (96, 56)), pictures, FcnSettings(batch=3, size_wh=(96, 56))
    )
    before = {name: value.clone() for name, value in learner.fcn.network.state_dict().items()}
    list(learner.epoch(0, Course(1, 1)))
    changed = {name.split(".")[0] for name, value in learner.fcn.network.state_dict().items() if (value != before[name]).any()}
    assert changed == {"classifier"}


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


def test_kept_stages_stay_and_the_rest_learns(tmp_path: Path) -> None:
    from segmentation.lite0 import Lite0Learner, Lite0Settings
    from segmentation.training import Course

    pictures = [load(example) for example in read_folder(cvat_masks(tmp_path / "data"))]
    settings = Lite0Settings(steps=1, batch=2, kept_stages=2, half=True)
    learner = Lite0Learner(crops.Shares([pictures], [1.0]), settings, start=None)
    before = {name: value.clone() for name, value in learner.network.state_dict().items()}
    list(learner.epoch(0, Course(1, 1)))
    changed = {name for name, value in learner.network.state_dict().items() if (value != before[name]).any()}
    kept = [
        name
        for name in before
        if name.startswith(("encoder._conv_stem", "encoder._bn0", "encoder._blocks.0.", "encoder._blocks.2."))
    ]
    assert kept
    assert not changed & set(kept)
    assert {"head.weight", "encoder._blocks.3._project_conv.weight", "encoder._blocks.3._bn0.running_mean"} <= changed


def test_styles_are_mixed_among_pictures_while_learning_and_never_after() -> None:
    import torch

    from segmentation.network import Lite0Pyramid

    torch.manual_seed(1)
    network = Lite0Pyramid()
    network.encoder.keep(6)  # the only thing that training then changes is the mixing
    dark_and_bright = torch.rand(2, 3, 64, 64) * 60 + torch.tensor([20.0, 180.0]).view(2, 1, 1, 1)
    with torch.no_grad():
        plain = network.encoder(dark_and_bright)[1]
        network.encoder.mix_style = 1.0
        mixed = [network.encoder(dark_and_bright)[1] for _ in range(20)]
        network.eval()
        settled = network.encoder(dark_and_bright)[1]
    torch.testing.assert_close(settled, plain)
    assert any(not torch.allclose(one, plain, atol=1e-3) for one in mixed)
    means, own = torch.stack([one.mean((2, 3)) for one in mixed]), plain.mean((2, 3))
    apart = (own[0] - own[1]).abs()
    told = apart > apart.median()
    places = (means - own[1])[..., told] / (own[0] - own[1])[told]
    assert places.mean(-1).min() > -0.3
    assert places.mean(-1).max() < 1.3


def test_what_is_kept_holds_its_share_of_what_was_begun_from(tmp_path: Path) -> None:
    from segmentation.engine import WEIGHTS
    from segmentation.lite0 import Lite0Learner, Lite0Settings
    from segmentation.training import Course

    data = crops.Shares([[load(example) for example in read_folder(cvat_masks(tmp_path / "data"))]], [1.0])
    settings = Lite0Settings(steps=1, batch=2, keep_start=0.25)
    with pytest.raises(SegmentationError, match="give them with --start"):
        Lite0Learner(data, settings, start=None)
    learner = Lite0Learner(data, settings, start=WEIGHTS.with_name("lite0.fp32.onnx"))
    begun = learner.network.state_dict()["head.weight"].clone()
    list(learner.epoch(0, Course(1, 1)))
    learnt = learner.state()["mean"]["head.weight"]
    assert (learnt != begun).any()
    np.testing.assert_allclose(learner.network.state_dict()["head.weight"], 0.25 * begun + 0.75 * learnt, atol=1e-7)


def test_frames_of_a_clip_come_back_from_cvat_into_a_training(tmp_path: Path) -> None:
    """Pictures leave by `frames`, masks are drawn as CVAT draws them, and the export is learnt from as it is."""
    frames = tmp_path / "frames"
    clip = Path(demo.__file__).with_name("onboard.mp4")
    assert cli.main(["frames", str(clip), "--every", "3", "--to", "10", "-o", str(frames)]) == 0
    pictures = sorted(frames.glob("*.png"))
    assert len(pictures) == 4
    export = tmp_path / "export"
    for part in ("JPEGImages", "SegmentationClass"):
        (export / part).mkdir(parents=True)
    (export / "labelmap.txt").write_text("# label:color_rgb:parts:actions\nbackground:0,0,0::\ncar:250,50,83::\n")
    for picture in pictures:
        shutil.copy(picture, export / "JPEGImages")
        mask = np.zeros_like(cv2.imread(str(picture)))
        mask[240:300, 560:700] = (83, 50, 250)  # OpenCV writes blue first
        cv2.imwrite(str(export / "SegmentationClass" / picture.name), mask)
    short = ["--epochs", "1", "--steps", "1", "--batch", "2", "--quiet"]
    assert cli.main(["train", str(export), "-o", str(tmp_path / "out"), *short]) == 0
    assert (tmp_path / "out" / "lite0.fp32.onnx").exists()
    nowhere = ["--start", str(tmp_path / "none.onnx"), "-o", str(tmp_path / "refused")]
    assert cli.main(["train", str(export), *short, *nowhere]) == 2
    assert not (tmp_path / "refused").exists()


def test_a_stretch_without_frames_is_named_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = Path(demo.__file__).with_name("onboard.mp4")
    assert cli.main(["frames", str(clip), "--from", "10", "--to", "5", "-o", str(tmp_path / "frames")]) == 2
    assert "no frame from 10 s to 5 s; choose another --from or --to" in capsys.readouterr().err


@pytest.mark.parametrize("start_s", ["-5", "-0.5"])
def test_pictures_keep_their_distance_where_frames_begin_later_than_asked(start_s: str, tmp_path: Path) -> None:
    clip = Path(demo.__file__).with_name("onboard.mp4")
    words = ["frames", str(clip), f"--from={start_s}", "--every", "3", "--to", "10", "-o", str(tmp_path)]
    assert cli.main(words) == 0
    assert [path.stem for path in sorted(tmp_path.iterdir())] == [f"onboard-0000{at}.000" for at in (0, 3, 6, 9)]


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


def test_a_torn_checkpoint_is_not_gone_on_with(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"")
    data = [str(trained / name) for name in ("data", "held")]
    assert cli.main(["train", *data, "-o", str(tmp_path), *QUICK, "--resume", "--quiet"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "is no checkpoint of this training" in line
    assert "start anew in another folder" in line


@pytest.mark.parametrize("size", ["0x0", "640x-3", "640", "axb"])
def test_a_size_that_no_picture_has_is_refused(tmp_path: Path, size: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["-o", str(tmp_path / "out"), "--model", "fcn_resnet101", "--random-start", "--size", size]
    assert cli.main(["train", str(tmp_path), *out]) == 2
    assert "--size wants" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
