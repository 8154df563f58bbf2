"""Files that are whole or not there, whatever the disk does."""

import errno
import os
from pathlib import Path

import pytest

from segmentation import track_file
from segmentation.errors import SegmentationError
from sessions import cli, demo, opening, outputs
from sessions.errors import SessionError


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def test_a_disk_that_takes_nothing_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("write_text", "open", "unlink", "mkdir"):
        monkeypatch.setattr(Path, name, refuse)
    with pytest.raises(SessionError, match=r"a\.json: Read-only"):
        outputs.write_text(tmp_path / "a.json", "{}")
    with pytest.raises(SegmentationError, match=r"a\.csv: Read-only"):
        track_file.write([], tmp_path / "a.csv")
    with pytest.raises(SessionError, match="demo: Read-only"):
        demo.unpack(tmp_path / "demo")


def test_what_breaks_off_leaves_the_file_before(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("before")

    def half(place: Path) -> None:
        place.write_text("ha")
        refuse()

    with pytest.raises(SessionError):
        outputs.write_beside(path, half)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_one(tmp_path: Path) -> None:
    kept, link = tmp_path / "kept" / "a.toml", tmp_path / "a.toml"
    kept.parent.mkdir()
    kept.write_text("before")
    link.symlink_to(kept)
    outputs.write_text(link, "after")
    assert link.is_symlink()
    assert kept.read_text() == "after"


def test_a_picture_that_is_there_is_replaced_only_with_force(
    short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"mine")
    monkeypatch.setattr(opening, "load_record", lambda *_: pytest.fail("before any work"))
    for words in (["sync", str(short), "--plot"], ["evaluate", str(tmp_path), "--sheet"], ["timeline", str(short), "--plot"]):
        assert cli.main([*words, str(photo)]) == 2
        assert "--force to replace it" in capsys.readouterr().err
    assert photo.read_bytes() == b"mine"
