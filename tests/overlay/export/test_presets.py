from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from overlay.errors import OverlayError
from overlay.export.presets import Canvas, choose, constant_rate, share, shipped


def test_every_shipped_preset_leaves_room_for_a_car_and_its_tag() -> None:
    for preset in shipped().values():
        zone = preset.safe_zone
        assert zone.x2 - zone.x1 >= 0.6 * preset.size[0], preset.name
        assert zone.y2 - zone.y1 >= 0.5 * preset.size[1] - 1, preset.name


def test_presets_are_named_with_commas_or_one_by_one_and_come_once() -> None:
    assert [preset.name for preset in choose(["reels,x", "reels", "square"])] == ["reels", "x", "square"]
    assert [preset.name for preset in choose(["all"])] == list(shipped())


def test_an_unknown_preset_is_told_the_known_ones() -> None:
    with pytest.raises(OverlayError, match=r"no preset 'reel'; known are reels, story, tiktok"):
        choose(["reel"])


def test_a_preset_of_ones_own_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[wall]\ntitle = "The wall"\nsize = [640, 640]\nmax_s = 20.0\n')
    (wall,) = choose([str(file)])
    assert wall.size == (640, 640)
    assert wall.lufs == shipped()["reels"].lufs


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[wall]\nsize = [640, 641]", "two even numbers"),
        ("[wall]\nsize = [640, 640]\nsaef = [0, 0, 0, 0]", "unknown key 'saef'"),
        ("[wall]\nsize = [640, 640]\nsafe = [400, 400, 0, 0]", "leaves nothing"),
        ("[wall]\nsize = [640, 640]\nmax_s = 'long'", "max_s"),
        ("[wall", "no TOML"),
    ],
)
def test_a_preset_that_cannot_be_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(OverlayError, match=said):
        choose([str(file)])


def test_the_rate_written_is_one_that_players_know() -> None:
    reels = shipped()["reels"]
    assert reels.frame_rate(Fraction(25)) == 25
    assert reels.frame_rate(Fraction(60000, 1001)) == Fraction(60000, 1001)
    assert reels.frame_rate(Fraction(2997, 125)) == Fraction(24000, 1001)
    assert reels.frame_rate(Fraction(100)) == 50, "every second frame of 100 a second"
    assert reels.frame_rate(Fraction(8)) == Fraction(24000, 1001), "a slide show is held up to the lowest rate"


def test_a_long_video_is_coded_thinner_to_fit_the_size_limit() -> None:
    tiktok = shipped()["tiktok"]
    assert tiktok.bitrate_for(10) == 6_000_000
    assert (tiktok.bitrate_for(600) + tiktok.audio_kbps * 1000) * 600 / 8e6 < tiktok.max_size_mb


def test_presets_of_the_same_picture_share_one_canvas_with_what_is_safe_on_all() -> None:
    reels, tiktok, square = choose(["reels,tiktok,square"])
    wanted = [Canvas((preset,), Fraction(25), 0.0, 14.0) for preset in (reels, square, tiktok)]
    first, second = share(wanted)
    assert [preset.name for preset in first.presets] == ["reels", "tiktok"]
    assert second.presets == (square,)
    assert first.safe_zone.xyxy == (65, 220, 1080 - 192, 1920 - 500)
    assert first.bit_rate == 8_000_000


def test_presets_cut_differently_do_not_share() -> None:
    reels, tiktok = choose(["reels,tiktok"])
    assert len(share([Canvas((reels,), Fraction(25), 0.0, 14.0), Canvas((tiktok,), Fraction(25), 0.0, 12.0)])) == 2


def test_presets_whose_safe_zones_hardly_meet_do_not_share() -> None:
    reels = shipped()["reels"]
    upside_down = replace(reels, name="low", safe=(1300, 0, 0, 0))
    assert len(share([Canvas((preset,), Fraction(25), 0.0, 14.0) for preset in (reels, upside_down)])) == 2


def test_what_lies_beside_a_clip_has_its_rate_or_one_that_editors_know_where_that_varies() -> None:
    even = np.round(np.arange(50) * 1001 / 30_000, 3)  # in a file that counts thousandths
    assert constant_rate(Fraction(30_000, 1001), even) == Fraction(30_000, 1001)
    assert constant_rate(Fraction(25, 2), np.arange(50) / 12.5) == Fraction(25, 2)
    dropped = np.delete(np.arange(50) / 60, [7, 20, 21, 40])
    assert constant_rate(Fraction(575, 37), dropped) == 60
    assert constant_rate(Fraction(25), np.array([0.0])) == 25
