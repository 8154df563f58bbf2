"""`slipstream batch`: many sessions, lined up and rendered or posted."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from sessions.errors import EXIT_OK, EXIT_USER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sessions.batch_item import Result, Work


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("sessions", nargs="+", metavar="SESSIONS", help="session files, folders of them, or patterns in quotes")
    parser.add_argument("--export", action="append", default=[], metavar="PRESETS", help="posts for these instead of the clip")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler to spread over, as tcp://10.0.0.5:8786")
    parser.add_argument("--workers", type=int, metavar="N", help="sessions at a time on this machine (default: half its cores)")
    parser.add_argument("-o", "--output", type=Path, default=Path("batch.json"), metavar="FILE", help="manifest (batch.json)")
    parser.add_argument("--force", action="store_true", help="do again what is fresh")
    parser.add_argument("--json", action="store_true", help="print the manifest instead of a table")
    parser.add_argument("--quiet", action="store_true", help="say nothing until all is done")


def run(arguments: argparse.Namespace) -> int:
    """Run them all; 2 when any failed."""
    import sys
    import time

    from sessions import batch
    from sessions.batch_item import Work
    from sessions.errors import SessionError
    from sessions.outputs import followed, refuse_other_than_own_json

    if arguments.workers is not None and arguments.workers < 1:
        raise SessionError(f"--workers {arguments.workers}; wanted 1 or more")
    refuse_other_than_own_json(arguments.output, fields=("sessions", "items"))
    presets = _presets(arguments.export)
    files = batch.files(arguments.sessions)
    works = [Work(followed(file), presets, arguments.force) for file in files]
    started_s = time.monotonic()
    done: dict[str, Result] = {}
    for result in batch.spread(works, scheduler=arguments.scheduler, workers=arguments.workers):
        done[result.session] = result
        if not arguments.quiet:
            print(f"{len(done)} of {len(works)}: {result.session}: {result.state}", file=sys.stderr, flush=True)
        # After every session: a batch that is cut short says what was done.
        _keep(arguments.output, _manifest(_in_order(works, done), len(works), time.monotonic() - started_s))
    ordered = _in_order(works, done)
    if arguments.json:
        print(arguments.output.read_text(encoding="utf-8"), end="")
    else:
        _show(ordered)
        print(f"manifest: {arguments.output}")
    return EXIT_OK if all(result.good for result in ordered) else EXIT_USER


def _presets(words: list[str]) -> tuple[str, ...]:
    """Return the presets' names, known or refused before any work begins; a file's path is made absolute for the workers."""
    from overlay.export import presets

    if not words:
        return ()
    presets.choose(words)
    names = [name.strip() for word in words for name in word.split(",") if name.strip()]
    return tuple(str(Path(name).resolve()) if name.endswith(".toml") else name for name in names)


def _manifest(results: "Sequence[Result]", wanted: int, seconds: float) -> dict[str, object]:
    return {
        "sessions": wanted,
        "good": sum(result.good for result in results),
        "failed": sum(not result.good for result in results),
        "seconds": round(seconds, 2),
        "items": [result.to_json() for result in results],
    }


def _in_order(works: "Sequence[Work]", done: "dict[str, Result]") -> "list[Result]":
    return [done[str(work.file)] for work in works if str(work.file) in done]


def _keep(path: Path, manifest: dict[str, object]) -> None:
    import json

    from sessions.outputs import write_text

    write_text(path, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


def _show(results: "Sequence[Result]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table()
    for heading in ("session", "state", "seconds", "what came of it"):
        table.add_column(heading, justify="right" if heading == "seconds" else "left", overflow="fold")
    for result in results:
        state = result.state if result.good else f"[bold red]{result.state}[/]"
        said = result.error or "\n".join(os.path.relpath(output) for output in result.outputs)
        table.add_row(escape(os.path.relpath(result.session)), state, f"{result.seconds:.1f}", escape(said))
    Console(highlight=False).print(table)
