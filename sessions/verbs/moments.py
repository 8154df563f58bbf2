"""`slipstream moments`: battles, overtakes, closing runs, braking duels and fastest sectors worth a clip."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telemetry.moment import Moment

SHOWN = 30  # rows of the table; a race has some hundred moments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--race", required=True, metavar="YEAR/EVENT/KIND", help="race session, such as 2024/Monaco/R")
    parser.add_argument(
        "--driver", type=str.upper, metavar="TLA", help="only what this driver's onboard shows, forwards or backwards"
    )
    parser.add_argument("--recording", type=Path, metavar="FILE", help="live-timing recording to read instead of the network")
    parser.add_argument("--source", choices=("auto", "fastf1", "openf1"), default="auto", help="whom to ask without a recording")
    parser.add_argument("--top", type=int, default=SHOWN, metavar="N", help=f"rows of the printed table (default {SHOWN})")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write every moment there; - is standard output")
    parser.add_argument("--json", action="store_true", help="print every moment as JSON")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the gaps over the race: .png, .svg or .pdf")
    parser.add_argument("--force", action="store_true", help="replace files that exist")


def run(arguments: argparse.Namespace) -> int:
    """Find the moments and print them, the one most worth seeing first."""
    from sessions.errors import SessionError
    from sessions.outputs import STANDARD_OUTPUT, refuse_existing, refuse_other_than_plot, write_text
    from telemetry import moments, moments_file, store
    from telemetry.field import field_of
    from telemetry.race_session import RACES, RaceSession
    from telemetry.timeline import require_driver

    if arguments.top < 1:
        raise SessionError(f"--top {arguments.top}; wanted 1 or more")
    race = RaceSession.parse(arguments.race, recording=arguments.recording, source=arguments.source)
    for file in (arguments.csv, arguments.plot):
        if file is not None:
            refuse_existing(file, force=arguments.force, inputs=() if race.recording is None else (race.recording,))
    if arguments.plot is not None:
        refuse_other_than_plot(arguments.plot)
    if arguments.plot is not None and race.kind not in RACES:
        raise SessionError(f"{race} is no race: there are no gaps to draw; leave --plot out")
    record = store.load(race)
    if arguments.driver is not None:
        require_driver(record, arguments.driver)
    field = field_of(record) if race.kind in RACES else None
    found = moments.find(record, driver=arguments.driver, field=field)
    if arguments.plot is not None:
        from sessions import moments_plot

        if field is None or not any(record.laps.values()):
            raise SessionError(f"{race} has no laps to draw by; leave --plot out")
        moments_plot.draw(record, field, found, arguments.plot, driver=arguments.driver)
    if arguments.csv is not None:
        write_text(arguments.csv, moments_file.to_csv(found))
    if arguments.json:
        print(moments_file.to_json(found), end="")
    elif arguments.csv != STANDARD_OUTPUT:
        print("\n".join(_table(found, arguments.top)))
    return 0


def _table(found: Sequence["Moment"], top: int) -> list[str]:
    if not found:
        return ["no moments: nobody came within a second of anybody, and no sector was timed"]
    lines = ["  N  score  kind            lap  session time  UTC           who  what"]
    for number, what in enumerate(found[:top], start=1):
        minutes, seconds = divmod(what.key_s, 60)
        lines.append(
            f"{number:>3}  {what.score:5.1f}  {what.kind:<14}  {what.lap or '–':>3}  {minutes:6.0f}:{seconds:04.1f}"
            f"   {what.utc:%H:%M:%S.%f}"[:-5]
            + f"    {what.driver}  {what.reason}"
        )
    if len(found) > top:
        lines.append(f"{len(found) - top} more: --top {len(found)}, --csv FILE or --json")
    lines.append("start a session from one: slipstream new CLIP --race … --moment N (with the same --driver as here)")
    return lines
