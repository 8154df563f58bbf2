"""Whose onboard a clip may be, and which lap, though no car data can say so.

What is found is the best of all that was tried, and what is missing from the car data was not. Where the driver is not given, a car in
the tow of the own one goes through the same tones at the same time, and one beside it is heard too. And of a short clip another lap,
where its own is missing, may sound the same.
"""

from collections.abc import Sequence

import numpy as np

from telemetry.alignment import Alignment
from telemetry.race_record import RaceRecord
from telemetry.sync import thresholds

HOLE_S = 2.0  # between two samples of a car; where none is missing they come at most 1.5 s apart


def unheard(record: RaceRecord, named: str, where: Alignment, duration_s: float) -> tuple[str, ...]:
    """Return the cars, by TLA, that were out during a clip but whose car data are missing for a good part of a piece of it.

    Args:
        record: The race session.
        named: TLA of whose onboard it is taken for.
        where: The clip's place.
        duration_s: Of the clip.
    """
    others = sorted((set(record.traces) | set(record.laps)) - {named})
    return tuple(tla for tla in others if any(_missing_beside(record, tla, *piece_s) for piece_s in _pieces_s(where, duration_s)))


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
    start_s, end_s = _pieces_s(where, duration_s)[0]
    here = next((lap for lap in _timed(record, named) if lap[1] <= start_s < lap[2]), None)
    if here is None:
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


def _pieces_s(where: Alignment, duration_s: float) -> list[tuple[float, float]]:
    """Return the session times at which each piece of a clip begins and ends."""
    edges_s = [np.clip((piece.start_video_s, piece.end_video_s), 0.0, duration_s) for piece in where.pieces]
    return [
        (float(piece.offset_s + piece.rate * begin_s), float(piece.offset_s + piece.rate * end_s))
        for piece, (begin_s, end_s) in zip(where.pieces, edges_s, strict=True)
    ]


def _missing_beside(record: RaceRecord, other: str, start_s: float, end_s: float) -> bool:
    if _known(record, other, start_s, end_s) >= thresholds.LEAST_KNOWN:
        return False
    return _goes_on(record, other, start_s, end_s) or any(
        begin_s < end_s and finish_s > start_s for _, begin_s, finish_s in _timed(record, other)
    )


def _known(record: RaceRecord, tla: str, start_s: float, end_s: float) -> float:
    """Return of what share of a stretch of time there are car data of a car."""
    stamps_s = record.traces[tla].session_time_s if tla in record.traces else np.empty(0)
    first, last = np.searchsorted(stamps_s, (start_s, end_s))
    around_s = stamps_s[max(first - 1, 0) : last + 1]
    inside_s = np.diff(np.clip(around_s, start_s, end_s))
    return float(inside_s[np.diff(around_s) <= HOLE_S].sum() / (end_s - start_s))


def _goes_on(record: RaceRecord, tla: str, start_s: float, end_s: float) -> bool:
    """Return whether a car has car data before and after."""
    stamps_s = record.traces[tla].session_time_s if tla in record.traces else np.empty(0)
    return bool(len(stamps_s)) and bool(stamps_s[0] < start_s and stamps_s[-1] > end_s)


def _timed(record: RaceRecord, tla: str) -> list[tuple[int, float, float]]:
    """Return (number, start, end) of a car's laps of which both are known: of the one that it retires on the end is not."""
    laps = record.laps.get(tla, ())
    return [(lap.number, lap.start_s, lap.end_s) for lap in laps if lap.start_s is not None and lap.end_s is not None]
