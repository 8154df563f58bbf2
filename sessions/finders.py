"""The network that a command asks for, by name and weights."""

import zipfile
from pathlib import Path
from typing import Protocol

from segmentation.engine import Engine, OnnxNetwork
from segmentation.errors import SegmentationError
from segmentation.picture import Picture
from segmentation.track import Detections
from sessions.errors import SessionError

TAKEN = {"lite0": ("lite0.int8.onnx", "lite0.fp32.onnx"), "fcn_resnet101": ("fcn_resnet101.pt",)}  # the best first


class Finder(Protocol):
    """What finds the cars of one picture."""

    def forget(self) -> None:
        """Forget the clip so far: what is followed next is another."""
        ...

    def find(self, picture: Picture) -> Detections:
        """Return the cars of a picture that has nothing to do with the one before, with masks as large as it is."""
        ...

    def follow(self, picture: Picture, frame_index: int) -> Detections:
        """Return the cars of a clip's next picture, with masks as large as it is."""
        ...


def find(model: str, weights: Path | None) -> Finder:
    """Return what finds cars in stills.

    Raises:
        SegmentationError: The weights are missing or of another network.
        SessionError: FCN ResNet101 was asked for without weights, or the weights are plainly of the other network or a checkpoint.
    """
    if weights is not None:
        _refuse_other_than_weights(weights, model)
    if model == "lite0":
        return Engine(OnnxNetwork(weights))
    if weights is None:
        raise SessionError(
            "fcn_resnet101 comes without weights; train some with `slipstream train --model fcn_resnet101`, then give --weights"
        )
    try:
        from segmentation import fcn
    except ModuleNotFoundError as error:
        raise SegmentationError(
            f"fcn_resnet101 needs the extra `train` ({error.name} is not installed): pip install 'slipstream[train]'"
        ) from error
    return fcn.FcnEngine(fcn.read(weights))


def _refuse_other_than_weights(path: Path, model: str) -> None:
    """Make sure that a file is not one that a training wrote for something else.

    Raises:
        SessionError: It is; what to give instead is named.
    """
    kept = _pickled(path)
    if kept is None:
        if model != "lite0" and path.suffix.lower() == ".onnx":
            raise SessionError(f"{path} is not of {model}; leave --model out, or give the .pt that its training wrote")
        return
    checkpoint = b"learner" in kept
    of = "fcn_resnet101" if b"fcn_resnet101" in kept or (checkpoint and b"classifier." in kept) else "lite0"
    words = f"--model {of} --weights" if of != "lite0" else "--weights"
    if checkpoint:
        beside = next((path.with_name(name) for name in TAKEN[of] if path.with_name(name).exists()), None)
        finish = f"finish the training with --resume, which writes {TAKEN[of][-1]}"
        raise SessionError(
            f"{path} is a checkpoint to go on with, not weights; {f'give {words} {beside}' if beside is not None else finish}"
        )
    if model == "lite0":
        remedy = f"give {words} {path}" if of != "lite0" else "give the .onnx that its training wrote"
        raise SessionError(f"{path} was written by PyTorch, and --model lite0 takes ONNX; {remedy}")


def _pickled(path: Path) -> bytes | None:
    """Return the table of what a file that PyTorch wrote holds, None where it wrote none; loading that itself takes seconds."""
    try:
        with zipfile.ZipFile(path) as parts:
            return next((parts.read(name) for name in parts.namelist() if name.endswith("data.pkl")), None)
    except (OSError, zipfile.BadZipFile):
        return None
