"""A place under scrutiny: does every piece of the clip, asked by itself, say the same time and the same tone?

A wrong lap, another session, or slow motion can fit well on the whole; but its pieces fit better when each is moved a little in time or
in RPM. At the right place they do not.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telemetry.sync import orders, thresholds
from telemetry.sync.engine_sound import Path
from telemetry.sync.orders import Ear

Floats = npt.NDArray[np.float64]

TIME_PIECE_S = 4.0
TIME_MOVES_S = np.arange(-1.0, 1.001, 0.05)
TIME_SAME_S = 0.125  # beyond the stamps' jitter
# At steady RPM a piece cannot tell the time: it agrees unless it gains more than this elsewhere.
TIME_SLACK, TIME_SLACK_NATS = 0.03, 1.0
TONE_PIECE_S = 2.0
TONE_MOVES = np.arange(-12, 13)  # steps of half a per cent
TONE_SAME = 2


@dataclass(frozen=True, slots=True)
class Scrutiny:
    """How a clip's pieces agree with a place; 1 where all do.

    Attributes:
        time_share: Evidence at the place, of what each piece finds when it may move in time.
        time_agree: Share of the pieces that find the place's time, or no better one.
        tone_share: Evidence at the very path, of what each piece finds when it may move in RPM.
        tone_agree: Share of the pieces that find the path's RPM.
    """

    time_share: float
    time_agree: float
    tone_share: float
    tone_agree: float

    @property
    def misfit(self) -> float:
        """How loosely the engine follows the telemetry in tone: 0 where every piece says the very path."""
        share, agree = thresholds.LOOSE_TONE_SHARE, thresholds.LOOSE_TONE_AGREE
        return (1 - self.tone_share) / share + (1 - self.tone_agree) / agree


def scrutinise(
    source: Ear, route: Path, offset_s: float, *, rate: float = 1.0, start_s: float = -np.inf, end_s: float = np.inf
) -> Scrutiny:
    """Return how the pieces of a clip, or of its part between two video times, agree with a place."""
    start_s, end_s = max(start_s, source.start_s), min(end_s, source.end_s)
    levels = orders.voice(orders.heard(source, route, offset_s, rate=rate).between(start_s, end_s))
    by_time = np.stack(
        [
            _told(source, route, offset_s + move, rate, 0.0, levels, _starts(start_s, end_s, TIME_PIECE_S))
            for move in TIME_MOVES_S
        ],
        axis=1,
    )
    by_tone = np.stack(
        [_told(source, route, offset_s, rate, float(move), levels, _starts(start_s, end_s, TONE_PIECE_S)) for move in TONE_MOVES],
        axis=1,
    )
    same_time, same_tone = np.abs(TIME_MOVES_S) < TIME_SAME_S, np.abs(TONE_MOVES) <= TONE_SAME
    return Scrutiny(
        _share(by_time[:, same_time].max(1), by_time.max(1)),
        float((by_time[:, same_time].max(1) >= by_time.max(1) * (1 - TIME_SLACK) - TIME_SLACK_NATS).mean()),
        _share(by_tone[:, TONE_MOVES == 0][:, 0], by_tone.max(1)),
        float(same_tone[by_tone.argmax(1)].mean()),
    )


def _starts(start_s: float, end_s: float, length_s: float) -> Floats:
    """Return (p, 2) starts and ends of pieces, each overlapping half of the next."""
    starts = np.arange(start_s, max(end_s - length_s, start_s) + 0.01, length_s / 2)
    return np.column_stack([starts, starts + length_s])


def _told(source: Ear, route: Path, offset_s: float, rate: float, steps: float, levels: Floats, pieces: Floats) -> Floats:
    what = orders.heard(source, route, offset_s, rate=rate, steps=steps)
    run = np.concatenate([[0.0], np.cumsum(orders.told(what, levels))])
    edges = run[np.searchsorted(what.video_s, pieces)]
    return np.asarray(edges[:, 1] - edges[:, 0])


def _share(here: Floats, anywhere: Floats) -> float:
    return float(np.clip(here, 0, None).sum() / max(np.clip(anywhere, 0, None).sum(), 1e-9))
