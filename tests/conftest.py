"""Tests keep race sessions in a folder of their own, never in the user's, and find nobody to ask for more."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take `--update-golden`."""
    parser.addoption("--update-golden", action="store_true", help="accept pictures and layouts as they are now")


@pytest.fixture(scope="session", autouse=True)
def _own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLIPSTREAM_CACHE", str(tmp_path_factory.mktemp("store")))
        patch.setenv("SLIPSTREAM_OPENF1", "http://127.0.0.1:9/v1")  # nobody listens there
        yield
