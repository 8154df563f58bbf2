"""The overlay alone, as large and as long as the clip, for editors to lay over their own cut."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from overlay import drawing
from overlay.director import Director
from overlay.errors import OverlayError
from overlay.export.alpha import AlphaFile, AlphaFormat
from overlay.export.posting import SAME_FRAME_S
from overlay.layout import Layout
from overlay.swatches import Swatch, by_frame
from overlay.timecode import Timecode
from segmentation.track import SteadyFrame


@dataclass(slots=True)
class Alone:
    """What came of one format: where it is, or why it is not."""

    kind: AlphaFormat
    path: Path | None = None
    error: str | None = None


def write(
    steady: Iterable[SteadyFrame],
    director: Director,
    kinds: Sequence[AlphaFormat],
    *,
    folder: Path,
    stem: str,
    rate: Fraction,
    straight: bool,
    swatches: Iterable[Swatch] = (),
    timecode: Timecode | None = None,
    on_frame: Callable[[int], None] = lambda _done: None,
) -> tuple[Alone, ...]:
    """Draw every frame once and write it in every format, at a constant rate; one that fails does not stop the others.

    Args:
        steady: All frames of the clip, in order.
        director: Decides what is drawn.
        kinds: Formats.
        folder: Where they go, as STEM.KIND.mov and so on.
        stem: First part of their names.
        rate: Frames a second of the clip.
        straight: Whether colour is straight; premultiplied otherwise.
        swatches: Of the cars' paint.
        timecode: Of the clip's first frame, by which an editor lays one over the other; None where it has none.
        on_frame: Called with the frames done.
    """
    taken = by_frame(swatches)
    outcomes = {kind.name: Alone(kind) for kind in kinds}
    files: dict[str, AlphaFile] = {}
    for kind in kinds:
        path = folder / f"{stem}.{kind.name}{kind.suffix}"
        try:
            files[kind.name] = AlphaFile(path, kind, size=director.size_wh, rate=rate, straight=straight, timecode=timecode)
        except OverlayError as error:
            outcomes[kind.name].error = str(error)
    try:
        first_s: float | None = None
        shown: Layout | None = None
        written = 0
        for done, frame in enumerate(steady, start=1):
            first_s = frame.video_time_s if first_s is None else first_s
            layout = director.direct(frame, taken.get(frame.frame_index, ()))
            # As on a screen, a frame stands until the next one comes, which may be long where frames are missing.
            half_s = float(0.5 / rate)
            while (tick_s := first_s + written / rate) <= frame.video_time_s + half_s - SAME_FRAME_S:
                _write(
                    files, outcomes, layout if shown is None or tick_s >= frame.video_time_s - half_s - SAME_FRAME_S else shown
                )
                written += 1
            shown = layout
            on_frame(done)
        for name, file in list(files.items()):
            try:
                file.finish()
                outcomes[name].path = file.path
            except OverlayError as error:
                outcomes[name].error = str(error)
                file.abort()
    except BaseException:
        for file in files.values():
            with suppress(OverlayError):
                file.abort()
        raise
    return tuple(outcomes.values())


def _write(files: dict[str, AlphaFile], outcomes: dict[str, Alone], layout: Layout) -> None:
    picture = drawing.picture(layout)
    for name, file in list(files.items()):
        try:
            file.write(picture)
        except OverlayError as error:
            outcomes[name].error = str(error)
            file.abort()
            del files[name]
