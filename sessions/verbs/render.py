"""`slipstream render`: writes the clip with its tags."""

import argparse
from pathlib import Path

from sessions.numbers import number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("session", type=Path, metavar="SESSION.toml", help="session file")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="video to write; beside the session file when left out")
    parser.add_argument("--offset", type=number, metavar="SECONDS", help="session time at video time 0, over what the file says")
    parser.add_argument("--encoder", default="libx264", help="libx264, a hardware encoder's name, or auto")
    parser.add_argument("--preset", default="veryfast", help="x264's preset, ultrafast to slow")
    parser.add_argument("--crf", type=int, default=20, help="x264's constant quality, 0 best to 51")
    parser.add_argument(
        "--resume", action="store_true", help="go on with a render that was cut off, behind the part it had finished"
    )
    parser.add_argument(
        "--profile",
        action="store_true",
        help="report the CPU time of each stage's own thread, without those of decoder and encoder",
    )
    parser.add_argument("--accept-unsure", type=int, metavar="N", help="take candidate N of a sync that is not sure")
    parser.add_argument("--force", action="store_true", help="replace a video that exists")
    parser.add_argument("--quiet", action="store_true", help="show no progress, and only what looks wrong")


def run(arguments: argparse.Namespace) -> int:
    """Render, and say what was tagged and how fast it went; quietly, only what looks wrong."""
    import sys

    from sessions import session_file
    from sessions.outputs import refuse_existing
    from sessions.reading import reading

    session = session_file.read(arguments.session)
    output = arguments.output or arguments.session.with_name(f"{session.clip.stem}-tagged.mp4")
    refuse_existing(output, force=arguments.force)
    with reading(session.race) as race:
        # Loaded while the race session is read.
        from overlay.encoder import Encoding
        from sessions import heap, opening, stages
        from sessions.summary import profile_table, render_summary
        from sessions.workspace import Workspace

        encoding = Encoding(arguments.encoder, arguments.preset, arguments.crf)
        workspace = Workspace.of(arguments.session)
        opening.require_clip(session)
        record = opening.load_record(session, read=race)
    where = stages.alignment(session, record, workspace, offset_s=arguments.offset, accept_unsure=arguments.accept_unsure)
    session = stages.identified(session, workspace, accept_unsure=arguments.accept_unsure)
    on_clip = stages.on_clip(session, record, where)
    del record, race  # the rest of the race session is not needed
    heap.give_back()
    report = stages.render(
        session,
        on_clip,
        workspace,
        output,
        folder=arguments.session.parent,
        encoding=encoding,
        quiet=arguments.quiet,
        resume=arguments.resume,
    )
    if arguments.quiet:
        for warning in report.warnings:
            print(f"warning: {warning}", file=sys.stderr)
    else:
        print("\n".join(render_summary(report, on_clip.record, output)))
    if arguments.profile:
        print("\n".join(profile_table(report)))
    return 0
