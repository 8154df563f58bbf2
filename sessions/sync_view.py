"""What there is to see of a sync, as arrays: for the sheet, the tuning page, and whoever wants to draw it differently."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from overlay.clip import Clip
from sessions import sights_stage, sync_stage
from sessions.session import Session
from sessions.sync_stage import SyncResult
from sessions.workspace import Workspace
from telemetry.alignment import Alignment, Piece
from telemetry.race_record import RaceRecord
from telemetry.sync import fusion, jury, orders, timing
from telemetry.sync.apparent_size import ApparentSize
from telemetry.sync.engine_sound import ORDERS, RPM_LOW, RPM_STEP, SHIFT_WEIGHT
from telemetry.sync.fusion import Fused
from telemetry.sync.ground import Ground
from telemetry.sync.hud import LATE_S, Speedometer
from telemetry.sync.places import Hearing, Place, near
from telemetry.sync.sights import Seen, Sights
from telemetry.sync.turning import Turning
from telemetry.sync.witness import Witness

Floats = npt.NDArray[np.float64]

STEP_S = 0.1  # of the telemetry's lines


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the clip, in video time, and where it lies."""

    start_s: float
    end_s: float
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class OrderLine:
    """One engine order by the telemetry: (n,) video times and frequencies in Hz, NaN beside gear changes; loudest first in a list."""

    order: float
    video_s: Floats
    hz: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A sight over the telemetry, both on the video's clock: as seen, and as the telemetry has it; `late_s` is how much it lags."""

    seen: Seen
    told: Seen
    late_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """All that can be drawn of a sync, on the clip's own clock.

    Attributes:
        driver: Whose race session is drawn: the one found, else the likeliest.
        stretches: The clip's uncut stretches; none where nothing fits.
        what: The sound and the paths, None where there is nothing to hear.
        orders: The loudest orders of every stretch.
        windows: (n, 3) middle in video time, seconds off, and nats of short windows asked by themselves.
        curve: How well every moment fits, by each witness; its offsets are session times at the clip's first picture.
        speed: Speed in km/h, as read off the picture.
        turning: Sideways motion in picture widths a second; the heading's rate is scaled to it.
        width: Width of the car ahead in picture widths, and what the gap would show.
    """

    driver: str
    stretches: tuple[Stretch, ...]
    what: Hearing | None
    orders: tuple[OrderLine, ...]
    windows: Floats
    curve: Fused
    speed: Compared | None
    turning: Compared | None
    width: Compared | None


def of_session(session: Session, record: RaceRecord, workspace: Workspace, result: SyncResult) -> View:
    """Return what there is to see of a session's sync; what has not been looked at yet is looked at."""
    with Clip(session.clip) as clip:
        duration_s = clip.duration_s or 0.0
    what = sync_stage.hearing(session, record, result.driver or session.driver)
    return view(result, record, what, sights_stage.everything(session, workspace), duration_s)


def view(result: SyncResult, record: RaceRecord, what: Hearing | None, sights: Sights, duration_s: float) -> View:
    """Return what there is to see of a sync.

    Args:
        result: What it found, or is unsure of.
        record: The race session.
        what: The clip's sound beside the path of at least the driver found, None where there is none.
        sights: What was seen.
        duration_s: Length of the clip.
    """
    driver = result.driver or (result.candidates[0].driver if result.candidates else next(iter(record.traces)))
    ground, start_s = Ground(record), result.video_start_s
    seen = fusion.witnesses(ground, sights)
    stretches = _stretches(result, driver, duration_s)
    lines = [line for stretch in stretches for line in order_lines(what, stretch)] if what else []
    moves = [np.column_stack(timing.moves(what, one.place, *_heard(what, one))) for one in stretches] if what else []
    by_sight = fusion.curves(record, [driver], fusion.witnesses(ground, sights.since(start_s)), duration_s)
    (curve,) = fusion.with_sound(by_sight, _since(what.of([driver]), start_s) if what else None)
    longest = max(stretches, key=lambda stretch: stretch.end_s - stretch.start_s).place if stretches else None
    return View(
        driver,
        stretches,
        what,
        tuple(lines),
        np.concatenate(moves) if moves else np.empty((0, 3)),
        curve,
        next((_speed(witness, longest) for witness in seen if isinstance(witness, Speedometer) and longest), None),
        next((_turning(witness, longest) for witness in seen if isinstance(witness, Turning) and longest), None),
        next((_width(witness, longest) for witness in seen if isinstance(witness, ApparentSize) and longest), None),
    )


def order_lines(what: Hearing, stretch: Stretch) -> list[OrderLine]:
    """Return the orders that are heard along a stretch, the loudest first."""
    place, (start_s, end_s) = stretch.place, _heard(what, stretch)
    route = near(what.filled[place.driver], place, start_s, end_s, 0.0)
    levels = orders.voice(orders.heard(what.ear, route, place.offset_s, rate=place.rate).between(start_s, end_s)).max(0)
    hz = RPM_LOW * RPM_STEP**route.place * place.rate / 60
    # Between the samples beside a gear change the engine was at neither's RPM.
    broken = np.where(route.weight > SHIFT_WEIGHT, hz, np.nan)
    video_s = (route.time_s - place.offset_s) / place.rate
    loudest = [index for index in np.argsort(levels)[::-1] if levels[index] > 0]
    return [OrderLine(float(ORDERS[index]), video_s, broken * ORDERS[index]) for index in loudest]


def _since(what: Hearing, start_s: float) -> Hearing:
    """Return the same on a clock that shows 0 where the video's shows `start_s`."""
    ear, chart = what.ear, what.chart
    return replace(what, ear=replace(ear, start_s=ear.start_s - start_s), chart=replace(chart, start_s=chart.start_s - start_s))


def _stretches(result: SyncResult, driver: str, duration_s: float) -> tuple[Stretch, ...]:
    """Return what is drawn: what was found, else the likeliest place."""
    if result.accepted:
        where = result.alignment()
    elif result.candidates:
        where = Alignment.constant(result.candidates[0].offset_s)
    else:
        return ()

    def cut(piece: Piece) -> Stretch:
        place = Place(driver, piece.offset_s, piece.rate, 0.0)
        first_s, last_s = result.video_start_s, result.video_start_s + duration_s
        return Stretch(max(piece.start_video_s, first_s), min(piece.end_video_s, last_s), place)

    return tuple(cut(piece) for piece in where.pieces)


def _heard(what: Hearing, stretch: Stretch) -> tuple[float, float]:
    return max(stretch.start_s, what.ear.start_s), min(stretch.end_s, what.ear.end_s)


def _line(video_s: Floats) -> Floats:
    return np.arange(video_s[0], video_s[-1], STEP_S)


def _late_s(witness: Witness, place: Place) -> float:
    return -jury.move_s(witness, place)


def _speed(witness: Speedometer, place: Place) -> Compared:
    late_s = _late_s(witness, place)
    read, unit = witness.readings(place.driver, place.offset_s - late_s, place.rate)
    video_s = _line(read.video_time_s)
    told = witness.speed_kmh(place.driver, place.offset_s + place.rate * video_s)
    return Compared(Seen(read.video_time_s, read.value * unit), Seen(video_s, told), late_s + LATE_S)


def _turning(witness: Turning, place: Place) -> Compared:
    seen = witness.series
    turn = witness.turns(place.driver, place.offset_s, place.rate).astype(np.float64)
    known = np.isfinite(turn)
    scale = float(np.std(seen.value[known])) / max(float(np.std(turn[known])), 1e-6) if known.any() else 1.0
    return Compared(seen, Seen(seen.video_time_s, turn * scale))


def _width(witness: ApparentSize, place: Place) -> Compared:
    seen = witness.series
    video_s = _line(seen.video_time_s)
    return Compared(seen, Seen(video_s, witness.expected(place.driver, place.offset_s, place.rate, video_s)))
