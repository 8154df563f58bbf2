"""What the network's runtime does beside its work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from overlay.sight import letters

READ = "import numpy\nfrom overlay.sight.letters import Letters\nLetters().line(numpy.zeros((48, 96, 3), numpy.uint8))"
READS = pytest.param(READ, marks=pytest.mark.skipif(not letters.available(), reason="the extra hud is not installed"))


@pytest.mark.parametrize("words", ["from segmentation.engine import OnnxNetwork; OnnxNetwork()", READS])
def test_nothing_is_told_to_its_maker_or_left_in_the_home(words: str, tmp_path: Path) -> None:
    away = ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME", "LOCALAPPDATA")
    around = {name: value for name, value in os.environ.items() if name not in away}
    subprocess.run([sys.executable, "-c", words], env=around | {"HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.iterdir()) == []
