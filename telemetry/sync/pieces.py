"""Clips with cuts: which stretches run without one, and where each lies.

Short windows each name the places that fit them; the cheapest way through them all, on which a jump costs evidence, gives the pieces.
Each piece is then judged by itself, so what is in slow motion or without an engine stays without a place.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from telemetry.sync import orders
from telemetry.sync.engine_sound import Path
from telemetry.sync.orders import Heard
from telemetry.sync.places import Hearing, Place, near, places, refined
from telemetry.sync.scrutiny import TONE_MOVES
from telemetry.sync.timing import DRIFT_REACH, line
from telemetry.sync.verdict import Judgement, judge

Floats = npt.NDArray[np.float64]

WINDOW_S = 8.0
STEP_S = 4.0
MOST_WINDOWS = 150  # longer clips are looked at in larger steps
KEPT = 6  # places of a window that a way may lead through
JUMP = 25.0  # nats: a jump names one of some hundred thousand places, and real ones are rare
NOTHING = 8.0  # nats a window must bring to count as somewhere
FEWEST_ON_LINE = 8  # windows
CARRIED_S = 0.4  # less is found by `timing.line`, which looks no further about
SLACK_S = 0.15
SHORTEST_S = 4.0  # a shorter piece fits too many places
HEARD_S = 20.0  # of a long piece are judged against the whole race session; more would not part the laps better
CONTRARY = 0.4  # of the nats that silence would speak against a place; more means that the clip is elsewhere
BEYOND_S = 4.0  # of what lies beyond a piece is heard whether its engine runs on; further on another lap drifts away in tone
LEAST_BEYOND_S = 0.5
# Of what an engine as loud as in the piece would bring there: two pieces of another car or lap had 0.78 and 0.81, an edit's other sound
# has about −1.
RUNS_ON = 0.3
COST = 1.0  # nats a second that a piece's ends must bring to belong to it


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a clip without a cut: where it lies, how far its pieces scatter about that, and what its middle says by itself.

    `runs_on` says whether beyond an end of it the engine goes on along its path, only faster or slower: it is another lap.
    """

    start_s: float
    end_s: float
    place: Place
    residual_s: float
    judged: Judgement
    runs_on: bool = False

    @property
    def length_s(self) -> float:
        """Seconds of video."""
        return self.end_s - self.start_s

    @property
    def locked(self) -> bool:
        """Whether it is believed by itself."""
        same = self.judged.doubt is None and self.judged.places[0].same(self.place, (self.start_s + self.end_s) / 2)
        return same and not self.runs_on


def stretches(what: Hearing, rivals: Hearing, start_s: float, end_s: float, *, rate: float = 1.0) -> list[Stretch]:
    """Return the uncut stretches of a clip that lie somewhere, each judged by itself; those that are not locked are among them.

    Args:
        what: The clip and the cars whose onboard it may be.
        rivals: The same with every car that a stretch must fit worse.
        start_s: Video time.
        end_s: Video time.
        rate: Session seconds a video second.
    """
    found = []
    for chain_start_s, chain_end_s, place in _chains(what, start_s, end_s, rate):
        first, error_s = line(what, place, chain_start_s, chain_end_s)
        lower, upper = max(start_s, chain_start_s - WINDOW_S), min(end_s, chain_end_s + WINDOW_S)
        begin, finish = _extent(what, first, lower, upper)
        if finish - begin >= SHORTEST_S:
            found.append((begin, finish, first, error_s))
    out: list[Stretch] = []
    for begin, finish, place, _ in _parted(what, found):
        begin = max(begin, out[-1].end_s) if out else begin  # of three over each other the first may reach beyond the second
        if finish - begin < SHORTEST_S:
            continue
        place, error_s = line(what, place, begin, finish)
        middle_s = (begin + finish) / 2
        heard_s = min(HEARD_S, finish - begin)
        judged = judge(rivals, middle_s - heard_s / 2, middle_s + heard_s / 2, rate=place.rate)
        out.append(Stretch(begin, finish, place, error_s, judged))
    ends_s = [start_s, *(stretch.end_s for stretch in out)]
    starts_s = [*(stretch.start_s for stretch in out[1:]), end_s]
    return [
        replace(stretch, runs_on=stretch.judged.doubt is None and _runs_on(what, stretch, before_s, after_s))
        for stretch, before_s, after_s in zip(out, ends_s, starts_s, strict=False)
    ]


def _runs_on(what: Hearing, stretch: Stretch, before_s: float, after_s: float) -> bool:
    """Return whether the engine runs on along a stretch's path, in another tone, from or to what lies before or after it."""
    place = stretch.place
    route = near(what.filled[place.driver], place, stretch.start_s - BEYOND_S, stretch.end_s + BEYOND_S)
    levels = orders.voice(_along(what, route, place).between(stretch.start_s, stretch.end_s))
    beyond_s = [
        (max(before_s, stretch.start_s - BEYOND_S), stretch.start_s),
        (stretch.end_s, min(after_s, stretch.end_s + BEYOND_S)),
    ]
    for begin, finish in beyond_s:
        if finish - begin < LEAST_BEYOND_S:
            continue
        heard = [_along(what, route, place, float(steps)).between(begin, finish) for steps in TONE_MOVES]
        loudest = float(orders.silence(heard[0], levels).sum())
        if loudest >= NOTHING and max(float(orders.told(one, levels).sum()) for one in heard) > RUNS_ON * loudest:
            return True
    return False


def _along(what: Hearing, route: Path, place: Place, steps: float = 0.0) -> Heard:
    return orders.heard(what.ear, route, place.offset_s, rate=place.rate, steps=steps)


def _chains(what: Hearing, start_s: float, end_s: float, rate: float) -> list[tuple[float, float, Place]]:
    """Return (start, end, place) of the runs of windows on the best way through all of them."""
    step_s = max(STEP_S, (end_s - start_s) / MOST_WINDOWS)
    starts = np.arange(start_s, max(end_s - WINDOW_S, start_s) + 0.01, step_s)
    named = [places(what, begin, begin + WINDOW_S, rate=rate)[:KEPT] for begin in starts]
    windows = []
    for index, begin in enumerate(starts):
        # A window may have missed what its neighbours found.
        beside = [
            refined(what, place, begin, begin + WINDOW_S) for near_by in named[max(index - 1, 0) : index + 2] for place in near_by
        ]
        windows.append(_distinct(sorted(beside, key=lambda place: -place.evidence), float(begin)))
    way = _best_way(windows, starts + WINDOW_S / 2)
    chains: list[tuple[float, float, list[tuple[float, Place]]]] = []
    for begin, before, now in zip(starts, [None, *way[:-1]], way, strict=True):
        if now is None:
            continue
        middle_s = begin + WINDOW_S / 2
        if before is not None and chains and _continues(before, now, middle_s - step_s, middle_s):
            chains[-1] = (chains[-1][0], begin + WINDOW_S, [*chains[-1][2], (float(middle_s), now)])
        else:
            chains.append((float(begin), float(begin + WINDOW_S), [(float(middle_s), now)]))
    return [(begin, min(finish, end_s), _through(members)) for begin, finish, members in chains]


def _through(members: list[tuple[float, Place]]) -> Place:
    """Return the likeliest place of a run of windows; on the line through all of them where a drift has carried them far apart."""
    best = max((place for _, place in members), key=lambda place: place.evidence)
    if len(members) < FEWEST_ON_LINE:
        return best
    middles = np.array([middle_s for middle_s, _ in members])
    session_s = np.array([place.at(middle_s) for middle_s, place in members])
    first, second = np.triu_indices(len(members), 1)
    rate = float(np.median((session_s[second] - session_s[first]) / (middles[second] - middles[first])))
    carried_s = abs(rate - best.rate) * float(np.ptp(middles))
    if carried_s < CARRIED_S or abs(rate - best.rate) > DRIFT_REACH:
        return best
    return replace(best, offset_s=float(np.median(session_s - rate * middles)), rate=rate)


def _distinct(found: list[Place], video_s: float) -> list[Place]:
    out: list[Place] = []
    for place in found:
        if not any(place.driver == other.driver and abs(place.at(video_s) - other.at(video_s)) < SLACK_S / 2 for other in out):
            out.append(place)
    return out[: 2 * KEPT]


def _continues(before: Place, now: Place, before_s: float, now_s: float) -> bool:
    allowed_s = SLACK_S + DRIFT_REACH * (now_s - before_s)
    return before.driver == now.driver and abs(before.at(now_s) - now.at(now_s)) <= allowed_s


def _best_way(windows: list[list[Place]], middles_s: Floats) -> list[Place | None]:
    """Return one place or None a window: the way with the most evidence, each jump costing `JUMP` (Viterbi)."""
    scores: list[Floats] = []
    origins: list[list[int]] = []
    for index, window in enumerate(windows):
        own = np.array([0.0, *(place.evidence - NOTHING for place in window)])
        if index == 0:
            scores.append(own)
            origins.append([0] * len(own))
            continue
        steps = np.full((len(window) + 1, len(windows[index - 1]) + 1), JUMP)
        steps[0, :] = 0.0  # falling silent is free; coming back costs
        for row, place in enumerate(window, start=1):
            for column, before in enumerate(windows[index - 1], start=1):
                if _continues(before, place, middles_s[index - 1], middles_s[index]):
                    steps[row, column] = 0.0
        total = scores[-1][None, :] - steps
        origins.append([int(value) for value in total.argmax(1)])
        scores.append(own + total.max(1))
    at = int(np.argmax(scores[-1]))
    way = []
    for window, origin in zip(reversed(windows), reversed(origins), strict=True):
        way.append(window[at - 1] if at else None)
        at = origin[at]
    return way[::-1]


def _told(what: Hearing, place: Place, start_s: float, end_s: float) -> tuple[Floats, Floats, Floats]:
    """Return (video times, nats, nats against it in silence) of the samples along a place, by the engine's own levels."""
    heard = orders.heard(what.ear, near(what.filled[place.driver], place, start_s, end_s), place.offset_s, rate=place.rate)
    heard = heard.between(start_s, end_s)
    levels = orders.voice(heard)
    return heard.video_s, orders.told(heard, levels), orders.silence(heard, levels)


def _extent(what: Hearing, place: Place, start_s: float, end_s: float) -> tuple[float, float]:
    """Return the stretch between two video times that a place explains: the run of samples with the largest sum."""
    video_s, nats, silence = _told(what, place, start_s, end_s)
    if len(nats) < 2:
        return start_s, start_s
    run = np.concatenate([[0.0], np.cumsum(nats - COST * np.gradient(video_s))])
    lowest = np.minimum.accumulate(run)
    last = int(np.argmax(run - lowest))
    first = int(np.argmin(run[: last + 1]))
    # Beyond its ends the clip must speak against the place: a quiet second of a quiet clip does not.
    begin = start_s if nats[:first].sum() >= -CONTRARY * silence[:first].sum() else float(video_s[first])
    finish = end_s if nats[last:].sum() >= -CONTRARY * silence[last:].sum() else float(video_s[max(last - 1, 0)])
    return begin, finish


Found = tuple[float, float, Place, float]


def _parted(what: Hearing, found: list[Found]) -> list[Found]:
    """Return stretches cut where one place begins to explain the clip better than the one before."""
    out = sorted(found, key=lambda entry: entry[0])
    for index, (left, right) in enumerate(pairwise(list(out))):
        if right[0] >= left[1]:
            continue
        span = (right[0], left[1])
        edges = np.arange(span[0], span[1] + 0.05, 0.1)
        gain = _run(what, left[2], *span, edges) - _run(what, right[2], *span, edges)
        cut_s = float(edges[int(np.argmax(gain))])
        out[index] = (out[index][0], cut_s, *left[2:])
        out[index + 1] = (cut_s, *right[1:])
    return out


def _run(what: Hearing, place: Place, start_s: float, end_s: float, edges: Floats) -> Floats:
    video_s, nats, _ = _told(what, place, start_s, end_s)
    return np.concatenate([[0.0], np.cumsum(nats)])[np.searchsorted(video_s, edges)]
