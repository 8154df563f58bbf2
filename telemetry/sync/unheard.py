"""Whose onboard a clip may be, and which lap, though no car data can say so.

What is found is the best of all that was tried, and what is missing from the car data was not. Where the driver is not given, a car in
the tow of the own one goes through the same tones at the same time, and one beside it is heard too. And of a short clip another lap,
where its own is missing, may sound the same.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from telemetry.alignment import Alignment
from telemetry.race_record import RaceRecord, Trace
from telemetry.sync import thresholds

Floats = npt.NDArray[np.float64]

HOLE_S = 2.0  # between two samples of a car; where none is missing they come at most 1.5 s apart
GOING_MPS = 5.0  # a slower car may stand in its garage, its engine off


def unheard(record: RaceRecord, named: str, where: Alignment, duration_s: float) -> tuple[str, ...]:
    """Return the cars, by TLA, that were out during a clip but whose car data are missing for a good part of a piece of it.

    Args:
        record: The race session.
        named: TLA of whose onboard it is taken for.
        where: The clip's place.
        duration_s: Of the clip.
    """
    others = sorted((set(record.traces) | set(record.laps)) - {named})
    pieces_s = _pieces_s(record, named, where, duration_s)
    return tuple(tla for tla in others if any(_missing_beside(record, tla, *piece_s) for piece_s in pieces_s))


def unheard_laps(
    record: RaceRecord, drivers: Sequence[str], named: str, where: Alignment, duration_s: float
) -> tuple[tuple[str, int], ...]:
    """Return the other laps, by TLA and number, of whose pass of the same place car data are missing.

    Args:
        record: The race session.
        drivers: TLAs of whose onboard it may be.
        named: TLA of whose onboard it is taken for.
        where: The clip's place; its first piece counts.
        duration_s: Of the clip.
    """
    start_s, end_s = next(iter(_pieces_s(record, named, where, duration_s)), (0.0, 0.0))
    here = next((lap for lap in _timed(record, named) if lap[1] <= start_s < lap[2]), None)
    if here is None or start_s == end_s:
        return ()
    share = (start_s - here[1]) / (here[2] - here[1])
    found = []
    for tla in drivers:
        for number, begin_s, finish_s in _timed(record, tla):
            pass_s = begin_s + share * (finish_s - begin_s)
            then_s = (pass_s, pass_s + end_s - start_s)
            if _known(record, tla, *then_s) < thresholds.LEAST_KNOWN and _goes_on(record, tla, *then_s):
                found.append((tla, number))
    return tuple(found)


def _pieces_s(record: RaceRecord, named: str, where: Alignment, duration_s: float) -> list[tuple[float, float]]:
    """Return the session times at which each piece of a clip begins and ends, as far as it is seen and the race session goes."""
    whole_s = record.traces[named].session_time_s[[0, -1]]
    edges_s = [np.clip((piece.start_video_s, piece.end_video_s), 0.0, duration_s) for piece in where.pieces]
    seen_s = [
        np.clip(piece.offset_s + piece.rate * edge_s, *whole_s) for piece, edge_s in zip(where.pieces, edges_s, strict=True)
    ]
    return [(float(begin_s), float(end_s)) for begin_s, end_s in seen_s if begin_s < end_s]


def _missing_beside(record: RaceRecord, other: str, start_s: float, end_s: float) -> bool:
    if _known(record, other, start_s, end_s) >= thresholds.LEAST_KNOWN:
        return False
    return _goes_on(record, other, start_s, end_s) or any(
        begin_s < end_s and finish_s > start_s for _, begin_s, finish_s in _timed(record, other)
    )


def _known(record: RaceRecord, tla: str, start_s: float, end_s: float) -> float:
    """Return of what share of a stretch of time there are car data of a car."""
    stamps_s = _told_s(record.traces[tla], start_s - HOLE_S, end_s + HOLE_S) if tla in record.traces else np.empty(0)
    inside_s = np.diff(np.clip(stamps_s, start_s, end_s))
    return float(inside_s[np.diff(stamps_s) <= HOLE_S].sum() / (end_s - start_s))


def _told_s(trace: Trace, start_s: float, end_s: float) -> Floats:
    """Return the stamps between two times at which a car's engine is told: of one that goes on, the RPM of before, or none, says nothing.

    A car whose signal is lost goes on being sent, its engine at nothing or at what it last was.
    """
    part = slice(*np.searchsorted(trace.session_time_s, (start_s, end_s)).tolist())
    stamps_s, rpm = trace.session_time_s[part], trace.rpm[part]
    x_m, y_m = (np.interp(stamps_s, trace.position_time_s, along) for along in (trace.x_m, trace.y_m))
    goes = np.hypot(np.diff(x_m), np.diff(y_m)) > GOING_MPS * np.diff(stamps_s)
    told = ~goes | (np.abs(np.diff(rpm)) > 0)
    return np.asarray(stamps_s[np.r_[True, told][: len(stamps_s)]])


def _goes_on(record: RaceRecord, tla: str, start_s: float, end_s: float) -> bool:
    """Return whether a car has car data before and after."""
    stamps_s = record.traces[tla].session_time_s if tla in record.traces else np.empty(0)
    return bool(len(stamps_s)) and bool(stamps_s[0] < start_s and stamps_s[-1] > end_s)


def _timed(record: RaceRecord, tla: str) -> list[tuple[int, float, float]]:
    """Return (number, start, end) of a car's laps of which both are known: of the one that it retires on the end is not."""
    laps = record.laps.get(tla, ())
    return [(lap.number, lap.start_s, lap.end_s) for lap in laps if lap.start_s is not None and lap.end_s is not None]
