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

STEPS = """
import resource
import sys
import numpy as np
from sessions import heap

for name in sys.argv[1:]:
    getattr(heap, name)()
for step in range(4):  # the first asks the system for what all need
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    values = [np.ones(8_000_000, np.uint8) for _ in range(20)]
    del values
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults)  # of the last step alone
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is told")
def test_freed_pictures_leave_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", MIXED], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 10  # by itself glibc most often keeps 60


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is told")
def test_what_a_training_frees_serves_its_next_step() -> None:
    def faults(*told: str) -> int:
        return int(subprocess.run([sys.executable, "-c", STEPS, *told], capture_output=True, text=True, check=True).stdout)

    given_back, kept = faults("give_pictures_back"), faults("give_pictures_back", "keep_blocks")
    assert kept < given_back / 4
    assert kept < 40
