"""Whose onboard a clip may be, though no car data can say so.

Where the driver is not given, the car that is named is the best of all that were tried. One that was out on the circuit but whose car data
are missing at that moment was not tried, and what was taken for another car's engine may be its own: a car in its tow goes through the
same tones at the same time, and one beside it is heard too.
"""

import numpy as np

from telemetry.alignment import Alignment
from telemetry.race_record import RaceRecord
from telemetry.sync import thresholds


def unheard(record: RaceRecord, named: str, where: Alignment, duration_s: float) -> tuple[str, ...]:
    """Return the cars, by TLA, that were out during a clip but whose car data are missing for a good part of a piece of it.

    Args:
        record: The race session.
        named: TLA of whose onboard it is taken for.
        where: The clip's place.
        duration_s: Of the clip.
    """
    pieces_s = [
        tuple(piece.offset_s + piece.rate * np.clip((piece.start_video_s, piece.end_video_s), 0.0, duration_s))
        for piece in where.pieces
    ]
    others = sorted((set(record.traces) | set(record.laps)) - {named})
    return tuple(tla for tla in others if any(_missing(record, named, tla, *piece_s) for piece_s in pieces_s))


def _missing(record: RaceRecord, named: str, other: str, start_s: float, end_s: float) -> bool:
    known, wanted = _samples(record, other, start_s, end_s), _samples(record, named, start_s, end_s)
    return known < thresholds.LEAST_KNOWN * wanted and _out(record, other, start_s, end_s)


def _samples(record: RaceRecord, tla: str, start_s: float, end_s: float) -> int:
    return int(np.ptp(np.searchsorted(record.traces[tla].session_time_s, (start_s, end_s)))) if tla in record.traces else 0


def _out(record: RaceRecord, tla: str, start_s: float, end_s: float) -> bool:
    """Return whether a car was out between two session times: its car data go on afterwards, or a lap of it that ended holds them."""
    if tla in record.traces:
        stamps_s = record.traces[tla].session_time_s
        if len(stamps_s) and stamps_s[0] < start_s and stamps_s[-1] > end_s:
            return True
    laps = record.laps.get(tla, ())
    return any(lap.start_s is not None and lap.end_s is not None and lap.start_s < end_s and lap.end_s > start_s for lap in laps)
