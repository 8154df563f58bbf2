"""Several sessions joined to one post: each with its title, its battle and its replay, cross-faded, one end card."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from overlay.clip import Clip
from overlay.errors import OverlayError
from overlay.export import edit, mp4, social, soundtrack
from overlay.export.moment import trim
from overlay.export.painting import TagPainter
from overlay.export.posting import Shot, shoot, too_short
from overlay.export.presets import Canvas, Preset, constant_rate, share
from overlay.export.publish import Outcome, publish
from overlay.export.report import TagPlace
from overlay.export.script import Script, TagBook
from overlay.export.source import frames
from overlay.theme import Theme
from telemetry.timeline import Timeline

OnProgress = Callable[[int, int], None]
LEAST_S = 2.0  # of a clip; less tells nothing


@dataclass(frozen=True, slots=True, eq=False)
class Chapter:
    """One session of a reel."""

    clip: Path
    script: Script
    timeline: Timeline
    theme: Callable[[Canvas], Theme]

    @property
    def end_s(self) -> float:
        """Video time of the last frame."""
        return float(self.script.frame_times_s[-1])


@dataclass(frozen=True, slots=True, eq=False)
class Reel:
    """What is asked for; posts go to FOLDER/reel.PRESET.mp4, `seconds` limits each clip."""

    presets: tuple[Preset, ...]
    folder: Path
    chapters: tuple[Chapter, ...]
    seconds: float | None = None
    replay: bool = True
    burn: bool = False
    guides: bool = False


def run(reel: Reel, *, on_progress: OnProgress) -> tuple[Outcome, ...]:
    """Make the reel for every preset that takes it; one that cannot be made does not stop the others.

    Raises:
        OverlayError: A clip cannot be read, or the folder cannot be written.
    """
    outcomes = {preset.name: Outcome(preset) for preset in reel.presets}
    canvases = _plan(reel, outcomes)
    total = sum(len(chapter.script.frame_times_s) for chapter in reel.chapters) * max(len(canvases), 1)
    try:
        reel.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=reel.folder, prefix=".slipstream-") as between:
            done = 0
            for number, canvas in enumerate(canvases):
                try:
                    made = _make(reel, canvas, Path(between), number, _counted(on_progress, done, total))
                except OverlayError as error:
                    for preset in canvas.presets:
                        outcomes[preset.name].error = str(error)
                    continue
                done += sum(len(chapter.script.frame_times_s) for chapter in reel.chapters)
                publish(
                    [(preset, reel.folder / f"reel.{preset.name}.mp4") for preset in canvas.presets],
                    made.picture,
                    made.sound,
                    made.places,
                    title="reel",
                    clips=[chapter.clip for chapter in reel.chapters],
                    warnings=[warning for chapter in reel.chapters for warning in chapter.script.warnings],
                    outcomes=outcomes,
                )
    except OSError as error:
        raise OverlayError(f"cannot write to {reel.folder}: {error.strerror}; choose another folder with -o") from error
    return tuple(outcomes.values())


def _plan(reel: Reel, outcomes: dict[str, Outcome]) -> tuple[Canvas, ...]:
    with Clip(reel.chapters[0].clip) as clip:
        rate = constant_rate(clip.rate, reel.chapters[0].script.frame_times_s)
    wanted = []
    for preset in reel.presets:
        try:
            length_s = sum(end_s - start_s for start_s, end_s in _spans(reel, preset))
        except OverlayError as error:
            outcomes[preset.name].error = str(error)
            continue
        if (problem := too_short(preset, length_s)) is not None:
            outcomes[preset.name].error = str(problem)
            continue
        wanted.append(Canvas((preset,), preset.frame_rate(rate), 0.0, length_s))
    return share(wanted)


def _spans(reel: Reel, preset: Preset) -> list[tuple[float, float]]:
    """Return which part of each clip is shown: equal shares of what the platform takes."""
    count = len(reel.chapters)
    frame = edit.CARD_S + (edit.REPLAY_S / edit.SLOW if reel.replay else 0.0)
    room_s = (preset.max_s - edit.END_S) / count - frame
    if room_s < LEAST_S:
        raise OverlayError(f"{preset.name}: {count} sessions leave {max(room_s, 0):.1f} s each; join fewer or use --no-replay")
    room_s = room_s if reel.seconds is None else min(room_s, reel.seconds)
    return [
        trim(chapter.script.story(), float(chapter.script.frame_times_s[0]), chapter.end_s, room_s) for chapter in reel.chapters
    ]


def _make(reel: Reel, canvas: Canvas, between: Path, number: int, on_frame: Callable[[int], None]) -> social.Made:
    parts: list[edit.Part] = []
    bodies: list[tuple[int, Sequence[TagPlace]]] = []
    spans = _spans(reel, canvas.presets[0])
    gone = 0
    for index, (chapter, (start_s, end_s)) in enumerate(zip(reel.chapters, spans, strict=True)):
        part = Canvas(canvas.presets, canvas.frame_rate, start_s, end_s)
        theme = chapter.theme(part)
        book = TagBook(chapter.script.frame_times_s, chapter.script.tags(theme, chapter.timeline))
        bar = chapter.script.bar(theme, chapter.timeline, part.safe_zone.size_wh)
        painter = TagPainter(book, bar, theme, canvas_wh=part.size, zone=part.safe_zone)
        picture = between / f"{number}.{index}.mp4"
        shot = Shot(part, chapter.script.camera(part), painter, picture, guides=reel.guides, quality=mp4.DRAFT)
        with Clip(chapter.clip) as clip:
            shoot(frames(clip, start_s), [shot], on_frame=_moved(on_frame, gone))
        if shot.failed is not None:
            raise shot.failed
        gone += len(chapter.script.frame_times_s)
        sound = soundtrack.read(chapter.clip, start_s, end_s)
        more, tagged = social.scenes(
            social.Story(replay=reel.replay),
            shot,
            chapter.clip,
            chapter.script,
            chapter.timeline,
            sound,
            between,
            burn=reel.burn,
            end_card=index == len(reel.chapters) - 1,
        )
        bodies += [(len(parts) + place, places) for place, places in tagged]
        parts += more
    return social.join(parts, bodies, canvas, between / f"{number}.edit.mp4")


def _counted(on_progress: OnProgress, before: int, total: int) -> Callable[[int], None]:
    return lambda done: on_progress(before + done, total)


def _moved(on_frame: Callable[[int], None], before: int) -> Callable[[int], None]:
    return lambda done: on_frame(before + done)
