"""When exactly a place is, and whether it drifts: one line through what the clip's pieces say of it, each by itself."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from telemetry.parabola import top_off
from telemetry.sync import close_call, orders, thresholds
from telemetry.sync.places import Hearing, Place, near
from telemetry.sync.scrutiny import TIME_SLACK, TIME_SLACK_NATS

Floats = npt.NDArray[np.float64]

LINE_PIECE_S = 4.0  # and each overlaps half of the next
MOVE_S = 0.02  # of a piece; the top is read off a parabola
TELLS_S = 0.08  # at steady RPM it is 0.1 to 0.4 s, and such pieces were up to 0.5 s off; the others up to 0.04
DRIFT_REACH = 0.012  # ±1 % and a little
DRIFT_SURE = 3.0
DRIFT_SEEN_S = 0.04  # from one end to the other: a frame
# What a loud piece is off by at the least: stamps of car data jitter by 25 to 55 ms, and a piece meets some fifteen.
STAMPS_S = 0.015
# And how they scatter as a rule, which counts as much as `USUAL_PIECES` of them: of a loud clip often only three tell the time, and may
# agree by chance.
USUAL_S = 0.03
USUAL_PIECES = 4
# Tones of single samples tell the time of a loud clip better: on 77 of 7 simulated races they were 19 ms off (root mean square) where fewer
# than three pieces tell it, and 47 at the most (39 and 171 the whole clip's best fit), and 15 where more do (21). Their error, times this,
# holds 95 of 100.
TONE_FACTOR = 1.5
MOST_LATE_S = 0.3
LONGEST_TONE_S = 60.0  # a longer clip's pieces are many
# To which the lag of car data is known: it moves all pieces alike, by 12 ms in trials, by 14 in the middle of 21 simulated races (30 at the
# most), whose car data are 80 ms late and measured as 90 to 101.
LAG_S = 0.025


def line(what: Hearing, place: Place, start_s: float, end_s: float) -> tuple[Place, float]:
    """Return a place with offset and rate drawn through what pieces of the clip say by themselves, and the error of that in seconds.

    A drift counts only where it is larger than `DRIFT_SURE` times its own standard error, for most clips have none. Without one the tones
    of a loud clip's samples tell the time better than its pieces do.
    """
    middles, off_s, gained = moves(what, place, start_s, end_s)
    telling = gained > 0
    good = telling & _consistent(middles, off_s, telling)
    if good.sum() < 3:
        return _by_tone(what, place, start_s, end_s) or (place, float(np.hypot(np.std(off_s), LAG_S)))
    slope, level = np.polyfit(middles[good], off_s[good], 1)
    bent_s = off_s[good] - (level + slope * middles[good])
    apart_s = float(np.sqrt((bent_s**2).sum() / max(good.sum() - 2, 1)))
    # Neighbouring pieces share half of their sound, so only every other one is news.
    error_s = max(apart_s, STAMPS_S) / np.sqrt(good.sum() / 2)
    reach = float(np.std(middles[good])) + 1e-6
    sure = DRIFT_SURE if place.rate == 1.0 else 1.0  # a clip known to be off the clock is hardly off by that very rate
    drifts = sure * error_s / reach < abs(slope) < DRIFT_REACH and abs(slope) * (end_s - start_s) > DRIFT_SEEN_S
    if drifts:
        along = replace(place, offset_s=place.offset_s + float(level), rate=place.rate + float(slope))
        return along, float(np.hypot(error_s, LAG_S))
    scatter = float(((off_s[good] - off_s[good].mean()) ** 2).sum()) + USUAL_PIECES * USUAL_S**2
    scatter_s = max(float(np.sqrt(scatter / (good.sum() - 1 + USUAL_PIECES))), STAMPS_S)
    known_s = float(np.hypot(scatter_s / np.sqrt(good.sum() / 2), LAG_S))
    by_pieces = replace(place, offset_s=place.offset_s + float(np.mean(off_s[good])))
    return _by_tone(what, place, start_s, end_s) or (by_pieces, known_s)


def _by_tone(what: Hearing, place: Place, start_s: float, end_s: float) -> tuple[Place, float] | None:
    """Return a loud clip's place moved to where its samples are the least off in tone, None where they do not say it.

    At hardly changing RPM the blunt spectrum is up to 0.17 s off, and the sharp one still tells.
    """
    if end_s - start_s > LONGEST_TONE_S or place.evidence < thresholds.LOUD * (end_s - start_s):
        return None
    off = close_call.off(what, place, start_s, end_s)
    if off is None or not (abs(off.late_s) < MOST_LATE_S and off.late_error_s < TELLS_S):
        return None
    error_s = float(np.hypot(TONE_FACTOR * off.late_error_s, LAG_S))
    return replace(place, offset_s=place.offset_s + off.late_s), error_s


def moves(what: Hearing, place: Place, start_s: float, end_s: float) -> tuple[Floats, Floats, Floats]:
    """Return what pieces of a clip between two video times say by themselves of a place.

    Returns:
        (p,) middles in video time, by how many seconds each would move the place, and by how many nats it then speaks for an engine;
        0 where it does not tell the time.
    """
    piece_s = min(LINE_PIECE_S, (end_s - start_s) / 3)
    starts = np.arange(start_s, end_s - piece_s + 0.01, piece_s / 2)
    edges_s = np.column_stack([starts, starts + piece_s])
    reach_s = 0.2 + min(DRIFT_REACH * (end_s - start_s) / 2, 0.6)
    route = near(what.filled[place.driver], place, start_s, end_s)
    levels = orders.voice(orders.heard(what.ear, route, place.offset_s, rate=place.rate).between(start_s, end_s))
    moves_s = np.asarray(np.arange(-round(reach_s / MOVE_S), round(reach_s / MOVE_S) + 1) * MOVE_S, np.float64)
    nats = np.empty((len(edges_s), len(moves_s)))
    for column, move_s in enumerate(moves_s):
        heard = orders.heard(what.ear, route, place.offset_s + move_s, rate=place.rate)
        run = np.concatenate([[0.0], np.cumsum(orders.told(heard, levels))])
        at = run[np.searchsorted(heard.video_s, edges_s)]
        nats[:, column] = at[:, 1] - at[:, 0]
    best = nats.argmax(1)
    middle = np.clip(best, 1, len(moves_s) - 2)
    rows = np.arange(len(edges_s))
    left, top, right = (nats[rows, middle + step] for step in (-1, 0, 1))
    off_s = moves_s[middle] + top_off(left, top, right) * MOVE_S
    return starts + piece_s / 2, off_s, np.where(_open_s(nats, moves_s) < TELLS_S, nats[rows, best], 0.0)


def _open_s(nats: Floats, moves_s: Floats) -> Floats:
    """Return how far about pieces would still fit nearly as well as at their best: at steady RPM they do not tell the time."""
    most = nats.max(1, keepdims=True)
    share = np.exp((nats - most) / (TIME_SLACK_NATS + TIME_SLACK * np.abs(most)))
    share /= share.sum(1, keepdims=True)
    return np.asarray(np.sqrt(share @ moves_s**2 - (share @ moves_s) ** 2))


def _consistent(middles: Floats, off_s: Floats, telling: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which of the pieces lie on one line, by the median of slopes, which a third of wrong ones does not bend."""
    use = np.flatnonzero(telling)
    if len(use) < 3:
        return telling
    first, second = np.triu_indices(len(use), 1)
    slope = float(np.median((off_s[use][second] - off_s[use][first]) / (middles[use][second] - middles[use][first])))
    slope = slope if abs(slope) < DRIFT_REACH else 0.0
    rest = off_s - slope * middles
    rest -= np.median(rest[use])
    near_s = max(3 * 1.4826 * float(np.median(np.abs(rest[use]))), 0.04)
    return np.abs(rest) < near_s
