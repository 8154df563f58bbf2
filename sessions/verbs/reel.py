"""`slipstream reel`: several sessions joined to one post."""

import argparse
from functools import partial
from pathlib import Path

from sessions.numbers import number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("sessions", nargs="+", type=Path, metavar="SESSION.toml", help="session files, in order")
    parser.add_argument("--preset", action="append", required=True, metavar="NAMES", help="reels,tiktok,… or all, or a .toml")
    parser.add_argument("-o", "--output", type=Path, default=Path("reel"), metavar="DIR", help="folder (default: reel)")
    parser.add_argument("--seconds", type=number, metavar="S", help="at most this much of each clip, around its best moment")
    parser.add_argument("--no-replay", action="store_true", help="no slow motion")
    parser.add_argument("--captions", choices=("none", "burn"), default="none", help="draw who is ahead in words")
    parser.add_argument("--theme", metavar="NAME", help="look of the tags (default: large type where tall or square)")
    parser.add_argument("--guides", action="store_true", help="draw what each platform covers, to look at and not to post")
    parser.add_argument("--accept-unsure", type=int, metavar="N", help="take candidate N of every sync that is not sure")
    parser.add_argument("--force", action="store_true", help="replace what exists")
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def run(arguments: argparse.Namespace) -> int:
    """Make the reel for every preset; 1 when some of them failed."""
    from overlay.export import presets
    from overlay.export.reel import Chapter, Reel, run
    from sessions import posts
    from sessions.errors import SessionError
    from sessions.progress import progress
    from sessions.verbs.export import report

    if arguments.seconds is not None and arguments.seconds <= 0:
        raise SessionError(
            f"--seconds {arguments.seconds:g} leaves nothing of each clip; give more than 0, or leave it out for no limit"
        )
    chosen = presets.choose(arguments.preset)
    there = [path for preset in chosen if (path := arguments.output / f"reel.{preset.name}.mp4").exists()]
    if there and not arguments.force:
        raise SessionError(f"{there[0]} exists; give another folder with -o, or --force to replace it")
    prepared = [posts.prepare(file, quiet=arguments.quiet, accept_unsure=arguments.accept_unsure) for file in arguments.sessions]
    order = Reel(
        chosen,
        arguments.output,
        tuple(
            Chapter(entry.session.clip, entry.script, entry.timeline, partial(entry.theme, name=arguments.theme))
            for entry in prepared
        ),
        seconds=arguments.seconds,
        replay=not arguments.no_replay,
        burn=arguments.captions == "burn",
        guides=arguments.guides,
    )
    with progress("reel", quiet=arguments.quiet) as show:
        outcomes = run(order, on_progress=show)
    warnings = tuple(warning for entry in prepared for warning in entry.script.warnings)
    return report(outcomes, warnings=warnings)
