import os
from dataclasses import replace
from pathlib import Path

import pytest

from overlay.errors import OverlayError
from sessions import session_file
from sessions.errors import SessionError
from sessions.session import OverlaySettings, Session, SyncSettings
from sessions.studio.draft import Draft
from sessions.workspace import Workspace
from tests.sessions.test_session_file import MINIMAL

COMMENTED = "# mine\n" + MINIMAL + "[sync] # by ear\noffset_s = 1.5\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "session.toml"
    path.write_text(COMMENTED)
    return path


def opened(file: Path) -> Draft:
    return Draft(file, Workspace.of(file))


def offset(session: Session, offset_s: float) -> Session:
    return replace(session, sync=SyncSettings(offset_s=offset_s))


def test_a_change_is_undone_and_done_again(file: Path) -> None:
    draft = opened(file)
    before = draft.session
    draft.change("Move the offset", offset(before, 2.0))
    assert draft.undo() == "Move the offset"
    assert draft.session == before
    assert draft.redo() == "Move the offset"
    assert draft.session.sync.offset_s == 2.0
    assert draft.redo() is None


def test_steps_that_follow_each_other_fast_are_undone_together(file: Path) -> None:
    draft = opened(file)
    for step in range(5):
        draft.change("Move the offset", offset(draft.session, 2.0 + step), joins=True)
    draft.change("Theme", replace(draft.session, overlay=OverlaySettings(theme="minimal")), joins=True)
    draft.undo()
    assert draft.session.sync.offset_s == 6.0
    draft.undo()
    assert draft.session.sync.offset_s == 1.5
    assert draft.undo() is None


def test_a_change_after_undoing_forgets_what_was_undone(file: Path) -> None:
    draft = opened(file)
    draft.change("Move the offset", offset(draft.session, 2.0))
    draft.undo()
    draft.change("Move the offset", offset(draft.session, 3.0))
    assert draft.redoable is None


def test_saving_keeps_comments_and_whatever_was_not_touched(file: Path) -> None:
    draft = opened(file)
    draft.change("Move the offset", offset(draft.session, 2.25))
    assert file.read_text() == COMMENTED
    draft.save()
    assert file.read_text() == COMMENTED.replace("1.5", "2.25")
    assert draft.is_saved


def test_a_file_changed_meanwhile_is_noticed_and_not_overwritten(file: Path) -> None:
    draft = opened(file)
    draft.change("Move the offset", offset(draft.session, 2.0))
    theirs = COMMENTED + "\n[overlay]\ntheme = 'minimal' # theirs\n"
    file.write_text(theirs)
    assert draft.changed_on_disk()
    with pytest.raises(SessionError, match="changed on disk meanwhile"):
        draft.save()
    assert file.read_text() == theirs
    draft.save(over=True)
    assert file.read_text() == theirs.replace("1.5", "2.0")
    assert not draft.changed_on_disk()
    assert draft.session.overlay.theme == "minimal"


def test_loading_the_changed_file_can_be_undone(file: Path) -> None:
    draft = opened(file)
    draft.change("Move the offset", offset(draft.session, 2.0))
    file.write_text(COMMENTED.replace("1.5", "9.0"))
    draft.load()
    assert draft.session.sync.offset_s == 9.0
    draft.undo()
    assert draft.session.sync.offset_s == 2.0


def test_a_changed_file_that_cannot_be_loaded_stays_a_changed_file(file: Path) -> None:
    draft = opened(file)
    file.write_text("clip = [")
    with pytest.raises(SessionError, match="is not a session file"):
        draft.load()
    assert draft.changed_on_disk()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('clip = "', 'camera = "rear"\nclip = "other-', "another clip and camera now"),
        ("2024", "2023", "another race now"),
    ],
)
def test_a_file_of_another_clip_or_race_takes_a_new_start_which_offers_what_was_unsaved(
    file: Path, old: str, new: str, said: str
) -> None:
    draft = opened(file)
    draft.change("Move the offset", offset(draft.session, 2.0))
    before, theirs = draft.session, file.read_text().replace(old, new, 1)
    file.write_text(theirs)
    with pytest.raises(SessionError, match=said):
        draft.load()
    with pytest.raises(SessionError, match=said):
        draft.save(over=True)
    assert (draft.session, file.read_text()) == (before, theirs)
    assert draft.changed_on_disk()
    again = opened(file).recovered
    assert again is not None
    assert again.sync.offset_s == 2.0


def test_a_file_with_a_look_that_there_is_not_is_refused_and_not_loaded(file: Path) -> None:
    draft = opened(file)
    before = draft.session
    file.write_text(COMMENTED + '[overlay]\ntheme = "brodcast"\n')
    with pytest.raises(OverlayError, match="no theme 'brodcast'"):
        draft.load()
    assert draft.session == before
    assert draft.changed_on_disk()
    with pytest.raises(OverlayError, match="no theme 'brodcast'"):
        opened(file)


def test_what_was_changed_outlives_a_file_that_is_gone(file: Path) -> None:
    draft = opened(file)
    draft.change("Move the offset", offset(draft.session, 2.0))
    file.unlink()
    with pytest.raises(SessionError, match="changed on disk"):
        draft.save()
    draft.save(over=True)
    assert session_file.read(file).sync.offset_s == 2.0
    assert draft.is_saved
    assert not draft.changed_on_disk()


def test_what_a_killed_page_left_unsaved_can_be_had_back(file: Path) -> None:
    killed = opened(file)
    killed.change("Move the offset", offset(killed.session, 2.0))
    again = opened(file)
    assert again.session.sync.offset_s == 1.5
    again.recover()
    assert again.session == killed.session
    again.save()
    assert opened(file).recovered is None


def test_what_was_left_unsaved_and_is_not_wanted_is_gone(file: Path) -> None:
    killed = opened(file)
    killed.change("Move the offset", offset(killed.session, 2.0))
    opened(file).forget()
    assert opened(file).recovered is None


def test_a_file_that_cannot_be_written_stays_whole_and_the_draft_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = opened(file)
    draft.change("Move the offset", offset(draft.session, 2.0))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(SessionError, match="No space left"):
        draft.save()
    monkeypatch.undo()
    assert file.read_text() == COMMENTED
    assert session_file.read(file).sync.offset_s == 1.5
    assert not draft.is_saved
