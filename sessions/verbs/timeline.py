"""`slipstream timeline`: says what the timing knows at every frame of the clip."""

import argparse
from pathlib import Path
from typing import Any

from sessions.numbers import number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("session", type=Path, metavar="SESSION.toml", help="session file")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a row a frame there; - is standard output")
    parser.add_argument("--json", action="store_true", help="print a row a frame as JSON")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw speeds, gaps and events: .png, .svg or .pdf")
    parser.add_argument("--offset", type=number, metavar="SECONDS", help="session time at video time 0, over what the file says")
    parser.add_argument("--accept-unsure", type=int, metavar="N", help="take candidate N of a sync that is not sure")
    parser.add_argument("--force", action="store_true", help="replace files that exist")


def run(arguments: argparse.Namespace) -> int:
    """Write the table, or print one row a second."""
    import sys

    from overlay.clip import Clip
    from sessions import opening, session_file, stages
    from sessions.errors import SessionError
    from sessions.outputs import STANDARD_OUTPUT, refuse_existing, refuse_other_than_plot, write_text
    from sessions.workspace import Workspace
    from telemetry import coverage, timeline_file

    session = session_file.read(arguments.session)
    for file in (arguments.csv, arguments.plot):
        if file is not None:
            refuse_existing(file, force=arguments.force, inputs=(arguments.session, *session.files))
    if arguments.plot is not None:
        refuse_other_than_plot(arguments.plot)
    with Clip(session.clip) as clip:
        times_s = clip.frame_times_s()
    if arguments.plot is not None and len(times_s) < 2:
        raise SessionError(f"{session.clip} is a single frame, over which there is nothing to draw; leave --plot out")
    workspace = Workspace.of(arguments.session)
    record = opening.load_record(session)
    where = stages.alignment(session, record, workspace, offset_s=arguments.offset, accept_unsure=arguments.accept_unsure)
    timeline = stages.timeline(stages.identified(session, workspace, accept_unsure=arguments.accept_unsure), record, where)
    outside = coverage.uncovered(record, where, times_s[0], times_s[-1])
    if outside is not None:
        print(f"slipstream: {outside}", file=sys.stderr)
    if arguments.plot is not None:
        from sessions import timeline_plot
        from telemetry import moments

        title = f"{session.clip.name}  ·  {record.event_name} {session.race.year}"
        found = moments.find(record, driver=timeline.driver)
        timeline_plot.draw(timeline, float(times_s[0]), float(times_s[-1]), found, arguments.plot, title=title)
    table = list(timeline_file.rows(timeline, times_s))
    if arguments.csv is not None:
        write_text(arguments.csv, timeline_file.to_csv(table))
    if arguments.json:
        print(timeline_file.to_json(table), end="")
    elif arguments.csv is None:
        print("\n".join(_each_second(table)))
    elif arguments.csv != STANDARD_OUTPUT:
        ahead = sum(row["driver_ahead"] is not None for row in table)
        print(f"{len(table)} frames, a car ahead within sight on {ahead}: {arguments.csv}")
    return 0


def _each_second(table: list[dict[str, Any]]) -> list[str]:
    lines = [" video  lap  speed gear  ahead  gap s  gap m  speed  closing km/h"]
    second = None
    for row in table:
        if int(row["video_time_s"]) == second:
            continue
        second = int(row["video_time_s"])
        lines.append(
            f"{row['video_time_s']:6.2f} {_cell(row['lap'], 4)} {_cell(row['speed_kmh'], 6)} {_cell(row['gear'], 4)}"
            f"  {row['driver_ahead'] or '–':>5} {_cell(row['gap_ahead_s'], 6, 2)} {_cell(row['gap_ahead_m'], 6, 1)}"
            f" {_cell(row['speed_ahead_kmh'], 6)} {_cell(row['closing_kmh'], 8)}"
        )
    return lines


def _cell(value: float | None, width: int, digits: int = 0) -> str:
    return f"{'–':>{width}}" if value is None else f"{value:{width}.{digits}f}"
