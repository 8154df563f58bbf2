"""COCO annotations, from CVAT and others."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from segmentation.dataset import load, read_folder
from segmentation.errors import SegmentationError
from tests.segmentation.drawn import scene


def coco(folder: Path, segmentation: object, *, subset: str = "default", category: int = 1) -> Path:
    (folder / "annotations").mkdir(parents=True, exist_ok=True)
    pictures = folder / "images" if subset == "default" else folder / "images" / subset
    pictures.mkdir(parents=True)
    cv2.imwrite(str(pictures / "a.png"), scene([(40, 60, 120, 110)])[..., ::-1])
    (folder / "annotations" / f"instances_{subset}.json").write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.png", "height": 224, "width": 384}],
                "categories": [{"id": 1, "name": "car"}],
                "annotations": [{"id": 1, "image_id": 1, "category_id": category, "segmentation": segmentation, "iscrowd": 0}],
            }
        )
    )
    return folder


@pytest.mark.parametrize(
    "outline",
    [
        [],
        [[40, 60, 120]],
        [[40, 60, 120, 60]],
        [3],
        "box",
        {"counts": [5, 5], "size": [2, 5]},
        {"counts": "!!", "size": [224, 384]},
        {"counts": "", "size": [224, 384]},
        {"counts": "PXY1", "size": [224, 384]},
        {"counts": [], "size": [224, 384]},
        {"counts": [224 * 40, 224 * 10, 224 * 334], "size": [384, 224]},
        {"counts": [50, 40], "size": [224, 384]},
        {"counts": [50, -40, 224 * 384 - 10], "size": [224, 384]},
        [[40, 60, 1e9, 60, 120, 110]],
        [[float("nan"), 60, 90, 60, 120, 110]],
    ],
)
def test_an_outline_that_is_none_costs_its_picture_and_is_told(tmp_path: Path, outline: object) -> None:
    (example,) = read_folder(coco(tmp_path / "odd", outline))
    with pytest.raises(SegmentationError, match=r"an outline of a\.png cannot be read"):
        load(example)


def test_coco_polygons_and_run_lengths_say_the_same(tmp_path: Path) -> None:
    polygon = load(read_folder(coco(tmp_path / "p", [[40, 60, 120, 60, 120, 110, 40, 110]]))[0])
    mask = np.zeros((224, 384), np.uint8)
    mask[60:110, 40:120] = 1
    flat = mask.flatten(order="F")
    edges = np.flatnonzero(np.diff(np.r_[0, flat, 0]))
    counts = np.diff(np.r_[0, edges, len(flat)]).tolist()
    runs = load(read_folder(coco(tmp_path / "r", {"counts": counts, "size": [224, 384]}))[0])
    written = coco_mask.encode(np.asfortranarray(mask))
    packed = load(read_folder(coco(tmp_path / "k", {**written, "counts": written["counts"].decode()}))[0])
    np.testing.assert_allclose(packed.boxes_xyxy, [[40, 60, 120, 110]])
    np.testing.assert_allclose(polygon.boxes_xyxy, [[40, 60, 120, 110]], atol=1)
    np.testing.assert_allclose(runs.boxes_xyxy, [[40, 60, 120, 110]])


def test_a_picture_without_annotations_is_one_without_cars(tmp_path: Path) -> None:
    folder = coco(tmp_path / "export", [[40, 60, 120, 60, 120, 110]])
    annotations = folder / "annotations" / "instances_default.json"
    told = json.loads(annotations.read_text())
    told["images"].append({**told["images"][0], "id": 2, "file_name": "b.png"})
    annotations.write_text(json.dumps(told))
    (picture,) = folder.rglob("a.*")
    picture.with_stem("b").write_bytes(picture.read_bytes())
    one, other = (load(example) for example in read_folder(folder))
    assert (len(one.boxes_xyxy), len(other.boxes_xyxy)) == (1, 0)


def test_every_subset_of_a_project_is_read(tmp_path: Path) -> None:
    for subset, x in (("Train", 40), ("Validation", 50)):
        coco(tmp_path / "export", [[x, 60, 120, 60, 120, 110, x, 110]], subset=subset)
    pictures = [load(example) for example in read_folder(tmp_path / "export")]
    assert [labelled.path.parent.name for labelled in pictures] == ["Train", "Validation"]
    assert pictures[0].boxes_xyxy[0, 0] < pictures[1].boxes_xyxy[0, 0]


@pytest.mark.parametrize("named", ["default\\a.png", "default/a.png", r"C:\clips\a.png", "/clips/a.png"])
def test_a_picture_is_found_whatever_system_named_it(tmp_path: Path, named: str) -> None:
    folder = coco(tmp_path / "export", [[40, 60, 120, 60, 120, 110]])
    annotations = folder / "annotations" / "instances_default.json"
    annotations.write_text(annotations.read_text().replace('"a.png"', json.dumps(named)))
    (folder / "images" / "default").mkdir()
    (folder / "images" / "a.png").rename(folder / "images" / "default" / "a.png")
    assert load(read_folder(folder)[0]).path.name == "a.png"


def test_the_picture_is_the_one_that_coco_names(tmp_path: Path) -> None:
    folder = coco(tmp_path / "export", [[40, 60, 120, 60, 120, 110]])
    cv2.imwrite(str(folder / "images" / "a.jpg"), scene([]))
    assert read_folder(folder)[0].path == folder / "images" / "a.png"


@pytest.mark.parametrize(
    "wrong", [{"file_name": ""}, {"file_name": "."}, {"height": -5}, {"height": 0}, {"height": 10**6, "width": 10**6}]
)
def test_a_picture_without_a_name_or_a_size_that_can_be_is_told(tmp_path: Path, wrong: dict[str, object]) -> None:
    folder = coco(tmp_path / "export", [[40, 60, 120, 60, 120, 110]])
    annotations = folder / "annotations" / "instances_default.json"
    told = json.loads(annotations.read_text())
    told["images"][0].update(wrong)
    annotations.write_text(json.dumps(told), encoding="utf-8-sig")  # as editors of Windows save it
    with pytest.raises(
        SegmentationError, match=r"COCO annotation file: ValueError: (a picture has no name|a\.png has -?\d+ rows)"
    ):
        read_folder(folder)


@pytest.mark.parametrize("name", ["a\0.png", "a" * 300 + ".png"])
def test_a_picture_whose_name_no_file_can_have_is_left_out(tmp_path: Path, name: str) -> None:
    folder = coco(tmp_path / "export", [[40, 60, 120, 60, 120, 110]])
    annotations = folder / "annotations" / "instances_default.json"
    annotations.write_text(annotations.read_text().replace('"a.png"', json.dumps(name)))
    with pytest.raises(SegmentationError, match="cannot read picture"):
        load(read_folder(folder)[0])


def test_annotations_in_another_encoding_are_told_in_a_short_line(tmp_path: Path) -> None:
    folder = coco(tmp_path / "export", [[40, 60, 120, 60, 120, 110]])
    annotations = folder / "annotations" / "instances_default.json"
    annotations.write_text(annotations.read_text(), encoding="utf-16")
    with pytest.raises(
        SegmentationError, match=r"UnicodeDecodeError: 'utf-8' codec can't decode byte .{0,60}; export it from CVAT"
    ):
        read_folder(folder)


def test_an_outline_of_a_label_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SegmentationError, match=r"instances_default\.json is no COCO annotation file: KeyError: 7"):
        read_folder(coco(tmp_path / "export", [[40, 60, 120, 60, 120, 110]], category=7))
