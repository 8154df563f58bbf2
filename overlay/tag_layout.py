"""A tag's parts: plate, position, team stripe, name, numbers, leader and ground ticks."""

from collections.abc import Sequence
from dataclasses import replace

from overlay import colour, data_row, placing
from overlay.drawing import cap_height, text_width
from overlay.layout import Item, Layout, Polyline, Rectangle, TagPlace, Words
from overlay.placing import Box, Obstacle, Sides
from overlay.tag import Tag
from overlay.theme import Theme

# Shares of the row's height, after the official tag's measured geometry.
INSET = 0.08  # around the position box and between parts
BOX_CORNER = 0.28  # of the position box's side
PLATE_CORNERS = (0.0, 0.0, 1.0, 0.0)  # only the lower right is round
LEAST_WIDTH = 3.3
SIDES = 0.20  # left and right of the name at the least
NO_TEAM = "#808080"
SHADOW = "#000000"
JOIN = 0.35  # opacity of the line between the ground ticks


def lay_out(
    tags: Sequence[Tag], theme: Theme, size_wh: tuple[int, int], *, extra: Sequence[Item] = (), sides: Sides | None = None
) -> Layout:
    """Return the graphics of one frame: the furthest car's tag first, so that nearer ones lie over it, then `extra`.

    Args:
        tags: The nearest car's first; of one that is gone, opacity 0, the room alone counts that it has not given back yet.
        theme: How they look.
        size_wh: Width and height of the frame, px.
        extra: What lies over them all.
        sides: The sides that tags took beside cars and other tags so far; changed in place.
    """
    items: list[Item] = []
    places: list[TagPlace] = []
    standing: list[Obstacle] = []
    sides = {} if sides is None else sides
    for tag in tags:
        cars = [_obstacle("car", other, other.target_xyxy) for other in tags if other is not tag]
        parts, place = _tag(tag, theme, size_wh, [*cars, *standing], sides)
        standing.append(_obstacle("tag", tag, place.tag_xyxy))
        if tag.opacity > 0:
            items = parts + items
            places.append(place)
    return Layout(size_wh, (*items, *extra), tuple(places))


def _obstacle(what: str, tag: Tag, xyxy: Box) -> Obstacle:
    return Obstacle(xyxy, tag.opacity, tag.taken, f"{what} {tag.track_id}")


def _row_height(tag: Tag, theme: Theme, frame_height: float) -> float:
    plate = theme.plate
    car_width = tag.target_xyxy[2] - tag.target_xyxy[0]
    return min(max(plate.per_car_width * car_width, plate.height * frame_height), plate.tallest * frame_height)


def _tag(
    tag: Tag, theme: Theme, size_wh: tuple[int, int], obstacles: Sequence[Obstacle], sides: Sides
) -> tuple[list[Item], TagPlace]:
    row = _row_height(tag, theme, size_wh[1])
    inset = row * INSET
    name_size = row * theme.identity.size
    tracking = theme.identity.tracking * name_size
    name = text_width(tag.name, theme.identity.font, name_size, tracking=tracking)
    lead = (row - inset if tag.position else inset) + inset + row * theme.identity.stripe  # all that stands before the name
    numbers = data_row.measure(tag.fields, theme, row * theme.data.height)
    width = max(lead + name + 2 * SIDES * row, numbers.width + 4 * inset, LEAST_WIDTH * row)
    height = row + numbers.height + (inset * 0.5 if numbers.rows else 0.0)
    stand = placing.place(
        tag.target_xyxy,
        (width, height),
        row * theme.plate.lift,
        size_wh,
        obstacles=obstacles,
        sides=sides,
        key=tag.track_id,
        there=tag.opacity,
    )
    x, y = stand.xyxy[:2]
    opacity = tag.opacity * stand.opacity
    radii = tuple(corner * row * theme.plate.corner * 1.6 for corner in PLATE_CORNERS)
    seen = opacity * theme.plate.opacity
    items: list[Item] = [
        *_leader(tag.target_xyxy, theme, size_wh, stand.xyxy, opacity),
        Rectangle(x, y, width, height, theme.plate.colour, seen, (radii[0], radii[1], radii[2], radii[3])),
    ]
    if tag.position:
        items += _position(tag.position, theme, x + inset, y + inset, row - 2 * inset, opacity)
    items.append(_stripe(tag, theme, x + lead - row * theme.identity.stripe, y + inset, row, opacity))
    at = x + lead + (width - lead - name) / 2
    baseline = y + row / 2 + cap_height(theme.identity.font, name_size) / 2
    items.append(Words(tag.name, at, baseline, theme.identity.font, name_size, theme.identity.colour, opacity, tracking))
    if numbers.rows:
        rule = max(row * 0.02, 1.0)
        items.append(Rectangle(x + inset, y + row - rule / 2, width - 2 * inset, rule, theme.data.quiet, opacity * 0.35))
        items += data_row.items(numbers, theme, x + 2 * inset, y + row, width - 4 * inset, opacity)
    return items, TagPlace(tag.track_id, tag.driver.tla, tag.target_xyxy, stand.xyxy, opacity)


def _position(text: str, theme: Theme, x: float, y: float, side: float, opacity: float) -> list[Item]:
    identity = theme.identity
    box = Rectangle(x, y, side, side, identity.position_fill, opacity, (0.0, 0.0, side * BOX_CORNER, 0.0))
    size = side * (0.86 if len(text) == 1 else 0.74)
    left = x + (side - text_width(text, identity.font, size)) / 2
    baseline = y + side / 2 + cap_height(identity.font, size) / 2
    return [box, Words(text, left, baseline, identity.font, size, identity.position_colour, opacity)]


def _stripe(tag: Tag, theme: Theme, x: float, y: float, row: float, opacity: float) -> Rectangle:
    team = f"#{tag.driver.team_colour}" if len(tag.driver.team_colour) == 6 else NO_TEAM
    outline = "#ffffff" if colour.needs_outline(team, theme.plate.colour) else ""
    return Rectangle(x, y, row * theme.identity.stripe, row - 2 * INSET * row, team, opacity, outline=outline)


def _leader(car: Box, theme: Theme, size_wh: tuple[int, int], tag: Box, opacity: float) -> list[Item]:
    leader = theme.leader
    line = max(leader.width * size_wh[1], 1.2)
    opacity *= leader.opacity
    middle = (car[0] + car[2]) / 2
    ticks: list[Polyline] = []
    if leader.ticks:
        car_width, ground = car[2] - car[0], car[3]
        out, slant, rise = car_width * 0.10, car_width * 0.07, car_width * 0.06
        thick = max(line, car_width * 0.018)
        for edge, outwards in ((car[0], -1), (car[2], 1)):
            tip = edge + outwards * out
            ticks.append(Polyline(((tip, ground), (tip - outwards * slant, ground - rise)), leader.colour, opacity, thick))
        across = ((car[0] - out, ground), (car[2] + out, ground))
        ticks.append(Polyline(across, leader.colour, opacity * JOIN, line * 0.7))
    lines: list[Polyline] = []
    if tag[3] + 1.5 * line < car[1]:
        wide = tag[2] - tag[0]
        foot = min(max(middle, tag[0] + wide * 0.1), tag[2] - wide * 0.1)
        lines.append(Polyline(((foot, tag[3] + line / 2), (middle, car[1] - line)), leader.colour, opacity, line))
    return [*_shadowed(ticks, line), *_shadowed(lines, line)]


def _shadowed(lines: Sequence[Polyline], wider: float) -> list[Item]:
    """Return lines with something dark around them, which white ones vanish without on a bright road; `wider` px on each side."""
    around = [replace(one, colour=SHADOW, opacity=one.opacity * 0.45, width=one.width + 2 * wider) for one in lines]
    return [*around, *lines]
