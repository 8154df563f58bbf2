"""The own car's bar: small widgets at the foot of the frame, each off unless the theme names it."""

import math
from collections import deque
from collections.abc import Callable

from overlay.data_row import DIMMED
from overlay.drawing import cap_height, text_width
from overlay.layout import Item, Polyline, Rectangle, Words
from overlay.resting import SAME_S, Resting
from overlay.tag import MPH, NEAR_S
from overlay.theme import Theme
from telemetry.circuit import Circuit
from telemetry.sample import CarInSight, Quality, Sample

FULL = 0.96  # of the frame's width, at most: in a tall one a bar of many widgets is smaller than the theme says
PAD = 0.2  # of the bar's height, around each widget
GRAPH_S = 20.0  # what the gap graph remembers
GRAPH_STEP_S = 0.2
GRAPH_TOP_S = 3.0  # gaps from here up touch the graph's upper edge
RPM_RANGE = (4_000.0, 13_000.0)  # engines idle below and are limited above
MAP_POINTS = 160
LIGHTS, UNLIT = 12, 0.16  # of the rev counter, and the opacity of those that are out
GREEN, RED, AMBER, BLUE = "#3fd47a", "#ff4d4d", "#ffd12e", "#5aa2ff"


class Bar:
    """Lays out the bar of one clip; remembers the gaps of its last seconds.

    Attributes:
        said: The speed and the gear that it shows, by "speed" and "gear"; without those that it does not.
    """

    def __init__(self, theme: Theme, circuit: Circuit | None) -> None:
        self._theme = theme
        self._outline = _outline(circuit) if circuit else None
        self._gaps: deque[tuple[float, float]] = deque()
        self._resting: Resting[str] = Resting(theme.motion.hold_s)
        self.said: dict[str, str] = {}

    def items(self, sample: Sample, size_wh: tuple[int, int]) -> list[Item]:
        """Return the shapes of the bar for one instant; nothing where nothing is known of the own car."""
        self.remember(sample)
        self.said = {}
        theme = self._theme.bar
        if not theme.widgets or sample.session_time_s is None or sample.own.speed_kmh.value is None:
            return []
        makers: dict[str, tuple[float, Callable[[Sample, float, float, float], list[Item]]]] = {
            "speed": (1.8, self._speed),
            "gear": (0.95, self._gear),
            "rpm": (2.3, self._rpm),
            "pedals": (0.75, self._pedals),
            "gap_graph": (3.0, self._gap_graph),
            "map": (1.6, self._map),
        }
        chosen = [makers[word] for word in theme.widgets if word != "map" or self._outline]
        shares = sum(share for share, _ in chosen) + PAD * (len(chosen) + 1)
        height = min(theme.height * size_wh[1], FULL * size_wh[0] / shares)
        pad, width = height * PAD, height * shares
        x, y = (size_wh[0] - width) / 2, size_wh[1] * (1 - theme.margin) - height
        plate = self._theme.plate
        corner = height * plate.corner
        items: list[Item] = [Rectangle(x, y, width, height, plate.colour, plate.opacity, (corner, corner, corner, corner))]
        x += pad
        for share, make in chosen:
            items += make(sample, x, y, height)
            x += share * height + pad
        return items

    def remember(self, sample: Sample) -> None:
        """Take in the gap of an instant, later than all before."""
        gap = sample.ahead[0].gap_s.value if sample.ahead else None
        now_s = sample.video_time_s
        while self._gaps and now_s - self._gaps[0][0] > GRAPH_S:
            self._gaps.popleft()
        if gap is not None and (not self._gaps or now_s - self._gaps[-1][0] >= GRAPH_STEP_S - SAME_S):
            self._gaps.append((now_s, gap))

    def _speed(self, sample: Sample, x: float, y: float, height: float) -> list[Item]:
        reading = sample.own.speed_kmh
        if reading.value is None:
            return []
        value, unit = (reading.value * MPH, "mph") if self._theme.units == "mph" else (reading.value, "km/h")
        mark = "≈" if reading.quality is Quality.STALE else ""
        text = self.said["speed"] = self._resting.take("speed", f"{mark}{value:.0f}", sample.video_time_s)
        font, size = self._theme.data.font, height * 0.72
        cell = text_width("0", font, size)
        width = sum(cell if sign.isdigit() else text_width(sign, font, size) for sign in text)
        right = x + height * 1.08
        baseline = y + height / 2 + cap_height(font, size) / 2
        shade, seen = (self._theme.data.quiet, DIMMED) if "≈" in text else (self._theme.data.colour, 1.0)
        number = Words(text, right - width, baseline, font, size, shade, seen, cell=cell)
        return [number, Words(unit, right + height * 0.1, baseline, font, height * 0.34, self._theme.data.quiet, 1.0)]

    def _gear(self, sample: Sample, x: float, y: float, height: float) -> list[Item]:
        reading = sample.own.gear
        if reading.value is None:
            return []
        text = self.said["gear"] = self._resting.take("gear", gear_word(reading.value), sample.video_time_s)
        edge, radius = height * 0.16, height * 0.06
        box = Rectangle(x, y + edge, height * 0.95, height - 2 * edge, self._theme.identity.position_fill, 1.0, (radius,) * 4)
        font, size = self._theme.identity.font, height * 0.56
        width = text_width(text, font, size)
        baseline = y + height / 2 + cap_height(font, size) / 2
        words = Words(text, x + (height * 0.95 - width) / 2, baseline, font, size, self._theme.identity.position_colour, 1.0)
        return [box, words]

    def _rpm(self, sample: Sample, x: float, y: float, height: float) -> list[Item]:
        value = sample.own.rpm.value
        if value is None:
            return []
        low, high = RPM_RANGE
        share = min(max((value - low) / (high - low), 0.0), 1.0)
        width, radius = height * 2.3, height * 0.04
        step = width / LIGHTS
        items: list[Item] = []
        for number in range(LIGHTS):
            shade = GREEN if number < LIGHTS * 0.5 else RED if number < LIGHTS * 0.8 else BLUE
            opacity = UNLIT + (1 - UNLIT) * min(max(share * LIGHTS - number, 0.0), 1.0)
            left = x + number * step + step * 0.14
            items.append(Rectangle(left, y + height * 0.28, step * 0.72, height * 0.44, shade, opacity, (radius,) * 4))
        return items

    def _pedals(self, sample: Sample, x: float, y: float, height: float) -> list[Item]:
        items: list[Item] = []
        tall, radius = height * 0.68, height * 0.04
        top = y + height * 0.16
        values = (((sample.own.throttle.value or 0.0) / 100, GREEN), (sample.own.brake.value or 0.0, RED))
        for number, (share, shade) in enumerate(values):
            left, wide = x + number * height * 0.4, height * 0.28
            items.append(Rectangle(left, top, wide, tall, shade, UNLIT, (radius,) * 4))
            filled = tall * min(max(share, 0.0), 1.0)
            if filled > 0.5:
                items.append(Rectangle(left, top + tall - filled, wide, filled, shade, 1.0, (radius,) * 4))
        return items

    def _gap_graph(self, sample: Sample, x: float, y: float, height: float) -> list[Item]:
        width, tall, top = height * 3.0, height * 0.64, y + height * 0.18
        level = top + tall * (1 - NEAR_S / GRAPH_TOP_S)
        font, size, quiet = self._theme.data.font, height * 0.24, self._theme.data.quiet
        items: list[Item] = [
            Polyline(((x, level), (x + width, level)), quiet, 0.4, max(height * 0.015, 1.0)),
            Words("GAP", x, top + cap_height(font, size), font, size, quiet, 1.0),
            Words("1 s", x, level + cap_height(font, size) * 1.35, font, size, quiet, 1.0),
        ]
        now_s = sample.video_time_s
        points = tuple(
            (x + width * (1 - (now_s - time_s) / GRAPH_S), top + tall * (1 - min(gap, GRAPH_TOP_S) / GRAPH_TOP_S))
            for time_s, gap in self._gaps
        )
        if len(points) > 1:
            items.append(Polyline(points, self._theme.data.near if self._gaps[-1][1] < NEAR_S else AMBER, 1.0, height * 0.05))
        return items

    def _map(self, sample: Sample, x: float, y: float, height: float) -> list[Item]:
        if self._outline is None:
            return []
        outline, place = self._outline
        box = height * 0.84
        left, top = x + (height * 1.6 - box) / 2, y + height * 0.08

        def to_px(point: tuple[float, float]) -> tuple[float, float]:
            return left + point[0] * box, top + point[1] * box

        line = tuple(to_px(point) for point in outline)
        items: list[Item] = [Polyline((*line, line[0]), self._theme.data.quiet, 0.8, height * 0.035)]
        ahead: CarInSight | None = sample.ahead[0] if sample.ahead else None
        for car, shade in ((ahead.car if ahead else None, AMBER), (sample.own, "#ffffff")):
            if car is not None and car.x_m is not None and car.y_m is not None:
                px, py = to_px(place(car.x_m, car.y_m))
                dot = height * 0.055
                items.append(Rectangle(px - dot, py - dot, 2 * dot, 2 * dot, shade, 1.0, (dot,) * 4))
        return items


def gear_word(gear: float) -> str:
    """Return how a gear is called."""
    return str(int(gear)) if gear > 0 else "N"


def _outline(circuit: Circuit) -> tuple[list[tuple[float, float]], Callable[[float, float], tuple[float, float]]]:
    """Return the circuit in a unit square, north up, and the way there for any place."""
    west, east, south, north = circuit.x_m.min(), circuit.x_m.max(), circuit.y_m.min(), circuit.y_m.max()
    span = max(east - west, north - south, 1.0)
    x_rest, y_rest = (1 - (east - west) / span) / 2, (1 - (north - south) / span) / 2

    def place(x_m: float, y_m: float) -> tuple[float, float]:
        return float((x_m - west) / span + x_rest), float((north - y_m) / span + y_rest)

    step = max(1, math.ceil(len(circuit.x_m) / MAP_POINTS))
    points = [place(x, y) for x, y in zip(circuit.x_m[::step], circuit.y_m[::step], strict=True)]
    return points, place
