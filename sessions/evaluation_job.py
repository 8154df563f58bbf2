"""Judges a network on folders of labelled pictures and on simulated clips with their truth."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, count, zip_longest
from pathlib import Path

import numpy as np

from overlay.clip import Clip, numbers
from segmentation import contact_sheet
from segmentation.contact_sheet import Specimen
from segmentation.dataset import Bytes, Example, load, read_folder, with_labels
from segmentation.errors import SegmentationError
from segmentation.evaluation import ClipMarks, Floats, Judged, Marks, Truth, judge, summed
from segmentation.following import Follower
from segmentation.regions import view_w
from segmentation.stills import Still
from segmentation.track import Detections, SteadyFrame
from sessions.errors import SLIPSTREAM_ERRORS, SessionError
from sessions.finders import Finder

WORST = 16  # pictures on the contact sheet
OWN_CAR = 255


@dataclass(slots=True)
class Evaluation:
    """The marks so far, the worst pictures, what could not be read, and what else is said of the folders."""

    judged: list[Judged] = field(default_factory=list)
    clips: dict[str, ClipMarks] = field(default_factory=dict)
    worst: list[Specimen] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, marks: Judged, rgb: Bytes, truth: Truth, found: Detections) -> None:
        """Take one picture's marks, and keep it when it is among the worst."""
        self.judged.append(marks)
        if len(self.worst) < WORST or marks.badness > self.worst[-1].badness:
            small, (true, told) = contact_sheet.shrunk(rgb, [truth.boxes_xyxy, found.xyxy])
            iou = "missed" if marks.nearest_found is False else f"IoU {marks.nearest_iou:.2f}" if marks.nearest_iou else "no car"
            caption = f"{marks.sequence} {Path(marks.picture).stem[-24:]}: {iou}"
            self.worst.append(Specimen(small, true, told, caption, marks.badness))
            self.worst.sort(key=lambda specimen: -specimen.badness)
            del self.worst[WORST:]

    def marks(self) -> list[Marks]:
        """Return the marks of each sequence in order of name, and at last of all together."""
        names = sorted({one.sequence for one in self.judged})
        each = [self._with_clip(summed([one for one in self.judged if one.sequence == name], name)) for name in names]
        return [*each, summed(self.judged, "all")] if len(each) > 1 else each

    def _with_clip(self, marks: Marks) -> Marks:
        clip = self.clips.get(marks.sequence)
        return marks if clip is None else replace(marks, jitter_px=clip.jitter_px, tracked=clip.tracked, steady_iou=clip.box_iou)


def run(sources: list[Path], finder: Finder, *, car_labels: tuple[str, ...], own_labels: tuple[str, ...]) -> Evaluation:
    """Judge a network on folders and clips.

    Raises:
        SegmentationError: A folder holds no labels that we know.
        SessionError: A clip lies without its truth.
    """
    result = Evaluation()
    for source in sources:
        try:
            if source.is_dir():
                examples = read_folder(source, car_labels=car_labels, own_labels=own_labels)
                known, said = with_labels(source, examples)
                result.notes += said
                _folder(source, known, finder, result)
            else:
                _clip(source, finder, result)
        except SLIPSTREAM_ERRORS as error:
            if len(sources) == 1:
                raise
            result.problems.append(str(error))
    return result


def _folder(folder: Path, examples: list[Example], finder: Finder, result: Evaluation) -> None:
    used = {one.sequence for one in result.judged}
    names = {name: _unused_name(name, folder, used) for name in {example.sequence for example in examples}}
    for example in examples:
        _picture(replace(example, sequence=names[example.sequence]), finder, result)


def _picture(example: Example, finder: Finder, result: Evaluation) -> None:
    try:
        labelled = load(example)
    except SegmentationError as error:
        result.problems.append(str(error))
        return
    mask = None if labelled.ids is None else (labelled.ids > 0) & (labelled.ids < OWN_CAR)
    truth = Truth(labelled.boxes_xyxy, mask)
    still = Still(labelled.rgb)
    found = finder.find(still)
    marks = judge(labelled.sequence, example.path, truth, found, view_w(still.size_wh))
    result.note(marks, labelled.rgb, truth, found)


def _clip(path: Path, finder: Finder, result: Evaluation) -> None:
    """Judge a simulated clip: each frame as found, and the steady boxes."""
    if not path.exists():
        raise SessionError(f"no folder or clip {path}; check the path")
    if path.suffix.lower() == ".zip":
        raise SessionError(f"{path} is packed; unpack it and name the folder")
    boxes = _true_boxes(path.with_suffix(".csv"))
    masks = path.with_suffix(".masks.mkv")
    if not masks.exists():
        raise SessionError(f"{path} lies without its truth {masks.name}; only simulated clips and labelled folders can be judged")
    name = _unused_name(path.stem, path, {one.sequence for one in result.judged})
    follower = Follower()
    finder.forget()
    truths: dict[int, Truth] = {}
    with Clip(path) as clip:
        marks = result.clips[name] = ClipMarks(view_w(clip.size_wh))

        def settle(frames: list[SteadyFrame]) -> None:
            for steady in frames:
                marks.add(steady.frame_index, truths.pop(steady.frame_index), [(box.track_id, box.xyxy) for box in steady.boxes])

        for frame, ids in zip_longest(clip.frames(), numbers(masks)):
            if frame is None or ids is None:
                shorter, longer = (path, masks) if frame is None else (masks, path)
                result.problems.append(f"{shorter} ends before {longer}, what lies behind is not judged; copy it anew")
                break
            truth = Truth(boxes.get(frame.index, np.empty((0, 4))), (ids > 0) & (ids < OWN_CAR))
            found = finder.follow(frame, frame.index)
            truths[frame.index] = truth
            judged = judge(name, f"frame {frame.index}", truth, found, marks.width_px)
            result.note(judged, frame.rgb(clip.size_wh), truth, found)
            settle(follower.push(frame.index, frame.video_time_s, found, cut=found.cut))
        settle(follower.finish())


def _unused_name(name: str, source: Path, used: set[str]) -> str:
    """Return what the marks of a clip or of a folder's sequence are called: marks of two sources are never told as one's."""
    names = chain((name, f"{source.resolve().parent.name}/{name}"), (f"{name}-{number}" for number in count(2)))
    return next(name for name in names if name not in used)


def _true_boxes(path: Path) -> dict[int, Floats]:
    """Return each frame's (n, 4) boxes of the cars that can be seen; the file names a car's last row and column, a box ends after."""
    try:
        with path.open(newline="") as lines:
            rows = [(int(row["frame"]), row["box_xyxy"].split()) for row in csv.DictReader(lines) if row["onboard"] == "0"]
    except FileNotFoundError as error:
        raise SessionError(
            f"the clip lies without its truth {path}; only simulated clips and labelled folders can be judged"
        ) from error
    except (OSError, KeyError, ValueError) as error:
        raise SessionError(f"{path} is not the truth of a simulated clip: {error}; choose a clip that has one") from error
    whole = ((frame, [float(word) for word in words]) for frame, words in rows if len(words) == 4)
    return dict(_grouped((frame, [x1, y1, x2 + 1, y2 + 1]) for frame, (x1, y1, x2, y2) in whole))


def _grouped(rows: Iterator[tuple[int, list[float]]]) -> Iterator[tuple[int, Floats]]:
    by_frame: dict[int, list[list[float]]] = {}
    for frame, box in rows:
        by_frame.setdefault(frame, []).append(box)
    for frame, boxes in by_frame.items():
        yield frame, np.array(boxes)
