"""`slipstream sync`: finds where the clip lies on its race session."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sessions.session import Session
    from sessions.sync_stage import SyncResult
    from sessions.workspace import Workspace
    from telemetry.race_record import RaceRecord


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("session", type=Path, metavar="SESSION.toml", help="session file")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw what was found, for a person to check: .png, .svg, .pdf or .html"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--force", action="store_true", help="replace a plot that exists")


def run(arguments: argparse.Namespace) -> int:
    """Find it, remember it, and say how sure it is; exit code 3 when it is not."""
    import json
    import os
    import sys

    # The search has a thread for each core; NumPy's own, waiting for work at full speed, would take a tenth of the time from them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    from sessions import session_file
    from sessions.errors import EXIT_OK, EXIT_SYNC_REFUSED
    from sessions.outputs import PLOTS, refuse_existing, refuse_other_than_plot
    from sessions.workspace import Workspace

    session = session_file.read(arguments.session)
    if arguments.plot is not None:
        refuse_existing(arguments.plot, force=arguments.force, inputs=(arguments.session, *session.files))
        refuse_other_than_plot(arguments.plot, kinds=(*PLOTS, ".html"))
    workspace = Workspace.of(arguments.session)
    result, record = _by_hand(session, workspace) if session.sync.by_hand else _found(session, workspace)
    unkept = "" if session.sync.by_hand else _unkept(session, workspace, result)
    if arguments.plot is not None:
        from sessions import sync_page, sync_plot, sync_view

        title = f"{session.clip.name}  ·  {record.event_name} {session.race.year} {session.race.kind}"
        what = sync_view.of_session(session, record, workspace, result)
        if arguments.plot.suffix.lower() == ".html":
            words = "\n".join(_words(result, arguments.session))
            sync_page.write(result, record, what, arguments.plot, title=title, words=words)
        else:
            sync_plot.draw(result, record, what, arguments.plot, title=title)
    if arguments.json:
        print(json.dumps(result.to_json(), indent=1))
    else:
        print("\n".join(_words(result, arguments.session)))
    for limit in _limits(session, record, result) if result.accepted else ():
        print(f"slipstream: {limit}", file=sys.stderr)
    if unkept:
        print(f"slipstream: the answer is not kept: {unkept}", file=sys.stderr)
    return EXIT_OK if result.accepted else EXIT_SYNC_REFUSED


def _by_hand(session: "Session", workspace: "Workspace") -> "tuple[SyncResult, RaceRecord]":
    from overlay.clip import Clip
    from sessions import opening, stages, sync_stage
    from telemetry import coverage

    record = opening.load_record(session)
    where = stages.alignment(session, record, workspace)
    with Clip(session.clip) as clip:
        start_s, end_s = clip.start_s, clip.end_s
    coverage.require_some(record, where, start_s, end_s)
    return sync_stage.by_hand(session, record, where, start_s=start_s), record


def _found(session: "Session", workspace: "Workspace") -> "tuple[SyncResult, RaceRecord]":
    """Return what is found anew, and the race session; the clip is looked at while all else is still loaded."""
    from sessions.sights_stage import Looking

    with Looking(session, workspace) as looking:
        from sessions import opening, sync_stage

        opening.require_clip(session)
        record = opening.load_record(session)
        result = sync_stage.search(session, record, looking)
    return result, record


def _limits(session: "Session", record: "RaceRecord", result: "SyncResult") -> list[str]:
    """Return what a locked clip's place is not known to hold for, in words."""
    from overlay.clip import Clip
    from sessions import sync_stage
    from telemetry import coverage

    with Clip(session.clip) as clip:
        outside = coverage.uncovered(record, result.alignment(), clip.start_s, clip.end_s)
        return [limit for limit in (outside, sync_stage.unheard(result, clip)) if limit is not None]


def _unkept(session: "Session", workspace: "Workspace", result: "SyncResult") -> str:
    """Remember what was found; return why it cannot be, which takes nothing from the answer, or nothing."""
    from sessions import sync_stage
    from sessions.errors import SessionError

    try:
        sync_stage.keep(session, workspace, result)
    except SessionError as error:
        return str(error)
    return ""


def _words(result: "SyncResult", session: Path) -> list[str]:
    from overlay.sight import letters

    if result.accepted:
        sure = "" if result.residual_s is None else f" ± {result.residual_s:.2f} s, pieces agree"
        lines = [f"locked: {result.lap_of_driver}; video begins at {result.video_start_utc}{sure}"]
        lines.append(f"offset {result.offset_s:.3f} s, drift {result.drift_ppm:+.0f} ppm, by {' and '.join(result.methods)}")
        if len(result.pieces) > 1:
            for begin, end, offset_s, _ in result.pieces:
                start = result.video_start_s if begin is None else begin
                lines.append(f"{start:9.2f} s to {'the end' if end is None else f'{end:.2f} s'}: offset {offset_s:.3f} s")
        lines += [
            f"{start:9.2f} s to {end:.2f} s: not found in the race session, left untagged" for start, end in result.untagged_s
        ]
        return lines
    lines = [f"{result.state.replace('_', ' ')}: {result.reason}"]
    if not letters.available():
        lines.append('numbers in the picture were not read; to have them read: pip install "slipstream[hud]"')
    if result.candidates:
        lines.append("closest, the likeliest first:" if result.state == "refused" else "the laps that fit, the likeliest first:")
    for number, place in enumerate(result.candidates, start=1):
        lines.append(
            f"{number:>3}  lap {place.lap or '?':>2} of {place.driver}, video begins at {place.video_start_utc}"
            f"   [[sync.anchors]] session_time_s = {place.offset_s:.3f}"
        )
    if result.candidates:
        lines.append(f"to take one: slipstream render {session} --accept-unsure N, or paste it into the session file:")
        lines.append(f"[[sync.anchors]]\nvideo_time_s = 0.0\nsession_time_s = {result.candidates[0].offset_s:.3f}")
    return lines
