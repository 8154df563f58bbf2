"""The network at work: a picture in, the other cars in it out; the door of ONNX Runtime."""

import hashlib
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from segmentation.cuts import CutDetector
from segmentation.errors import SegmentationError
from segmentation.masks import STRIDE, WEAK, Answer, Look, add_cut, area, doubtful, merge, overlap, read_answer
from segmentation.picture import Picture
from segmentation.regions import INPUT_WH, SEARCHED, Region, around, ends_inside, magnifies, search
from segmentation.track import Detections

Bytes = npt.NDArray[np.uint8]
Float32s = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Shape = list[int | str]  # sizes with a name are free

_ort = onnxruntime.capi.onnxruntime_pybind11_state
_ORT_ERRORS = (_ort.Fail, _ort.InvalidProtobuf, _ort.InvalidGraph, _ort.InvalidArgument, _ort.NoSuchFile, _ort.NotImplemented)

WEIGHTS = Path(__file__).parent / "weights" / "lite0.int8.onnx"
# Of a clip's looks around a car: as sharp, with less around it, in three fifths of the time. On eight simulated clips tags ride as well
# as with (320, 192), a fifth more; with (288, 160), a tenth less, those of one more come to lie over 3 % of a car's width aside.
CLOSE_WH = (320, 160)
# Of the look at the whole of a lone picture, which need not be quick: far cars are larger in it. By five trainings, each judged on 89 cars
# held out, 417 of 445 nearest cars are found so and 410 in the network's own size, of all cars 683 and 667 of 890; the largest car told was
# none 21 and 27 times of 435. In (512, 288) as many are found, but no fewer are wrong; larger still, fewer are found.
ALONE_WH = (448, 256)
GRID_WH = (INPUT_WH[0] // STRIDE, INPUT_WH[1] // STRIDE)
OUTPUTS = 7
SHAPES: tuple[Shape, Shape] = (
    [1, "height", "width", 3],
    [1, OUTPUTS, "rows", "columns"],
)  # of what the network takes and answers
TRIAL_WH = (64, 32)  # of the picture that a network is tried on
THUMBNAIL_WH = (48, 28)  # tells one scene from another
# At most, of a lone picture, that are looked at closely. Of 51 cars held out 47 are found so and 45 without, with the same weights in eight
# bits 47 and 44, and neither shows a car where there is none.
DOUBTS = 3
SIDE_SCORE = 0.4  # of a car that only a further look finds: each look may be wrong once more
WHOLE_EVERY, WHOLE_EVERY_BUSY = 6, 2  # looks; the fewer while a car is known outside the magnified part
# Of a close look's width, that of a closer one at a lone picture's car. Alone it loses cars, as one more it tells edges better: of
# three trainings box IoU on cars held out rose from 0.801, 0.813 and 0.799 to 0.809, 0.823 and 0.807.
CLOSER = 0.75
STILL_THERE = 0.3  # overlap of a car with where it was; less, and the whole picture is searched
READING = 6  # of what the network answers: tracks read otherwise are found anew


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
        if not path.is_file():
            raise SegmentationError(f"no weights {path}; train some with `slipstream train`, or leave --weights out")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            (wanted,) = self._session.get_inputs()
            (told,) = self._session.get_outputs()
        except (RuntimeError, ValueError, *_ORT_ERRORS) as error:
            why = "it is no ONNX, or not all of it is there" if isinstance(error, _ort.InvalidProtobuf) else error
            raise SegmentationError(
                f"{path} is not a network that Slipstream can run: {why}; give an .onnx that `slipstream train` wrote"
            ) from error
        if wanted.shape != SHAPES[0] or told.shape != SHAPES[1]:
            raise SegmentationError(
                f"{path} takes {wanted.shape} and answers {told.shape}; Slipstream's take {SHAPES[0]} and answer {SHAPES[1]}"
            )
        self._input = wanted.name
        answer = self.answer(np.zeros((*TRIAL_WH[::-1], 3), np.uint8))
        if answer.shape[1:] != (TRIAL_WH[1] // STRIDE, TRIAL_WH[0] // STRIDE):
            raise SegmentationError(
                f"{path} answers as if all pictures were of one size; export it again: `slipstream train … --resume`"
            )
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

        No other picture can put its errors right, so the network is also asked about its mirror image, and both answers count half, and
        each car is looked at twice more. The other places are searched where there is none, and at last what may be a car is looked at
        closely.
        """
        alone, whole = Engine(Mirrored(self._network), grow=True), picture.size_wh
        found, looks = alone._anew(picture, whole, INPUT_WH, ALONE_WH)
        found = alone._seen_again(picture, found, WEAK)
        if not found:
            for place in SEARCHED[1:]:
                looks.append(alone._look(picture, search(place, whole)))
                found = merge(found, alone._surely(looks[-1], whole), looks[-1])
            found = alone._seen_again(picture, found, 1.0)  # whatever their score: so many places may look like a car
        for box in doubtful(looks, found)[:DOUBTS]:
            look = alone._look(picture, around(box, whole))
            found = merge(found, alone._surely(look, whole), look)
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
        region = around(before, picture.size_wh, CLOSE_WH)
        if not magnifies(region, picture.size_wh):
            return []
        self._since_whole += 1
        seen = self._read(self._look(picture, region, CLOSE_WH), picture.size_wh, mask_wh)
        found = [car for car in seen if ends_inside(car, region, picture.size_wh)]
        return found if any(overlap(car.xyxy, before) > STILL_THERE for car in found) else []

    def _anew(
        self, picture: Picture, mask_wh: tuple[int, int], close_wh: tuple[int, int], whole_wh: tuple[int, int] = INPUT_WH
    ) -> tuple[list[Answer], list[Look]]:
        """Return the cars of the whole picture, those around the nearest seen more sharply, and the looks that were taken."""
        self._since_whole = 0
        everything = self._look(picture, (0, 0, *picture.size_wh), whole_wh)
        looks, found = [everything], self._read(everything, picture.size_wh, mask_wh)
        at = found[0].xyxy if found else self._nearest
        if at is None:
            region, close_wh = search(next(self._places), picture.size_wh), INPUT_WH
        else:
            region = around(at, picture.size_wh, close_wh)
        if magnifies(region, picture.size_wh):
            looks.append(self._look(picture, region, close_wh))
            found = merge(found, self._read(looks[-1], picture.size_wh, mask_wh), looks[-1])
        found = add_cut(everything, found, picture.size_wh, mask_wh)
        self._others = [car for car in found if not ends_inside(car, region, picture.size_wh)]
        return found, looks

    def _look(self, picture: Picture, region_xyxy: Region, input_wh: tuple[int, int] = INPUT_WH) -> Look:
        return Look(self._network.answer(picture.rgb(input_wh, region_xyxy)), region_xyxy)

    def _read(self, look: Look, size_wh: tuple[int, int], mask_wh: tuple[int, int]) -> list[Answer]:
        return read_answer(look, size_wh, mask_wh, grow=self._grow)

    def _surely(self, look: Look, size_wh: tuple[int, int]) -> list[Answer]:
        """Return the cars of a further look at a lone picture that it must be believed to show."""
        cars = self._read(look, size_wh, size_wh)
        return [car for car in cars if car.score >= SIDE_SCORE and ends_inside(car, look.region_xyxy, size_wh)]

    def _seen_again(self, picture: Picture, cars: Sequence[Answer], sure: float) -> list[Answer]:
        """Return a lone picture's cars as closer looks show them, the largest first, without those less than sure that none shows."""
        seen = [again for car in cars if (again := self._again_closely(picture, car, sure))]
        return sorted(seen, key=lambda car: -area(car.xyxy))

    def _again_closely(self, picture: Picture, car: Answer, sure: float) -> Answer | None:
        """Return a car as closer looks show it, None where its score is less than `sure` and the first of them does not show it.

        Its box is the mean of all looks'. A near car stays as it is, for it is as sharp in the look at the whole picture; so does one that
        the picture's edge cuts and that shows no centre.
        """
        region = around(car.xyxy, picture.size_wh)
        if not magnifies(region, picture.size_wh):
            return car
        again = self._same_car(picture, region, car)
        if again is None:
            return car if car.score >= sure or car.xyxy[0] <= 0 or car.xyxy[2] >= picture.size_wh[0] else None
        closer = self._same_car(picture, around(again.xyxy, picture.size_wh, share=CLOSER), again)
        seen = [one.xyxy for one in (car, again, closer) if one]
        return Answer(np.mean(seen, axis=0), car.score, again.mask, again.cell_px)

    def _same_car(self, picture: Picture, region: Region, car: Answer) -> Answer | None:
        """Return a lone picture's car as a look at a region shows it, None where it does not show it whole."""
        seen = self._read(self._look(picture, region), picture.size_wh, picture.size_wh)
        again = max(seen, key=lambda one: overlap(one.xyxy, car.xyxy), default=None)
        there = again is not None and overlap(again.xyxy, car.xyxy) > STILL_THERE and ends_inside(again, region, picture.size_wh)
        return again if there else None


def _detections(frame_index: int, found: list[Answer], mask_wh: tuple[int, int], *, cut: bool) -> Detections:
    return Detections(
        frame_index,
        np.stack([car.mask for car in found]) if found else np.zeros((0, mask_wh[1], mask_wh[0]), bool),
        np.stack([car.xyxy for car in found]) if found else np.empty((0, 4)),
        np.array([car.score for car in found]),
        cut,
    )
