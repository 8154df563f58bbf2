import json
import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from segmentation import recipe, training_set
from segmentation.dataset import OWN_CAR, load, read_folder
from segmentation.errors import SegmentationError
from segmentation.training_set import Source
from tests.segmentation.drawn import cvat_masks, scene


def test_cvat_masks_come_as_numbered_cars_and_the_own_car(tmp_path: Path) -> None:
    first = load(read_folder(cvat_masks(tmp_path / "export"))[0])
    assert first.ids is not None
    assert set(np.unique(first.ids)) == {0, 1, 2, OWN_CAR}
    assert sorted(first.boxes_xyxy.tolist()) == [[40, 60, 120, 110], [200, 70, 240, 95]]


def test_a_mask_of_colours_without_a_name_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    folder = cvat_masks(tmp_path / "export")
    names = folder / "labelmap.txt"
    names.write_text(names.read_text().replace("250,50,83", "250,50,84"), encoding="utf-8-sig")  # as editors of Windows save it
    with pytest.raises(SegmentationError, match=r"f0\.png has the colour \(250, 50, 83\), which labelmap\.txt does not name"):
        load(read_folder(folder)[0])


def test_an_object_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    folder = cvat_masks(tmp_path / "export")
    mask = folder / "SegmentationObject" / "f0.png"
    cv2.imwrite(str(mask), cv2.imread(str(mask))[:100])
    with pytest.raises(SegmentationError, match="is of another size than"):
        load(read_folder(folder)[0])


def test_without_object_masks_connected_parts_are_cars(tmp_path: Path) -> None:
    first = load(read_folder(cvat_masks(tmp_path / "export", objects=False))[0])
    assert len(first.boxes_xyxy) == 2


def test_a_single_other_label_can_only_be_the_car(tmp_path: Path) -> None:
    assert len(load(read_folder(cvat_masks(tmp_path / "export", label="Auto"))[0]).boxes_xyxy) == 2


def test_labels_that_mean_nothing_to_us_are_listed(tmp_path: Path) -> None:
    folder = cvat_masks(tmp_path / "export", label="bolide")
    (folder / "labelmap.txt").write_text("background:0,0,0::\nbolide:250,50,83::\nkerb:1,2,3::\nown car:51,221,255::\n")
    with pytest.raises(SegmentationError, match=r"bolide, kerb, own car; name one with --car-label"):
        read_folder(folder)
    assert len(load(read_folder(folder, car_labels=["bolide"])[0]).boxes_xyxy) == 2
    with pytest.raises(SegmentationError, match="no label 'wagon'"):
        read_folder(folder, car_labels=["wagon"])


def test_a_missing_picture_is_named_and_the_others_are_used(tmp_path: Path) -> None:
    folder = cvat_masks(tmp_path / "export")
    (folder / "JPEGImages" / "f1.jpg").unlink()
    pictures = training_set.gather([Source(folder)], hold_out=[])
    assert len(pictures.pictures) == 2
    (problem,) = pictures.problems
    assert re.search(r"f1\.jpg: No such file.*“Save images” on\)$", problem)


@pytest.mark.parametrize(("size_wh", "kept_wh"), [((1920, 1080), (1920, 1080)), ((3840, 2160), (1920, 1080))])
def test_pictures_of_1080p_are_learnt_and_judged_as_they_are(
    tmp_path: Path, size_wh: tuple[int, int], kept_wh: tuple[int, int]
) -> None:
    cv2.imwrite(str(tmp_path / "a.jpg"), np.zeros((size_wh[1], size_wh[0], 3), np.uint8))
    (tmp_path / "labels.json").write_text(json.dumps({"a.jpg": {"others_xyxy": [[size_wh[0] / 4, 100, size_wh[0] / 2, 200]]}}))
    (labelled,) = training_set.gather([Source(tmp_path)], hold_out=[]).pictures
    assert labelled.rgb.shape[1::-1] == kept_wh
    np.testing.assert_allclose(labelled.boxes_xyxy[0, ::2], [480, 960])


def test_a_picture_without_a_mask_is_not_taken_for_one_without_cars(tmp_path: Path) -> None:
    """CVAT exports pictures without shapes, labelled or not, and writes no mask for them; an empty mask says that there is none."""
    folder = cvat_masks(tmp_path / "export", frames=4)
    (folder / "SegmentationClass" / "f1.png").unlink()
    cv2.imwrite(str(folder / "SegmentationClass" / "f2.png"), np.zeros((224, 384, 3), np.uint8))
    (folder / "ImageSets" / "Segmentation").mkdir(parents=True)
    (folder / "ImageSets" / "Segmentation" / "default.txt").write_text("f0\nf1\nf2\nf3\nlap 2\\f9\n\n")
    pictures = training_set.gather([Source(folder)], hold_out=[])
    assert {labelled.path.stem: len(labelled.boxes_xyxy) for labelled in pictures.pictures} == {"f0": 2, "f2": 0, "f3": 2}
    (note,) = pictures.notes
    assert note.startswith(
        f"2 of 5 pictures in {folder} have no label and are not used, for CVAT writes no mask for a picture without a shape"
    )
    assert not pictures.problems
    (unknown,) = (example for example in read_folder(folder) if example.path.stem == "f1")
    with pytest.raises(ValueError, match="wanted a labelled picture"):
        load(unknown)
    shutil.rmtree(folder / "SegmentationClass")
    with pytest.raises(SegmentationError, match=r"none of the 5 pictures in .* has a label"):
        training_set.gather([Source(folder)], hold_out=[])


def test_a_missing_picture_of_our_own_boxes_leaves_the_others(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), scene([(40, 60, 120, 110)]))
    box = {"others_xyxy": [[40, 60, 120, 110]]}
    (tmp_path / "labels.json").write_text(json.dumps({"a.png": box, "b.png": box}))
    pictures = training_set.gather([Source(tmp_path)], hold_out=[])
    assert [labelled.path.name for labelled in pictures.pictures] == ["a.png"]
    assert len(pictures.problems) == 1
    (tmp_path / "labels.json").write_text(json.dumps({"a.png": [1, 2]}))
    with pytest.raises(SegmentationError, match=r"cannot read .*labels\.json as boxes"):
        read_folder(tmp_path)


def test_boxes_may_be_kept_apart_from_the_pictures(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    cv2.imwrite(str(tmp_path / "pictures" / "a.png"), scene([(40, 60, 120, 110)]))
    (tmp_path / "mine.json").write_text(json.dumps({"a.png": {"others_xyxy": [[40, 60, 120, 110]]}}))
    (example,) = read_folder(tmp_path / "pictures", labels=tmp_path / "mine.json")
    assert load(example).boxes_xyxy.tolist() == [[40, 60, 120, 110]]


def test_an_export_of_several_clips_falls_into_its_clips(tmp_path: Path) -> None:
    folder = cvat_masks(tmp_path / "export", frames=4)
    for part, suffix in (("JPEGImages", "jpg"), ("SegmentationClass", "png"), ("SegmentationObject", "png")):
        for number, name in enumerate(["monza-00001.000", "monza-00002.000", "spa-00001.000", "spa-00002.040"]):
            (folder / part / f"f{number}.{suffix}").rename(folder / part / f"{name}.{suffix}")
    assert {example.sequence for example in read_folder(folder)} == {"export/monza", "export/spa"}
    pictures = training_set.gather([Source(folder)], hold_out=["spa"])
    assert {labelled.path.name for labelled in pictures.held_out} == {"spa-00001.000.jpg", "spa-00002.040.jpg"}


def test_a_picture_may_end_in_capitals(tmp_path: Path) -> None:
    folder = cvat_masks(tmp_path / "export")
    for path in (folder / "JPEGImages").iterdir():
        path.rename(path.with_suffix(".JPG"))
    assert [load(example).path.suffix for example in read_folder(folder)] == [".JPG"] * 3


@pytest.mark.parametrize(
    "entry",
    [
        {"boxes": [[40, 60, 120, 110]]},
        {"others_xyxy": [[40, 60, 30, 20]]},
        {"others_xyxy": [[-float("inf"), 0, float("inf"), 20]]},
        {"others_xyxy": [], "ego_xyxy": [[9, 9, 9, float("nan")]]},
    ],
)
def test_boxes_of_another_form_are_not_taken_for_none(tmp_path: Path, entry: object) -> None:
    (tmp_path / "labels.json").write_text(json.dumps({"a.png": entry}))
    with pytest.raises(SegmentationError, match=r'as boxes by picture: .*; wanted \{"PICTURE": \{"others_xyxy": \[\[x1, y1'):
        read_folder(tmp_path)


def test_yolo_boxes_are_read_and_outlines_are_not_taken_for_boxes(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.jpg"), scene([]))
    (tmp_path / "classes.txt").write_text("car\n")
    own = "15 0.5 0.75 0.9 0.5\n"
    (tmp_path / "a.txt").write_text(f"{own}\n15 0.25 0.5 0.125 0.25 0.9\n")
    (example,) = read_folder(tmp_path)
    labelled = load(example)
    np.testing.assert_allclose(labelled.boxes_xyxy, [[72, 84, 120, 140]])
    assert len(labelled.own_xyxy) == 1
    for other in ("0 0.2 0.2 0.4 0.2 0.4 0.3 0.2 0.3", "0 0.2 0.2"):
        (tmp_path / "a.txt").write_text(own + other)
        with pytest.raises(SegmentationError, match=r"a\.txt holds something else than YOLO boxes"):
            read_folder(tmp_path)


def test_boxes_in_other_units_or_of_another_picture_are_told(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.PNG"), scene([]))
    (tmp_path / "a.txt").write_text("0 0.2 0.4 0.2 0.2\n")
    np.testing.assert_allclose(load(read_folder(tmp_path)[0]).boxes_xyxy, [[38.4, 67.2, 115.2, 112.0]])
    for row in ("0 80 85 80 50\n", "0 0.2 0.4 0 0\n"):
        (tmp_path / "a.txt").write_text(row)
        with pytest.raises(SegmentationError, match=r"a\.txt holds boxes that are not in shares of the picture"):
            read_folder(tmp_path)
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps({"a.PNG": {"others_xyxy": [[0.1, 0.1, 0.3, 0.2]]}}))
    with pytest.raises(SegmentationError, match="no narrower than a pixel"):
        read_folder(tmp_path)
    labels.write_text(json.dumps({"a.PNG": {"others_xyxy": [[900, 300, 990, 340]]}}))
    with pytest.raises(SegmentationError, match="lies outside the picture of 384×224"):
        load(read_folder(tmp_path)[0])


def test_a_folder_without_labels_says_what_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(SegmentationError, match=r"holds no labelled pictures; wanted labels\.json, a CVAT export"):
        read_folder(tmp_path)


def test_whole_sequences_are_held_out_and_bad_pictures_counted(tmp_path: Path) -> None:
    for name, grey in (("one", 90), ("two", 100)):
        cvat_masks(tmp_path / name, frames=4, grey=grey)
    broken = tmp_path / "one" / "JPEGImages" / "f2.jpg"
    broken.write_bytes(broken.read_bytes()[:200])
    sources = [Source(tmp_path / "one"), Source(tmp_path / "two")]
    pictures = training_set.gather(sources, hold_out=["two"])
    assert {labelled.sequence for labelled in pictures.held_out} == {"two/f"}
    assert {labelled.sequence for labelled in pictures.pictures} == {"one/f"}
    assert len(pictures.pictures) == 3
    assert len(pictures.problems) == 1
    assert "f2.jpg" in pictures.problems[0]
    with pytest.raises(SegmentationError, match="no sequence 'three' to hold out; there are one/f, two/f"):
        training_set.gather(sources, hold_out=["three"])


def test_a_picture_held_out_under_one_name_is_not_learnt_from_under_another(tmp_path: Path) -> None:
    folders = [cvat_masks(tmp_path / "first"), cvat_masks(tmp_path / "again", frames=5)]
    pictures = training_set.gather([Source(folder) for folder in folders], hold_out=["first"])
    assert [labelled.path.name for labelled in pictures.pictures] == ["f3.jpg", "f4.jpg"]
    assert len(pictures.held_out) == 3
    assert f"{folders[1] / 'JPEGImages' / 'f0.jpg'} is the same picture as {folders[0]}" in pictures.problems[0]
    assert len(training_set.gather([Source(folder) for folder in folders], hold_out=[]).pictures) == 8


def test_a_large_pictures_mask_shrinks_as_the_picture_does(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1_a.jpg"), np.full((2160, 3840, 3), 90, np.uint8))
    ids = np.zeros((2160, 3840), np.uint8)
    ids[601:902, 1201:1502] = 1  # what is left is their middle third
    cv2.imwrite(str(tmp_path / "1_a.png"), ids)
    labelled = load(read_folder(tmp_path)[0], widest_px=1280)
    assert labelled.boxes_xyxy.tolist() == [[400, 200, 501, 301]]


def test_a_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    folder = cvat_masks(tmp_path / "export", objects=False)
    cv2.imwrite(str(folder / "SegmentationClass" / "f0.png"), np.zeros((100, 100, 3), np.uint8))
    with pytest.raises(SegmentationError, match="100×100, the picture 384×224"):
        load(read_folder(folder)[0])


@pytest.mark.parametrize(
    "name",
    [
        "lite0.toml",
        "lite0_sixth.toml",
        "lite0_fifth.toml",
        "lite0_fourth.toml",
        "lite0_third.toml",
        "lite0_second.toml",
        "lite0_first.toml",
        "lite0_fold.toml",
        "lite0_fold_second.toml",
        "lite0_fold_third.toml",
        "lite0_fold_fourth.toml",
        "lite0_fold_fifth.toml",
        "lite0_fold_sixth.toml",
        "lite0_fold_seventh.toml",
    ],
)
def test_the_recipes_of_our_weights_are_whole(tmp_path: Path, name: str) -> None:
    for folder in ("turkey2021", "turkey2021-trackside", "baku2024", "../stills/t", "../stills/turned"):
        (tmp_path / "onboard-frames" / folder).mkdir(parents=True)
    read = recipe.read(recipe.OURS.with_name(name), [tmp_path])
    assert read.model == "lite0"
    assert read.widest_px == (1920 if name == "lite0_fold_seventh.toml" else 1280)
    assert sum(source.share or 0 for source in read.data) == pytest.approx(1, abs=0.02)
    assert all(source.labels is None or source.labels.exists() for source in read.data)
    with pytest.raises(SegmentationError, match="say where with --root"):
        recipe.read(recipe.OURS, [])


def test_a_recipe_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SegmentationError, match=r"cannot read the recipe .*recipe\.toml: 'utf-8' codec"):
        recipe.read(tmp_path / "recipe.toml", [])


@pytest.mark.parametrize("size_wh", [(1, 1), (1280, 1), (1, 720), (20_000, 100)])
def test_a_picture_too_narrow_to_cut_pieces_from_is_left_out(tmp_path: Path, size_wh: tuple[int, int]) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), scene([], size_wh))
    (tmp_path / "labels.json").write_text(json.dumps({"a.png": {"others_xyxy": []}}))
    with pytest.raises(SegmentationError, match=rf"a\.png of {size_wh[0]}×{size_wh[1]} is too small or too narrow a picture"):
        load(read_folder(tmp_path)[0], widest_px=1280)
