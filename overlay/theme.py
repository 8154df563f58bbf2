"""How tags look: one TOML file a theme, all sizes relative, so that it fits every frame."""

import tomllib
from dataclasses import MISSING, dataclass, fields, replace
from math import inf, isfinite
from pathlib import Path
from typing import Any

from overlay import colour
from overlay.errors import OverlayError

FOLDER = Path(__file__).parent / "themes"
FONTS = Path(__file__).parent / "fonts"
FIELDS = ("speed", "gap", "gap_m", "closing", "tyre", "drs", "lap")
WIDGETS = ("speed", "gear", "rpm", "pedals", "gap_graph", "map")
UNITS = ("kmh", "mph")


@dataclass(frozen=True, slots=True)
class Plate:
    """The row with position and name; heights as shares of the frame's height, the rest of the row's."""

    height: float
    tallest: float
    per_car_width: float
    colour: str
    opacity: float
    corner: float
    lift: float


@dataclass(frozen=True, slots=True)
class Identity:
    """Position and name; sizes as shares of the row's height."""

    font: str
    size: float
    tracking: float
    colour: str
    position_fill: str
    position_colour: str
    stripe: float
    full_name: bool


@dataclass(frozen=True, slots=True)
class Data:
    """The numbers, at most `per_row` in a row; a row's height as a share of the plate's row."""

    fields: tuple[str, ...]
    font: str
    height: float
    size: float
    colour: str
    quiet: str
    near: str
    closing: str
    falling_back: str
    per_row: int = 3


@dataclass(frozen=True, slots=True)
class Leader:
    """The line to the car and the ticks on the ground; its width as a share of the frame's height."""

    colour: str
    opacity: float
    width: float
    ticks: bool


@dataclass(frozen=True, slots=True)
class Motion:
    """How fast tags appear and go, how often a number may change, and how fast others move into a gone tag's room, in seconds."""

    fade_in_s: float
    fade_out_s: float
    hold_s: float
    glide_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Bar:
    """The own car's widgets, at the bottom; sizes as shares of the frame's height."""

    widgets: tuple[str, ...]
    height: float
    margin: float


@dataclass(frozen=True, slots=True)
class Units:
    """Of speeds, "kmh" or "mph"."""

    speed: str = "kmh"


@dataclass(frozen=True, slots=True)
class Cars:
    """The most tagged at once."""

    most: int = 1


@dataclass(frozen=True, slots=True)
class Theme:
    """A whole look; `summary` says what for, `units` is "kmh" or "mph", `cars` the most tagged at once."""

    name: str
    summary: str
    plate: Plate
    identity: Identity
    data: Data
    leader: Leader
    motion: Motion
    bar: Bar
    units: str
    cars: int

    @property
    def text_colours(self) -> dict[str, str]:
        """The colours of all text on the plate, by their keys in the file."""
        data = self.data
        return {
            "identity.colour": self.identity.colour,
            "data.colour": data.colour,
            "data.quiet": data.quiet,
            "data.near": data.near,
            "data.closing": data.closing,
            "data.falling_back": data.falling_back,
        }

    def unreadable(self) -> list[str]:
        """Return what is hard to read, a line each: text under 4.5 to 1 on its plate, be the picture beneath black or white."""
        found = []
        for picture in ("#000000", "#ffffff"):
            plate = colour.mixed(self.plate.colour, self.plate.opacity, picture)
            for key, shade in self.text_colours.items():
                ratio = colour.contrast(shade, plate)
                if ratio < colour.READABLE:
                    found.append(f"{key} {shade} has only {ratio:.1f} : 1 on a plate over {picture}")
        ratio = colour.contrast(self.identity.position_colour, self.identity.position_fill)
        if ratio < colour.READABLE:
            found.append(f"identity.position_colour has only {ratio:.1f} : 1 on position_fill")
        return found

    def changed(
        self,
        *,
        units: str | None = None,
        fields: tuple[str, ...] | None = None,
        widgets: tuple[str, ...] | None = None,
        cars: int | None = None,
    ) -> "Theme":
        """Return the theme with what is not None changed.

        Raises:
            OverlayError: A unit, field or widget is unknown.
        """
        theme = self
        if units is not None:
            theme = replace(theme, units=units)
        if fields is not None:
            theme = replace(theme, data=replace(theme.data, fields=fields))
        if widgets is not None:
            theme = replace(theme, bar=replace(theme.bar, widgets=widgets))
        if cars is not None:
            theme = replace(theme, cars=cars)
        _validate(theme)
        return theme


def shipped() -> list[str]:
    """Return the names of the themes that come with Slipstream."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str, *, folder: Path | None = None) -> Theme:
    """Return a theme by its name, or from a file where the name is a path (relative to `folder`).

    Raises:
        OverlayError: There is no such theme, the file is no TOML, or a key is missing, unknown or of the wrong kind.
    """
    path = FOLDER / f"{name}.toml"
    if name not in shipped():
        path = (folder or Path()) / name
        if not path.is_file():
            raise OverlayError(f"no theme {name!r}; shipped are {', '.join(shipped())}, or give the path of a theme file")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OverlayError(f"theme {path} cannot be read: {error}") from error
    try:
        theme = _theme(path.stem, values)
    except (KeyError, TypeError, ValueError) as error:
        raise OverlayError(f"theme {path}: {error}") from error
    _validate(theme)
    return theme


def _theme(name: str, values: dict[str, Any]) -> Theme:
    parts = {
        "plate": Plate,
        "identity": Identity,
        "data": Data,
        "leader": Leader,
        "motion": Motion,
        "bar": Bar,
        "units": Units,
        "cars": Cars,
    }
    for key, value in values.items():
        if key not in (*parts, "summary"):
            raise ValueError(f"unknown table [{key}]; known are {', '.join(parts)}")
        if key in parts and not isinstance(value, dict):
            raise ValueError(f"{key} = {value!r}; wanted a table [{key}]")
    made = {key: _part(kind, values.get(key, {}), key) for key, kind in parts.items()}
    units, cars = made.pop("units"), made.pop("cars")
    return Theme(name=name, summary=str(values.get("summary", "")), units=units.speed, cars=cars.most, **made)


def _part(kind: Any, values: dict[str, Any], key: str) -> Any:
    names = {field.name: field.type for field in fields(kind)}
    if unknown := set(values) - set(names):
        raise ValueError(f"[{key}] has an unknown key {min(unknown)!r}; known are {', '.join(names)}")
    needed = {field.name for field in fields(kind) if field.default is MISSING}
    if missing := needed - set(values):
        raise ValueError(f"[{key}] lacks {min(missing)!r}")
    made = {}
    for name, value in values.items():
        wanted = names[name]
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if isinstance(value, list):
            value = tuple(value)
        elif not isinstance(value, wanted if isinstance(wanted, type) else object) or (
            isinstance(value, bool) and wanted is not bool
        ):
            raise ValueError(f"[{key}] {name} = {value!r}; wanted {getattr(wanted, '__name__', wanted)}")
        if isinstance(value, float):
            _in_range(key, name, value)
        made[name] = value
    return kind(**made)


def _in_range(key: str, name: str, value: float) -> None:
    low = -inf if name in ("tracking", "lift") else 0.0  # letters may stand closer, and a tag lie upon its car
    high = 1.0 if name == "opacity" else inf
    if not (isfinite(value) and low <= value <= high):
        raise ValueError(
            f"[{key}] {name} = {value:g}; wanted {'a number' if low < 0 else '0 to 1' if high == 1 else '0 or more'}"
        )


def _validate(theme: Theme) -> None:
    for shade in (
        theme.plate.colour,
        theme.leader.colour,
        theme.identity.position_fill,
        theme.identity.position_colour,
        *theme.text_colours.values(),
    ):
        try:
            colour.rgb(shade)
        except ValueError as error:
            raise OverlayError(f"theme {theme.name}: {error}") from error
    for word in theme.data.fields:
        if word not in FIELDS:
            raise OverlayError(f"unknown field {word!r}; known are {', '.join(FIELDS)}")
    for word in theme.bar.widgets:
        if word not in WIDGETS:
            raise OverlayError(f"unknown widget {word!r}; known are {', '.join(WIDGETS)}")
    if theme.data.per_row < 1:
        raise OverlayError(f"theme {theme.name}: [data] per_row = {theme.data.per_row}; wanted 1 or more")
    if theme.cars < 1:
        raise OverlayError(f"theme {theme.name}: [cars] most = {theme.cars}; wanted 1 or more")
    if theme.units not in UNITS:
        raise OverlayError(f"unknown unit {theme.units!r}; known are {', '.join(UNITS)}")
    for font in (theme.identity.font, theme.data.font):
        if not (FONTS / f"{font}.ttf").is_file():
            known = ", ".join(sorted(path.stem for path in FONTS.glob("*.ttf")))
            raise OverlayError(f"unknown font {font!r}; shipped are {known}")
