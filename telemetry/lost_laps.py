"""Ends of laps that a recording has lost: FastF1 counts those that it sees, and all later laps of the car would bear another's number."""

from datetime import datetime, timedelta
from typing import Any

from telemetry.messages import Message

TIMES = "TimingData"
SHORTEST = timedelta(seconds=40)  # no lap of any circuit is shorter
HOLE = timedelta(seconds=10)  # cars send several times a second: the recorder had lost its line


class LapEnds:
    """Hears of laps as they end, and notices those of which nothing was heard since lines were lost; else the feed counts as it likes."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, datetime, int]] = {}  # of each car: how many laps it had ended, when, and by which line
        self._since: dict[str, list[tuple[int, datetime]]] = {}  # the lines that spoke of it since then, and when
        self._lost_at = -1  # line
        self._now: datetime | None = None

    def torn(self, line: int) -> None:
        """Hear that a line cannot be read."""
        self._lost_at = line

    def hear(self, line: int, what: Message) -> list[tuple[int, Message]]:
        """Return what is to be put in for ends that were lost before a message, each with the line that it belongs before.

        The lap that ends now says when the one before did. Several that were lost before it are taken to have been as long as each other;
        they have no times, so nothing but the count of laps is taken from them.
        """
        topic, contents, stamp = what
        now = datetime.fromisoformat(stamp.rstrip("Z"))
        if self._now is not None and now - self._now > HOLE:
            self._lost_at = line
        self._now = now
        lost: list[tuple[int, Message]] = []
        for car, said in contents.get("Lines", {}).items() if topic == TIMES else ():
            self._since.setdefault(car, []).append((line, now))
            laps = said.get("NumberOfLaps")
            known, ended, by = self._last.get(car, (laps, now, line))
            if laps is None or laps < known:
                continue
            missing = laps - known - 1
            if missing > 0 and self._lost_at > by and now - ended >= SHORTEST * (missing + 1):
                length = _length(said) or (now - ended) / (missing + 1)
                lost += self._between(car, known, ended, missing, now - min(length, now - ended))
            self._last[car], self._since[car] = (laps, now, line), []
        return lost

    def _between(self, car: str, known: int, ended: datetime, missing: int, last: datetime) -> list[tuple[int, Message]]:
        out: list[tuple[int, Message]] = []
        for number in range(1, missing + 1):
            at = ended + (last - ended) * (number / missing)
            before = next(place for place, when in self._since[car] if when >= at)
            out.append((before, (TIMES, {"Lines": {car: {"NumberOfLaps": known + number}}}, f"{at.isoformat()}Z")))
        return out


def _length(said: dict[str, Any]) -> timedelta | None:
    """Return how long the lap took that ends with a message, None where it does not say."""
    parts = str((said.get("LastLapTime") or {}).get("Value", "")).split(":")
    try:
        return timedelta(seconds=sum(float(part) * 60**place for place, part in enumerate(reversed(parts))))
    except (ValueError, OverflowError):
        return None
