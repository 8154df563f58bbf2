"""All themes on one sheet, over light, dark and busy pictures: what a person looks at before choosing one, or shipping one."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from overlay import drawing
from overlay.casting import Cast
from overlay.layout import Item, Layout, Rectangle, Words
from overlay.tag import Tagger
from overlay.tag_layout import lay_out
from overlay.theme import Theme
from overlay.widgets import Bar
from segmentation.track import SteadyBox
from telemetry.race_record import Driver
from telemetry.sample import ABSENT, CarInSight, CarSample, Quality, Reading, Sample

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

CELL_WH = (960, 540)
GUTTER_PX = 6
HORIZON = 0.45  # of a cell's height

# A near car that is followed closely, and a far one of a team that is as dark as the plate, whose numbers are old.
NEAR = Driver("OCO", 31, "Esteban Ocon", "Alpine", "2293D1")
FAR = Driver("PER", 11, "Sergio Perez", "Cadillac", "444444")
OWN = Driver("NOR", 4, "Lando Norris", "McLaren", "FF8000")
NEAR_SHARE, FAR_SHARE = (0.36, 0.52, 0.56, 0.72), (0.70, 0.43, 0.76, 0.50)  # their boxes, of a cell


def sheet(themes: list[Theme]) -> Bytes:
    """Return (h, w, 3) uint8 RGB: a row a theme, over a light, a dark and a busy picture."""
    width, height = CELL_WH
    rows = [[_cell(theme, ground) for ground in (_light, _dark, _busy)] for theme in themes]
    step_x, step_y = width + GUTTER_PX, height + GUTTER_PX
    canvas = np.full((len(rows) * step_y - GUTTER_PX, 3 * step_x - GUTTER_PX, 3), 24, np.uint8)
    for down, row in enumerate(rows):
        for across, cell in enumerate(row):
            canvas[down * step_y : down * step_y + height, across * step_x : across * step_x + width] = cell
    return canvas


def example(theme: Theme, size_wh: tuple[int, int]) -> Layout:
    """Return the graphics of a made-up instant: two tags, one of them with old numbers, and the theme's widgets."""
    sample = _sample()
    boxes = (NEAR_SHARE, FAR_SHARE)
    casts = tuple(
        Cast(SteadyBox(number, _scaled(box, size_wh), 1.0, True), car)
        for number, (box, car) in enumerate(zip(boxes, sample.ahead, strict=True), start=1)
    )
    tagger = Tagger(theme.changed(cars=2), {driver.tla: driver for driver in (NEAR, FAR, OWN)})
    tagger.tags(casts, 0.0, cut=False)
    tags = tagger.tags(casts, 10.0, cut=False)
    return lay_out(tags, theme, size_wh, extra=[*Bar(theme, None).items(sample, size_wh), *_name(theme, size_wh)])


def _name(theme: Theme, size_wh: tuple[int, int]) -> list[Item]:
    """Return a theme's name on a plate of its own, as readable over a light picture as over a dark one."""
    font, size, pad = theme.identity.font, size_wh[1] * 0.04, size_wh[1] * 0.016
    x, y = size_wh[0] * 0.02, size_wh[1] * 0.035
    high = drawing.cap_height(font, size) + 3 * pad
    plate = Rectangle(
        x, y, drawing.text_width(theme.name, font, size) + 3 * pad, high, theme.plate.colour, theme.plate.opacity, (pad / 2,) * 4
    )
    words = Words(
        theme.name, x + 1.5 * pad, y + (high + drawing.cap_height(font, size)) / 2, font, size, theme.identity.colour, 1.0
    )
    return [plate, words]


def _cell(theme: Theme, ground: Callable[[], Floats]) -> Bytes:
    picture = ground()
    for box in (FAR_SHARE, NEAR_SHARE):
        _put_car(picture, _scaled(box, CELL_WH))
    drawn = drawing.picture(example(theme, CELL_WH)).astype(np.float32)
    mixed = picture * (1 - drawn[..., 3:] / 255) + drawn[..., :3]
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _sample() -> Sample:
    def known(value: float) -> Reading:
        return Reading(value, Quality.MEASURED)

    def car(driver: Driver, position: int, speed: Reading, compound: str) -> CarSample:
        readings = (known(11_400.0), known(7.0), known(88.0), known(0.0), known(1_200.0))
        return CarSample(driver.tla, position, 32, speed, *readings, True, compound, 12, None, ABSENT, ABSENT, None, None)

    near = CarInSight(car(NEAR, 7, known(287.0), "MEDIUM"), known(14.0), known(0.4), known(11.0), ABSENT, 0)
    old = Reading(291.0, Quality.STALE)
    far = CarInSight(car(FAR, 6, old, "WET"), known(96.0), Reading(1.8, Quality.STALE), Reading(-6.0, Quality.STALE), ABSENT, 0)
    return Sample(10.0, 1_000.0, car(OWN, 8, known(298.0), "SOFT"), (near, far), (), neutralised=False)


def _scaled(box: tuple[float, float, float, float], size_wh: tuple[int, int]) -> tuple[float, float, float, float]:
    width, height = size_wh
    return box[0] * width, box[1] * height, box[2] * width, box[3] * height


def _road(sky: tuple[int, int, int], road: tuple[int, int, int]) -> Floats:
    width, height = CELL_WH
    fade = np.linspace(0.85, 1.08, height, dtype=np.float32)[:, None, None]
    picture = np.empty((height, width, 3), np.float32)
    horizon = int(height * HORIZON)
    picture[:horizon], picture[horizon:] = sky, road
    return np.asarray(picture * fade, np.float32)


def _light() -> Floats:
    return _road((236, 240, 244), (206, 204, 200))


def _dark() -> Floats:
    return _road((14, 16, 26), (34, 34, 38))


def _busy() -> Floats:
    """Return hoardings, kerbs and leaves: hard edges in every colour at the size of type."""
    chance = np.random.default_rng(7)
    picture = _road((120, 150, 190), (96, 96, 98))
    width, height = CELL_WH
    horizon = int(height * HORIZON)
    leaves = chance.integers(20, 170, (horizon // 6, width // 6, 3)) * (0.5, 1.0, 0.4)
    picture[: horizon // 6 * 6] = np.kron(leaves, np.ones((6, 6, 1))).astype(np.float32)
    stripes = (np.arange(width) // 26) % 3
    boards = np.array([(225, 30, 45), (245, 245, 245), (30, 90, 210)], np.float32)[stripes]
    picture[horizon - 46 : horizon + 14] = boards
    slant = (np.arange(width)[None, :] + np.arange(height - horizon - 60)[:, None]) // 34 % 2
    picture[horizon + 60 :] = np.where(slant[..., None], (228.0, 228.0, 228.0), (206.0, 30.0, 40.0)) * 0.9
    return picture


def _put_car(picture: Floats, box: tuple[float, float, float, float]) -> None:
    """Draw what stands for a car seen from behind: a body between two tyres, under a wing."""
    x1, y1, x2, y2 = (round(value) for value in box)
    wide, high = x2 - x1, y2 - y1
    picture[y1 : y1 + high // 4, x1 + wide // 8 : x2 - wide // 8] = (30, 32, 38)
    picture[y1 : y2 - high // 6, x1 + wide // 3 : x2 - wide // 3] = (64, 68, 80)
    for left in (x1, x2 - wide // 4):
        picture[y2 - high * 3 // 5 : y2, left : left + wide // 4] = (18, 18, 20)
