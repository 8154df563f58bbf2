"""What a tag says and how visible it is, frame after frame: words, colours, opacity; no pixels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from overlay.casting import Cast
from overlay.placing import FAINT
from overlay.resting import Resting
from overlay.theme import Theme
from segmentation.track import SteadyBox
from telemetry.race_record import Driver
from telemetry.sample import Quality, Reading

MPH = 0.621371
NEAR_S = 1.0  # the one-second rule of DRS, and of following closely ever since
NEAR_BY = 0.3  # of a car's width: over a longer way a tag does not go at once
EVEN_KMH = 3.0  # a smaller closing speed is neither catching nor falling back: half the feed's own scatter


@dataclass(frozen=True, slots=True)
class Field:
    """One number of the data row: its value, its unit, and how it is meant.

    `tone` is "plain", "near", "closing", "falling", "quiet" or "stale"; of a tyre it is the compound, with its letter as value and its
    age as unit.
    """

    name: str
    value: str
    unit: str
    tone: str


@dataclass(frozen=True, slots=True)
class Tag:
    """One car's tag: whose, what it says, where the car is (px), how visible it is, and how far its room is its own; both 0 to 1."""

    track_id: int
    driver: Driver
    position: str
    name: str
    fields: tuple[Field, ...]
    target_xyxy: tuple[float, float, float, float]
    opacity: float
    taken: float = 1.0


@dataclass(slots=True)
class _Life:
    opacity: float
    taken: float
    gap_m: float
    tag: Tag
    resting: Resting[Field]


class Tagger:
    """Turns casts into tags: fades them in and out, and lets a number rest long enough to be read."""

    def __init__(self, theme: Theme, drivers: dict[str, Driver]) -> None:
        self._theme = theme
        self._drivers = drivers
        self._lives: dict[int, _Life] = {}
        self._before_s: float | None = None

    def tags(
        self, casts: tuple[Cast, ...], video_time_s: float, *, cut: bool, boxes: Sequence[SteadyBox] = ()
    ) -> tuple[Tag, ...]:
        """Return the tags of a frame, the nearest car first, among them for a while those that are gone, with opacity 0.

        Args:
            casts: The cars that are tagged.
            video_time_s: Its time, rising.
            cut: Whether a new scene begins here.
            boxes: All cars followed: the tag of one that can no longer be told fades with it; those of cars lost fade where they were.
        """
        if cut:
            self._lives.clear()
        step_s = 0.0 if self._before_s is None else max(video_time_s - self._before_s, 0.0)
        self._before_s = video_time_s
        motion = self._theme.motion
        shown = casts[: self._theme.cars]
        for cast in shown:
            fresh = self._tag(cast)
            life = self._lives.get(cast.box.track_id)
            if life is None or life.tag.driver.tla != fresh.driver.tla:
                life = self._lives[cast.box.track_id] = self._inherit(fresh)
            life.gap_m = cast.car.gap_m.value or 0.0
            held = tuple(life.resting.take(entry.name, entry, video_time_s) for entry in fresh.fields)
            life.tag = replace(fresh, fields=held)
            life.opacity = min(life.opacity + _share(step_s, motion.fade_in_s), 1.0)
            life.taken = max(life.taken, min(_eased(life.opacity) / FAINT, 1.0))
        now = {cast.box.track_id for cast in shown}
        places = {box.track_id: box.xyxy for box in boxes}
        for track_id in [track_id for track_id in self._lives if track_id not in now]:
            life = self._lives[track_id]
            # One that is seen at all is still read: nothing moves upon it before it is gone.
            if life.opacity <= 0:
                life.taken -= _share(step_s, motion.glide_s)
            life.opacity = max(life.opacity - _share(step_s, motion.fade_out_s), 0.0)
            life.tag = replace(life.tag, target_xyxy=places.get(track_id, life.tag.target_xyxy))
            if life.opacity <= 0 and life.taken <= 0:
                del self._lives[track_id]
        # A tag that goes keeps its place in the order, or those around it would change theirs at once.
        lives = sorted(self._lives.values(), key=lambda life: life.gap_m)
        return tuple(replace(life.tag, opacity=_eased(life.opacity), taken=life.taken) for life in lives)

    def _inherit(self, fresh: Tag) -> _Life:
        """Return a new life for a tag; a driver whose car was lost and found near by under another number stays as visible as before.

        One that is found elsewhere fades in there while the old tag fades: a tag does not jump.
        """
        before = [self._lives.pop(track_id) for track_id, life in list(self._lives.items()) if _succeeds(fresh, life.tag)]
        opacity = max((life.opacity for life in before), default=0.0)
        taken = max((life.taken for life in before), default=0.0)
        return _Life(opacity, taken, 0.0, fresh, Resting(self._theme.motion.hold_s))

    def _tag(self, cast: Cast) -> Tag:
        car = cast.car.car
        driver = self._drivers[car.driver]
        name = driver.full_name.split()[-1].upper() if self._theme.identity.full_name else driver.tla
        makers = {
            "speed": self._speed,
            "gap": _gap,
            "gap_m": _gap_m,
            "closing": self._closing,
            "tyre": _tyre,
            "drs": _drs,
            "lap": _lap,
        }
        fields = tuple(made for word in self._theme.data.fields if (made := makers[word](cast)) is not None)
        return Tag(cast.box.track_id, driver, "" if car.position is None else str(car.position), name, fields, cast.box.xyxy, 0.0)

    def _speed(self, cast: Cast) -> Field | None:
        reading = cast.car.car.speed_kmh
        if reading.value is None:
            return None
        value, unit = (reading.value * MPH, "mph") if self._theme.units == "mph" else (reading.value, "km/h")
        return Field("speed", f"{_mark(reading)}{value:.0f}", unit, _tone(reading, "plain"))

    def _closing(self, cast: Cast) -> Field | None:
        reading = cast.car.closing_kmh
        if reading.value is None:
            return None
        value = reading.value * (MPH if self._theme.units == "mph" else 1.0)
        if abs(reading.value) < EVEN_KMH:
            return Field("closing", f"{_mark(reading)}±0", "", _tone(reading, "quiet"))
        # Ahead of a rear camera the car behind closes: the same sign, the same meaning for whoever watches.
        words = f"{_mark(reading)}{value:+.0f}".replace("-", "−")
        return Field("closing", words, "", _tone(reading, "closing" if value > 0 else "falling"))


def _succeeds(fresh: Tag, before: Tag) -> bool:
    """Return whether a tag takes the place of one before: the same driver's, and near by."""
    if fresh.driver.tla != before.driver.tla:
        return False
    (x1, y1, x2, y2), (left, top, right, foot) = fresh.target_xyxy, before.target_xyxy
    return max(abs(x1 + x2 - left - right), abs(y1 + y2 - top - foot)) / 2 <= NEAR_BY * max(x2 - x1, right - left)


def _gap(cast: Cast) -> Field | None:
    reading = cast.car.gap_s
    if reading.value is None:
        return None
    tenths = round(reading.value, 1)  # what is said to be under a second must also read so
    return Field("gap", f"{_mark(reading)}{tenths:.1f}", "s", _tone(reading, "near" if tenths < NEAR_S else "plain"))


def _gap_m(cast: Cast) -> Field | None:
    reading = cast.car.gap_m
    return None if reading.value is None else Field("gap_m", f"{_mark(reading)}{reading.value:.0f}", "m", _tone(reading, "plain"))


def _tyre(cast: Cast) -> Field | None:
    car = cast.car.car
    if car.compound is None:
        return None
    age = "" if car.tyre_age_laps is None else str(car.tyre_age_laps)
    return Field("tyre", car.compound[0], age, car.compound.upper())


def _drs(cast: Cast) -> Field | None:
    return Field("drs", "DRS", "", "near") if cast.car.car.drs_open else None


def _lap(cast: Cast) -> Field | None:
    lap = cast.car.car.lap
    return None if lap is None else Field("lap", f"L{lap}", "", "quiet")


def _mark(reading: Reading) -> str:
    return "≈" if reading.quality is Quality.STALE else ""


def _tone(reading: Reading, tone: str) -> str:
    return "stale" if reading.quality is Quality.STALE else tone


def _share(step_s: float, fade_s: float) -> float:
    """Return how much of a fade one step is; a fade that takes no time is over at once."""
    return step_s / fade_s if fade_s > 0 else 1.0


def _eased(share: float) -> float:
    """Return the smoothstep of 0 to 1: no sudden start, no sudden end."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)
