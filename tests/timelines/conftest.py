"""What several tests of timelines share: a recorded one of a small network."""

from pathlib import Path

import numpy as np
import pytest

from cnnviz.network.network import Network
from cnnviz.timelines.snapshot import ChannelFigures, Snapshot
from cnnviz.timelines.timeline_writer import TimelineWriter
from networks import build_tiny
from timelines_of import FACTORS, MEASURED


@pytest.fixture(scope="session")
def tiny() -> Network:
    """A network of few weights; not to be changed."""
    return build_tiny()


@pytest.fixture(scope="session")
def recorded(tiny: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its timeline of three snapshots, whose weights are half, once and twice its own; not to be changed."""
    folder = tmp_path_factory.mktemp("timelines") / "timeline"
    writer = TimelineWriter(folder, tiny, MEASURED, 32)
    writer.begin()
    for number, factor in enumerate(FACTORS):
        figures = {
            name: ChannelFigures(
                *(np.full(tiny.layer(name).shape[-1], factor * each, np.float32) for each in (1, 2, 0))
            )
            for name in MEASURED
        }
        weights = [factor * values for values in tiny.model.get_weights()]
        moment = Snapshot(10 * number, number / 2, "", {"loss": 0.7}, 0.5, {"conv2d_2": 0.75})
        writer.add(moment, weights, figures)
    return folder
