"""The broadcast's own numbers against the telemetry: a speed at a fixed place of the picture, and the lap counter."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from telemetry.race_record import Lap, RaceRecord, Trace
from telemetry.sync.sights import LapCounter, Seen
from telemetry.sync.witness import Channel

Floats = npt.NDArray[np.float64]
Float32s = npt.NDArray[np.float32]

LATE_S = 0.12  # a value stands until the next one comes, a quarter of a second later; on average it is half of that old
SCALE_KMH = 3.0  # of a double exponential: rounding, and what the car does between two of the feed's samples
CHANCE_KMH = 250.0  # speeds are spread over about this
MISREAD = 0.06  # of the readings are digits lost or a graphic that slides in
MOST_NATS = float(np.log((1 - MISREAD) * CHANCE_KMH / (2 * SCALE_KMH)))  # of a reading that is right to the km/h
SPARED = 1 / 7  # of the readings: misread ones say nothing of whether the others follow
NEWS_S = 2 / 3  # what keeps one reading off keeps those so near to it off
MOST_READINGS = 80  # of long clips
UNITS_KMH = (1.0, 1.609344)
LAP_RIGHT, LAP_WRONG = 4.0, -12.0  # nats: one of some dozens of laps; a counter is hardly ever misread the same way all along
LAP_SLACK_S = 4.0  # the counter changes when the leader crosses the line, with the graphic's delay


class Speedometer:
    """The speed on the screen; in which unit, and which of several numbers it is, is taken as fits best."""

    name = "hud"

    def __init__(self, seen: Sequence[Seen], traces: Mapping[str, Trace], lag_s: float) -> None:
        """Take the readings of each place, and the cars; `lag_s` is how late car data are stamped."""
        self._seen = [one.thinned(MOST_READINGS) for one in seen]
        self._speed = {tla: Channel(trace.session_time_s - lag_s, trace.speed_kmh) for tla, trace in traces.items()}

    def told(self, driver: str, offsets_s: Floats, rate: float) -> Floats:
        """Return (k,) nats for (k,) offsets of a car, by the readings and the unit that fit best."""
        best = np.full(len(offsets_s), -np.inf)
        for seen in self._seen:
            total = [np.zeros(len(offsets_s), np.float32) for _ in UNITS_KMH]
            for video_s, value in zip(seen.video_time_s, seen.value, strict=True):
                speed = self._speed[driver].at(offsets_s + rate * (video_s - LATE_S))
                for sums, unit in zip(total, UNITS_KMH, strict=True):
                    sums += _nats(np.abs(np.float32(value * unit) - speed))
            best = np.maximum(best, np.max(total, axis=0) * seen.news(NEWS_S))
        return best

    def agreement(self, driver: str, offset_s: float, rate: float) -> float:
        """Return the nats of the readings as a share of what faultless ones would bring; the worst `SPARED` of them do not count."""
        best = 0.0
        for off in self._off_kmh(driver, offset_s, rate):
            told = np.sort(_nats(off.astype(np.float32)))[round(SPARED * len(off)) :]
            best = max(best, float(told.mean()) / MOST_NATS)
        return best

    def readings(self, driver: str, offset_s: float, rate: float) -> tuple[Seen, float]:
        """Return the readings that fit best at a place, and what to multiply them by to get km/h."""
        offs = self._off_kmh(driver, offset_s, rate)
        best = int(np.argmin([np.median(np.nan_to_num(off, nan=np.inf)) for off in offs]))
        return self._seen[best // len(UNITS_KMH)], UNITS_KMH[best % len(UNITS_KMH)]

    def speed_kmh(self, driver: str, session_s: Floats) -> Floats:
        """Return a car's speed at (n,) session times on the positions' clock, NaN in holes."""
        return self._speed[driver].at(session_s).astype(np.float64)

    def _off_kmh(self, driver: str, offset_s: float, rate: float) -> list[Floats]:
        return [
            np.abs(seen.value * unit - self._speed[driver].at(offset_s + rate * (seen.video_time_s - LATE_S)))
            for seen in self._seen
            for unit in UNITS_KMH
        ]


class LapBoard:
    """The lap counter: it shows the leader's lap, in some broadcasts the own car's."""

    name = "laps"

    def __init__(self, seen: LapCounter, record: RaceRecord) -> None:
        """Take the counter as read, and the laps of all cars."""
        self._seen = seen
        self._begins_s = {tla: _begins_s(laps) for tla, laps in record.laps.items()}
        most = max((len(begins_s) for begins_s in self._begins_s.values()), default=0)
        # The leader's lap n begins when the first car begins it.
        self._leader_s = np.array(
            [min(begins_s[lap] for begins_s in self._begins_s.values() if lap < len(begins_s)) for lap in range(most)]
        )

    def told(self, driver: str, offsets_s: Floats, rate: float) -> Floats:
        """Return (k,) nats for (k,) offsets of a car."""
        share = np.zeros(len(offsets_s))
        for video_s, lap in zip(self._seen.lap.video_time_s, self._seen.lap.value, strict=True):
            at_s = offsets_s + rate * video_s
            right = np.zeros(len(offsets_s), bool)
            for begins_s in (self._leader_s, self._begins_s.get(driver, np.empty(0))):
                right |= np.searchsorted(begins_s, at_s - LAP_SLACK_S, side="right") == lap
                right |= np.searchsorted(begins_s, at_s, side="right") == lap
            share += right
        share /= max(len(self._seen.lap), 1)
        return np.asarray(share * LAP_RIGHT + (1 - share) * LAP_WRONG)

    def agreement(self, driver: str, offset_s: float, rate: float) -> float:
        """Return the share of the readings that name the lap."""
        return float((self.told(driver, np.array([offset_s]), rate)[0] - LAP_WRONG) / (LAP_RIGHT - LAP_WRONG))


def counts_this_race(seen: LapCounter, record: RaceRecord) -> bool:
    """Return whether a counter may be this race session's: its total, where both are known, is the same."""
    known = any(_begins_s(laps).size for laps in record.laps.values())
    return known and len(seen.lap) > 0 and (None in (seen.total, record.total_laps) or seen.total == record.total_laps)


def _begins_s(laps: Sequence[Lap]) -> Floats:
    """Return (n,) rising session times at which laps 1 to n began; NaN-free, an unknown one as its neighbour."""
    known = [(lap.number, lap.start_s) for lap in laps if lap.start_s is not None]
    if not known:
        return np.empty(0)
    numbers, starts_s = (np.array(column, np.float64) for column in zip(*known, strict=True))
    return np.asarray(np.interp(np.arange(1, numbers[-1] + 1), numbers, starts_s))


def _nats(off_kmh: Float32s) -> Float32s:
    """Return how much likelier a reading this far off is than a random one; 0 where the telemetry says nothing."""
    near = np.float32(MOST_NATS) - off_kmh / np.float32(SCALE_KMH)
    nats: Float32s = np.maximum(near, np.float32(np.log(MISREAD)))
    return np.nan_to_num(nats, copy=False, nan=0.0)
