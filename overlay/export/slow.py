"""Slow motion with pictures made in between: each follows the optical flow of its neighbours, and is tagged at its own time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from overlay.export.framing import Plane, Planes

Flow = npt.NDArray[np.float32]
FLOW_WIDTH = 480  # the flow of a road is smooth: found at this width, it serves the whole picture
TRUST_PX = 1.5  # of the flow's grid: where there and back differ by more, something was uncovered


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """A picture made for an instant between two frames."""

    video_time_s: float
    made: Planes

    def planes(self) -> Planes:
        """Y, U and V."""
        return self.made


def slowed(frames: Iterable[tuple[float, Planes]], times_s: Iterable[float]) -> Iterator[Between]:
    """Yield a picture for each time.

    Args:
        frames: Clip frames with their times, in order; they must reach around the times.
        times_s: Clip times wanted, in order.
    """
    source = iter(frames)
    before = next(source)
    after = next(source, before)
    flows: tuple[Flow, Flow] | None = None
    for at_s in times_s:
        while after[0] < at_s:
            following = next(source, None)
            if following is None:
                break
            before, after, flows = after, following, None
        step_s = after[0] - before[0]
        part = float(np.clip((at_s - before[0]) / step_s, 0.0, 1.0)) if step_s > 0 else 0.0
        if part < 0.02 or part > 0.98:
            yield Between(at_s, before[1] if part < 0.5 else after[1])
            continue
        flows = flows or _flows(before[1][0], after[1][0])
        yield Between(at_s, _mix(before[1], after[1], flows, part))


def _flows(one: Plane, other: Plane) -> tuple[Flow, Flow]:
    """Return the flow from one to the other and back, (h, w, 2) in pixels of the reduced grid."""
    height = max(round(one.shape[0] * FLOW_WIDTH / one.shape[1]), 8)
    a, b = (cv2.resize(plane, (FLOW_WIDTH, height), interpolation=cv2.INTER_AREA) for plane in (one, other))
    engine = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    empty = np.zeros((*a.shape, 2), np.float32)
    return np.asarray(engine.calc(a, b, empty.copy()), np.float32), np.asarray(engine.calc(b, a, empty), np.float32)


def _mix(one: Planes, other: Planes, flows: tuple[Flow, Flow], part: float) -> Planes:
    forth, back = flows
    height, width = forth.shape[:2]
    grid = _grid(width, height)
    # How far to trust each side: where its way there and back ends elsewhere, the other side knows better.
    lost_one = _astray(grid, forth, back)
    lost_other = _astray(grid, back, forth)
    weight = np.clip(part + 0.5 * (lost_one - lost_other), 0.0, 1.0)
    mixed = []
    for first, second in zip(one, other, strict=True):
        size = (first.shape[1], first.shape[0])
        share = cv2.resize(weight, size)
        a, b = _moved(first, forth, part), _moved(second, back, 1 - part)
        mixed.append(np.asarray(a * (1 - share) + b * share + 0.5, np.uint8))
    return mixed[0], mixed[1], mixed[2]


def _moved(plane: Plane, flow: Flow, part: float) -> Plane:
    """Return the plane with each pixel read from where the flow says that it came from."""
    height, width = plane.shape
    scale = np.array([width / flow.shape[1], height / flow.shape[0]], np.float32)
    at = _grid(width, height) - np.float32(part) * np.asarray(cv2.resize(flow, (width, height)), np.float32) * scale
    return np.asarray(_read(plane, at), np.uint8)


def _read(values: npt.NDArray[Any], at: Flow) -> npt.NDArray[Any]:
    x, y = np.ascontiguousarray(at[:, :, 0]), np.ascontiguousarray(at[:, :, 1])
    return np.asarray(cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _grid(width: int, height: int) -> Flow:
    return np.stack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)), axis=2)


def _astray(grid: Flow, there: Flow, back: Flow) -> npt.NDArray[np.float32]:
    returned = _read(back, grid + there)
    away = np.linalg.norm(there + returned, axis=2)
    return np.asarray(cv2.blur(np.clip(away / TRUST_PX - 1, 0, 1).astype(np.float32), (5, 5)), np.float32)
