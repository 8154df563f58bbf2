import itertools
from fractions import Fraction
from pathlib import Path

from overlay.export.captions import as_srt, write
from overlay.export.editors.sheet import Sheet, Sighting


def sheet(**more: object) -> Sheet:
    def at(frame: int) -> Sighting:
        values = {"position": 4, "speed_kmh": 250.0, "gap_s": 1.4, "closing_kmh": 0.0, **more}
        return Sighting(frame, frame / 25, "ZEN", (100, 100, 150, 140), **values)  # type: ignore[arg-type]

    return Sheet(Path("a.mp4"), (1280, 720), Fraction(25), 20.0, "A", tuple(at(frame) for frame in range(25, 400)))


def test_captions_come_one_at_a_time_while_a_car_is_followed() -> None:
    captions = write(sheet(), 0.0, 20.0)
    assert captions[0].words == "Ahead: ZEN, P4, 1.4 s"
    assert captions[1].words == "ZEN at 250 km/h, 1.4 s ahead"
    assert all(entry.end_s - entry.start_s >= 1.2 for entry in captions)
    assert all(first.end_s < second.start_s for first, second in itertools.pairwise(captions))
    assert captions[0].start_s >= 1.0
    assert captions[-1].end_s <= 15.96


def test_what_changes_is_said_first() -> None:
    assert write(sheet(closing_kmh=12.0), 0, 20)[1].words == "Closing on ZEN at 12 km/h, 1.4 s apart"
    assert write(sheet(closing_kmh=-9.0), 0, 20)[1].words == "ZEN pulls away at 9 km/h, 1.4 s apart"
    assert write(sheet(gap_s=0.7), 0, 20)[1].words == "Within a second of ZEN: 0.7 s"


def test_an_estimate_says_so_and_the_unknown_is_left_out() -> None:
    assert write(sheet(estimated=True), 0, 20)[0].words == "Ahead: ZEN, P4, ≈1.4 s"
    assert write(sheet(gap_s=None, speed_kmh=None, closing_kmh=None, position=None), 0, 20)[1].words == "ZEN ahead"


def test_nobody_ahead_says_nothing() -> None:
    empty = Sheet(Path("a.mp4"), (1280, 720), Fraction(25), 20.0, "A", ())
    assert write(empty, 0, 20) == ()
    assert as_srt(()) == ""


def test_srt_is_moved_with_the_edit() -> None:
    text = as_srt(write(sheet(), 2.0, 8.0), shift_s=-2.0 + 1.8)
    assert text.startswith("1\n00:00:01,800 --> 00:00:05,000\nAhead: ZEN")
