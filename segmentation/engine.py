"""The network at work: a picture in, the other cars in it out; the door of ONNX Runtime."""

import hashlib
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from segmentation.cuts import CutDetector
from segmentation.errors import SegmentationError
from segmentation.masks import STRIDE, Answer, Look, merge, read_answer
from segmentation.picture import Picture
from segmentation.track import Detections

Bytes = npt.NDArray[np.uint8]
Float32s = npt.NDArray[np.float32]

_ort = onnxruntime.capi.onnxruntime_pybind11_state
_ORT_ERRORS = (_ort.Fail, _ort.InvalidProtobuf, _ort.InvalidGraph, _ort.InvalidArgument, _ort.NoSuchFile, _ort.NotImplemented)

WEIGHTS = Path(__file__).parent / "weights" / "lite0.int8.onnx"
INPUT_WH = (384, 224)
GRID_WH = (INPUT_WH[0] // STRIDE, INPUT_WH[1] // STRIDE)
OUTPUTS = 7
FOCUS_SHARE = 0.45  # of the picture's width: cars of 12 px at 1280 become 8 px wide in the network's input
FOCUS_BELOW = 0.09  # of the picture's width: nearer cars are as sharp in the first look
HORIZON = 0.38  # of the picture's height, where far cars are on onboards; only a place to start from


class Network(Protocol):
    """What answers a picture: our network, on whichever runtime."""

    fingerprint: str

    def answer(self, rgb: Bytes) -> Float32s:
        """Return (7, 56, 96) float32 logits and log distances of (224, 384, 3) uint8 RGB; see `masks.Look`."""
        ...


class OnnxNetwork:
    """A network in an ONNX file, on the processor.

    Attributes:
        fingerprint: Changes when the weights do.
    """

    def __init__(self, weights: Path | None = None, *, threads: int = 1) -> None:
        """Load the network.

        Args:
            weights: ONNX file, ours when None.
            threads: Threads that the network may use.

        Raises:
            SegmentationError: The file is missing or is no network of this kind.
        """
        path = weights or WEIGHTS
        if not path.exists():
            raise SegmentationError(f"no weights {path}; train some with `slipstream train`, or leave --weights out")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            (wanted,) = self._session.get_inputs()
            (told,) = self._session.get_outputs()
        except (RuntimeError, ValueError, *_ORT_ERRORS) as error:
            raise SegmentationError(f"{path} is not a network that Slipstream can run: {error}") from error
        if wanted.shape != [1, INPUT_WH[1], INPUT_WH[0], 3] or told.shape[1] != OUTPUTS:
            raise SegmentationError(
                f"{path} takes {wanted.shape} and answers {told.shape}; Slipstream's take [1, 224, 384, 3] and answer [1, 7, 56, 96]"
            )
        self._input = wanted.name
        self.fingerprint = hashlib.sha256(path.read_bytes()).hexdigest()[:16]

    def answer(self, rgb: Bytes) -> Float32s:
        """Return (7, 56, 96) float32 logits and log distances of (224, 384, 3) uint8 RGB."""
        (values,) = self._session.run(None, {self._input: rgb[None]})
        answer: Float32s = values[0]
        return answer


class Engine:
    """Finds cars with one network; not for several threads at once.

    The first look takes in the whole picture. Where the nearest car is small, or none is found, a second look magnifies the place
    where it is, was last, or is likely to be.
    """

    def __init__(self, network: Network | None = None) -> None:
        """Take a network, ours when None."""
        self._network = network or OnnxNetwork()
        self.fingerprint = self._network.fingerprint
        self.forget()

    def forget(self) -> None:
        """Forget the pictures so far: the next one has nothing to do with them."""
        self._cuts = CutDetector()
        self._last_xyxy: npt.NDArray[np.float64] | None = None

    def find(self, picture: Picture) -> Detections:
        """Return the cars of a picture that has nothing to do with the one before, with masks as large as it is."""
        self.forget()
        return self.detect(picture, mask_wh=picture.size_wh)

    def follow(self, picture: Picture, frame_index: int) -> Detections:
        """Return the cars of a clip's next picture, with masks as large as it is."""
        return self.detect(picture, frame_index, mask_wh=picture.size_wh)

    def detect(self, picture: Picture, frame_index: int = 0, *, mask_wh: tuple[int, int] = GRID_WH) -> Detections:
        """Return the other cars of a picture, the largest first; boxes in its own pixels.

        Args:
            picture: What to look at.
            frame_index: Noted in the answer.
            mask_wh: Width and height of the masks, which are stretched over the whole picture; the network's grid is the quickest.
        """
        width, height = picture.size_wh
        rgb = picture.rgb(INPUT_WH)
        cut = self._cuts.is_cut(rgb)
        if cut:
            self._last_xyxy = None
        whole = self._look(rgb, (0, 0, width, height))
        found = read_answer(whole, picture.size_wh, mask_wh)
        largest_px = max((car.xyxy[2] - car.xyxy[0] for car in found), default=0.0)
        if largest_px < FOCUS_BELOW * width:
            region = self._focus(picture.size_wh, found)
            focus = self._look(picture.rgb(INPUT_WH, region), region)
            found = merge(found, read_answer(focus, picture.size_wh, mask_wh), focus.region_xyxy)
        self._last_xyxy = found[0].xyxy if found else None
        return Detections(
            frame_index,
            np.stack([car.mask for car in found]) if found else np.zeros((0, mask_wh[1], mask_wh[0]), bool),
            np.stack([car.xyxy for car in found]) if found else np.empty((0, 4)),
            np.array([car.score for car in found]),
            cut,
        )

    def _look(self, rgb: npt.NDArray[np.uint8], region_xyxy: tuple[int, int, int, int]) -> Look:
        return Look(self._network.answer(rgb), region_xyxy)

    def _focus(self, size_wh: tuple[int, int], found: list[Answer]) -> tuple[int, int, int, int]:
        """Return the region to magnify: around the nearest car, else around the last one, else around the horizon's middle."""
        width, height = size_wh
        at = found[0].xyxy if found else self._last_xyxy
        x, y = (width / 2, height * HORIZON) if at is None else ((at[0] + at[2]) / 2, (at[1] + at[3]) / 2)
        w = round(width * FOCUS_SHARE)
        h = min(round(w * INPUT_WH[1] / INPUT_WH[0]), height)
        x1, y1 = int(np.clip(x - w / 2, 0, width - w)), int(np.clip(y - h / 2, 0, height - h))
        return x1, y1, x1 + w, y1 + h
