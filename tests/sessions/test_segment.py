"""The cars of still pictures, from the command line."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from overlay.clip import Clip
from sessions import cli, demo

SAMPLE = Path(demo.__file__).parent / "onboard.mp4"


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frame of the sample, with a car ahead."""
    path = tmp_path_factory.mktemp("stills") / "frame ö.png"
    with Clip(SAMPLE) as clip:
        frame = next(clip.frames(start_s=5.0))
        _, coded = cv2.imencode(".png", frame.rgb(frame.size_wh)[..., ::-1])
    path.write_bytes(coded.tobytes())
    return path


def test_json_holds_every_picture_with_its_cars_and_masks_their_numbers(picture: Path, tmp_path: Path) -> None:
    out, masks = tmp_path / "cars.json", tmp_path / "masks"
    assert cli.main(["segment", str(picture), "--json", str(out), "--masks", str(masks)]) == 0
    (entry,) = json.loads(out.read_text())
    assert set(entry) == {"image", "cars"}
    assert entry["image"] == str(picture)
    assert all(set(car) == {"xyxy", "score"} for car in entry["cars"])
    x1, y1, x2, y2 = (round(edge) for edge in entry["cars"][0]["xyxy"])
    mask = cv2.imdecode(np.frombuffer((masks / f"{picture.stem}.png").read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert mask.shape == (720, 1280)
    assert (mask[y1:y2, x1:x2] == 1).mean() > 0.4
    assert mask.max() == len(entry["cars"])


def test_a_picture_that_cannot_be_read_is_counted_and_the_rest_goes_on(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torn = tmp_path / "torn.jpg"
    torn.write_bytes(b"no picture")
    circle = tmp_path / "circle.jpg"
    circle.symlink_to(circle)
    (tmp_path / "folder.jpg").mkdir()
    bad = [torn, circle, tmp_path / "gone.png", tmp_path / "folder.jpg"]
    words = [*map(str, [*bad, picture]), "--json", "-", "--masks", str(tmp_path / "masks")]
    assert cli.main(["segment", *words]) == 2
    said = capsys.readouterr()
    assert [entry["image"] for entry in json.loads(said.out)] == [str(picture)]
    lines = said.err.splitlines()
    assert all(path.name in line for path, line in zip(bad, lines, strict=False))
    assert lines[len(bad) :] == ["slipstream: 4 of 5 pictures could not be read"]


def test_no_two_masks_are_called_the_same(picture: Path, tmp_path: Path) -> None:
    pictures = []
    for folder, ending in (("a", "png"), ("a", "bmp"), ("a", "tiff"), ("b/a", "png")):
        path = tmp_path / folder / f"one.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture.read_bytes())
        pictures.append(str(path))
    assert cli.main(["segment", *pictures, "--masks", str(tmp_path / "masks")]) == 0
    assert len(list((tmp_path / "masks").iterdir())) == len(pictures)


def test_no_mask_takes_the_place_of_a_picture(picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = tmp_path / "one.jpg", tmp_path / "one.png"
    for path in (one, other):
        path.write_bytes(picture.read_bytes())
    for pictures in ([other], [one, other]):
        assert cli.main(["segment", *map(str, pictures), "--masks", str(tmp_path)]) == 2
        assert "a mask would replace the picture" in capsys.readouterr().err
    assert one.read_bytes() == other.read_bytes() == picture.read_bytes()
    assert cli.main(["segment", str(one), "--masks", str(tmp_path / "masks")]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"one.jpg", "one.png", "masks"}


def test_a_picture_is_not_taken_for_the_json_to_write(picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Elsewhere --json is a mere switch; here the first picture would stand for the file."""
    before = picture.read_bytes()
    assert cli.main(["segment", "--json", str(picture), str(picture)]) == 2
    assert cli.main(["evaluate", str(tmp_path), "--json", str(picture)]) == 2
    for line in capsys.readouterr().err.strip().splitlines():
        assert line.endswith("holds something else than what is written there, and is not replaced by it; give another name")
    assert picture.read_bytes() == before


def test_json_is_replaced_by_its_like_and_by_no_other(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "cars.json"
    for held in ("[1]", "{", '{"sequences": [], "left_out": []}', "\xff"):
        out.write_text(held, encoding="latin-1")
        assert cli.main(["segment", str(picture), "--json", str(out)]) == 2
        assert out.read_text(encoding="latin-1") == held
    out.write_text("")
    for _ in range(2):
        assert cli.main(["segment", str(picture), "--json", str(out)]) == 0
        assert json.loads(out.read_text())[0]["image"] == str(picture)
