"""What is seen in a session's clip for the sync: looked at once, and kept in the workspace."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from overlay.clip import Clip
from overlay.frame import Frame
from overlay.sight import hud, letters, motion, width
from segmentation.engine import Engine
from sessions.errors import SessionError
from sessions.session import Session
from sessions.workspace import Workspace, key_of
from telemetry.sync.sights import LapCounter, Seen, Sights

if TYPE_CHECKING:
    from telemetry.sync.ground import Ground  # whose half second of loading pictures are looked at in

VERSION = 4  # of the looking: what an older one saw is looked at anew
# A shorter clip's pictures are looked at at once: by the time its sound is known to be unsure they had better be there. A longer one's take
# longer, and its sound is seldom unsure.
AT_ONCE_S = 25.0
LEAST_PX = 200  # of picture height; in a smaller one no graphic can be read and no car be measured


def numbers(session: Session, workspace: Workspace) -> Sights:
    """Return what the broadcast's graphics say, nothing where the extra `hud` is not installed."""
    if not letters.available():
        return Sights()
    return _kept(session, workspace, "hud", _numbers)


class Unwanted(Exception):  # noqa: N818  (no error: who asked knows enough)
    """A look was broken off, for nobody waits for it any more."""


def everything(session: Session, workspace: Workspace, *, enough: Event | None = None) -> Sights:
    """Return the graphics' numbers, how the picture turns, and how wide the car ahead of a front camera looks.

    Args:
        session: The job.
        workspace: Where what was seen is kept.
        enough: Set from another thread, it breaks off the look.

    Raises:
        Unwanted: It was broken off.
    """
    enough = enough or Event()
    if session.camera == "front":
        pictures = _kept(session, workspace, "ahead", partial(_turning_and_width, enough=enough))
    else:
        pictures = _kept(session, workspace, "motion", partial(_turning, enough=enough))
    return replace(numbers(session, workspace), turning=pictures.turning, width=pictures.width)


class Looking:
    """Looks at a clip beside what else goes on, from the moment it is made; a context manager, and what is not done at its end is left.

    Reading pictures and hearing sound take a core each, and about as long. The graphics' numbers are always read.
    """

    def __init__(self, session: Session, workspace: Workspace) -> None:
        self._session, self._workspace = session, workspace
        self._enough = Event()
        self._beside = ThreadPoolExecutor(1)
        self._numbers = self._beside.submit(numbers, session, workspace)
        self._everything: Future[Sights] | None = None
        self._beside.submit(self._at_once)

    def __enter__(self) -> "Looking":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._enough.set()
        self._beside.shutdown(wait=error is None, cancel_futures=True)  # an error is told at once

    def numbers(self) -> Sights:
        """Wait for what the graphics say."""
        return self._numbers.result()

    def further(self, ground: "Ground") -> None:
        """Go on to all else, as it is likely to be asked for, and to what it is laid over."""
        self._beside.submit(self._prepare, self._submitted(), ground)

    def everything(self) -> Sights:
        """Wait for all that is seen."""
        return self._submitted().result()

    def _at_once(self) -> None:
        with Clip(self._session.clip) as clip:
            duration_s = clip.duration_s or 0.0
        if 0 < duration_s < AT_ONCE_S:
            self._look()

    def _look(self) -> Sights:
        return everything(self._session, self._workspace, enough=self._enough)

    def _submitted(self) -> Future[Sights]:
        if self._everything is None:
            self._everything = self._beside.submit(self._look)  # what was looked at at once is kept
        return self._everything

    def _prepare(self, seen: Future[Sights], ground: "Ground") -> None:
        if not self._enough.is_set() and seen.result().width is not None:
            _ = ground.field


def _numbers(clip: Clip, duration_s: float) -> Sights:
    read = hud.look(clip, letters.Letters(), duration_s)
    return Sights(speeds=read.speeds, laps=read.laps)


def _turning(clip: Clip, duration_s: float, *, enough: Event) -> Sights:  # noqa: ARG001  (all looks are called alike)
    return Sights(turning=motion.turning(clip, beside=partial(_unless, enough)))


def _turning_and_width(clip: Clip, duration_s: float, *, enough: Event) -> Sights:
    """Look for both in one go: to decode the pictures takes longer than to look at them."""
    cars = width.Ahead(Engine(), clip.start_s, duration_s)

    def look(frame: Frame) -> None:
        _unless(enough, frame)
        cars.look(frame)

    turning = motion.turning(clip, beside=look)
    for frame in clip.glimpses(cars.wanted_s):  # what is left of a long clip
        look(frame)
    return Sights(turning=turning, width=cars.width())


def _unless(enough: Event, frame: Frame) -> None:  # noqa: ARG001  (it is shown every picture)
    if enough.is_set():
        raise Unwanted


def _kept(session: Session, workspace: Workspace, stage: str, look: Callable[[Clip, float], Sights]) -> Sights:
    """Return what was seen earlier, else look and remember."""
    key = key_of(VERSION, session.clip)
    values = workspace.read(stage, key)
    if values is not None:
        return _from_json(values)
    with Clip(session.clip) as clip:
        seen = look(clip, clip.duration_s or 0.0) if min(clip.size_wh) >= LEAST_PX else Sights()
    with suppress(SessionError):  # what cannot be kept is still seen; that nothing is kept is told with the answer
        workspace.write(stage, key, _to_json(seen))
    return seen


def _to_json(seen: Sights) -> dict[str, Any]:
    return {
        "speeds": [_rows(speed) for speed in seen.speeds],
        "laps": {"lap": _rows(seen.laps.lap), "total": seen.laps.total} if seen.laps else None,
        "turning": _rows(seen.turning) if seen.turning else None,
        "width": _rows(seen.width) if seen.width else None,
    }


def _from_json(values: dict[str, Any]) -> Sights:
    laps = values["laps"]
    return Sights(
        speeds=tuple(_seen(rows) for rows in values["speeds"]),
        laps=LapCounter(_seen(laps["lap"]), laps["total"]) if laps else None,
        turning=_seen(values["turning"]) if values["turning"] else None,
        width=_seen(values["width"]) if values["width"] else None,
    )


def _rows(seen: Seen) -> list[list[float]]:
    """Return (video time, value) rows to 0.1 ms and five digits."""
    return [[round(float(s), 4), float(f"{v:.5g}")] for s, v in zip(seen.video_time_s, seen.value, strict=True)]


def _seen(rows: list[list[float]]) -> Seen:
    table = np.array(rows, np.float64).reshape(-1, 2)
    return Seen(table[:, 0], table[:, 1])
