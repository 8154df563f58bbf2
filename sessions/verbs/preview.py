"""`slipstream preview`: one tagged frame as a picture."""

import argparse
from pathlib import Path

from sessions.numbers import number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("session", type=Path, metavar="SESSION.toml", help="session file")
    parser.add_argument("--at", type=number, required=True, metavar="SECONDS", help="video time of the frame")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="PNG or JPEG to write")
    parser.add_argument("--offset", type=number, metavar="SECONDS", help="session time at video time 0, over what the file says")
    parser.add_argument(
        "--layout", type=Path, metavar="FILE", help="also write the frame's graphics as JSON; - is standard output"
    )
    parser.add_argument("--accept-unsure", type=int, metavar="N", help="take candidate N of a sync that is not sure")
    parser.add_argument("--force", action="store_true", help="replace files that exist")


def run(arguments: argparse.Namespace) -> int:
    """Draw the frame and write it."""
    import json

    from overlay import drawing, pipeline
    from overlay.clip import Clip
    from overlay.widgets import GRAPH_STEP_S
    from segmentation.engine import Engine
    from sessions import opening, session_file, stages
    from sessions.errors import SessionError
    from sessions.outputs import STANDARD_OUTPUT, refuse_existing, refuse_other_than_picture, write_beside, write_text
    from sessions.workspace import Workspace

    if arguments.at < 0:
        raise SessionError(f"--at {arguments.at:g} lies before the clip; wanted 0 s or more")
    session = session_file.read(arguments.session)
    for output in (arguments.output, arguments.layout):
        if output is not None:
            refuse_existing(output, force=arguments.force, inputs=(arguments.session, *session.files))
    refuse_other_than_picture(arguments.output)
    workspace = Workspace.of(arguments.session)
    opening.require_clip(session)
    record = opening.load_record(session)
    where = stages.alignment(session, record, workspace, offset_s=arguments.offset, accept_unsure=arguments.accept_unsure)
    session = stages.identified(session, workspace, accept_unsure=arguments.accept_unsure)
    timeline = stages.timeline(session, record, where)
    engine = Engine()
    known = stages.tracks_if_needed(session, workspace, engine, quiet=True)
    with Clip(session.clip) as clip:
        director = stages.director(
            session,
            timeline,
            folder=arguments.session.parent,
            size_wh=clip.size_wh,
            shown_wh=clip.shown_wh,
            tracks=known,
        )
        director.recall(clip.start_s, arguments.at - pipeline.PREVIEW_RUN_UP_S - GRAPH_STEP_S)
        shown = pipeline.preview(clip, director, source=engine if known is None else known, at_s=arguments.at)
        if shown is None:
            raise SessionError(f"{session.clip} has no frame at {arguments.at:g} s; it ends at {clip.end_s:.2f} s")
    picture, layout = shown
    write_beside(arguments.output, lambda path: drawing.save(picture, path))
    if arguments.layout is not None:
        write_text(arguments.layout, json.dumps(layout.to_json(), indent=1))
    if arguments.layout != STANDARD_OUTPUT:
        print(f"{arguments.output}: {', '.join(tag.driver for tag in layout.tags) or 'nobody'} tagged at {arguments.at:g} s")
    return 0
