import socket
import sys
from pathlib import Path

import pytest

from sessions import cli


def test_without_the_extra_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "nicegui", None)
    for name in [name for name in sys.modules if name.startswith("sessions.studio")]:
        monkeypatch.delitem(sys.modules, name)
    assert cli.main(["tune", str(tmp_path / "session.toml")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "pip install 'slipstream[tune]'" in said


def test_a_port_that_is_taken_is_named_with_the_remedy(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert cli.main(["tune", str(demo_session), "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert f"port {port} cannot be used" in said
    assert "--port" in said
