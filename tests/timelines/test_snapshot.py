"""What is known of one moment."""

import numpy as np

from cnnviz.timelines.snapshot import ChannelFigures, Snapshot


def test_a_moment_is_called_after_its_step_or_its_file() -> None:
    assert Snapshot(step=12345).title == "step 12,345"
    assert Snapshot(name="epoch-05.keras").title == "epoch-05.keras"
    assert repr(Snapshot(step=0, accuracy=0.5)) == "<Snapshot of step 0: 50% right>"


def test_a_channel_is_dead_if_it_is_silent_on_every_photo() -> None:
    zeros = np.zeros(4, np.float32)
    assert ChannelFigures(zeros, zeros, np.array([1, 0.97, 1, 0], np.float32)).dead_share == 0.5
