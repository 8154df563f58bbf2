"""`slipstream new`: starts a session file for a clip."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("clip", type=Path, metavar="CLIP", help="the onboard video")
    parser.add_argument("--race", required=True, metavar="YEAR/EVENT/KIND", help="race session, such as 2024/Monaco/R")
    parser.add_argument("--driver", metavar="TLA", help="whose onboard it is; left out, the sync finds it")
    parser.add_argument("--recording", type=Path, metavar="FILE", help="live-timing recording to read instead of the network")
    parser.add_argument("--camera", choices=("front", "rear"), default="front", help="which way the camera looks")
    parser.add_argument("-o", "--output", type=Path, default=Path("session.toml"), metavar="FILE", help="session file to write")
    parser.add_argument("--force", action="store_true", help="replace a session file that exists")


def run(arguments: argparse.Namespace) -> int:
    """Check what can be checked without the network, write the file, and say what comes next."""
    from overlay.clip import Clip
    from sessions import session_file, stages
    from sessions.session import Session
    from telemetry.race_session import RaceSession

    with Clip(arguments.clip):
        pass
    session = Session(
        clip=arguments.clip,
        race=RaceSession.parse(arguments.race, recording=arguments.recording),
        driver=arguments.driver,
        camera=arguments.camera,
    )
    if arguments.recording is not None:
        stages.load_record(session)
    session_file.write(session, arguments.output, force=arguments.force)
    print(f"{arguments.output} is ready; next: slipstream sync {arguments.output}")
    return 0
