"""What tags say, how visible they are, and how long their numbers rest."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from overlay import theme as themes
from overlay.pipeline import PREVIEW_RUN_UP_S
from overlay.placing import FAINT
from overlay.tag import Field, Tag, Tagger
from telemetry.sample import CarInSight
from tests.overlay.made import DRIVERS, cast, in_sight, reading

ALL = ("speed", "gap", "gap_m", "closing", "tyre", "drs", "lap")
FRAME_S = 0.04


def tagger(**changes: object) -> Tagger:
    return Tagger(themes.load("broadcast").changed(**{"fields": ALL, **changes}), DRIVERS)  # type: ignore[arg-type]


def said(car: CarInSight, **changes: object) -> dict[str, Field]:
    (tag,) = shown(tagger(**changes), car)
    return {entry.name: entry for entry in tag.fields}


def shown(with_tagger: Tagger, car: CarInSight, at_s: float = 10.0) -> tuple[Tag, ...]:
    with_tagger.tags((cast(car),), at_s - 5, cut=False)
    return with_tagger.tags((cast(car),), at_s, cut=False)


def test_every_field_says_its_number() -> None:
    car = in_sight(speed_kmh=reading(287.4), closing_kmh=11.2, compound="MEDIUM", age=12, lap=32, drs_open=True)
    assert {name: (entry.value, entry.unit) for name, entry in said(car).items()} == {
        "speed": ("287", "km/h"),
        "gap": ("0.4", "s"),
        "gap_m": ("20", "m"),
        "closing": ("+11", ""),
        "tyre": ("M", "12"),
        "drs": ("DRS", ""),
        "lap": ("L32", ""),
    }


def test_miles_change_speeds_and_nothing_else() -> None:
    fields = said(in_sight(speed_kmh=reading(300.0), closing_kmh=-16.1), units="mph")
    assert (fields["speed"].value, fields["speed"].unit, fields["closing"].value) == ("186", "mph", "−10")
    assert (fields["gap_m"].value, fields["gap_m"].unit) == ("20", "m")


def test_what_is_unknown_is_absent() -> None:
    assert said(in_sight(gap_s=None, gap_m=None)) == {}


def test_a_season_without_drs_has_none_on_its_tags_and_a_closed_flap_is_not_shown() -> None:
    assert "drs" not in said(in_sight(drs_open=None))
    assert "drs" not in said(in_sight(drs_open=False))


def test_old_numbers_are_marked_and_of_another_tone() -> None:
    fields = said(in_sight(speed_kmh=reading(287.0, stale=True)))
    assert (fields["speed"].value, fields["speed"].tone) == ("≈287", "stale")


@pytest.mark.parametrize(("gap_s", "tone", "value"), [(0.94, "near", "0.9"), (0.96, "plain", "1.0"), (1.4, "plain", "1.4")])
def test_a_gap_is_called_near_exactly_when_it_reads_as_under_a_second(gap_s: float, tone: str, value: str) -> None:
    gap = said(in_sight(gap_s=gap_s))["gap"]
    assert (gap.tone, gap.value) == (tone, value)


def test_a_number_rests_and_a_step_after_a_rest_shows_on_its_own_frame() -> None:
    showing = tagger(fields=("speed",))
    changes = []
    before = ""
    for number in range(100):
        at_s = number * FRAME_S
        kmh = 200.0 + number if number < 50 else 250.0 if number < 80 else 100.0
        for tag in showing.tags((cast(in_sight(speed_kmh=reading(kmh))),), at_s, cut=False):
            if tag.fields[0].value != before:
                changes.append(number)
                before = tag.fields[0].value
    rests = [(after - first) * FRAME_S for first, after in pairwise(changes[1:])]
    assert min(rests) >= themes.load("broadcast").motion.hold_s
    assert 80 in changes


@pytest.mark.parametrize("frame_s", [1 / 25, 1 / 50, 1001 / 30_000, 1 / 10])
def test_who_begins_to_watch_anywhere_soon_sees_the_numbers_of_the_whole(frame_s: float) -> None:
    def shown(first: int) -> dict[int, str]:
        showing = tagger(fields=("speed",))
        seen = {}
        for number in range(first, round(8 / frame_s)):
            at_s = number * frame_s
            kmh = 200.0 + 60 * math.sin(at_s) + 5 * math.sin(7 * at_s)
            for tag in showing.tags((cast(in_sight(speed_kmh=reading(kmh))),), at_s, cut=False):
                seen[number] = tag.fields[0].value
        return seen

    whole = shown(0)
    changes = [number for number in whole if whole[number] != whole.get(number - 1, whole[number])]
    assert len(changes) > 18  # they keep changing
    for first in range(1, round(2 / frame_s)):
        part = shown(first)
        later = {number: value for number, value in part.items() if number * frame_s >= first * frame_s + PREVIEW_RUN_UP_S}
        assert later == {number: whole[number] for number in later}


def test_a_tag_fades_in_and_out_without_a_step_and_is_gone_in_the_end() -> None:
    showing = tagger()
    seen: list[float] = []
    for number in range(60):
        casts = (cast(in_sight()),) if number < 30 else ()
        tags = showing.tags(casts, number * FRAME_S, cut=False)
        seen.append(tags[0].opacity if tags else 0.0)
    assert seen[29] == 1.0
    assert seen[-1] == 0.0
    assert max(abs(after - first) for first, after in pairwise(seen)) < 0.3


def test_a_fade_that_takes_no_time_is_over_at_once() -> None:
    theme = themes.load("broadcast")
    showing = Tagger(replace(theme, motion=replace(theme.motion, fade_in_s=0.0, fade_out_s=0.0)), DRIVERS)
    (tag,) = showing.tags((cast(in_sight()),), 10.0, cut=False)
    assert tag.opacity == 1.0
    (tag,) = showing.tags((), 10.04, cut=False)
    assert tag.opacity == 0.0


def test_a_tag_keeps_its_room_while_it_is_seen_and_gives_it_back_little_by_little() -> None:
    showing, motion = tagger(), themes.load("broadcast").motion
    shown(showing, in_sight())
    going: list[Tag] = []
    while tags := showing.tags((), 10.04 + len(going) * FRAME_S, cut=False):
        going += tags
    seen, gone = [tag for tag in going if tag.opacity > 0], [tag for tag in going if tag.opacity == 0]
    assert {tag.taken for tag in seen} == {1.0}
    assert len(gone) == pytest.approx(motion.glide_s / FRAME_S, abs=1)
    assert all(0 < first.taken - after.taken < 1.1 * FRAME_S / motion.glide_s for first, after in pairwise(gone))


def test_a_car_that_is_back_before_its_tag_is_gone_has_the_room_that_it_had() -> None:
    showing = tagger()
    shown(showing, in_sight())
    for number in range(8):
        (tag,) = showing.tags((), 10.04 + number * FRAME_S, cut=False)
    assert 0 < tag.opacity < FAINT
    for track_id in (1, 2):  # also where it is followed under another number
        (tag,) = showing.tags((cast(in_sight(), track_id=track_id),), 10.36 + track_id * FRAME_S, cut=False)
        assert tag.taken == 1.0


def test_a_car_lost_for_a_moment_does_not_flicker() -> None:
    showing = tagger()
    shown(showing, in_sight())
    showing.tags((), 10.04, cut=False)
    (tag,) = showing.tags((cast(in_sight(), track_id=2),), 10.08, cut=False)
    assert tag.opacity > 0.8


def test_no_tag_outlives_a_cut() -> None:
    showing = tagger()
    shown(showing, in_sight())
    assert showing.tags((), 10.04, cut=True) == ()


def test_no_more_cars_are_tagged_than_the_theme_allows() -> None:
    two = (cast(in_sight("OCO")), cast(in_sight("PER"), track_id=2))
    for most in (1, 2):
        showing = tagger(cars=most)
        showing.tags(two, 0.0, cut=False)
        assert len(showing.tags(two, 5.0, cut=False)) == most


def test_the_tag_of_a_car_that_can_no_longer_be_told_fades_with_it() -> None:
    showing = tagger()
    shown(showing, in_sight())
    moved = cast(in_sight(), (640.0, 300.0, 740.0, 360.0)).box
    (tag,) = showing.tags((), 10.04, cut=False, boxes=(moved,))
    assert tag.target_xyxy == moved.xyxy
    (tag,) = showing.tags((), 10.08, cut=False)
    assert tag.target_xyxy == moved.xyxy


def test_a_driver_found_elsewhere_fades_in_there() -> None:
    showing = tagger()
    shown(showing, in_sight())
    far = cast(in_sight(), (900.0, 300.0, 1000.0, 360.0), track_id=2)
    found, old = sorted(showing.tags((far,), 10.04, cut=False), key=lambda tag: tag.opacity)
    assert found.target_xyxy == far.box.xyxy
    assert found.opacity < 0.2 < 0.8 < old.opacity


def test_tags_keep_their_order_when_one_of_them_fades() -> None:
    near, far = (
        cast(in_sight("OCO", gap_m=20), track_id=24),
        cast(in_sight("PER", gap_m=40), (640.0, 280.0, 680.0, 300.0), track_id=1),
    )
    showing = tagger(cars=2)
    showing.tags((near, far), 0.0, cut=False)
    for casts in ((near, far), (far,), (near,)):
        showing.tags((near, far), 5.0, cut=False)
        assert [tag.track_id for tag in showing.tags(casts, 5.04, cut=False)] == [24, 1]
