from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.export import cards, edit, mp4, social
from overlay.export.presets import Canvas, SafeZone, choose
from overlay.export.stamp import Stamp, planes_of_rgb, rgb_of_planes
from tests.overlay.export.made import RATE_HZ, tone

SIZE = (96, 160)
RATE = Fraction(25)
ZONE = SafeZone(6, 16, 84, 130)
DRAFT = mp4.Quality(crf=10, speed="ultrafast")


def draft(folder: Path, name: str, frames: int, *, first: int = 40) -> Path:
    """A draft whose brightness counts its frames."""
    file = mp4.PictureFile(folder / name, size=SIZE, rate=RATE, quality=DRAFT)
    chroma = np.full((SIZE[1] // 2, SIZE[0] // 2), 128, np.uint8)
    for index in range(frames):
        file.write((np.full((SIZE[1], SIZE[0]), first + 2 * index, np.uint8), chroma, chroma))
    file.finish()
    return folder / name


def brightness(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.to_ndarray()[: SIZE[1]].mean()) for frame in container.decode(video=0)]


def card(level: int, seconds: float) -> edit.Card:
    words = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    return edit.Card(np.full((SIZE[1], SIZE[0], 3), level, np.uint8), words, seconds)


def test_parts_follow_each_other_with_a_cross_fade_and_every_frame_in_its_place(tmp_path: Path) -> None:
    parts = [card(0, 1.2), edit.Moving(draft(tmp_path, "a.mp4", 40), 40, tone(1.6)), card(255, 1.0)]
    sound = edit.cut(parts, tmp_path / "edit.mp4", size=SIZE, rate=RATE, quality=DRAFT)
    light = brightness(tmp_path / "edit.mp4")
    assert len(light) == 30 + 40 + 25 - 2 * 10
    assert len(sound) == round(len(light) / 25 * RATE_HZ)
    assert light[:18] == pytest.approx([16] * 18, abs=2)
    assert light[30:50] == pytest.approx([40 + 2 * index for index in range(10, 30)], abs=1.5)
    assert light[-14:] == pytest.approx([235] * 14, abs=2)
    assert light[20] < light[25] < light[29], "the draft comes in over the card"
    assert edit.start_of(parts, 1, RATE) == pytest.approx(0.8)


def test_sound_lies_with_its_picture_and_cards_are_silent(tmp_path: Path) -> None:
    parts = [card(0, 1.2), edit.Moving(draft(tmp_path, "a.mp4", 40), 40, tone(1.6)), card(255, 1.0)]
    sound = np.abs(edit.cut(parts, tmp_path / "edit.mp4", size=SIZE, rate=RATE, quality=DRAFT)).max(axis=1)
    assert sound[: round(0.8 * RATE_HZ)].max() == 0
    assert sound[round(1.4 * RATE_HZ) : round(1.8 * RATE_HZ)].max() == pytest.approx(0.25, abs=0.01)
    assert sound[round(2.41 * RATE_HZ) :].max() == 0


def test_badge_and_captions_show_when_they_should(tmp_path: Path) -> None:
    white = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    white[100:120, 10:80] = 255
    moving = edit.Moving(draft(tmp_path, "a.mp4", 40, first=40), 40, None, None, ((0.4, 1.0, white),))
    edit.cut([moving], tmp_path / "edit.mp4", size=SIZE, rate=RATE, quality=DRAFT)
    with av.open(str(tmp_path / "edit.mp4")) as container:
        spots = [float(frame.to_ndarray()[105:115, 20:70].mean()) for frame in container.decode(video=0)]
    assert spots[8] < 80
    assert spots[18] > 225
    assert spots[30] < 120


def test_the_limit_on_a_files_size_counts_cards_and_replays_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.toml").write_text("[own]\nsize = [96, 160]\nmax_size_mb = 10.0\n")
    canvas = Canvas(choose([str(tmp_path / "own.toml")]), RATE, 0.0, 10.0)
    asked: list[int] = []
    monkeypatch.setattr(edit, "cut", lambda *_, quality, **__: asked.append(quality.bit_rate))
    parts = [card(30, 10.0), card(60, 10.0), card(90, 10.0)]
    social.join(parts, [(1, [])], canvas, tmp_path / "a.mp4")
    lasts_s = 30.0 - 2 * edit.FADE_S
    assert asked[0] * lasts_s / 8e6 < 10.0
    assert asked[0] == pytest.approx(replace(canvas, end_s=lasts_s).bit_rate)


def test_slowed_sound_is_longer_lower_and_quieter() -> None:
    slow = edit.slowed_sound(tone(1.0, hz=440))
    assert len(slow) == round(2.5 * RATE_HZ)
    strongest = np.abs(np.fft.rfft(slow[:RATE_HZ, 0])).argmax()
    assert strongest == pytest.approx(440 * 0.4, abs=1)
    assert np.abs(slow).max() < 0.12


@settings(deadline=None)
@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_colours_come_back_from_planes(colour: tuple[int, int, int]) -> None:
    picture = np.full((4, 6, 3), colour, np.uint8)
    assert np.abs(rgb_of_planes(planes_of_rgb(picture)).astype(int) - picture).max() <= 3


def test_a_stamp_covers_what_it_should_and_nothing_else() -> None:
    picture = np.zeros((20, 30, 4), np.uint8)
    picture[5:9, 7:13] = (255, 255, 255, 255)
    picture[12:14, 20:24] = (255, 255, 255, 128)
    planes = planes_of_rgb(np.zeros((20, 30, 3), np.uint8))
    stamp = Stamp.of(picture)
    assert stamp is not None
    stamp.onto(planes)
    assert planes[0][6, 10] == 235
    assert planes[0][12, 21] == pytest.approx(126, abs=2)
    assert planes[0][0, 0] == planes[0][19, 29] == 16
    assert Stamp.of(np.zeros((4, 4, 4), np.uint8)) is None


@pytest.mark.parametrize(("team", "outlined"), [((68, 68, 68), True), ((255, 128, 0), False)])
def test_a_dark_teams_stripe_is_outlined_on_cards_and_labels_as_on_its_tag(team: cards.Colour, outlined: bool) -> None:
    zone = SafeZone(60, 230, 880, 1420)
    for picture in (
        cards.card([cards.Line("PER", 0.16, stripe=team, heavy=True)], (1080, 1920), zone),
        cards.label("REPLAY", (1080, 1920), zone, team),
    ):
        of_team = np.argwhere((picture == (*team, 255)).all(axis=2))
        (top, left), (bottom, right) = of_team.min(axis=0), of_team.max(axis=0)
        middle = (top + bottom) // 2, (left + right) // 2
        around = [picture[middle[0], left - 1], picture[top - 1, middle[1]], picture[bottom + 1, middle[1]]]
        assert [tuple(pixel) == (255, 255, 255, 255) for pixel in around] == [outlined] * 3


@pytest.mark.parametrize("size", [(1080, 1920), (1080, 1080), (1280, 720)])
def test_the_words_of_a_card_stay_in_the_safe_zone(size: tuple[int, int]) -> None:
    zone = SafeZone(0.06 * size[0], 0.12 * size[1], 0.82 * size[0], 0.74 * size[1])
    lines = cards.title_lines(
        "An Event With Quite a Long Name Grand Prix 2024 · Race", "PER", (0, 0, 255), "VER", (9, 9, 9), "L3"
    )
    for picture in (
        cards.card(lines, size, zone),
        cards.caption("A caption that is long enough to need a smaller type to fit", size, zone),
        cards.label("REPLAY", size, zone, (255, 0, 0)),
    ):
        rows, columns = np.nonzero(picture[:, :, 3])
        assert zone.y1 - 1 <= rows.min()
        assert rows.max() <= zone.y2 + 1
        assert zone.x1 - 1 <= columns.min()
        assert columns.max() <= zone.x2 + 1


def test_a_badge_goes_to_another_corner_where_a_tag_lies_in_its_own() -> None:
    tall, zone = (1080, 1920), SafeZone(65, 220, 888, 1420)

    def middle(*boxes: tuple[float, ...]) -> tuple[float, float]:
        rows, columns = np.nonzero(cards.label("REPLAY", tall, zone, (255, 0, 0), clear_of=boxes)[:, :, 3])
        return float(columns.mean()), float(rows.mean())

    left = (200.0, 240.0, 400.0, 330.0)
    assert middle()[0] < 300
    assert middle(left)[0] > 600
    assert middle((80.0, 240.0, 880.0, 300.0))[1] > 1200


def test_a_long_caption_takes_two_lines_rather_than_small_letters() -> None:
    tall, zone = (1080, 1920), SafeZone(65, 220, 888, 1420)
    one, two = (cards.caption(words, tall, zone) for words in ("Ahead: SOL", "SOL pulls away at 18 km/h, 10.5 s apart"))
    heights = [int(np.ptp(np.flatnonzero(picture[:, :, 3].any(axis=1)))) for picture in (one, two)]
    assert heights[1] > 1.6 * heights[0]
