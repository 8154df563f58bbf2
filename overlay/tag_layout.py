"""Where a tag's parts stand: plate, stripe, position, name, numbers, leader and ground ticks."""

from collections.abc import Sequence

from overlay import colour
from overlay.drawing import cap_height, text_width
from overlay.layout import Item, Layout, Polyline, Rectangle, TagPlace, Words
from overlay.tag import Field, Tag
from overlay.theme import Theme

INSET = 0.10  # of the row's height, around the position box and between parts
EDGE = 0.012  # of the frame's height, kept free at its edges
SPACE = 0.42  # of the row's height, between numbers


def lay_out(tags: Sequence[Tag], theme: Theme, size_wh: tuple[int, int], *, extra: Sequence[Item] = ()) -> Layout:
    """Return the graphics of one frame: the furthest car's tag first, so that nearer ones lie over it, then `extra`."""
    items: list[Item] = []
    places: list[TagPlace] = []
    taken: list[tuple[float, float, float, float]] = []
    for tag in tags:
        parts, place = _tag(tag, theme, size_wh, taken)
        items = parts + items
        places.append(place)
        taken.append(place.tag_xyxy)
    return Layout(size_wh, (*items, *extra), tuple(places))


def _row_height(tag: Tag, theme: Theme, frame_height: float) -> float:
    plate = theme.plate
    car_width = tag.target_xyxy[2] - tag.target_xyxy[0]
    return min(max(plate.per_car_width * car_width, plate.height * frame_height), plate.tallest * frame_height)


def _tag(
    tag: Tag, theme: Theme, size_wh: tuple[int, int], taken: Sequence[tuple[float, float, float, float]]
) -> tuple[list[Item], TagPlace]:
    row = _row_height(tag, theme, size_wh[1])
    name_size = row * theme.identity.size
    inset = row * INSET
    box = row - 2 * inset if tag.position else 0.0
    stripe = row * theme.identity.stripe
    name_width = text_width(tag.name, theme.identity.font, name_size, tracking=theme.identity.tracking * name_size)
    fields_row = row * theme.data.height
    pieces, data_width = _measure(tag.fields, theme, fields_row)
    left_width = inset + box + inset + stripe + 2.2 * inset
    width = max(left_width + name_width + 2.6 * inset, data_width + 4 * inset)
    height = row + (fields_row if tag.fields else 0.0)
    x, y = _place(tag.target_xyxy, width, height, row * theme.plate.lift, size_wh, taken)
    opacity = tag.opacity
    items: list[Item] = _leader(tag, theme, size_wh, x, y, width, height)
    corner = row * theme.plate.corner
    items.append(Rectangle(x, y, width, height, theme.plate.colour, opacity * theme.plate.opacity, (0, 0, corner * 1.6, 0)))
    at = x + inset
    if tag.position:
        identity = theme.identity
        items.append(Rectangle(at, y + inset, box, box, identity.position_fill, opacity, (0, 0, box * 0.28, 0)))
        size = name_size * 0.92
        number_width = text_width(tag.position, identity.font, size)
        baseline = y + row / 2 + cap_height(identity.font, size) / 2
        items.append(
            Words(tag.position, at + (box - number_width) / 2, baseline, identity.font, size, identity.position_colour, opacity)
        )
        at += box + inset
    team = f"#{tag.driver.team_colour}" if len(tag.driver.team_colour) == 6 else "#808080"
    outline = "#ffffff" if colour.needs_outline(team, theme.plate.colour) else ""
    items.append(Rectangle(at, y + inset, stripe, row - 2 * inset, team, opacity, outline=outline))
    at += stripe + 1.6 * inset
    baseline = y + row / 2 + cap_height(theme.identity.font, name_size) / 2
    tracking = theme.identity.tracking * name_size
    items.append(Words(tag.name, at, baseline, theme.identity.font, name_size, theme.identity.colour, opacity, tracking))
    if tag.fields:
        items.append(Rectangle(x + inset, y + row, width - 2 * inset, max(row * 0.02, 1.0), theme.data.quiet, opacity * 0.35))
        items += _data(pieces, theme, x + (width - data_width) / 2, y + row, fields_row, opacity)
    return items, TagPlace(tag.track_id, tag.driver.tla, tag.target_xyxy, (x, y, x + width, y + height), opacity)


def _place(
    car: tuple[float, float, float, float],
    width: float,
    height: float,
    lift: float,
    size_wh: tuple[int, int],
    taken: Sequence[tuple[float, float, float, float]],
) -> tuple[float, float]:
    """Return the tag's top left corner: above the car and centred on it; inside the frame; clear of the car and of other tags."""
    edge = EDGE * size_wh[1]
    x = min(max((car[0] + car[2]) / 2 - width / 2, edge), size_wh[0] - edge - width)
    y = car[1] - lift - height
    if y < edge:  # no room above: beside the car, on the side with more room
        y = max(min(car[1], size_wh[1] - edge - height), edge)
        x = car[2] + lift if size_wh[0] - car[2] >= car[0] else car[0] - lift - width
        x = min(max(x, edge), size_wh[0] - edge - width)
    for other in sorted(taken, key=lambda box: -box[1]):
        overlaps = x < other[2] + edge and x + width > other[0] - edge and y < other[3] + edge and y + height > other[1] - edge
        if overlaps:
            y = max(other[1] - edge - height, edge)
    return x, y


def _leader(tag: Tag, theme: Theme, size_wh: tuple[int, int], x: float, y: float, width: float, height: float) -> list[Item]:
    car, leader = tag.target_xyxy, theme.leader
    line = max(leader.width * size_wh[1], 1.2)
    opacity = tag.opacity * leader.opacity
    middle = (car[0] + car[2]) / 2
    items: list[Item] = []
    if y + height < car[1]:
        foot = min(max(middle, x + width * 0.1), x + width * 0.9)
        end = car[1] - line
        items.append(Polyline(((foot, y + height), (middle, end)), leader.colour, opacity, line))
    if leader.ticks:
        car_width, ground = car[2] - car[0], car[3]
        out, slant, rise = car_width * 0.10, car_width * 0.07, car_width * 0.06
        thick = max(line, car_width * 0.018)
        items.append(Polyline(((car[0] - out, ground), (car[0] - out + slant, ground - rise)), leader.colour, opacity, thick))
        items.append(Polyline(((car[2] + out, ground), (car[2] + out - slant, ground - rise)), leader.colour, opacity, thick))
        items.append(Polyline(((car[0] - out, ground), (car[2] + out, ground)), leader.colour, opacity * 0.35, line * 0.7))
    return items


def _measure(fields: Sequence[Field], theme: Theme, row: float) -> tuple[list[tuple[Field, float, float]], float]:
    """Return each field with the widths of its value and unit, and the width of the whole row."""
    size = row * theme.data.size
    cell = text_width("0", theme.data.font, size)
    pieces = []
    for entry in fields:
        value = sum(cell if sign.isdigit() else text_width(sign, theme.data.font, size) for sign in entry.value)
        if entry.name == "speed":
            value = max(value, 3 * cell)
        if entry.name == "closing":
            value = max(value, 2 * cell + text_width("+", theme.data.font, size))
        unit = text_width(entry.unit, theme.data.font, size * 0.72) + size * 0.14 if entry.unit else 0.0
        pieces.append((entry, value, unit))
    return pieces, sum(value + unit for _, value, unit in pieces) + max(len(pieces) - 1, 0) * row * SPACE


def _data(
    pieces: Sequence[tuple[Field, float, float]], theme: Theme, x: float, y: float, row: float, opacity: float
) -> list[Item]:
    data = theme.data
    tones = {"plain": data.colour, "near": data.near, "closing": data.closing, "falling": data.falling_back, "quiet": data.quiet}
    size = row * data.size
    cell = text_width("0", data.font, size)
    baseline = y + row / 2 + cap_height(data.font, size) / 2
    items: list[Item] = []
    for entry, value_width, unit_width in pieces:
        shade = 0.62 if entry.tone == "quiet" else 1.0
        drawn = sum(cell if sign.isdigit() else text_width(sign, data.font, size) for sign in entry.value)
        start = x + value_width - drawn
        items.append(Words(entry.value, start, baseline, data.font, size, tones[entry.tone], opacity * shade, cell=cell))
        if entry.unit:
            items.append(Words(entry.unit, x + value_width + size * 0.14, baseline, data.font, size * 0.72, data.quiet, opacity))
        x += value_width + unit_width + row * SPACE
    return items
