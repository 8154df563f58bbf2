"""A broadcast's numbers: finds where the picture shows a speed or a lap counter, and reads them there over the clip.

Nothing is assumed of the graphic but that it stays where it is: a speed is a number of two or three digits that keeps its place and
changes; a lap counter says LAP, or "n/N".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overlay.clip import Clip
from overlay.frame import Frame
from overlay.sight.letters import WHOLE_WIDTH, Letters, Word
from telemetry.sync.sights import LapCounter, Seen

Box = tuple[float, float, float, float]
Bytes = npt.NDArray[np.uint8]

FIRST_LOOKS, MORE_LOOKS = (
    2,
    5,
)  # a graphic that is worth reading stands in most of the clip: without a number in two looks there is none
READINGS_HZ = 5.0  # car data change four times a second
MOST_READINGS = 160  # of long clips: they say enough, in four seconds of computing
LAP_EVERY = 8  # readings of a speed: the lap changes once in a clip, if at all
FEWEST_SIGHTINGS = 0.5  # of the looks must show a number at the place
FEWEST_VALUES = 3
SPEED_RANGE = (20, 390)
SPEED_PLACES = 2  # read at the most: distances and tyre ages look like a speed, and the telemetry will tell
MARGIN = 0.35  # of a box's height: a number may be wider at another time

_SPEED = re.compile(r"(?<![\d.:,+/-])(\d{2,3})(?![\d.:,/%])")
_LAP = re.compile(r"LAP\D{0,3}(\d{1,2})(?:\s*[/|I]\s*(\d{2}|\d))?(?!\d)", re.IGNORECASE)
_OF = re.compile(r"^(\d{1,2})\s*/\s*(\d{2})$")


@dataclass(frozen=True, slots=True)
class Hud:
    """What a broadcast's graphics said; empty where there are none."""

    speeds: tuple[Seen, ...] = ()
    laps: LapCounter | None = None


@dataclass(frozen=True, slots=True)
class _Sighting:
    video_time_s: float
    word: Word
    value: int


def look(clip: Clip, letters: Letters, duration_s: float) -> Hud:
    """Return the numbers of a clip's graphics over its whole length.

    Args:
        clip: Open.
        letters: Reads.
        duration_s: Of the clip.
    """
    looked: list[tuple[float, list[Word]]] = []
    for shares in (_spread(FIRST_LOOKS), _spread(MORE_LOOKS)):
        frames = clip.glimpses([clip.start_s + share * duration_s for share in shares])
        looked += [(frame.video_time_s, letters.words(_whole(frame))) for frame in frames]
        if not any(_speed(word.text) is not None or _lap(word.text) for _, words in looked for word in words):
            return Hud()
    speed_boxes, lap_box = _speed_places(looked), _lap_place(looked)
    boxes = [(box, 1) for box in speed_boxes] + ([(lap_box, LAP_EVERY)] if lap_box else [])
    *speeds, lap = _read(clip, letters, boxes, duration_s) + ([] if lap_box else [[]])
    series = [_series([(video_s, value) for video_s, text in lines if (value := _speed(text)) is not None]) for lines in speeds]
    return Hud(tuple(seen for seen in series if len(seen) >= FEWEST_VALUES), _lap_counter(lap))


def _spread(count: int) -> npt.NDArray[np.float64]:
    return (np.arange(count) + 0.5) / count


def _whole(frame: Frame) -> Bytes:
    width, height = frame.size_wh
    return frame.rgb((WHOLE_WIDTH, round(height * WHOLE_WIDTH / width)))


def _speed(text: str) -> int | None:
    found = _SPEED.findall(text)
    letters = sum(letter.isalpha() for letter in text)
    if len(found) != 1 or letters > len("KM/H"):
        return None
    value = int(found[0])
    return value if SPEED_RANGE[0] <= value <= SPEED_RANGE[1] else None


def _lap(text: str) -> tuple[int, int | None] | None:
    match = _LAP.search(text) or _OF.match(text.strip())
    if match is None:
        return None
    lap, total = int(match[1]), int(match[2]) if match[2] else None
    return (lap, total) if 1 <= lap <= (total or 99) else None


def _speed_places(looked: Sequence[tuple[float, list[Word]]]) -> list[Box]:
    """Return boxes, in shares of the picture, where most looks show a number that changes, the steadiest and liveliest first."""
    groups: list[list[_Sighting]] = []
    for video_s, words in looked:
        for word in words:
            value = _speed(word.text)
            if value is None:
                continue
            group = next((group for group in groups if _same_place(group[0].word, word)), None)
            if group is None:
                groups.append([_Sighting(video_s, word, value)])
            else:
                group.append(_Sighting(video_s, word, value))
    wanted = [
        group
        for group in groups
        if len(group) >= FEWEST_SIGHTINGS * len(looked) and len({sighting.value for sighting in group}) >= FEWEST_VALUES
    ]
    wanted.sort(key=lambda group: -len(group) * np.std([sighting.value for sighting in group]))
    return [_union([sighting.word for sighting in group]) for group in wanted[:SPEED_PLACES]]


def _lap_place(looked: Sequence[tuple[float, list[Word]]]) -> Box | None:
    words = [word for _, words in looked for word in words if _lap(word.text)]
    # "LAP 3/50" beats a bare "3/50", of which there may be others.
    named = [word for word in words if _LAP.search(word.text)] or words
    groups = [[other for other in named if _same_place(word, other)] for word in named]
    largest = max(groups, key=len, default=[])
    return _union(largest) if len(largest) >= FEWEST_SIGHTINGS * len(looked) else None


def _same_place(first: Word, second: Word) -> bool:
    (ax1, ay1, ax2, ay2), (bx1, by1, bx2, by2) = first.xyxy, second.xyxy
    tall = max(ay2 - ay1, by2 - by1)
    alike = min(ay2 - ay1, by2 - by1) > 0.6 * tall
    # A number is set from its left, its right or its middle: two digits and three share one of them.
    across = min(abs(ax1 - bx1), abs(ax2 - bx2), abs(ax1 + ax2 - bx1 - bx2) / 2)
    return alike and across < 0.6 * tall and abs(ay1 + ay2 - by1 - by2) / 2 < 0.4 * tall


def _union(words: Sequence[Word]) -> Box:
    x1, y1 = min(word.xyxy[0] for word in words), min(word.xyxy[1] for word in words)
    x2, y2 = max(word.xyxy[2] for word in words), max(word.xyxy[3] for word in words)
    edge = MARGIN * (y2 - y1)
    # The search picture's height follows the clip's; both edges are shares of its width.
    return (x1 - edge) / WHOLE_WIDTH, (y1 - edge / 2) / WHOLE_WIDTH, (x2 + edge) / WHOLE_WIDTH, (y2 + edge / 2) / WHOLE_WIDTH


def _read(clip: Clip, letters: Letters, places: Sequence[tuple[Box, int]], duration_s: float) -> list[list[tuple[float, str]]]:
    """Return (video time, line) at each place, evenly over the clip; at a place only every so many looks."""
    lines: list[list[tuple[float, str]]] = [[] for _ in places]
    if not places:
        return lines
    count = int(np.clip(duration_s * READINGS_HZ, 1, MOST_READINGS))
    regions = [_region(box, clip.size_wh) for box, _ in places]
    for look_number, frame in enumerate(clip.glimpses([clip.start_s + share * duration_s for share in _spread(count)])):
        for line, (_, every), region in zip(lines, places, regions, strict=True):
            if look_number % every == 0:
                size = (region[2] - region[0], region[3] - region[1])
                line.append((frame.video_time_s, letters.line(frame.rgb(size, region))[0]))
    return lines


def _region(box: Box, size_wh: tuple[int, int]) -> tuple[int, int, int, int]:
    width, height = size_wh
    x1, y1, x2, y2 = (round(share * width) for share in box)
    return max(x1, 0), max(y1, 0), min(x2, width), min(y2, height)


def _series(readings: Sequence[tuple[float, int]]) -> Seen:
    times, values = (np.array(column, np.float64) for column in zip(*readings, strict=True)) if readings else (np.empty(0),) * 2
    return Seen(times, values)


def _lap_counter(lines: Sequence[tuple[float, str]]) -> LapCounter | None:
    read = [(video_s, found) for video_s, text in lines if (found := _lap(text)) is not None]
    if not read:
        return None
    totals = [total for _, (_, total) in read if total is not None]
    usual = max(set(totals), key=totals.count) if totals else None
    return LapCounter(
        _series([(video_s, lap) for video_s, (lap, total) in read if usual is None or total in (usual, None)]), usual
    )
