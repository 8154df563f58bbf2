"""What a post says in words to those who watch without sound: who is ahead, how far, and whether it is getting closer."""

from dataclasses import dataclass

from overlay.export.editors.sheet import Sheet, Sighting, Stretch

STANDS_S = 3.2  # long enough to read twice
PAUSE_S = 0.4  # without words between two, so that a new one is noticed
SHORTEST_S = 1.2  # a line that would stand for less is not begun
CLOSING_KMH = 6.0  # below it nobody sees a difference
WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Caption:
    """Words from one clip time to another."""

    start_s: float
    end_s: float
    words: str


def write(sheet: Sheet, start_s: float, end_s: float) -> tuple[Caption, ...]:
    """Return the captions of a span: one at a time, about the car that was followed longest there."""
    captions: list[Caption] = []
    at_s = start_s
    while at_s + SHORTEST_S <= end_s:
        stretch = _followed(sheet, at_s)
        if stretch is None:
            at_s += 0.2
            continue
        until_s = min(at_s + STANDS_S, stretch.end_s, end_s)
        if until_s - at_s < SHORTEST_S:
            at_s = max(until_s, at_s + 0.2)
            continue
        said = captions[-1].words if captions else ""
        first = not captions or (stretch.driver not in said and at_s - stretch.start_s < 0.5)
        captions.append(Caption(at_s, until_s, _words(stretch, at_s, first=first)))
        at_s = until_s + PAUSE_S
    return tuple(captions)


def as_srt(captions: tuple[Caption, ...], *, shift_s: float = 0.0) -> str:
    """Return the captions as SubRip, moved by `shift_s`."""
    cues = []
    for number, entry in enumerate(captions, start=1):
        cues.append(f"{number}\n{_stamp(entry.start_s + shift_s)} --> {_stamp(entry.end_s + shift_s)}\n{entry.words}\n")
    return "\n".join(cues)


def _followed(sheet: Sheet, at_s: float) -> Stretch | None:
    """Return the longest stretch that holds an instant."""
    there = [stretch for stretch in sheet.stretches() if stretch.start_s <= at_s <= stretch.end_s]
    return max(there, key=lambda stretch: stretch.end_s - stretch.start_s, default=None)


def _words(stretch: Stretch, at_s: float, *, first: bool) -> str:
    now = min(stretch.sightings, key=lambda sighting: abs(sighting.video_time_s - at_s))
    about = "≈" if now.estimated else ""
    if first:
        place = f", P{now.position}" if now.position else ""
        return f"Ahead: {now.driver}{place}" + (f", {about}{now.gap_s:.1f} s" if now.gap_s is not None else "")
    return _change(now, about)


def _change(now: Sighting, about: str) -> str:
    gap = f"{about}{now.gap_s:.1f} s" if now.gap_s is not None else ""
    if now.closing_kmh is not None and abs(now.closing_kmh) >= CLOSING_KMH:
        how = f"Closing on {now.driver} at" if now.closing_kmh > 0 else f"{now.driver} pulls away at"
        return f"{how} {about}{abs(now.closing_kmh):.0f} km/h" + (f", {gap} apart" if gap else "")
    if now.gap_s is not None and now.gap_s < WITHIN_S:
        return f"Within a second of {now.driver}: {gap}"
    if now.speed_kmh is not None:
        return f"{now.driver} at {about}{now.speed_kmh:.0f} km/h" + (f", {gap} ahead" if gap else "")
    return f"{now.driver} {gap} ahead" if gap else f"{now.driver} ahead"


def _stamp(at_s: float) -> str:
    ms = max(round(at_s * 1000), 0)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"
