"""A timeline: networks at several moments."""

import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from cnnviz.base.errors import FolderError, OptionError
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.timelines.timeline import Timeline
from cnnviz.timelines.timeline_folder import read_timeline
from timelines_of import FACTORS, MEASURED, add, record

EXAMPLES = Path(__file__).parents[2] / "cnnviz" / "ui" / "examples" / "photos"


@pytest.fixture
def timeline(tiny: Network, recorded: Path) -> Timeline:
    return read_timeline(tiny, recorded)


def test_a_timeline_is_a_sequence_of_moments(timeline: Timeline) -> None:
    assert [snapshot.step for snapshot in timeline] == [0, 10, 20]
    assert (timeline[-1].epoch, timeline[0].figures, timeline[1].probes) == (1.0, {"loss": 0.7}, {"conv2d_2": 0.75})
    assert repr(timeline) == "<Timeline of 3 snapshot(s): step 0 to step 20>"
    for index in (3, -4, "first"):
        with pytest.raises(OptionError, match="There are 3 snapshots, 0 to 2"):
            timeline[index]  # type: ignore[index]


def test_each_moment_is_a_network_of_its_own(timeline: Timeline, tiny: Network) -> None:
    before, batch = tiny.fingerprint, np.random.default_rng(2).random((1, 48, 48, 3)).astype(np.float32)
    for index, factor in enumerate(FACTORS):
        network = timeline.network_at(index)
        for own, then in zip(tiny.model.get_weights(), network.model.get_weights(), strict=True):
            assert np.allclose(then, factor * own, rtol=1e-3, atol=1e-6)
        maps, logits = timeline.activations(index, batch)
        expected, expected_logits = network.activations(batch)
        assert all(map(np.array_equal, maps, expected))
        assert np.array_equal(logits, expected_logits)
        assert (network.class_names, network.folder) == (tiny.class_names, None)
    assert tiny.fingerprint == before


def test_a_moment_of_a_network_with_a_lambda_layer_is_one_too(tmp_path: Path) -> None:
    steps = [layers.Conv2D(4, 3, name="conv2d_1"), layers.Lambda(abs), layers.Conv2D(4, 3, name="conv2d_2")]
    model = keras.Sequential([keras.Input((8, 8, 3)), *steps, layers.Flatten(), layers.Dense(1)])
    network = Network(model, ("cat", "dog"), Preprocessing(8, 8))
    record(network, tmp_path / "timeline", [1.0])
    batch = np.random.default_rng(2).random((1, 8, 8, 3)).astype(np.float32)
    _, logits = read_timeline(network, tmp_path / "timeline").activations(0, batch)
    assert np.allclose(logits, model.predict(batch, verbose=0), atol=1e-2)  # the weights are kept in 16 bits


def test_channels_are_those_of_the_layers_that_were_measured(timeline: Timeline) -> None:
    channels = timeline.channels(2)
    assert tuple(channels) == MEASURED
    assert channels["conv2d_2"].maximum.tolist() == [4.0] * 16
    assert (channels["conv2d_1"].mean.shape, channels["conv2d_1"].dead_share) == ((8,), 0)


def test_a_timeline_that_was_read_again_keeps_what_is_compiled(tiny: Network, tmp_path: Path) -> None:
    writer, batch = record(tiny, tmp_path / "timeline"), np.ones((1, 48, 48, 3), np.float32)
    before = read_timeline(tiny, tmp_path / "timeline")
    first = before.activations(2, batch)[1]
    add(writer, 3.0)
    after = before.renewed(read_timeline(tiny, tmp_path / "timeline"))
    assert ([each.step for each in after], after.network) == ([0, 10, 20, 30], tiny)
    assert not np.array_equal(after.activations(3, batch)[1], first)
    assert np.array_equal(before.activations(2, batch)[1], first)  # one has the weights of the other now
    assert after._opened is before._opened


def test_threads_share_a_timeline(timeline: Timeline) -> None:
    batch = np.ones((1, 48, 48, 3), np.float32)
    expected = [timeline.activations(index, batch)[1] for index in range(3)]
    order = [number % 3 for number in range(30)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda index: timeline.activations(index, batch)[1], order))
    assert all(np.array_equal(logits, expected[index]) for index, logits in zip(order, found, strict=True))


def test_a_timeline_is_pickled_with_the_places_of_its_weights(timeline: Timeline) -> None:
    timeline.activations(0, np.ones((1, 48, 48, 3), np.float32))
    again = pickle.loads(pickle.dumps(timeline))
    assert all(map(np.array_equal, again.weights(1), timeline.weights(1)))


@pytest.mark.parametrize("is_missing", [True, False])
def test_a_file_that_changed_is_refused_when_it_is_looked_at(
    is_missing: bool, tiny: Network, recorded: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(recorded, tmp_path / "copy"))
    file = folder / "timeline-0000000010.npz"
    content = bytearray(file.read_bytes())
    content[1000] ^= 1
    file.unlink() if is_missing else file.write_bytes(content)
    timeline = read_timeline(tiny, folder)
    timeline.weights(0)
    with pytest.raises(FolderError, match="missing" if is_missing else "sha256"):
        timeline.weights(1)


def test_the_embedded_model_comes_with_its_training_from_random_weights_on() -> None:
    explorer, photos = load(), sorted(EXAMPLES.glob("*.jpg"))
    timeline = explorer.timeline()
    assert [snapshot.step for snapshot in timeline] == [0, *(2**power for power in range(7, 14)), 16302]
    assert sum(place.size for place in timeline.places) < 5_000_000
    begun, ended = Explorer(timeline.network_at(0)), Explorer(timeline.network_at(8))
    for now, before, at_the_end in zip(*(each.predict(photos) for each in (explorer, begun, ended)), strict=True):
        assert before["dog"] == pytest.approx(0.5, abs=0.25)
        assert at_the_end == pytest.approx(now, abs=0.05)
