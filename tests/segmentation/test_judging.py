"""`slipstream evaluate` and `slipstream segment`: right sums, and bad input that does not stop a batch."""

import json
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from segmentation.errors import SegmentationError
from segmentation.evaluation import ClipMarks, Truth, judge, summed
from segmentation.picture_file import read_ids
from segmentation.track import Detections
from sessions import cli, evaluation_job
from sessions.evaluation_job import _true_boxes
from tests.segmentation.drawn import cvat_masks, scene

CAR = np.array([[100.0, 100, 200, 150]])


def told(*boxes: tuple[float, float, float, float]) -> Detections:
    xyxy = np.array(boxes, float).reshape(-1, 4)
    return Detections(0, np.zeros((len(xyxy), 2, 2), bool), xyxy, np.ones(len(xyxy)))


def test_a_found_car_a_missed_one_and_a_false_alarm_are_counted_as_such() -> None:
    nothing = Truth(np.empty((0, 4)), None)
    marks = summed(
        [
            judge("s", "found", Truth(CAR, None), told((110, 100, 210, 150)), 1280),
            judge("s", "missed", Truth(CAR, None), told(), 1280),
            judge("s", "alarm", nothing, told((5, 5, 50, 30)), 1280),
            judge("s", "quiet", nothing, told(), 1280),
        ],
        "s",
    )
    assert marks.recall == pytest.approx(0.5)
    assert marks.precision == pytest.approx(0.5)
    assert marks.box_iou == pytest.approx(90 / 110)
    assert marks.centre_percent == pytest.approx(10)
    assert marks.false_alarms == pytest.approx(0.5)


def test_a_picture_rightly_left_empty_is_no_bad_one() -> None:
    quiet = judge("s", "quiet", Truth(np.empty((0, 4)), None), told(), 1280)
    near = judge("s", "near", Truth(CAR, None), told((101, 100, 201, 150)), 1280)
    missed = judge("s", "missed", Truth(CAR, None), told(), 1280)
    assert quiet.badness < near.badness < missed.badness


def test_a_car_narrower_than_twelve_pixels_is_not_asked_for() -> None:
    speck = Truth(np.array([[100.0, 100, 111, 106]]), None)
    assert judge("s", "p", speck, told(), 1280).nearest_found is None
    assert judge("s", "p", speck, told(), 640).nearest_found is False


def test_jitter_is_the_second_difference_and_a_steady_drift_has_none() -> None:
    marks = {name: ClipMarks(1280) for name in ("drift", "shake")}
    for index in range(20):
        for name, shift in (("drift", 3.0 * index), ("shake", float(index % 2))):
            box = (100 + shift, 100.0, 200 + shift, 150.0)
            marks[name].add(index, Truth(np.array([box]), None), [(1, box)])
    assert marks["drift"].jitter_px == pytest.approx(0, abs=1e-9)
    assert marks["shake"].jitter_px == pytest.approx(2)
    assert marks["shake"].tracked == 1


def test_a_simulated_truth_names_the_last_pixel_and_a_box_ends_after_it(tmp_path: Path) -> None:
    (tmp_path / "clip.csv").write_text("frame,onboard,box_xyxy\n0,1,\n0,0,10 20 29 39\n1,0,\n")
    boxes = _true_boxes(tmp_path / "clip.csv")
    assert boxes[0].tolist() == [[10, 20, 30, 40]]
    assert 1 not in boxes


def test_an_evaluation_goes_on_past_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, other = cvat_masks(tmp_path / "good"), cvat_masks(tmp_path / "other")
    (good / "JPEGImages" / "f1.jpg").unlink()
    (other / "labelmap.txt").write_text("background:0,0,0::\nkerb:1,2,3::\nwall:4,5,6::\n")
    sheet = tmp_path / "worst.png"
    assert cli.main(["evaluate", str(other), str(good), "--json", str(tmp_path / "m.json"), "--sheet", str(sheet)]) == 2
    err = capsys.readouterr().err
    assert "name one with --car-label" in err
    assert "f1.jpg" in err
    assert "2 pictures or folders could not be judged" in err
    marks = json.loads((tmp_path / "m.json").read_text())
    assert marks["sequences"][0]["pictures"] == 2
    assert len(marks["left_out"]) == 2
    assert cv2.imread(str(sheet)) is not None
    assert cli.main(["evaluate", str(good), "--sheet", str(tmp_path / "worst.txt")]) == 2
    assert "neither PNG nor JPEG" in capsys.readouterr().err
    assert cli.main(["evaluate", str(other)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_pictures_without_a_label_are_told_and_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = cvat_masks(tmp_path / "export", frames=2)
    (folder / "SegmentationClass" / "f1.png").unlink()
    assert cli.main(["evaluate", str(folder), "--json"]) == 0
    said = capsys.readouterr()
    assert [one["pictures"] for one in json.loads(said.out)["sequences"]] == [1]
    (line,) = said.err.splitlines()
    assert line.startswith(f"slipstream: 1 of 2 pictures in {folder} have no label")


def test_two_folders_of_one_name_are_judged_each_under_its_own(tmp_path: Path) -> None:
    folders = [cvat_masks(tmp_path / place / "x", frames=frames) for place, frames in (("a", 1), ("b", 2))]
    nothing = Knows(Detections(0, np.zeros((0, 224, 384), bool), np.empty((0, 4)), np.empty(0)))
    marks = evaluation_job.run([*folders, folders[0]], nothing, car_labels=(), own_labels=()).marks()
    assert [(one.sequence, one.pictures) for one in marks] == [("a/x/f", 1), ("b/x/f", 2), ("x/f", 1), ("all", 4)]


def test_a_batch_of_stills_goes_on_past_broken_ones_and_counts_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, name in (("a", "one.png"), ("b", "one.png")):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / name), scene([], (640, 360)))
    (tmp_path / "half.jpg").write_bytes(cv2.imencode(".jpg", scene([]))[1].tobytes()[:900])
    (tmp_path / "words.png").write_text("no picture")
    pictures = [
        tmp_path / "half.jpg",
        tmp_path / "a" / "one.png",
        tmp_path / "words.png",
        tmp_path / "b" / "one.png",
        tmp_path / "no.png",
    ]
    out = ["--json", str(tmp_path / "cars.json"), "--masks", str(tmp_path / "masks")]
    assert cli.main(["segment", *map(str, pictures), *out]) == 2
    err = capsys.readouterr().err.strip().splitlines()
    assert [sum(name in line for line in err) for name in ("half.jpg", "words.png", "no.png")] == [1, 1, 1]
    assert err[-1] == "slipstream: 3 of 5 pictures could not be read"
    assert [entry["image"] for entry in json.loads((tmp_path / "cars.json").read_text())] == [str(pictures[1]), str(pictures[3])]
    masks = sorted(path.name for path in (tmp_path / "masks").iterdir())
    assert masks == ["b-one.png", "one.png"]
    assert cv2.imread(str(tmp_path / "masks" / "one.png"), cv2.IMREAD_UNCHANGED).shape == (360, 640)


def test_a_picture_too_large_to_be_read_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = cv2.imencode(".png", scene([]))[1].tobytes()
    head = b"IHDR" + struct.pack(">II", 40_000, 40_000) + picture[24:29]
    huge, fine = tmp_path / "huge.png", tmp_path / "fine.png"
    huge.write_bytes(picture[:12] + head + struct.pack(">I", zlib.crc32(head)) + picture[33:])
    fine.write_bytes(picture)
    assert cli.main(["segment", str(huge), str(fine)]) == 2
    said = capsys.readouterr()
    assert "huge.png is too large a picture" in said.err
    assert "1 of 2 pictures could not be read" in said.err
    assert str(fine) in said.out
    with pytest.raises(SegmentationError, match=r"huge\.png is no mask of ids"):
        read_ids(huge)


def test_weights_that_do_not_fit_stop_at_once_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(tmp_path / "p.png"), scene([]))
    (tmp_path / "w.onnx").write_bytes(b"something else")
    for command in (["segment", str(tmp_path / "p.png")], ["evaluate", str(cvat_masks(tmp_path / "export"))]):
        assert cli.main([*command, "--weights", str(tmp_path / "w.onnx")]) == 2
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert "w.onnx is not a network that Slipstream can run: it is no ONNX, or not all of it is there; give an .onnx" in line


BOX = (600, 240, 700, 300)


def simulated(path: Path, *, told: int = 8) -> Detections:
    """Write eight frames of a clip with its truth, `told` frames of masks, and return what is in each of them."""
    path.parent.mkdir(exist_ok=True)
    ids = np.zeros((720, 1280), np.uint8)
    ids[BOX[1] : BOX[3], BOX[0] : BOX[2]] = 1  # the faintest number: a change of range would lose it
    ids[600:] = 255
    with av.open(str(path), "w") as video, av.open(str(path.with_suffix(".masks.mkv")), "w") as masks:
        shown = video.add_stream("libx264", 25, width=1280, height=720, pix_fmt="yuv420p")
        numbered = masks.add_stream("ffv1", 25, width=1280, height=720, pix_fmt="gray")
        for index in range(8):
            video.mux(shown.encode(av.VideoFrame.from_ndarray(scene([BOX], (1280, 720)), "rgb24")))
            if index < told:
                masks.mux(numbered.encode(av.VideoFrame.from_ndarray(ids, "gray")))
        video.mux(shown.encode())
        masks.mux(numbered.encode())
    rows = [f"{index},0,{BOX[0]} {BOX[1]} {BOX[2] - 1} {BOX[3] - 1}" for index in range(8)]
    path.with_suffix(".csv").write_text("\n".join(["frame,onboard,box_xyxy", *rows]))
    return Detections(0, (ids == 1)[None], np.array([BOX], float), np.ones(1))


class Knows:
    """Finds what it knows, and counts the pictures since it last forgot."""

    def __init__(self, known: Detections) -> None:
        self.known = known
        self.since: list[int] = []

    def forget(self) -> None:
        self.since.append(0)

    def find(self, _: object) -> Detections:
        return self.known

    def follow(self, _: object, frame_index: int) -> Detections:
        self.since[-1] += 1
        return replace(self.known, frame_index=frame_index)


def test_a_simulated_clip_is_judged_by_its_exact_masks(tmp_path: Path) -> None:
    """Masks made from their boxes: the numbers must come through the decoder as they are."""
    knows = Knows(simulated(tmp_path / "clip.mp4"))
    result = evaluation_job.run([tmp_path / "clip.mp4"], knows, car_labels=(), own_labels=())
    (marks,) = result.marks()
    assert (marks.dice, marks.box_iou, marks.tracked) == (1, 1, 1)
    assert marks.pictures == 8
    assert not result.problems


def test_clips_are_judged_each_from_its_own_beginning_and_under_its_own_name(tmp_path: Path) -> None:
    clips = [tmp_path / folder / "clip.mp4" for folder in ("a", "b")]
    first, _ = (simulated(clip) for clip in clips)
    knows = Knows(first)
    result = evaluation_job.run([*clips, clips[0]], knows, car_labels=(), own_labels=())
    assert knows.since == [8, 8, 8]
    marks = result.marks()
    assert [(one.sequence, one.pictures) for one in marks] == [("a/clip", 8), ("b/clip", 8), ("clip", 8), ("all", 24)]
    assert [one.tracked for one in marks[:3]] == [1, 1, 1]


def test_a_truth_that_ends_early_is_told(tmp_path: Path) -> None:
    knows = Knows(simulated(tmp_path / "clip.mp4", told=5))
    result = evaluation_job.run([tmp_path / "clip.mp4"], knows, car_labels=(), own_labels=())
    assert [one.pictures for one in result.marks()] == [5]
    (problem,) = result.problems
    assert problem.startswith(f"{tmp_path / 'clip.masks.mkv'} ends before {tmp_path / 'clip.mp4'}")
