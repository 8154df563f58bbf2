"""Pictures and layouts approved by a person: `pytest tests/overlay/test_golden.py --update-golden`, look, commit."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from overlay import drawing, sheet
from overlay import theme as themes
from overlay.theme import FIELDS, Theme

GOLDEN = Path(__file__).parent / "golden"
SIZE_WH = (640, 360)
GROUND = 118
MEAN, SOME = 0.8, 40  # of 255: a font renderer's own rounding stays under these, a moved or recoloured shape does not
SOME_SHARE = 0.002  # of the pixels may differ by more than SOME: edges
EVERYTHING = themes.load("broadcast").changed(fields=FIELDS, widgets=("speed", "gear", "rpm", "pedals", "gap_graph"), units="mph")
CASES = {**{name: themes.load(name) for name in themes.shipped()}, "everything": EVERYTHING}


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.mark.parametrize("name", CASES)
def test_the_layout_is_the_approved_one(name: str, update: bool) -> None:
    told = sheet.example(CASES[name], SIZE_WH).to_json()
    path = GOLDEN / f"{name}.json"
    if update:
        path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    assert told == json.loads(path.read_text())


@pytest.mark.parametrize("name", CASES)
def test_the_picture_is_the_approved_one(name: str, update: bool) -> None:
    shown = drawn(CASES[name])
    path = GOLDEN / f"{name}.png"
    if update:
        cv2.imwrite(str(path), shown[..., ::-1])
    approved = cv2.imread(str(path))
    assert approved is not None
    apart = np.abs(shown.astype(int) - approved[..., ::-1].astype(int)).max(-1)
    assert apart.mean() < MEAN
    assert (apart > SOME).mean() < SOME_SHARE


def test_a_golden_picture_notices_a_tag_that_moved_a_pixel() -> None:
    theme = CASES["broadcast"]
    still = drawn(theme).astype(int)
    moved = np.abs(np.roll(still, 1, axis=1) - still).max(-1)
    assert (moved > SOME).mean() > SOME_SHARE


def drawn(theme: Theme) -> np.ndarray:
    picture = drawing.picture(sheet.example(theme, SIZE_WH)).astype(np.float64)
    return np.rint(GROUND * (1 - picture[..., 3:] / 255) + picture[..., :3]).astype(np.uint8)
