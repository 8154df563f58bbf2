"""A post as a story: title card, the battle, its key second again in slow motion with telemetry still right, end card."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from overlay.clip import Clip
from overlay.export import captions, cards, edit, mp4
from overlay.export.framing import Planes
from overlay.export.loudness import Samples
from overlay.export.posting import Shot, shoot
from overlay.export.presets import AUDIO_RATE_HZ, Canvas
from overlay.export.progressive import progressive
from overlay.export.report import TagPlace
from overlay.export.script import Script
from overlay.export.slow import slowed
from overlay.export.source import planes_of
from telemetry.timeline import Timeline

#: What the edit adds to a post at most, kept free below the platform's limit.
EXTRA_S = edit.CARD_S + edit.END_S + edit.REPLAY_S / edit.SLOW - 3 * edit.FADE_S
KINDS = {"R": "Race", "S": "Sprint", "Q": "Qualifying", "SQ": "Sprint Qualifying", "FP1": "Practice 1", "FP2": "Practice 2"}


@dataclass(frozen=True, slots=True)
class Story:
    """What the edit has besides the post: a replay of the key second or not, and words of one's own for the title."""

    replay: bool = True
    title: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """An edit: its encoded picture, its sound, where tags lie in its frames, and when the post itself begins in it."""

    picture: Path
    sound: Samples
    places: list[TagPlace]
    body_start_s: float


def make(
    story: Story,
    shot: Shot,
    clip: Path,
    script: Script,
    timeline: Timeline,
    sound: Samples | None,
    between: Path,
    *,
    burn: bool,
) -> Made:
    """Return the edit around a shot.

    Args:
        story: What it has.
        shot: The post itself, shot as a draft.
        clip: Where its frames come from.
        script: What it shows.
        timeline: Who drives, and where.
        sound: The post's own sound.
        between: Folder for drafts.
        burn: Whether captions are drawn into the picture.
    """
    parts, bodies = scenes(story, shot, clip, script, timeline, sound, between, burn=burn)
    return join(parts, bodies, shot.canvas, between / f"{shot.picture.stem}.edit.mp4")


def join(parts: Sequence[edit.Part], bodies: Sequence[tuple[int, Sequence[TagPlace]]], canvas: Canvas, path: Path) -> Made:
    """Cut the parts together and move the tags' places to where their parts begin.

    Args:
        parts: All parts in order.
        bodies: Index of each part with tags, and where they lie in it.
        canvas: What it is for.
        path: Where the picture goes.
    """
    rate = canvas.frame_rate
    # The limit on a file's size is for all of it, cards and replays too.
    whole = replace(canvas, start_s=0.0, end_s=edit.lasts_s(parts, rate))
    quality = mp4.Quality(bit_rate=whole.bit_rate, encoder=canvas.encoder)
    sound = edit.cut(parts, path, size=canvas.size, rate=rate, quality=quality)
    places = [
        replace(place, frame_index=place.frame_index + round(edit.start_of(parts, index, rate) * rate))
        for index, tagged in bodies
        for place in tagged
    ]
    return Made(path, sound, places, edit.start_of(parts, bodies[0][0], rate))


def scenes(
    story: Story,
    shot: Shot,
    clip: Path,
    script: Script,
    timeline: Timeline,
    sound: Samples | None,
    between: Path,
    *,
    burn: bool,
    end_card: bool = True,
) -> tuple[list[edit.Part], list[tuple[int, Sequence[TagPlace]]]]:
    """Return the parts of one session's edit, and which of them have tags where."""
    canvas = shot.canvas
    size, zone = canvas.size, canvas.safe_zone
    first, last = _ends(shot.picture, size)
    title = cards.card(title_lines(story, script, timeline, canvas), size, zone)
    parts: list[edit.Part] = [edit.Card(cards.ground(first), title, edit.CARD_S)]
    words: tuple[tuple[float, float, np.ndarray], ...] = ()
    if burn:
        sheet = script.sheet(clip, canvas.frame_rate, "", canvas.end_s)
        words = tuple(
            (entry.start_s - canvas.start_s, entry.end_s - canvas.start_s, cards.caption(entry.words, size, shot.painter.free))
            for entry in captions.write(sheet, canvas.start_s, canvas.end_s)
        )
    parts.append(edit.Moving(shot.picture, len(shot.camera), sound, captions=words))
    bodies: list[tuple[int, Sequence[TagPlace]]] = [(1, shot.places)]
    key_s = script.story().key_s(canvas.start_s, canvas.end_s) if story.replay else None
    if key_s is not None:
        replay, places = _replay(shot, clip, script, sound, key_s, between, timeline)
        bodies.append((len(parts), places))
        parts.append(replay)
    if end_card:
        parts.append(edit.Card(cards.ground(last), cards.card(end_lines(script, canvas), size, zone), edit.END_S))
    return parts, bodies


def title_lines(story: Story, script: Script, timeline: Timeline, canvas: Canvas) -> tuple[cards.Line, ...]:
    """Return the title card's words: event, driver, the car most ahead, lap and gap."""
    record = timeline.record
    inside = [index for index, at_s in enumerate(script.frame_times_s) if canvas.start_s <= at_s <= canvas.end_s]
    ahead = [script.casts[index][0].car for index in inside if script.casts[index]]
    names = [car.car.driver for car in ahead]
    most = max(set(names), key=names.count) if names else None
    own = script.samples[inside[0]].own if inside else None
    gap_s = next((car.gap_s.value for car in ahead if car.car.driver == most and car.gap_s.value is not None), None)
    detail = [f"Lap {own.lap}" if own and own.lap else "", f"P{own.position}" if own and own.position else ""]
    detail.append(f"{gap_s:.1f} s behind" if gap_s is not None else "")
    event = story.title or f"{record.event_name} {record.race.year} · {KINDS.get(record.race.kind, record.race.kind)}"
    return cards.title_lines(
        event,
        timeline.driver,
        _team(timeline, timeline.driver),
        most,
        _team(timeline, most),
        " · ".join(word for word in detail if word),
    )


def end_lines(script: Script, canvas: Canvas) -> tuple[cards.Line, ...]:
    """Return the end card's words: the closest gap, top speeds, and the fastest closing."""
    cars = [
        casts[0].car
        for at_s, casts in zip(script.frame_times_s, script.casts, strict=True)
        if casts and canvas.start_s <= at_s <= canvas.end_s
    ]
    closest = min((car for car in cars if car.gap_s.value is not None), key=lambda car: car.gap_s.value or math.inf, default=None)
    facts = []
    headline = "Onboard"
    if closest is not None and closest.gap_s.value is not None:
        headline = f"{closest.gap_s.value:.2f} s"
        facts.append(f"closest to {closest.car.driver}" + (f", lap {closest.car.lap}" if closest.car.lap else ""))
    fastest = max(cars, key=lambda car: car.car.speed_kmh.value or 0.0, default=None)
    if fastest is not None and fastest.car.speed_kmh.value is not None:
        facts.append(f"{fastest.car.driver} at up to {fastest.car.speed_kmh.value:.0f} km/h")
    closing = [car.closing_kmh.value for car in cars if car.closing_kmh.value is not None]
    if closing and max(closing) >= captions.CLOSING_KMH:
        facts.append(f"closing at up to {max(closing):.0f} km/h")
    return cards.end_lines(headline, facts)


def _team(timeline: Timeline, driver: str | None) -> cards.Colour:
    known = timeline.record.drivers.get(driver or "")
    return cards.rgb(known.team_colour) if known else cards.WHITE


def _ends(picture: Path, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last frame of a draft as RGB."""
    with Clip(picture) as clip:
        first = last = None
        for frame in clip.frames():
            first, last = first or frame, frame
        assert first is not None and last is not None  # noqa: S101, PT018  # a draft without frames has failed before
        return first.rgb(size), last.rgb(size)


def _replay(
    shot: Shot, clip: Path, script: Script, sound: Samples | None, key_s: float, between: Path, timeline: Timeline
) -> tuple[edit.Moving, list[TagPlace]]:
    """Return the key second slowed down: pictures made in between, the camera moved and tags drawn at each one's own time."""
    canvas = shot.canvas
    length_s = min(edit.REPLAY_S, canvas.duration_s)
    start_s = min(max(key_s - length_s / 2, canvas.start_s), canvas.end_s - length_s)
    many = canvas.frame_rate / Fraction(edit.SLOW).limit_denominator(100)
    slow = replace(canvas, frame_rate=many, start_s=start_s, end_s=start_s + length_s)
    camera = script.camera(slow)
    with Clip(clip) as source:
        draft = Shot(
            slow,
            camera,
            shot.painter,
            between / f"{shot.picture.stem}.slow.mp4",
            write_rate=canvas.frame_rate,
            quality=mp4.DRAFT,
        )
        times = start_s + np.arange(len(camera)) / float(many)
        shoot(slowed(_around(source, start_s), [float(at_s) for at_s in times]), [draft])
    if draft.failed is not None:
        raise draft.failed
    badge = cards.label(
        f"REPLAY · {edit.SLOW:.0%}",
        canvas.size,
        shot.painter.free,
        _team(timeline, timeline.driver),
        clear_of=[box for place in draft.places for box in (place.tag_xyxy, *place.others_xyxy)],
    )
    heard = None
    if sound is not None:
        first = round((start_s - canvas.start_s) * AUDIO_RATE_HZ)
        heard = edit.slowed_sound(sound[first : first + round(length_s * AUDIO_RATE_HZ)])
    return edit.Moving(draft.picture, len(camera), heard, badge), draft.places


def _around(clip: Clip, start_s: float) -> Iterator[tuple[float, Planes]]:
    size_wh = clip.shown_wh
    for frame in progressive(clip.frames(start_s - 0.2)):
        yield frame.video_time_s, planes_of(frame, size_wh)
