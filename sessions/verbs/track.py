"""`slipstream track`: finds the cars in every frame and writes their boxes."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("session", type=Path, metavar="SESSION.toml", help="session file")
    parser.add_argument(
        "--csv", type=Path, metavar="FILE", help="write the boxes there, in px of the source frame; - is standard output"
    )
    parser.add_argument("--force", action="store_true", help="replace a CSV file that exists")
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def run(arguments: argparse.Namespace) -> int:
    """Follow the cars, keep the tracks in the workspace, and say what was found."""
    import sys

    from segmentation import track_file
    from sessions import session_file, stages
    from sessions.outputs import STANDARD_OUTPUT, refuse_existing
    from sessions.workspace import Workspace

    session = session_file.read(arguments.session)
    if arguments.csv is not None:
        refuse_existing(arguments.csv, force=arguments.force, inputs=(arguments.session, *session.files))
    tracks = stages.tracks(session, Workspace.of(arguments.session), quiet=arguments.quiet)
    if arguments.csv == STANDARD_OUTPUT:
        track_file.put(tracks, sys.stdout)
        return 0
    if arguments.csv is not None:
        track_file.write(tracks, arguments.csv)
    frames = len({int(index) for track in tracks for index in track.frame_index})
    print(f"{len(tracks)} cars followed, one or more of them on {frames} frames")
    return 0
