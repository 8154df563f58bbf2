"""What each platform takes: size, length, rates, sound, and the part of the picture it leaves free."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from overlay.errors import OverlayError

GOP_S = Fraction(1, 2)  # YouTube asks for a closed group of half a second; the others are content with it
B_FRAMES = 2  # YouTube's number
AUDIO_RATE_HZ = 48_000
X264 = "libx264"
#: Rates that players and platforms take as constant; NTSC's stay exact fractions.
FRAME_RATES = tuple(
    Fraction(n, d) for n, d in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1))
)


SAME_STEP_S = 0.002  # clocks of a thousandth of a second, as Matroska's, make even frames uneven by this much


def constant_rate(mean: Fraction, frame_times_s: npt.NDArray[np.float64]) -> Fraction:
    """Return the rate for what lies beside a clip: its own, or, where that varies, the known one nearest to most of its frames.

    The mean of a varying rate is one that no editor takes, such as 575/37.

    Args:
        mean: The clip's mean rate.
        frame_times_s: (n,) presentation times of its frames.
    """
    steps_s = np.diff(frame_times_s)
    if len(steps_s) == 0 or np.abs(steps_s - float(1 / mean)).max() < SAME_STEP_S:
        return mean
    return min(FRAME_RATES, key=lambda rate: abs(float(1 / rate) - float(np.median(steps_s))))


@dataclass(frozen=True, slots=True)
class SafeZone:
    """The part of a canvas that no button or caption of the platform covers, in canvas pixels."""

    x1: float
    y1: float
    x2: float
    y2: float

    def __post_init__(self) -> None:
        if not (self.x1 < self.x2 and self.y1 < self.y2):
            raise ValueError(f"wanted x1 < x2 and y1 < y2, got {self}")

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.x1, self.y1, self.x2, self.y2

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height."""
        return round(self.x2 - self.x1), round(self.y2 - self.y1)

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point lies inside."""
        return self.x1 <= x <= self.x2 and self.y1 <= y <= self.y2

    def meet(self, other: "SafeZone") -> "SafeZone":
        """Return what is safe on both."""
        return SafeZone(max(self.x1, other.x1), max(self.y1, other.y1), min(self.x2, other.x2), min(self.y2, other.y2))


@dataclass(frozen=True, slots=True)
class Preset:
    """One platform's terms.

    Attributes:
        name: As given to `--preset`.
        title: The platform as people call it.
        size: Width and height of the canvas in pixels, both even.
        min_s: Shortest video taken.
        max_s: Longest video taken.
        min_fps: Lowest frame rate taken.
        max_fps: Highest frame rate taken.
        bitrate_mbps: Picture bit rate aimed at.
        max_bitrate_mbps: Bit rate above which the platform refuses.
        max_size_mb: File size above which the platform refuses, in 10⁶ bytes.
        audio_kbps: Bit rate of the AAC sound.
        needs_sound: Whether a file without a sound track is refused.
        lufs: Loudness aimed at, integrated.
        true_peak_dbtp: Highest true peak.
        safe: Margins that the platform covers: top, bottom, left, right, in canvas pixels.
        encoder: Name of FFmpeg's encoder for the picture.
    """

    name: str
    title: str
    size: tuple[int, int]
    min_s: float
    max_s: float
    min_fps: float
    max_fps: float
    bitrate_mbps: float
    max_bitrate_mbps: float
    max_size_mb: float
    audio_kbps: int
    needs_sound: bool
    lufs: float
    true_peak_dbtp: float
    safe: tuple[int, int, int, int]
    encoder: str = X264

    def __post_init__(self) -> None:
        width, height = self.size
        if width < 2 or height < 2 or width % 2 or height % 2:
            raise OverlayError(f"preset {self.name}: size = {list(self.size)}; wanted two even numbers")
        if not 0 <= self.min_s < self.max_s:
            raise OverlayError(f"preset {self.name}: wanted min_s below max_s, got {self.min_s} and {self.max_s}")
        top, bottom, left, right = self.safe
        if min(self.safe) < 0 or top + bottom >= height or left + right >= width:
            raise OverlayError(f"preset {self.name}: safe = {list(self.safe)} leaves nothing of {width}×{height}")

    @property
    def safe_zone(self) -> SafeZone:
        """What the platform leaves free."""
        top, bottom, left, right = self.safe
        return SafeZone(left, top, self.size[0] - right, self.size[1] - bottom)

    def frame_rate(self, source: Fraction) -> Fraction:
        """Return the constant rate to write for a source's mean rate: the nearest that players know and the preset takes.

        A source well above the limit is halved first, so that every second frame is kept and motion stays even.
        """
        while source > Fraction(self.max_fps) * Fraction(101, 100):
            source /= 2
        known = [rate for rate in FRAME_RATES if self.min_fps <= rate <= self.max_fps]
        return min(known, key=lambda rate: abs(rate - source))

    def bitrate_for(self, duration_s: float) -> int:
        """Return bits a second for the picture, lowered where the file would grow beyond the size limit."""
        room_bps = 0.92 * self.max_size_mb * 8e6 / max(duration_s, 0.1) - self.audio_kbps * 1000
        return int(min(self.bitrate_mbps * 1e6, self.max_bitrate_mbps * 0.8e6, max(room_bps, 200_000)))


@cache
def shipped() -> Mapping[str, Preset]:
    """Return the presets that come with Slipstream, by name, in their order."""
    return _read(files("overlay.export").joinpath("presets.toml").read_text(encoding="utf-8"), "presets.toml")


def choose(words: Sequence[str]) -> tuple[Preset, ...]:
    """Return the presets named, each once, in order.

    Args:
        words: Names, several to a word if separated by commas; `all`; or paths of TOML files in the format of `presets.toml`.

    Raises:
        OverlayError: A name is not known, or a file cannot be used.
    """
    chosen: dict[str, Preset] = {}
    for name in (part.strip() for word in words for part in word.split(",")):
        if name == "all":
            chosen.update(shipped())
        elif name.endswith(".toml"):
            chosen.update(_read_file(Path(name)))
        elif name in shipped():
            chosen[name] = shipped()[name]
        elif name:
            raise OverlayError(f"no preset {name!r}; known are {', '.join(shipped())}, all, or the path of a .toml file")
    if not chosen:
        raise OverlayError(f"no preset given; known are {', '.join(shipped())}, all")
    return tuple(chosen.values())


def _read_file(path: Path) -> Mapping[str, Preset]:
    try:
        return _read(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise OverlayError(f"cannot read presets from {path}: {error}") from error


def _read(text: str, where: str) -> Mapping[str, Preset]:
    try:
        tables: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OverlayError(f"{where} is no TOML: {error}") from error
    defaults = tables.pop("defaults", None) or tomllib.loads(_shipped_text())["defaults"]
    known = {field.name for field in fields(Preset)} - {"name"}
    presets = {}
    for name, table in tables.items():
        values = {"title": name, **defaults, **table} if isinstance(table, dict) else {"?": table}
        unknown, missing = set(values) - known, known - set(values)
        if unknown or missing:
            what = f"unknown key {min(unknown)!r}" if unknown else f"no {min(missing)}"
            raise OverlayError(f"{where}: [{name}] has {what}; known are {', '.join(sorted(known))}")
        for key, value in values.items():
            values[key] = _checked(key, value, f"{where}: [{name}]")
        presets[name] = Preset(name=name, **values)
    return presets


def _checked(key: str, value: Any, where: str) -> Any:
    counts = {"size": 2, "safe": 4}
    if key in counts:
        good = isinstance(value, list) and len(value) == counts[key] and all(type(part) is int for part in value)
        wanted = f"{counts[key]} whole numbers"
    elif key in ("title", "encoder", "needs_sound"):
        kind = bool if key == "needs_sound" else str
        good, wanted = isinstance(value, kind), "text" if kind is str else "true or false"
    else:
        good, wanted = isinstance(value, int | float) and not isinstance(value, bool), "a number"
    if not good:
        raise OverlayError(f"{where} {key} = {value!r}; wanted {wanted}")
    return tuple(value) if key in counts else value


def _shipped_text() -> str:
    return files("overlay.export").joinpath("presets.toml").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Canvas:
    """One picture to make; presets with the same picture share it and are written from one encoding.

    Attributes:
        presets: Those it serves; all of one size and one encoder.
        frame_rate: Constant frames a second.
        start_s: First instant of the clip in it, video time.
        end_s: End of the clip in it, video time.
    """

    presets: tuple[Preset, ...]
    frame_rate: Fraction
    start_s: float
    end_s: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.presets[0].size

    @property
    def encoder(self) -> str:
        """Name of the picture's encoder."""
        return self.presets[0].encoder

    @property
    def duration_s(self) -> float:
        """Seconds from start to end."""
        return self.end_s - self.start_s

    @property
    def safe_zone(self) -> SafeZone:
        """What is free on every platform it serves."""
        zone = self.presets[0].safe_zone
        for preset in self.presets[1:]:
            zone = zone.meet(preset.safe_zone)
        return zone

    @property
    def bit_rate(self) -> int:
        """Bits a second that suit the strictest platform and are not below what the most generous aims at."""
        aims = [preset.bitrate_for(self.duration_s) for preset in self.presets]
        strictest = min(
            replace(preset, bitrate_mbps=preset.max_bitrate_mbps).bitrate_for(self.duration_s) for preset in self.presets
        )
        return min(max(aims), strictest)


def share(wanted: Sequence[Canvas]) -> tuple[Canvas, ...]:
    """Return canvases with those of the same picture joined into one.

    Pictures are the same when size, encoder, rate and span are, and what is safe on all is still at least half of each one's own zone.
    """
    joined: list[Canvas] = []
    for canvas in wanted:
        for index, other in enumerate(joined):
            if _same_picture(canvas, other):
                joined[index] = replace(other, presets=(*other.presets, *canvas.presets))
                break
        else:
            joined.append(canvas)
    return tuple(joined)


def _same_picture(one: Canvas, other: Canvas) -> bool:
    terms = [(canvas.size, canvas.encoder, canvas.frame_rate, canvas.start_s, canvas.end_s) for canvas in (one, other)]
    if terms[0] != terms[1]:
        return False
    zones = [preset.safe_zone for preset in (*one.presets, *other.presets)]
    x1, y1 = max(zone.x1 for zone in zones), max(zone.y1 for zone in zones)
    x2, y2 = min(zone.x2 for zone in zones), min(zone.y2 for zone in zones)
    shared_px = max(x2 - x1, 0) * max(y2 - y1, 0)
    return all(shared_px >= 0.5 * (zone.x2 - zone.x1) * (zone.y2 - zone.y1) for zone in zones)
