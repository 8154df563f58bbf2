"""A training that was stopped goes on as if it had not been, and nothing of it is overwritten."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from segmentation import training_set
from segmentation.errors import SegmentationError
from sessions import cli
from tests.segmentation.conftest import QUICK

pytest.importorskip("torch")


def test_a_finished_training_is_not_overwritten_and_goes_on_where_it_stopped(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = shutil.copytree(trained / "out", tmp_path / "out")
    again = ["train", str(trained / "data"), str(trained / "held"), "-o", str(out), "--hold-out", "held"]
    assert cli.main(again) == 2
    assert "go on with --resume" in capsys.readouterr().err
    assert cli.main([*again, "--resume", "--epochs", "3", "--steps", "2", "--batch", "2"]) == 0
    assert "epoch 3/3" in capsys.readouterr().out
    assert len((out / "epochs.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("words", "differs"),
    [
        (["--seed", "2"], "seed 1, and now it is 2"),
        (["--steps", "3"], "steps 2, and now it is 3"),
        (["--hold-out", "data"], "data 3 to learn from and 3 held out ("),
        (["--start", "START"], "start pretrained weights, and now it is lite0.fp32.onnx ("),
    ],
)
def test_a_training_of_something_else_is_not_gone_on_with(
    words: list[str], differs: str, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(trained / "out" / "checkpoint.pt", tmp_path)
    words = [str(trained / "out" / "lite0.fp32.onnx") if word == "START" else word for word in words]
    data = [str(trained / name) for name in ("data", "held")]
    assert cli.main(["train", *data, "-o", str(tmp_path), *QUICK, *words, "--resume", "--quiet"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert f"checkpoint.pt began with {differs}" in line
    assert "give the same, or choose another folder" in line


def test_a_relabelled_picture_is_other_data(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [shutil.copytree(trained / name, tmp_path / name) for name in ("data", "held", "out")]
    mask = tmp_path / "data" / "SegmentationClass" / "f1.png"
    cv2.imwrite(str(mask), cv2.imread(str(mask))[:, ::-1])
    assert cli.main(["train", *map(str, folders[:2]), "-o", str(folders[2]), *QUICK, "--resume", "--quiet"]) == 2
    assert "began with data 3 to learn from" in capsys.readouterr().err


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


def test_a_training_gone_on_with_draws_as_one_that_never_stopped(tmp_path: Path) -> None:
    """Styles are mixed and neurons left out by PyTorch's own dice."""
    import torch

    from segmentation import checkpoint, training

    class Learner:
        def epoch(self, _: int, __: training.Course) -> Iterator[dict[str, float]]:
            yield {"drawn": float(torch.rand(()))}

        def finder(self) -> None: ...

        def state(self) -> dict[str, int]:
            return {}

        def restore(self, _: dict[str, int]) -> None: ...

    class StopError(Exception): ...

    def run(folder: Path, *, stop: bool = False) -> list[float]:
        def on_epoch(line: training.Epoch) -> None:
            if stop and line.number == 1:
                raise StopError

        folder.mkdir(exist_ok=True)
        course = training.Course(4, 9)
        begun = checkpoint.begun(folder, {})
        log = training.run(Learner(), [], course, begun, on_step=lambda *_: None, on_epoch=on_epoch)  # type: ignore[arg-type]
        return [line["loss"]["drawn"] for line in log]

    whole = run(tmp_path / "whole")
    with pytest.raises(StopError):
        run(tmp_path / "stopped", stop=True)
    assert run(tmp_path / "stopped") == whole
    assert len(set(whole)) == 4


def test_a_folder_that_cannot_be_written_is_refused_before_pictures_are_read(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda _, __: False)  # who runs tests as root may write everywhere
    monkeypatch.setattr(training_set, "gather", lambda *_, **__: pytest.fail("pictures were read"))
    assert cli.main(["train", str(trained / "data"), "-o", str(tmp_path), "--quiet"]) == 2
    assert f"cannot write {tmp_path}: no permission in it; choose another place" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="wants a disk that is full")
def test_a_checkpoint_that_does_not_fit_on_the_disk_is_told_as_such(tmp_path: Path) -> None:
    from segmentation import checkpoint

    (tmp_path / f".{checkpoint.CHECKPOINT}.part").symlink_to("/dev/full")
    with pytest.raises(SegmentationError, match=r"cannot write to .*: No space left on device"):
        checkpoint.Checkpoint(tmp_path, {}).keep([], {}, None)
    assert not list(tmp_path.iterdir())


def test_a_torn_checkpoint_is_not_gone_on_with(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"")
    data = [str(trained / name) for name in ("data", "held")]
    assert cli.main(["train", *data, "-o", str(tmp_path), *QUICK, "--resume", "--quiet"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "is no checkpoint of this training" in line
    assert "start anew in another folder" in line
