"""The numbers of a tag: how wide they are, in which rows, and their shapes; the same width whatever the digits."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from overlay import colour
from overlay.drawing import cap_height, text_width
from overlay.layout import Item, Rectangle, Words
from overlay.tag import Field
from overlay.theme import Theme

SPACE = 0.36  # of a row's height, between numbers at the least
PAD = 0.17  # of a row's height, inside what is drawn on a ground of its own
GROUND = 0.80  # of a row's height: such a ground
UNIT = 0.68  # of the number's size: its unit
UNIT_SPACE = 0.13  # of the number's size, before the unit
CELLS = {"speed": 3, "gap": 2, "gap_m": 2, "closing": 2}  # digits that always have room, so that a row stands still
BADGE = 0.84  # of a row's height: the tyre's disc
DIMMED = 0.82  # opacity of what is stale; on a plate over white it is still read (4.5 : 1)


@dataclass(frozen=True, slots=True)
class Piece:
    """A field with the widths of its value and its whole, px."""

    field: Field
    value: float
    whole: float


@dataclass(frozen=True, slots=True)
class Rows:
    """The numbers of a tag in rows of one height, px; `width` is the least that the widest row takes."""

    rows: tuple[tuple[Piece, ...], ...]
    row: float
    width: float

    @property
    def height(self) -> float:
        """Height of all rows, px."""
        return self.row * len(self.rows)


def measure(fields: Sequence[Field], theme: Theme, row: float) -> Rows:
    """Return the fields in rows `row` px high, as many to each as the theme says."""
    pieces = [_piece(entry, theme, row) for entry in fields]
    most = theme.data.per_row
    count = -(-len(pieces) // most) if pieces else 0
    each = -(-len(pieces) // count) if count else 0  # four numbers are two and two rather than three and one
    rows = tuple(tuple(pieces[at * each : (at + 1) * each]) for at in range(count))
    width = max((sum(piece.whole for piece in line) + (len(line) - 1) * SPACE * row for line in rows), default=0.0)
    return Rows(rows, row, width)


def items(rows: Rows, theme: Theme, x: float, y: float, width: float, opacity: float) -> list[Item]:
    """Return the shapes of the rows in a place `width` px wide whose top left is (x, y): the first at its left, the last at its right."""
    made: list[Item] = []
    for number, line in enumerate(rows.rows):
        left = x
        free = width - sum(piece.whole for piece in line)
        space = free / (len(line) - 1) if len(line) > 1 else 0.0
        if len(line) == 1:
            left += free / 2
        for piece in line:
            made += _field(piece, theme, left, y + number * rows.row, rows.row, opacity)
            left += piece.whole + space
    return made


def _piece(entry: Field, theme: Theme, row: float) -> Piece:
    font, size = theme.data.font, row * theme.data.size
    if entry.name == "tyre":
        age = text_width(entry.unit, font, size) + size * 0.2 if entry.unit else 0.0
        return Piece(entry, row * BADGE, row * BADGE + age)
    cell = text_width("0", font, size)
    least = CELLS.get(entry.name, 0) * cell
    if entry.name == "gap":
        least += text_width(".", font, size)
    if entry.name == "closing":
        least += text_width("+", font, size)
    value = max(_drawn_width(entry.value, font, size), least)
    unit = text_width(entry.unit, font, size * UNIT) + size * UNIT_SPACE if entry.unit else 0.0
    return Piece(entry, value, value + unit + (2 * PAD * row if _has_ground(entry) else 0.0))


def _drawn_width(text: str, font: str, size: float) -> float:
    return _unit_width(text, font) * size


@lru_cache(maxsize=4096)
def _unit_width(text: str, font: str) -> float:
    """Return the width at size 1; digits in cells."""
    cell = text_width("0", font, 1.0)
    return sum(cell if sign.isdigit() else text_width(sign, font, 1.0) for sign in text)


def _has_ground(entry: Field) -> bool:
    # The gap always has the room of its ground, so that nothing moves when it comes to lie under a second.
    return entry.name in ("gap", "drs")


def _field(piece: Piece, theme: Theme, x: float, y: float, row: float, opacity: float) -> list[Item]:
    data, entry = theme.data, piece.field
    if entry.name == "tyre":
        return _tyre(piece, theme, x, y, row, opacity)
    tones = {"plain": data.colour, "near": data.near, "closing": data.closing, "falling": data.falling_back}
    shade, unit_shade = tones.get(entry.tone, data.quiet), data.quiet
    seen = opacity * (DIMMED if entry.tone == "stale" else 1.0)
    made: list[Item] = []
    if _has_ground(entry):
        if entry.tone == "near":
            high = row * GROUND
            radius = high * 0.22
            made.append(Rectangle(x, y + (row - high) / 2, piece.whole, high, data.near, opacity, (radius,) * 4))
            shade = unit_shade = colour.readable_on(data.near)
        x += PAD * row
    size = row * data.size
    baseline = y + row / 2 + cap_height(data.font, size) / 2
    start = x + piece.value - _drawn_width(entry.value, data.font, size)
    made.append(Words(entry.value, start, baseline, data.font, size, shade, seen, cell=text_width("0", data.font, size)))
    if entry.unit:
        after = x + piece.value + size * UNIT_SPACE
        made.append(Words(entry.unit, after, baseline, data.font, size * UNIT, unit_shade, seen))
    return made


def _tyre(piece: Piece, theme: Theme, x: float, y: float, row: float, opacity: float) -> list[Item]:
    """Return the compound's letter on a disc in the compound's colour, and the tyre's age in laps."""
    data, entry = theme.data, piece.field
    shade = colour.COMPOUNDS.get(entry.tone, data.quiet)
    disc = row * BADGE
    outline = "#ffffff" if colour.needs_outline(shade, theme.plate.colour) else ""
    made: list[Item] = [Rectangle(x, y + (row - disc) / 2, disc, disc, shade, opacity, (disc / 2,) * 4, outline)]
    font, size = theme.identity.font, row * 0.62
    left = x + (disc - text_width(entry.value, font, size)) / 2
    baseline = y + row / 2 + cap_height(font, size) / 2
    made.append(Words(entry.value, left, baseline, font, size, colour.readable_on(shade), opacity))
    if entry.unit:
        size = row * data.size
        baseline = y + row / 2 + cap_height(data.font, size) / 2
        cell = text_width("0", data.font, size)
        made.append(Words(entry.unit, x + disc + size * 0.2, baseline, data.font, size, data.colour, opacity, cell=cell))
    return made
