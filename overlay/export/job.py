"""The whole job of posting a clip: plan every preset, shoot them in one pass, set the sound, put together, and lint."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from overlay.clip import Clip
from overlay.errors import OverlayError
from overlay.export import captions, edit, mp4, social, soundtrack, teaser
from overlay.export.moment import trim
from overlay.export.painting import TagPainter
from overlay.export.posting import Shot, shoot, too_short
from overlay.export.presets import Canvas, Preset, constant_rate, share
from overlay.export.publish import Outcome, publish
from overlay.export.script import Script, TagBook
from overlay.export.source import frames
from overlay.export.whole import write_text
from overlay.theme import Theme
from telemetry.timeline import Timeline

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.

    Attributes:
        presets: The platforms.
        folder: Where the posts go, as STEM.PRESET.mp4.
        stem: First part of their names.
        theme: Look of the tags on a canvas.
        start_s: First instant of the clip to post, None for its beginning.
        end_s: Last instant, None for its end.
        guides: Draw what the platform covers.
        edit: The social edit around the post, None for the plain post.
        words: "none", "srt" beside the post, or "burn" into it (with the social edit).
        poster: Write the best frame beside each post.
        teaser: ".gif" or ".webp" for a moving teaser, None for none.
    """

    presets: tuple[Preset, ...]
    folder: Path
    stem: str
    theme: Callable[[Canvas], Theme]
    start_s: float | None = None
    end_s: float | None = None
    guides: bool = False
    edit: social.Story | None = None
    words: str = "none"
    poster: bool = False
    teaser: str | None = None

    def path(self, preset: Preset) -> Path:
        """Return where a preset's post goes."""
        return self.folder / f"{self.stem}.{preset.name}.mp4"


def run(order: Order, clip: Path, script: Script, timeline: Timeline, *, on_progress: OnProgress) -> tuple[Outcome, ...]:
    """Make every post that can be made; one that cannot does not stop the others.

    Raises:
        OverlayError: The clip cannot be read, the span is outside it, or the folder cannot be written.
    """
    outcomes = {preset.name: Outcome(preset) for preset in order.presets}
    try:
        order.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=order.folder, prefix=".slipstream-") as between, Clip(clip) as source:
            canvases = _plan(order, source, script, outcomes)
            shots = _shots(order, canvases, script, timeline, Path(between), outcomes)
            if shots:
                first_s = min(shot.canvas.start_s for shot in shots)
                total = int(np.sum(script.frame_times_s >= first_s))
                shoot(frames(source, first_s), shots, on_frame=lambda done: on_progress(done, total))
            for shot in shots:
                _post(order, shot, clip, script, timeline, Path(between), outcomes)
                for step in Path(between).glob(f"{shot.picture.stem}.*"):
                    step.unlink()  # a disk that is nearly full has room for the next
    except OSError as error:
        raise OverlayError(f"cannot write to {order.folder}: {error.strerror}; choose another folder with -o") from error
    return tuple(outcomes.values())


def _plan(order: Order, clip: Clip, script: Script, outcomes: dict[str, Outcome]) -> tuple[Canvas, ...]:
    times = script.frame_times_s
    step_s = float(np.median(np.diff(times))) if len(times) > 1 else 0.04
    first_s, last_s = float(times[0]), float(times[-1]) + step_s
    start_s = first_s if order.start_s is None else order.start_s
    end_s = last_s if order.end_s is None else min(order.end_s, last_s)
    if not first_s - step_s <= start_s < end_s:
        asked_s = last_s if order.end_s is None else order.end_s
        raise OverlayError(f"nothing lies from {start_s:g} s to {asked_s:g} s; the clip runs from {first_s:g} s to {last_s:g} s")
    rate = constant_rate(clip.rate, times)
    wanted = []
    extra_s = social.EXTRA_S if order.edit else 0.0
    for preset in order.presets:
        span = trim(script.story(), start_s, end_s, preset.max_s - extra_s)
        if (problem := too_short(preset, span[1] - span[0] + extra_s)) is not None:
            outcomes[preset.name].error = str(problem)
            continue
        wanted.append(Canvas((preset,), preset.frame_rate(rate), *span))
    return share(wanted)


def _shots(
    order: Order,
    canvases: Sequence[Canvas],
    script: Script,
    timeline: Timeline,
    between: Path,
    outcomes: dict[str, Outcome],
) -> list[Shot]:
    shots = []
    books: dict[str, TagBook] = {}
    for number, canvas in enumerate(canvases):
        theme = order.theme(canvas)
        try:
            camera = script.camera(canvas)
        except OverlayError as error:
            _failed(canvas, error, outcomes)
            continue
        if theme.name not in books:
            books[theme.name] = TagBook(script.frame_times_s, script.tags(theme, timeline))
        bar = script.bar(theme, timeline, canvas.safe_zone.size_wh)
        painter = TagPainter(books[theme.name], bar, theme, canvas_wh=canvas.size, zone=canvas.safe_zone)
        quality = mp4.DRAFT if order.edit else None
        shots.append(Shot(canvas, camera, painter, between / f"{number}.mp4", guides=order.guides, quality=quality))
    return shots


def _post(
    order: Order, shot: Shot, clip: Path, script: Script, timeline: Timeline, between: Path, outcomes: dict[str, Outcome]
) -> None:
    """Turn a shot into the posts of all presets that share it."""
    canvas = shot.canvas
    if shot.failed is not None:
        _failed(canvas, shot.failed, outcomes)
        return
    try:
        sound = soundtrack.read(clip, canvas.start_s, canvas.end_s)
        picture, places, shift_s = shot.picture, shot.places, -canvas.start_s
        if order.edit is not None:
            made = social.make(order.edit, shot, clip, script, timeline, sound, between, burn=order.words == "burn")
            picture, places, sound, shift_s = made.picture, made.places, made.sound, made.body_start_s - canvas.start_s
    except OverlayError as error:
        _failed(canvas, error, outcomes)
        return
    posts = [(preset, order.path(preset)) for preset in canvas.presets]
    publish(posts, picture, sound, places, title=order.stem, clips=(clip,), warnings=script.warnings, outcomes=outcomes)
    for preset in canvas.presets:
        outcome = outcomes[preset.name]
        if outcome.path is None:
            continue
        try:
            outcome.beside += _beside(order, preset, canvas, picture, script, clip, shift_s)
        except (OverlayError, OSError) as error:
            outcome.error = str(error)


def _beside(
    order: Order, preset: Preset, canvas: Canvas, picture: Path, script: Script, clip: Path, shift_s: float
) -> list[Path]:
    """Write captions, poster and teaser as asked for."""
    path, written = order.path(preset), []
    if order.words == "srt":
        sheet = script.sheet(clip, canvas.frame_rate, order.stem, canvas.end_s)
        text = captions.as_srt(captions.write(sheet, canvas.start_s, canvas.end_s), shift_s=shift_s)
        written.append(path.with_suffix(".srt"))
        write_text(written[-1], text)
    if order.poster or order.teaser:
        key_s = script.story().key_s(canvas.start_s, canvas.end_s)
        moment_s = (canvas.start_s + canvas.end_s) / 2 if key_s is None else key_s
        written += _stills(order, path, picture, moment_s + shift_s, _alone(order, canvas, shift_s))
    return written


def _alone(order: Order, canvas: Canvas, shift_s: float) -> tuple[float, float]:
    """Return from when to when a picture shows the post itself and nothing else: in an edit, other parts fade into its ends."""
    fade_s = min(edit.FADE_S, canvas.duration_s / 2) if order.edit else 0.0
    return canvas.start_s + shift_s + fade_s, canvas.end_s + shift_s - fade_s


def _stills(order: Order, path: Path, picture: Path, at_s: float, body_s: tuple[float, float]) -> list[Path]:
    """Write the picture at an instant, and what moves around it, both from what lies between two times, `body_s`."""
    at_s = min(max(at_s, body_s[0]), body_s[1])
    start_s = max(min(at_s - teaser.TEASER_S / 2, body_s[1] - teaser.TEASER_S), body_s[0])
    poster: np.ndarray | None = None
    moving: list[np.ndarray] = []
    with Clip(picture) as made:
        small = teaser.small_wh(made.size_wh)
        for frame in made.frames(start_s):
            if poster is None and frame.video_time_s >= at_s - 1e-3:
                poster = frame.rgb(made.size_wh)
            if order.teaser and frame.video_time_s >= start_s + len(moving) / teaser.TEASER_FPS - 1e-3:
                moving.append(frame.rgb(small))
            if frame.video_time_s > start_s + teaser.TEASER_S and poster is not None:
                break
    written = []
    if order.poster and poster is not None:
        written.append(path.with_suffix(".poster.jpg"))
        teaser.write_poster(written[-1], poster)
    if order.teaser and moving:
        written.append(path.with_suffix(f".teaser{order.teaser}"))
        teaser.write_teaser(written[-1], moving)
    return written


def _failed(canvas: Canvas, error: OverlayError, outcomes: dict[str, Outcome]) -> None:
    for preset in canvas.presets:
        outcomes[preset.name].error = str(error)
