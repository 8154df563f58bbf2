"""`slipstream demo`: the embedded sample, whole job."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("-o", "--output", type=Path, default=Path("slipstream-demo"), metavar="DIR", help="folder to write")
    parser.add_argument("--force", action="store_true", help="write into a folder that exists")
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def run(arguments: argparse.Namespace) -> int:
    """Unpack, line up, render, and say what was found and where the video is."""
    from sessions import demo, session_file
    from sessions.errors import SessionError
    from sessions.reading import reading

    folder: Path = arguments.output
    if folder.exists() and not folder.is_dir():
        raise SessionError(f"{folder} is a file; name a folder with -o")
    if folder.exists() and any(folder.iterdir()) and not arguments.force:
        raise SessionError(f"{folder} exists; name another folder with -o, or --force to write into it")
    path = demo.unpack(folder)
    session = session_file.read(path)
    with reading(session.race) as race:
        # Loaded while the race session is read.
        from overlay.encoder import Encoding
        from sessions import opening, stages, sync_stage
        from sessions.summary import render_summary
        from sessions.workspace import Workspace

        record = opening.load_record(session, read=race)
    workspace = Workspace.of(path)
    found = sync_stage.find(session, record, workspace)
    where = stages.alignment(session, record, workspace)
    output = folder / "tagged.mp4"
    on_clip = stages.on_clip(session, record, where)
    report = stages.render(session, on_clip, workspace, output, folder=folder, encoding=Encoding(), quiet=arguments.quiet)
    print(f"{record.event_name} {session.race.year}, onboard {session.driver}")
    print(
        f"lined up by {' and '.join(found.methods)}: lap {found.lap}, video begins at {found.video_start_utc} ± {found.residual_s:.3f} s"
    )
    print("\n".join(render_summary(report, record, output)))
    return 0
