"""How fast we are, against what anyone could do, side by side in one run: other people's machines differ, ratios less."""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from overlay import pipeline, rivals
from overlay.clip import Clip
from overlay.director import Director
from overlay.encoder import Encoding
from overlay.layout import Layout
from overlay.parts import Parts
from overlay.render_report import RenderReport
from overlay.swatches import Swatcher
from segmentation.engine import Engine
from segmentation.following import Follower
from segmentation.stills import Still
from sessions import stages
from sessions.session import Session
from telemetry.timeline import Timeline

Bytes = npt.NDArray[np.uint8]

LOOKS = 40  # pictures whose median gives the time of one
FCN_SIZE_WH = (1280, 720)


@dataclass(frozen=True, slots=True)
class BenchJob:
    """What is measured.

    Attributes:
        session: The clip with its race session.
        folder: Where the session file lies; a theme's path is relative to it.
        timeline: The race session as the clip shows it.
        encoding: The same for all.
        rounds: Times that plain transcoding and the render are run in turn.
        rivals: Whether moviepy and FCN ResNet101 are measured too.
    """

    session: Session
    folder: Path
    timeline: Timeline
    encoding: Encoding
    rounds: int
    rivals: bool


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall and CPU seconds of a piece of work, with those of the programs it ran."""

    wall_s: float
    cpu_s: float

    def to_json(self, frames: int) -> dict[str, float]:
        """Return what a frame cost."""
        return {
            "wall_s": round(self.wall_s, 3),
            "fps": round(frames / self.wall_s, 1),
            "cpu_ms_a_frame": round(self.cpu_s / frames * 1000, 2),
        }


def run(job: BenchJob) -> dict[str, Any]:
    """Measure, and return the figures as JSON takes them.

    Raises:
        OverlayError: The clip cannot be decoded.
    """
    with tempfile.TemporaryDirectory(prefix="slipstream-bench-") as scratch:
        return _measured(job, Path(scratch))


def _measured(job: BenchJob, scratch: Path) -> dict[str, Any]:
    plain, ours, reports = [], [], []
    engine = Engine()  # a cold start is not what a frame costs
    for _ in range(job.rounds):
        frames, cost = _cost(lambda: rivals.transcode(job.session.clip, scratch / "plain.mp4", job.encoding))
        plain.append(cost)
        report, cost = _cost(lambda: _render(job, engine, scratch / "ours.mp4"))
        ours.append(cost)
        reports.append(report)
    middle = sorted(range(job.rounds), key=lambda at: ours[at].wall_s)[job.rounds // 2]
    report = reports[middle]
    with Clip(job.session.clip) as clip:
        size_wh, rate = clip.size_wh, float(clip.rate)
    video_s = report.frames / rate
    figures: dict[str, Any] = {
        "clip": job.session.clip.name,
        "size_wh": list(size_wh),
        "rate_fps": round(rate, 3),
        "frames": report.frames,
        "encoder": report.encoder,
        "preset": job.encoding.preset,
        "rounds": job.rounds,
        "plain": _middle(plain).to_json(frames),
        "render": {**ours[middle].to_json(report.frames), "real_time_factor": round(video_s / ours[middle].wall_s, 3)},
        "render_against_plain": round(statistics.median(a.wall_s / b.wall_s for a, b in zip(plain, ours, strict=True)), 3),
        "cpu_against_plain": round(statistics.median(b.cpu_s / a.cpu_s for a, b in zip(plain, ours, strict=True)), 3),
        "stages_cpu_ms_a_frame": {name: round(s / report.frames * 1000, 3) for name, s in report.stage_cpu_s.items()},
    }
    if job.rivals:
        _, cost = _cost(lambda: _by_callback(job, engine, scratch / "moviepy.mp4"))
        figures["moviepy"] = cost.to_json(report.frames)
        figures["faster_than_moviepy"] = round(cost.wall_s / ours[middle].wall_s, 2)
    figures |= _looks(job.session.clip, with_fcn=job.rivals)
    return figures


def _cost(work: Callable[[], Any]) -> tuple[Any, Cost]:
    wall_s, cpu_s = time.monotonic(), _cpu_s()
    answer = work()
    return answer, Cost(time.monotonic() - wall_s, _cpu_s() - cpu_s)


def _cpu_s() -> float:
    used = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _middle(costs: list[Cost]) -> Cost:
    return sorted(costs, key=lambda cost: cost.wall_s)[len(costs) // 2]


def _director(job: BenchJob, clip: Clip) -> Director:
    look = stages.theme(job.session, folder=job.folder)
    return Director(job.timeline, look, camera=job.session.camera, size_wh=clip.size_wh, shown_wh=clip.shown_wh)


def _render(job: BenchJob, engine: Engine, output: Path) -> RenderReport:
    engine.forget()
    with Clip(job.session.clip) as clip:
        director = _director(job, clip)
        parts = Parts(output.parent, "bench", resume=False)  # as a user's render keeps them, at its cost
        return pipeline.render(
            clip, director, output, source=engine, encoding=job.encoding, on_progress=lambda _done, _total: None, parts=parts
        )


def _by_callback(job: BenchJob, engine: Engine, output: Path) -> None:
    """Do what the render does inside a moviepy callback; as a callback cannot look ahead, cars are followed from the past alone."""
    engine.forget()
    follower = Follower(look_ahead_s=0.0)
    with Clip(job.session.clip) as clip:
        director = _director(job, clip)
        every = pipeline.looks_apart(clip.rate)
    taken, swatcher = 0, Swatcher()

    def draw(rgb: Bytes, video_time_s: float) -> Layout:
        nonlocal taken
        picture, index = Still(rgb), taken
        taken += 1
        found = engine.detect(picture, index) if index % every == 0 else None
        (steady,) = follower.push(index, video_time_s, found, cut=found is not None and found.cut)
        return director.direct(steady, swatcher.take(picture, steady))

    rivals.by_callback(job.session.clip, output, job.encoding, draw)


def _looks(path: Path, *, with_fcn: bool) -> dict[str, Any]:
    """Return the CPU time of one picture, in and out of the network, on one thread; of FCN ResNet101 too where torch is installed."""
    engine, spent = Engine(), []
    rgb = None
    with Clip(path) as clip:
        for frame in clip.frames():
            began_s = time.thread_time()
            engine.detect(frame, frame.index)
            spent.append(time.thread_time() - began_s)
            if frame.index == 0:
                rgb = frame.rgb(FCN_SIZE_WH)
            if len(spent) == LOOKS:
                break
    look_s = statistics.median(spent)
    figures: dict[str, Any] = {"look_cpu_ms": round(look_s * 1000, 2)}
    if with_fcn and rgb is not None:
        try:
            from segmentation import fcn
        except ModuleNotFoundError:
            figures["fcn_resnet101"] = "not measured; it needs the extra `train`"
            return figures
        old = fcn.FcnEngine(fcn.Fcn(fcn.build(random=True), fcn.Normalisation(), None))
        _, cost = _cost(lambda: old.find(Still(rgb)))
        figures |= {"fcn_resnet101_cpu_s": round(cost.cpu_s, 2), "faster_than_fcn_resnet101": round(cost.cpu_s / look_s)}
    return figures


def table(figures: dict[str, Any]) -> list[str]:
    """Return the figures as lines for a person."""
    width, height = figures["size_wh"]
    size = f"{width} × {height} at {figures['rate_fps']:g} fps"
    how = f"{figures['encoder']} {figures['preset']}, median of {figures['rounds']}"
    lines = [f"{figures['clip']}, {size}, {figures['frames']} frames, {how}"]
    rows = [("plain decode + encode", figures["plain"]), ("slipstream render", figures["render"])]
    if "moviepy" in figures:
        rows.append(("moviepy callback", figures["moviepy"]))
    lines += [f"{name:<24}{row['fps']:8.1f} fps{row['cpu_ms_a_frame']:9.2f} ms of CPU a frame" for name, row in rows]
    lines += [f"  {name:<22}{spent:21.2f} ms of CPU a frame" for name, spent in figures["stages_cpu_ms_a_frame"].items()]
    lines.append(
        f"{figures['render']['real_time_factor']:.2f} × real time; {figures['render_against_plain']:.2f} of plain transcoding's speed, "
        f"{figures['cpu_against_plain']:.2f} × its CPU"
    )
    if "faster_than_moviepy" in figures:
        lines.append(f"{figures['faster_than_moviepy']:.2f} × as fast as the moviepy callback")
    lines.append(f"one look for cars: {figures['look_cpu_ms']:.1f} ms of CPU")
    if "fcn_resnet101_cpu_s" in figures:
        lines.append(
            f"FCN ResNet101, one {FCN_SIZE_WH[0]} × {FCN_SIZE_WH[1]} picture: {figures['fcn_resnet101_cpu_s']:.1f} s of CPU, "
            f"{figures['faster_than_fcn_resnet101']} × as much"
        )
    elif "fcn_resnet101" in figures:
        lines.append(f"FCN ResNet101: {figures['fcn_resnet101']}")
    return lines
