"""What a render did, in words."""

from pathlib import Path

from overlay.render_report import RenderReport
from telemetry.race_record import RaceRecord


def render_summary(report: RenderReport, record: RaceRecord, output: Path) -> list[str]:
    """Return lines that say who was tagged, how fast it went, what looked wrong, and where the video is."""
    lines = []
    for tla, frames in sorted(report.drivers.items(), key=lambda entry: -entry[1]):
        driver = record.drivers[tla]
        lines.append(f"tagged {tla} ({driver.full_name}, {driver.team}) on {frames} of {report.frames} frames")
    if not report.drivers:
        lines.append("tagged nobody: no car in sight that the timing knows")
    lines += [f"warning: {warning}" for warning in report.warnings]
    wall_s = max(report.wall_s, 1e-9)
    rate, speed = report.frames / wall_s, report.video_s / wall_s
    if report.resumed_frames:
        lines.append(f"the first {report.resumed_frames} frames were finished by an earlier render")
    lines.append(f"{report.frames} frames in {wall_s:.1f} s: {rate:.0f} fps, {speed:.2f} × real time")
    lines.append(f"video: {output}")
    return lines


def profile_table(report: RenderReport) -> list[str]:
    """Return a line a stage: milliseconds of CPU a frame in that stage's own thread."""
    frames = max(report.frames, 1)
    return [f"{stage:>8}  {seconds / frames * 1000:6.2f} ms of CPU a frame" for stage, seconds in report.stage_cpu_s.items()]
