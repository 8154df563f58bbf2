import numpy as np
import pytest

from overlay.export.moment import Story, trim


def story(seconds: float = 120.0, *, battle_s: float | None = 80.0, seen: bool = True) -> Story:
    at_s = np.arange(0, seconds, 0.04)
    gap_s = np.full(len(at_s), 2.5)
    closing = np.zeros(len(at_s))
    width = np.full(len(at_s), 0.05 if seen else np.nan)
    if battle_s is not None:
        gap_s -= 2.1 * np.exp(-(((at_s - battle_s) / 6) ** 2))
        closing += 20 * np.exp(-(((at_s - battle_s + 4) / 3) ** 2))
        width = width + 0.1 * np.exp(-(((at_s - battle_s) / 6) ** 2))
    return Story(at_s, gap_s, closing, width)


def test_a_clip_that_fits_is_posted_whole() -> None:
    assert trim(story(), 0.0, 120.0, 140.0) == (0.0, 120.0)


def test_a_long_clip_is_cut_to_the_battle_with_time_to_see_it_come() -> None:
    start_s, end_s = trim(story(), 0.0, 120.0, 30.0)
    assert end_s - start_s == 30.0
    assert start_s + 15 < 80.0 < end_s - 5


def test_the_battle_at_the_very_end_is_kept_whole() -> None:
    start_s, end_s = trim(story(battle_s=119.0), 0.0, 120.0, 30.0)
    assert end_s == pytest.approx(120.0, abs=0.25)
    assert start_s == pytest.approx(90.0, abs=0.25)


def test_a_span_chosen_by_hand_is_not_left() -> None:
    start_s, end_s = trim(story(), 5.0, 50.0, 30.0)
    assert 5.0 <= start_s < end_s <= 50.0


def test_the_key_second_is_where_it_is_close() -> None:
    assert story().key_s(0.0, 120.0) == pytest.approx(80.0, abs=3.0)


def test_a_close_gap_without_a_car_in_sight_is_no_moment() -> None:
    hidden = story()
    hidden.width[(hidden.video_time_s > 60) & (hidden.video_time_s < 100)] = np.nan
    key_s = hidden.key_s(0.0, 120.0)
    assert key_s is not None
    assert not 61 < key_s < 99


def test_nobody_in_sight_has_no_key_second_and_posts_the_beginning() -> None:
    empty = story(battle_s=None, seen=False)
    assert empty.key_s(0.0, 120.0) is None
    assert trim(empty, 0.0, 120.0, 30.0) == (0.0, 30.0)


def test_one_glitch_is_no_moment() -> None:
    glitch = story()
    glitch.gap_s[500] = 0.01
    assert glitch.key_s(0.0, 120.0) == pytest.approx(80.0, abs=3.0)
