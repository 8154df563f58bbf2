"""`slipstream new`: starts a session file for a clip."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from sessions.numbers import number

if TYPE_CHECKING:
    from sessions.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("clip", type=Path, metavar="CLIP", help="the onboard video")
    parser.add_argument("--race", required=True, metavar="YEAR/EVENT/KIND", help="race session, such as 2024/Monaco/R")
    parser.add_argument("--driver", type=str.upper, metavar="TLA", help="whose onboard it is; left out, the sync finds it")
    parser.add_argument("--recording", type=Path, metavar="FILE", help="live-timing recording to read instead of the network")
    parser.add_argument("--source", choices=("auto", "fastf1", "openf1"), default="auto", help="whom to ask without a recording")
    parser.add_argument("--camera", choices=("front", "rear"), help="which way the camera looks (default front)")
    parser.add_argument(
        "--moment", type=int, metavar="N", help="the clip shows moment N of `slipstream moments`: whose, where, when"
    )
    parser.add_argument("--at", type=number, metavar="SECONDS", help="with --moment: it happens at this second of the clip")
    parser.add_argument("-o", "--output", type=Path, default=Path("session.toml"), metavar="FILE", help="session file to write")
    parser.add_argument("--force", action="store_true", help="replace a session file that exists")


def run(arguments: argparse.Namespace) -> int:
    """Check what can be checked without the network, write the file, and say what comes next."""
    from overlay.clip import Clip
    from sessions import opening, session_file
    from sessions.errors import SessionError
    from sessions.session import Session
    from telemetry.race_session import RaceSession

    with Clip(arguments.clip):
        pass
    session = Session(
        clip=arguments.clip,
        race=RaceSession.parse(arguments.race, recording=arguments.recording, source=arguments.source),
        driver=arguments.driver,
        camera=arguments.camera or "front",
    )
    if arguments.moment is not None:
        session = _of_moment(session, arguments)
    elif arguments.at is not None:
        raise SessionError("--at says when a moment happens in the clip; name the moment with --moment N")
    elif arguments.recording is not None:
        opening.load_record(session)
    session_file.write(session, arguments.output, force=arguments.force)
    step = "check" if session.sync.by_hand else "sync"
    print(f"{arguments.output} is ready; next: slipstream {step} {shlex.quote(str(arguments.output))}")
    return 0


def _of_moment(session: "Session", arguments: argparse.Namespace) -> "Session":
    """Return the session with what a moment says: whose onboard shows it, by which camera, and when where that is known."""
    from dataclasses import replace

    from sessions import opening
    from sessions.errors import SessionError
    from sessions.session import SyncSettings
    from telemetry import moments
    from telemetry.sync.anchors import Anchor

    found = moments.find(opening.load_record(session), driver=session.driver)
    if not 1 <= arguments.moment <= len(found):
        raise SessionError(
            f"{session.race} has no moment {arguments.moment}; `slipstream moments` numbers them 1 to {len(found)}"
        )
    moment = found[arguments.moment - 1]
    driver = session.driver or moment.driver
    minutes, seconds = divmod(moment.key_s, 60)
    print(
        f"moment {arguments.moment}: {moment.driver} {moment.reason}; lap {moment.lap}, {moment.utc:%H:%M:%S} UTC, "
        f"session time {minutes:.0f}:{seconds:04.1f}"
    )
    anchors = () if arguments.at is None else (Anchor(video_time_s=arguments.at, session_time_s=round(moment.key_s, 3)),)
    return replace(session, driver=driver, camera=arguments.camera or moment.camera(driver), sync=SyncSettings(anchors=anchors))
