"""Timelines that are recorded for the tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnnviz.network.network import Network
from cnnviz.timelines.snapshot import ChannelFigures, Snapshot
from cnnviz.timelines.timeline_writer import TimelineWriter

MEASURED = ("conv2d_1", "conv2d_2")
"""The layers whose channels are told of."""

FACTORS = (0.5, 1.0, 2.0)
"""What a network's own weights are multiplied by, snapshot by snapshot."""


def record(network: Network, folder: Path, factors: Sequence[float] = FACTORS) -> TimelineWriter:
    """Record a network whose weights are its own, times a factor, ten steps and half an epoch from one to the next."""
    writer = TimelineWriter(folder, network, MEASURED, 32)
    writer.begin()
    for factor in factors:
        add(writer, factor)
    return writer


def add(writer: TimelineWriter, factor: float) -> None:
    """Record one more."""
    network, number = writer.network, len(writer.entries)
    figures = {
        name: ChannelFigures(*(np.full(network.layer(name).shape[-1], factor * each, np.float32) for each in (1, 2, 0)))
        for name in MEASURED
    }
    weights = [factor * values for values in network.model.get_weights()]
    writer.add(Snapshot(10 * number, number / 2, "", {"loss": 0.7}, 0.5, {"conv2d_2": 0.75}), weights, figures)
