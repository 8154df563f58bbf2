"""The network at work: a picture in, the other cars in it out; the door of ONNX Runtime."""

import hashlib
from itertools import cycle
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from segmentation.cuts import CutDetector
from segmentation.errors import SegmentationError
from segmentation.masks import EDGE, STRIDE, Answer, Look, add_cut, doubtful, merge, overlap, read_answer
from segmentation.picture import Picture
from segmentation.track import Detections

Bytes = npt.NDArray[np.uint8]
Float32s = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Region = tuple[int, int, int, int]
Shape = list[int | str]  # sizes with a name are free

_ort = onnxruntime.capi.onnxruntime_pybind11_state
_ORT_ERRORS = (_ort.Fail, _ort.InvalidProtobuf, _ort.InvalidGraph, _ort.InvalidArgument, _ort.NoSuchFile, _ort.NotImplemented)

WEIGHTS = Path(__file__).parent / "weights" / "lite0.int8.onnx"
INPUT_WH = (384, 224)
# Of a clip's looks around a car: as sharp, with less around it, in three fifths of the time. On eight simulated clips tags ride as well
# as with (320, 192), a fifth more; with (288, 160), a tenth less, those of one more come to lie over 3 % of a car's width aside.
CLOSE_WH = (320, 160)
GRID_WH = (INPUT_WH[0] // STRIDE, INPUT_WH[1] // STRIDE)
OUTPUTS = 7
SHAPES: tuple[Shape, Shape] = (
    [1, "height", "width", 3],
    [1, OUTPUTS, "rows", "columns"],
)  # of what the network takes and answers
THUMBNAIL_WH = (48, 28)  # tells one scene from another
ZOOM = (
    3.5  # a magnified look is this many times as wide as its car: 110 px of the input are the car's, the rest what surrounds it
)
# Of the picture's width, as narrow as training went: cars of 12 px at 1280 become 23 px wide in the input. With 0.15 against 0.28 small
# cars that overlap (alta45) gained .025 of box IoU and .036 of Dice; on real pictures recall stayed or rose by .008, box IoU fell by .009.
NARROWEST = 0.16
STEP = 1 / 80  # of the picture's width: windows come in sizes this far apart, so that the scaler of one serves the next
WIDEST = 0.8  # of the picture's width: a nearer car is as sharp in the whole look
SEARCH = 0.45  # of the picture's width, magnified where no car is known …
SEARCHED = (0.5, 0.25, 0.5, 0.75)  # … in turn around these places across it: in a bend the road ahead is at the side
# At most, of a lone picture, that are looked at closely. Of 51 cars held out 44 are found so, where it had been 42, with one training's
# weights, and as many as before with another's; neither shows a car more where there is none.
DOUBTS = 3
# A lone picture's car of fewer across is looked at closely, for its box is as coarse as they are: of 62 cars held out, whatever their
# distance, 1, 0, 3 and 3 more were found so with the weights of four trainings, and none where there was none.
FEW_CELLS = 14
SIDE_SCORE = 0.4  # of a car that only a further look finds: each look may be wrong once more
WHOLE_EVERY, WHOLE_EVERY_BUSY = 6, 2  # looks; the fewer while a car is known outside the magnified part
STILL_THERE = 0.3  # overlap of a car with where it was; less, and the whole picture is searched
READING = 3  # of what the network answers: tracks read otherwise are found anew
HORIZON = 0.38  # of the picture's height, where far cars are on onboards; only a place to start from


class Network(Protocol):
    """What answers a picture: our network, on whichever runtime. Pictures may be of any size that is a multiple of 32."""

    fingerprint: str

    def answer(self, rgb: Bytes) -> Float32s:
        """Return (7, h/4, w/4) float32 logits and log distances of (h, w, 3) uint8 RGB; see `masks.Look`."""
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
        if wanted.shape != SHAPES[0] or told.shape != SHAPES[1]:
            raise SegmentationError(
                f"{path} takes {wanted.shape} and answers {told.shape}; Slipstream's take {SHAPES[0]} and answer {SHAPES[1]}"
            )
        self._input = wanted.name
        self.fingerprint = hashlib.sha256(path.read_bytes()).hexdigest()[:16]

    def answer(self, rgb: Bytes) -> Float32s:
        """Return (7, h/4, w/4) float32 logits and log distances of (h, w, 3) uint8 RGB."""
        (values,) = self._session.run(None, {self._input: rgb[None]})
        answer: Float32s = values[0]
        return answer


class Mirrored:
    """A network that answers with the mean of what it says of a picture and of its mirror image, at twice the time."""

    _LEFT_RIGHT = (0, 1, 2, 5, 4, 3, 6)  # of the distances to the sides, left and right change places

    def __init__(self, network: Network) -> None:
        """Take the network that is asked."""
        self._network = network
        self.fingerprint = f"{network.fingerprint}-mirrored"

    def answer(self, rgb: Bytes) -> Float32s:
        """Return (7, h/4, w/4) float32 logits and log distances of (h, w, 3) uint8 RGB."""
        mirrored = self._network.answer(np.ascontiguousarray(rgb[:, ::-1]))[self._LEFT_RIGHT, :, ::-1]
        return ((self._network.answer(rgb) + mirrored) / 2).astype(np.float32)


class Engine:
    """Finds cars with one network; not for several threads at once.

    A car that is known is looked at through a magnifying window around it. The whole picture is looked at, and then the nearest car's
    surroundings, when none is known, when it is not where it was, and now and then, so that no new car goes unseen for long.
    """

    def __init__(self, network: Network | None = None, *, grow: bool = False) -> None:
        """Take a network, ours when None.

        Args:
            network: What answers.
            grow: Whether boxes follow masks that go on beyond them. It is right more often than not, but in a clip a box that grows
                over a neighbour for a few pictures makes tags jump.
        """
        self._network, self._grow = network or OnnxNetwork(), grow
        self.fingerprint = f"{self._network.fingerprint}-{READING}"
        self.forget()

    def forget(self) -> None:
        """Forget the pictures so far: the next one has nothing to do with them."""
        self._cuts = CutDetector()
        self._nearest: Floats | None = None
        self._others: list[Answer] = []
        self._since_whole = 0
        self._places = cycle(SEARCHED)

    def find(self, picture: Picture) -> Detections:
        """Return the cars of a picture that has nothing to do with the one before, with masks as large as it is.

        No other picture can put its errors right, so the network is also asked about its mirror image, and both answers count half;
        where it finds no car, the other places are searched too, and small cars and what may be further ones are looked at closely.
        """
        alone, whole = Engine(Mirrored(self._network), grow=True), picture.size_wh
        found, looks = alone._anew(picture, whole, INPUT_WH)
        for place in sorted(set(SEARCHED) - {SEARCHED[0]}) if not found else ():
            looks.append(alone._look(picture, _search(place, whole)))
            found = merge(found, alone._surely(looks[-1], whole), looks[-1].region_xyxy)
        small = [car.xyxy for car in found if all(_cells_wide(car.xyxy, look) < FEW_CELLS for look in looks)]
        for box in [*small, *doubtful(looks, found)[:DOUBTS]]:
            look = alone._look(picture, _around(box, whole))
            found = merge(found, alone._surely(look, whole), look.region_xyxy)
        return _detections(0, found, whole, cut=False)

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
        cut = self._cuts.is_cut(picture.rgb(THUMBNAIL_WH))
        if cut:
            self._nearest = None
        found = self._again(picture, mask_wh) or self._anew(picture, mask_wh, CLOSE_WH)[0]
        self._nearest = found[0].xyxy if found else None
        return _detections(frame_index, found, mask_wh, cut=cut)

    def _again(self, picture: Picture, mask_wh: tuple[int, int]) -> list[Answer]:
        """Return the cars around the one that is known; none where the whole picture must be searched."""
        before = self._nearest
        if before is None or self._since_whole + 1 >= (WHOLE_EVERY_BUSY if self._others else WHOLE_EVERY):
            return []
        region = _around(before, picture.size_wh, CLOSE_WH)
        if not _magnifies(region, picture.size_wh):
            return []
        self._since_whole += 1
        seen = self._read(self._look(picture, region, CLOSE_WH), picture.size_wh, mask_wh)
        found = [car for car in seen if _ends_inside(car, region, picture.size_wh)]
        return found if any(overlap(car.xyxy, before) > STILL_THERE for car in found) else []

    def _anew(self, picture: Picture, mask_wh: tuple[int, int], close_wh: tuple[int, int]) -> tuple[list[Answer], list[Look]]:
        """Return the cars of the whole picture, those around the nearest seen more sharply, and the looks that were taken."""
        self._since_whole = 0
        everything = self._look(picture, (0, 0, *picture.size_wh))
        looks, found = [everything], self._read(everything, picture.size_wh, mask_wh)
        at = found[0].xyxy if found else self._nearest
        if at is None:
            region, close_wh = _search(next(self._places), picture.size_wh), INPUT_WH
        else:
            region = _around(at, picture.size_wh, close_wh)
        if _magnifies(region, picture.size_wh):
            looks.append(self._look(picture, region, close_wh))
            found = merge(found, self._read(looks[-1], picture.size_wh, mask_wh), region)
        found = add_cut(everything, found, picture.size_wh, mask_wh)
        self._others = [car for car in found if not _ends_inside(car, region, picture.size_wh)]
        return found, looks

    def _look(self, picture: Picture, region_xyxy: Region, input_wh: tuple[int, int] = INPUT_WH) -> Look:
        return Look(self._network.answer(picture.rgb(input_wh, region_xyxy)), region_xyxy)

    def _read(self, look: Look, size_wh: tuple[int, int], mask_wh: tuple[int, int]) -> list[Answer]:
        return read_answer(look, size_wh, mask_wh, grow=self._grow)

    def _surely(self, look: Look, size_wh: tuple[int, int]) -> list[Answer]:
        """Return the cars of a further look at a lone picture that it must be believed to show."""
        cars = self._read(look, size_wh, size_wh)
        return [car for car in cars if car.score >= SIDE_SCORE and _ends_inside(car, look.region_xyxy, size_wh)]


def _cells_wide(xyxy: Floats, look: Look) -> float:
    """Return how many cells of a look's answer a box is wide, 0 where it lies not wholly in it."""
    x1, _, x2, _ = look.region_xyxy
    return float((xyxy[2] - xyxy[0]) / (x2 - x1) * look.values.shape[2]) if x1 <= xyxy[0] and xyxy[2] <= x2 else 0.0


def _detections(frame_index: int, found: list[Answer], mask_wh: tuple[int, int], *, cut: bool) -> Detections:
    return Detections(
        frame_index,
        np.stack([car.mask for car in found]) if found else np.zeros((0, mask_wh[1], mask_wh[0]), bool),
        np.stack([car.xyxy for car in found]) if found else np.empty((0, 4)),
        np.array([car.score for car in found]),
        cut,
    )


def _around(xyxy: Floats, size_wh: tuple[int, int], input_wh: tuple[int, int] = INPUT_WH) -> Region:
    """Return the region around a car, of the input's shape where the picture is high enough, moved inside the picture."""
    car_w, car_h = xyxy[2:] - xyxy[:2]
    upright = 0.6 * car_h * input_wh[0] / input_wh[1]  # cars in front are wider than high; those beside us fill the picture
    wide = max(NARROWEST * size_wh[0], ZOOM * car_w, ZOOM * upright) * input_wh[0] / INPUT_WH[0]
    return _region((xyxy[:2] + xyxy[2:]) / 2, wide, size_wh, input_wh)


def _search(place: float, size_wh: tuple[int, int]) -> Region:
    return _region(np.array([place, HORIZON]) * size_wh, SEARCH * size_wh[0], size_wh, INPUT_WH)


def _region(centre: Floats, region_w: float, size_wh: tuple[int, int], input_wh: tuple[int, int]) -> Region:
    width, height = size_wh
    w = min(max(_even(max(round(region_w / width / STEP), 1) * STEP * width), 2), width)
    h = min(max(_even(w * input_wh[1] / input_wh[0]), 2), height)
    x1 = min(_even(max(centre[0] - w / 2, 0)), width - w)
    y1 = min(_even(max(centre[1] - h / 2, 0)), height - h)
    return x1, y1, x1 + w, y1 + h


def _even(edge: float) -> int:
    """Return the even number next to an edge: there, a picture whose colours have half its size can be cut exactly."""
    return 2 * round(edge / 2)


def _magnifies(region: Region, size_wh: tuple[int, int]) -> bool:
    return region[2] - region[0] <= WIDEST * size_wh[0]


def _ends_inside(car: Answer, region: Region, size_wh: tuple[int, int]) -> bool:
    """Return whether a car lies whole in a region, or ends with the picture."""
    x1, _, x2, _ = region
    margin = EDGE * (x2 - x1)
    return bool((car.xyxy[0] > x1 + margin or x1 <= 0) and (car.xyxy[2] < x2 - margin or x2 >= size_wh[0]))
