"""What a long render frees is really given back."""

import subprocess
import sys

import pytest

MIXED = """
import numpy as np
from pathlib import Path
from sessions.heap import give_pictures_back

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

if {asked}:
    give_pictures_back()
small, before = [], resident_mb()
for _ in range(3):  # stretch after stretch of pictures among small things that stay
    pictures = []
    for _ in range(20):
        pictures.append(np.ones(3_000_000, np.uint8))
        small.append(np.ones(20_000, np.uint8))
    del pictures
print(resident_mb() - before - 1.2)  # the small things
"""


def left_mb(*, asked: bool) -> float:
    """Return how much more a process holds after it has freed all its pictures."""
    done = subprocess.run([sys.executable, "-c", MIXED.format(asked=asked)], capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is told")
def test_freed_pictures_leave_the_process_only_when_asked_for() -> None:
    assert left_mb(asked=True) < 10
    assert left_mb(asked=False) > 20
