"""The command line: finds the verb, runs it, and turns errors into one line and an exit code."""

import argparse
import errno
import importlib
import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from types import FrameType

from sessions.heap import give_pictures_back

# In the order of a user's day. A verb's file, with all that it imports, is loaded only when it is called.
VERBS: dict[str, str] = {
    "demo": "render the embedded sample, the whole job without a network",
    "telemetry": "fetch a race session's data and keep them",
    "login": "say how to sign in to Formula 1's data, and try it",
    "moments": "find battles and overtakes worth a clip",
    "new": "start a session file for a clip",
    "check": "say whether everything is there, and what would be done",
    "sync": "find where the clip lies on its race session",
    "track": "find and follow the cars of the clip",
    "timeline": "say what the timing knows at every frame",
    "preview": "draw one tagged frame",
    "themes": "list the looks, or draw them on a sheet",
    "render": "write the clip with its tags",
    "tune": "see, hear and set it all in the browser",
    "export": "write posts for every platform, and files for editors",
    "reel": "join several sessions to one post",
    "batch": "line up and render or post many sessions",
    "segment": "find the cars in still pictures",
    "frames": "take pictures out of a clip, to label them",
    "train": "teach a network from labelled pictures",
    "evaluate": "judge a network on labelled pictures or a simulated clip",
    "bench": "measure the speed against plain transcoding and other ways",
    "lint": "check a video against what a platform takes",
}
BRIEF = {"sync"}  # over in seconds: what its heap keeps until then does no harm, and giving it back takes time


def _version() -> str:
    try:
        return version("slipstream")
    except PackageNotFoundError:
        return "not installed"


def _parser(verb: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="slipstream", description="Tags the car ahead in Formula 1 onboard video with who it is and how fast it goes."
    )
    parser.add_argument("--version", action="version", version=f"slipstream {_version()}")
    parser.add_argument("--debug", action="store_true", help="show the whole traceback of an error")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    for name, summary in VERBS.items():
        sub = verbs.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name == verb:
            importlib.import_module(f"sessions.verbs.{name}").add_arguments(sub)
    return parser


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _write_any_letter() -> None:
    """Let a terminal or file that knows few letters have the others as their numbers: one in a clip's name ends no command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _write_no_more() -> None:
    """Give up standard output, so that what is still to be written is not tried once more at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end)  # what is half written goes, as when it is stopped by hand
    _write_any_letter()
    words = list(sys.argv[1:] if argv is None else argv)
    verb = next((word for word in words if not word.startswith("-")), None)
    if verb not in BRIEF:
        give_pictures_back()
    debug = "--debug" in words
    try:
        try:
            arguments = _parser(verb).parse_args(words)
            return int(importlib.import_module(f"sessions.verbs.{arguments.verb}").run(arguments))
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # what cannot be written shows here, where there are words for it, and not after the end
    except KeyboardInterrupt:
        print("slipstream: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        _write_no_more()
        return 0
    except Exception as error:  # the one top-level handler
        from sessions.errors import EXIT_SYNC_REFUSED, EXIT_USER, SLIPSTREAM_ERRORS, SyncRefusedError

        if debug:
            traceback.print_exc()
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _write_no_more()
            print(f"slipstream: cannot write: {error.strerror}; make room and run it again", file=sys.stderr)
            return EXIT_USER
        if isinstance(error, SLIPSTREAM_ERRORS):
            print(f"slipstream: {_one_line(error)}", file=sys.stderr)
            return EXIT_SYNC_REFUSED if isinstance(error, SyncRefusedError) else EXIT_USER
        print(f"slipstream: this is a defect of ours: {type(error).__name__}: {_one_line(error)}", file=sys.stderr)
        if not debug:
            print("slipstream: run it again as `slipstream --debug …` and report what it prints", file=sys.stderr)
        return 1
