"""Taking snapshots of a network that changes."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cnnviz.network.network import Network
from cnnviz.recording.fixed_photos import FixedPhotos
from cnnviz.recording.recorder import Recorder
from cnnviz.timelines.timeline_folder import read_timeline
from networks import build_tiny


def test_what_is_recorded_is_measured_with_the_weights_of_the_moment(tmp_path: Path) -> None:
    network = build_tiny()
    pixels = np.random.default_rng(5).integers(0, 256, (8, 48, 48, 3)).astype(np.uint8)

    def probe(network: Network) -> Mapping[str, float]:
        return {"conv2d_1": float(network.model.get_weights()[0].max() > 0)}

    recorder = Recorder(tmp_path / "timeline", network, FixedPhotos(pixels, np.zeros(8, np.int64)), None, probe)
    recorder.begin()
    recorder.record(0, network.model.get_weights(), {}, 0.0)
    assert [step for step in range(1, 12) if recorder.is_due(step)] == [1, 2, 4, 8]
    network.model.set_weights([0 * values for values in network.model.get_weights()])
    recorder.record(11, network.model.get_weights(), {"loss": 0.25}, 1.0)
    recorder.record(11, network.model.get_weights(), {"loss": 0.5}, 1.0)  # is there already
    timeline = read_timeline(network, tmp_path / "timeline")
    assert [(each.step, each.probes["conv2d_1"]) for each in timeline] == [(0, 1), (11, 0)]
    assert timeline[1].figures == {"loss": 0.25}
    assert timeline.channels(0)["conv2d_2"].dead_share < 1 == timeline.channels(1)["conv2d_2"].dead_share
    assert timeline.num_photos == 8
