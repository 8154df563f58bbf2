"""`slipstream tune`: the tuning page."""

import argparse
import gc
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("session", type=Path, metavar="SESSION.toml", help="session file")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port on this machine; any free one when left out")
    parser.add_argument("--open", action="store_true", help="also open the page in the browser")


def run(arguments: argparse.Namespace) -> int:
    """Serve the page until Ctrl+C."""
    gc.disable()  # what is loaded now stays: to look through it for rubbish would only keep the page waiting
    try:
        return _serve(arguments)
    finally:
        gc.enable()


def _serve(arguments: argparse.Namespace) -> int:
    from sessions.errors import SessionError
    from sessions.studio.desk import Desk

    try:
        from sessions.studio import server
    except ModuleNotFoundError as error:
        raise SessionError(
            f"the page needs the extra `tune` ({error.name} is not installed): pip install 'slipstream[tune]'"
        ) from error
    with server.listen(arguments.port) as door:
        desk = Desk(arguments.session)
        gc.freeze()
        gc.enable()
        server.serve(desk, door, open_browser=arguments.open, say=_say)
    return 0


def _say(address: str) -> None:
    print(f"tuning page: {address}\nopen it in a browser on this machine; Ctrl+C ends it", flush=True)
