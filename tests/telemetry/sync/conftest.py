"""The sample's race, read once for all tests of the sync."""

from pathlib import Path

import pytest

from sessions import demo
from telemetry import store
from telemetry.race_record import RaceRecord
from telemetry.race_session import RaceSession


@pytest.fixture(scope="session")
def record() -> RaceRecord:
    """The race that the sample is from."""
    return store.load(RaceSession(2025, "Alta Grand Prix", "R", Path(demo.__file__).parent / "livetiming.txt"))
