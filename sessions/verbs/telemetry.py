"""`slipstream telemetry fetch`: gets a race session's data once, and keeps them."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telemetry.race_record import RaceRecord


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
    known = store.kept(race) is not None
    if not known and not arguments.quiet:
        print(f"fetching {race}; this is done once", file=sys.stderr)
    with progress(f"fetch {race}", quiet=arguments.quiet, unit="requests") as show:
        record = store.load(race, on_progress=show)
    print("\n".join(_found(record)))
    path = store.path_of(race)
    if store.kept(race) is not None:
        print(f"{'was here already' if known else 'kept'}: {path} ({path.stat().st_size / 1e6:.1f} MB)")
    else:
        print(f"not kept: {path.parent} cannot be written; name another folder in SLIPSTREAM_CACHE")
    return 0


def _found(record: "RaceRecord") -> list[str]:
    """Return what there is in words, with what was measured of it."""
    from telemetry.circuit import survey
    from telemetry.corners import corners
    from telemetry.lag import car_data_lag_s

    race = record.race
    laps = max((len(found) for found in record.laps.values()), default=0)
    lines = [f"{record.event_name} {race.year} {race.kind}: {len(record.traces)} cars with telemetry, {laps} laps"]
    if record.unread_lines:
        lines.append(f"left out: {record.unread_lines} lines of the recording, torn or with other contents than their stream's")
    silent = [tla for tla in record.drivers if tla not in record.traces]
    if silent:
        lines.append(f"without telemetry: {', '.join(silent)}")
    circuit = survey(record)
    if circuit is None:
        lines.append("too few whole laps to survey the circuit: nobody is told ahead of anybody")
        return lines
    named = "officially numbered" if record.corners else "numbered by its shape"
    lines.append(f"circuit: {circuit.length_m:.0f} m, {len(corners(circuit, record.corners))} corners, {named}")
    lines.append(f"car data are stamped {car_data_lag_s(record, circuit):.3f} s later than positions; that is taken out")
    return lines
