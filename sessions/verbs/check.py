"""`slipstream check`: is everything there, and what would be done."""

import argparse
import shlex
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("session", type=Path, metavar="SESSION.toml", help="session file")


def run(arguments: argparse.Namespace) -> int:
    """Say of each part whether it is there; exit code 2 when one is missing."""
    from collections.abc import Callable

    from overlay.clip import Clip
    from segmentation.engine import Engine
    from sessions import opening, session_file, stages
    from sessions.errors import EXIT_OK, EXIT_USER, SLIPSTREAM_ERRORS
    from sessions.workspace import Workspace
    from telemetry import coverage
    from telemetry.errors import TelemetryError

    session = session_file.read(arguments.session)
    workspace = Workspace.of(arguments.session)

    def clip() -> str:
        with Clip(session.clip) as opened:
            width, height = opened.size_wh
            sound = "with sound" if opened.has_sound else "without sound"
            return f"{session.clip}: {width}×{height}, {float(opened.rate):.6g} fps, {opened.duration_s or 0:.2f} s, {sound}"

    def race() -> str:
        record = opening.load_record(session)
        unread = f", {record.unread_lines} lines of the recording left out" if record.unread_lines else ""
        return f"{record.event_name} {session.race.year} {session.race.kind}: {len(record.traces)} cars with telemetry{unread}"

    def sync() -> str:
        record = opening.load_record(session)
        where = stages.alignment(session, record, workspace)
        with Clip(session.clip) as opened:
            coverage.require_some(record, where, opened.start_s, opened.end_s)
            outside = coverage.uncovered(record, where, opened.start_s, opened.end_s)
        if outside is not None:
            raise TelemetryError(outside)
        return f"session time {where.offset_s:.3f} s at video time 0, by {' and '.join(where.methods)}"

    def look() -> str:
        return f"theme {stages.theme(session, folder=arguments.session.parent).name}"

    def cars() -> str:
        known = stages.known_tracks(session, workspace, Engine())
        return "not followed yet; render does it on the way" if known is None else f"{len(known)} followed"

    parts: tuple[tuple[str, Callable[[], str]], ...] = (
        ("clip", clip),
        ("race session", race),
        ("sync", sync),
        ("theme", look),
        ("cars", cars),
    )
    missing = 0
    for name, ask in parts:
        try:
            print(f"{name:>12}  ok   {ask()}")
        except SLIPSTREAM_ERRORS as error:
            missing += 1
            print(f"{name:>12}  --   {error}")
    if missing:
        print(f"{missing} of {len(parts)} missing")
        return EXIT_USER
    print(f"all there; next: slipstream render {shlex.quote(str(arguments.session))}")
    return EXIT_OK
