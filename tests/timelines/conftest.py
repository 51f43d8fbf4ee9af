"""What several tests of timelines share: a recorded one of a small network."""

from pathlib import Path

import pytest

from cnnviz.network.network import Network
from networks import build_tiny
from timelines_of import record


@pytest.fixture(scope="session")
def tiny() -> Network:
    """A network of few weights; not to be changed."""
    return build_tiny()


@pytest.fixture(scope="session")
def recorded(tiny: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its timeline of three snapshots, whose weights are half, once and twice its own; not to be changed."""
    folder = tmp_path_factory.mktemp("timelines") / "timeline"
    record(tiny, folder)
    return folder
