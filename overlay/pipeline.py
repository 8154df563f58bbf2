"""The render: decode, segment, follow, look up, cast, lay out, draw and encode, in one streaming pass over four threads."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from overlay import drawing
from overlay.clip import Clip
from overlay.compose import compose
from overlay.director import Director
from overlay.encoder import Encoding
from overlay.frame import Frame
from overlay.layout import Layout
from overlay.parts import Parts
from overlay.planes import YuvPicture
from overlay.render_report import RenderReport
from overlay.sink import Sink
from overlay.stages import Stages
from overlay.swatches import Seen, Swatch, Swatcher
from segmentation import track_file
from segmentation.cuts import CutDetector
from segmentation.engine import THUMBNAIL_WH, Engine
from segmentation.following import Collector, Follower
from segmentation.track import SteadyFrame, Track

LOOKS_PER_S = 10  # about; on simulated clips 17 a second made tags no steadier and no better centred
# Where frames follow each other this closely, fewer looks are as good: on alta61, of 50 fps and begun at three different frames, the middle
# of tags is 2.7 % of a car's width off with one every 0.12, 0.14 or 0.16 s; with up to three cars tagged 3.2, 3.0 and 3.3 %.
LOOKS_PER_S_FAST, FAST_FPS = 7, 40
# Frames that a thread takes in hand together: one at a time, what decides and draws has left the processor's caches whenever its turn
# comes, for the encoder fills them, and a frame takes 0.7 ms of processor time more. Five would make a render of 1080p50 a hundredth
# faster, but of each more three are held, 9 MB.
HANDFUL = 4
PREVIEW_RUN_UP_S = 1.5  # by then casting, fades and the smoother have settled
STAMP_S = 0.001  # a frame this little later than a time is meant by it: people write times to the millisecond

T = TypeVar("T")
OnProgress = Callable[[int, int], None]
Bytes = npt.NDArray[np.uint8]
_Followed = tuple[Frame, SteadyFrame]


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A frame on its way to the encoder; its picture is None where an earlier render has finished it."""

    frame: Frame
    steady: SteadyFrame
    layout: Layout
    picture: YuvPicture | None


class Steadier(Protocol):
    """Where steady frames come from: every frame given comes out once, in order, perhaps later."""

    def take(self, frames: Sequence[Frame]) -> list[SteadyFrame]:
        """Take the next frames and return the steady frames that are ready."""
        ...

    def finish(self) -> list[SteadyFrame]:
        """Return those still waiting."""
        ...


class Looking:
    """Finds and follows cars in the frames themselves."""

    def __init__(self, engine: Engine, rate: Fraction, report: RenderReport) -> None:
        self._engine, self._report = engine, report
        self._every = looks_apart(rate)
        self._follower = Follower()
        self._taken = 0

    def take(self, frames: Sequence[Frame]) -> list[SteadyFrame]:
        """Take the next frames and return the steady frames that are ready."""
        seen = []
        with self._report.clocked("segment"):
            for frame in frames:
                seen.append(self._engine.detect(frame, frame.index) if self._taken % self._every == 0 else None)
                self._taken += 1
        ready = []
        with self._report.clocked("follow"):
            for frame, detections in zip(frames, seen, strict=True):
                cut = detections is not None and detections.cut
                ready += self._follower.push(frame.index, frame.video_time_s, detections, cut=cut)
        return ready

    def finish(self) -> list[SteadyFrame]:
        """Return those still waiting."""
        return self._follower.finish()


class Remembering:
    """Takes cars from tracks that are known already; where another scene begins these do not say, and it is looked for anew."""

    def __init__(self, tracks: Sequence[Track], rate: Fraction) -> None:
        self._frames, self._every = track_file.Frames(tracks), looks_apart(rate)
        self._cuts = CutDetector()
        self._taken = 0

    def take(self, frames: Sequence[Frame]) -> list[SteadyFrame]:
        """Take the next frames and return them with what the tracks say."""
        steady = []
        for frame in frames:
            cut = self._taken % self._every == 0 and self._cuts.is_cut(frame.rgb(THUMBNAIL_WH))
            self._taken += 1
            steady.append(self._frames.at(frame.index, frame.video_time_s, cut=cut))
        return steady

    def finish(self) -> list[SteadyFrame]:
        """Return nothing: none waits."""
        return []


def looks_apart(rate: Fraction) -> int:
    """Return of how many frames one is looked at."""
    return max(1, round(rate / (LOOKS_PER_S_FAST if rate >= FAST_FPS else LOOKS_PER_S)))


def steadier(source: Engine | Sequence[Track], rate: Fraction, report: RenderReport) -> Steadier:
    """Return where steady frames come from: the network, or tracks that are known."""
    return Looking(source, rate, report) if isinstance(source, Engine) else Remembering(source, rate)


def follow(clip: Clip, source: Engine | Sequence[Track], *, on_progress: OnProgress) -> tuple[list[Track], Seen]:
    """Return the cars of a whole clip as followed, and what was seen beside; of tracks that are known, only that."""
    collector, swatcher = Collector(), Swatcher()
    swatches: list[Swatch] = []
    cuts: list[int] = []
    with Stages() as stages:
        decoded = stages.run("decode", clip.frames)
        done = 0
        for followed in _paired(stages.drain(decoded), steadier(source, clip.rate, RenderReport())):
            for frame, steady in followed:
                swatches += swatcher.take(frame, steady)
                cuts += [frame.index] if steady.cut else []
                collector.add(steady)
            done += len(followed)
            on_progress(done, clip.frame_count)
    return collector.tracks(), Seen(swatches, cuts)


def render(
    clip: Clip,
    director: Director,
    output: Path,
    *,
    source: Engine | Sequence[Track],
    encoding: Encoding,
    on_progress: OnProgress,
    parts: Parts | None = None,
) -> RenderReport:
    """Write the clip with its tags, its own sound and its own times.

    Frames in finished parts are decided again, for what comes after them depends on it, but neither drawn nor encoded.

    Args:
        clip: The onboard video.
        director: Decides what is drawn.
        output: Where the video appears when it is whole.
        source: An engine, to find the cars in this pass, or tracks that are known already.
        encoding: How the picture is encoded.
        on_progress: Called with the frames written and their number, 0 where that is unknown.
        parts: Where finished stretches are kept, and found.

    Raises:
        OverlayError: The clip cannot be decoded or the output not be written; nothing is left at `output`.
    """
    report = RenderReport(resumed_frames=0 if parts is None else parts.done)
    began_s = time.monotonic()
    collector = Collector()
    with Stages() as stages:
        decoded = stages.run("decode", lambda: _clocked(clip.frames(), report, "decode"))
        followed = stages.run("segment", lambda: _paired(decoded, steadier(source, clip.rate, report)), room=1)
        drawn = stages.run("draw", lambda: _drawn(followed, director, report), room=1)
        with Sink(
            output, clip, encoding, parts=parts
        ) as sink:  # while the first frames are made: encoders take their time to open
            report.encoder = sink.encoder
            for handful in stages.drain(drawn):
                for one in handful:
                    if one.picture is not None:
                        with report.clocked("encode"):
                            sink.write(one.picture)
                    report.count(one.frame, one.layout, clip.start_s)
                    collector.add(one.steady)
                    on_progress(report.frames, clip.frame_count)
    report.wall_s = time.monotonic() - began_s
    report.warnings, report.tracks = list(director.warnings), collector.tracks()
    return report


def _drawn(followed: Iterable[list[_Followed]], director: Director, report: RenderReport) -> Iterator[list[_Drawn]]:
    """Yield frames by the handful as decided and drawn."""
    left = report.resumed_frames
    swatcher = Swatcher()
    for handful in followed:
        with report.clocked("decide"):
            layouts = []
            for frame, steady in handful:
                swatches = swatcher.take(frame, steady)
                layouts.append(director.direct(steady, swatches))
                report.swatches += swatches
                report.cuts += [frame.index] if steady.cut else []
        with report.clocked("draw"):
            pictures = [
                None if at < left else compose(frame, layout)
                for at, ((frame, _), layout) in enumerate(zip(handful, layouts, strict=True))
            ]
        left = max(left - len(handful), 0)
        yield [_Drawn(*one, layout, picture) for one, layout, picture in zip(handful, layouts, pictures, strict=True)]


def preview(clip: Clip, director: Director, *, source: Engine | Sequence[Track], at_s: float) -> tuple[Bytes, Layout] | None:
    """Return the frame shown at an instant as (h, w, 3) uint8 RGB, and its layout; None where the clip has ended by then."""
    lasts_s = 1 / float(clip.rate)
    near_s = max(PREVIEW_RUN_UP_S, 2 * lasts_s)
    frames = (frame for frame in clip.frames(start_s=at_s - near_s) if frame.video_time_s < at_s + near_s)
    swatcher = Swatcher()
    shown: tuple[Frame, Layout] | None = None
    for handful in _paired(frames, steadier(source, clip.rate, RenderReport())):
        for frame, steady in handful:
            if shown is not None and frame.video_time_s > at_s + STAMP_S:
                return paint(*shown), shown[1]
            shown = frame, director.direct(steady, swatcher.take(frame, steady))
    if shown is None or at_s >= max(shown[0].video_time_s + lasts_s, clip.end_s):
        return None
    return paint(*shown), shown[1]


def paint(frame: Frame, layout: Layout) -> Bytes:
    """Return a frame with its graphics as (h, w, 3) uint8 RGB, as wide as it is shown."""
    drawn = drawing.picture(layout).astype(np.float32)
    picture = frame.rgb(layout.size_wh) * (1 - drawn[..., 3:] / 255) + drawn[..., :3]
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _paired(frames: Iterable[Frame], source: Steadier) -> Iterator[list[_Followed]]:
    """Yield all frames by the handful, each with its steady boxes, once they are ready; a bounded number of them waits between."""
    waiting: deque[Frame] = deque()
    for taken in _handfuls(frames):
        waiting.extend(taken)
        yield [(waiting.popleft(), steady) for steady in source.take(taken)]
    for ready in _handfuls(source.finish()):
        yield [(waiting.popleft(), steady) for steady in ready]


def _handfuls(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while taken := list(islice(left, HANDFUL)):
        yield taken


def _clocked(frames: Iterator[Frame], report: RenderReport, stage: str) -> Iterator[Frame]:
    while True:
        with report.clocked(stage):
            frame = next(frames, None)
        if frame is None:
            return
        yield frame
