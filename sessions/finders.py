"""The network that a command asks for, by name and weights."""

from pathlib import Path
from typing import Protocol

from segmentation.engine import Engine, OnnxNetwork
from segmentation.errors import SegmentationError
from segmentation.picture import Picture
from segmentation.track import Detections
from sessions.errors import SessionError


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
        SessionError: FCN ResNet101 was asked for without weights.
    """
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
