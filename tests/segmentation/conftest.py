"""Labelled pictures, and one short training with random weights, for all tests that look at what it left."""

from pathlib import Path

import pytest

from segmentation.dataset import Labelled, load, read_folder
from sessions import cli
from tests.segmentation.drawn import cvat_masks

QUICK = ["--epochs", "2", "--steps", "2", "--batch", "2", "--hold-out", "held"]


@pytest.fixture
def pictures(tmp_path: Path) -> list[Labelled]:
    """The three pictures of an export, in memory."""
    return [load(example) for example in read_folder(cvat_masks(tmp_path / "data"))]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `data`, `held` and what a training on them left in `out`; nothing in it may be changed."""
    folder = tmp_path_factory.mktemp("training")
    for name, grey in (("data", 90), ("held", 100)):
        cvat_masks(folder / name, grey=grey)
    assert cli.main(["train", str(folder / "data"), str(folder / "held"), "-o", str(folder / "out"), *QUICK, "--quiet"]) == 0
    return folder
