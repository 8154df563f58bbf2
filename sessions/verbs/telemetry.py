"""`slipstream telemetry fetch`: gets a race session's data once, and keeps them."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    words = "get a race session's data and keep them; one that broke off goes on where it was"
    fetch = actions.add_parser("fetch", help=words, description=words[0].upper() + words[1:] + ".")
    fetch.add_argument("--race", required=True, metavar="YEAR/EVENT/KIND", help="race session, such as 2024/Monaco/R")
    fetch.add_argument("--recording", type=Path, metavar="FILE", help="live-timing recording to read instead of the network")
    fetch.add_argument(
        "--source",
        choices=("auto", "fastf1", "openf1"),
        default="auto",
        help="whom to ask without a recording: FastF1 (sign in with `slipstream login`), OpenF1 (free, from 2023 on), or both in turn",
    )
    fetch.add_argument("--again", action="store_true", help="get them anew though they are here")
    fetch.add_argument("--quiet", action="store_true", help="say nothing while it works")


def run(arguments: argparse.Namespace) -> int:
    """Fetch what is not here, and say what is."""
    from sessions.progress import progress
    from telemetry import store
    from telemetry.race_session import RaceSession

    race = RaceSession.parse(arguments.race, recording=arguments.recording, source=arguments.source)
    if arguments.again:
        store.forget(race)
    known = store.is_kept(race)
    with progress(f"fetch {race}", quiet=arguments.quiet, unit="requests") as show:
        record = store.load(race, on_progress=show)
    laps = max((len(found) for found in record.laps.values()), default=0)
    print(f"{record.event_name} {race.year} {race.kind}: {len(record.traces)} cars with telemetry, {laps} laps")
    path = store.path_of(race)
    if store.is_kept(race):
        print(f"{'was here already' if known else 'kept'}: {path} ({path.stat().st_size / 1e6:.1f} MB)")
    else:
        print(f"not kept: {path.parent} cannot be written; name another folder in SLIPSTREAM_CACHE")
    return 0
