"""The automatic sync in a process of its own: the page stays quick while it listens, and it can be stopped at any instant."""

from collections.abc import Callable

from sessions import apart, opening, sync_stage
from sessions.errors import SessionError
from sessions.session import Session
from sessions.sights_stage import Looking
from sessions.sync_stage import SyncResult
from sessions.workspace import Workspace


def search(session: Session, workspace: Workspace, *, go_on: Callable[[], None]) -> SyncResult:
    """Return where the clip lies, found anew, and remember it; when it is stopped what was known before stays.

    Args:
        session: Its sync settings do not matter.
        workspace: Where what is found is kept.
        go_on: Called again and again; what it raises stops the search.

    Raises:
        SessionError: It broke off. Likewise all that `sync_stage.search` and loading the race session raise.
    """
    try:
        with apart.Call(_search, session, workspace) as call:
            found = call.answer(go_on)
    except apart.BrokeOff as error:
        raise SessionError("the search broke off; `slipstream sync` may say why") from error
    sync_stage.keep(session, workspace, found)
    return found


def _search(session: Session, workspace: Workspace) -> SyncResult:
    with Looking(session, workspace) as looking:
        return sync_stage.search(session, opening.load_record(session), looking)
