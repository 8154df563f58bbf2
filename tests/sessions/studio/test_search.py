import json
from dataclasses import replace
from pathlib import Path

import pytest

from overlay.errors import OverlayError
from sessions import session_file, sync_stage
from sessions.session import SyncSettings
from sessions.studio.search import search
from sessions.workspace import Workspace


class StopItError(Exception):
    """Raised to stop a search."""


def test_a_search_that_is_stopped_leaves_what_was_known(demo_session: Path) -> None:
    session, workspace = session_file.read(demo_session), Workspace.of(demo_session)
    before = sync_stage.stored(session, workspace)
    asked: list[int] = []

    def go_on() -> None:
        asked.append(1)
        if len(asked) == 5:
            raise StopItError

    with pytest.raises(StopItError):
        search(session, workspace, go_on=go_on)
    assert before is not None
    assert sync_stage.stored(session, workspace) == before


def test_what_is_found_elsewhere_is_kept_here_as_the_command_keeps_it(demo_session: Path) -> None:
    session, workspace = replace(session_file.read(demo_session), sync=SyncSettings()), Workspace.of(demo_session)
    known = json.loads(workspace.path("sync.json").read_text())
    workspace.path("sync.json").unlink()
    found = search(session, workspace, go_on=lambda: None)
    assert found.accepted
    assert json.loads(workspace.path("sync.json").read_text()) == known


def test_why_a_search_fails_is_said_here(demo_session: Path) -> None:
    session = session_file.read(demo_session)
    with pytest.raises(OverlayError, match=r"absent\.mp4"):
        search(replace(session, clip=demo_session.parent / "absent.mp4"), Workspace.of(demo_session), go_on=lambda: None)
