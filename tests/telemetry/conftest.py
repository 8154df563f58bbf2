"""A made race as OpenF1 publishes it, served on this machine."""

from collections.abc import Iterator

import pytest

from telemetry import openf1_client
from tests.telemetry.openf1_server import StandIn, published, serving
from tests.telemetry.races import Made, drive, race

END_S = 200.0


@pytest.fixture(scope="session")
def made() -> Made:
    """Two cars: AAA stops in the pits, BBB's positions are lost for a while."""
    pits = ((100.0, 125.0),)
    stop = drive(0.0, 1.0, end_s=END_S, changes=((100.0, 125.0, 0.4),), off=((100.0, 125.0, 20.0),), pits=pits)
    return race({"AAA": stop, "BBB": drive(-20.0, 0.98, end_s=END_S, lost=((30.0, 35.0),))})


@pytest.fixture
def server(made: Made, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """OpenF1, which has that race."""
    monkeypatch.setattr(openf1_client, "APART_S", 0.0)
    monkeypatch.setattr(openf1_client, "FIRST_WAIT_S", 0.01)
    stand_in = StandIn(published(made.record))
    with serving(stand_in) as address:
        monkeypatch.setenv("SLIPSTREAM_OPENF1", address)
        yield stand_in
