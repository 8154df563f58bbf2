"""The automatic sync in a process of its own: the page stays quick while it listens, and it can be stopped at any instant."""

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection

from sessions import stages, sync_stage
from sessions.errors import SLIPSTREAM_ERRORS, SessionError
from sessions.session import Session
from sessions.sync_stage import SyncResult
from sessions.workspace import Workspace

LOOK_S = 0.1  # how often it is asked whether to go on


def search(session: Session, workspace: Workspace, *, go_on: Callable[[], None]) -> SyncResult:
    """Return where the clip lies, found anew, and remember it; when it is stopped what was known before stays.

    Args:
        session: Its sync settings do not matter.
        workspace: Where what is found is kept.
        go_on: Called again and again; what it raises stops the search.

    Raises:
        SessionError: It broke off. Likewise all that `sync_stage.search` and loading the race session raise.
    """
    # A new interpreter, not a fork: this one has threads, whose locks a fork would leave locked for ever.
    context = multiprocessing.get_context("spawn")
    answer, door = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(session, workspace, door), name="search", daemon=True)
    process.start()
    door.close()
    try:
        while not answer.poll(LOOK_S):
            go_on()
        told = answer.recv()
    except EOFError as error:
        raise SessionError("the search broke off; `slipstream sync` may say why") from error
    finally:
        process.terminate()
        process.join()
        answer.close()
    if not isinstance(told, SyncResult):
        raise told
    sync_stage.keep(session, workspace, told)
    return told


def _work(session: Session, workspace: Workspace, door: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in the terminal is for the server, which ends this one
    try:
        door.send(sync_stage.search(session, stages.load_record(session), workspace))
    except SLIPSTREAM_ERRORS as error:
        door.send(error)
