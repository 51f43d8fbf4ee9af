"""The short form of a timeline: much smaller, close to the whole one, and by how much it is off is written down."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnviz.base.errors import OptionError
from cnnviz.network.network import Network
from cnnviz.result.channel_timeline import follow_channel
from cnnviz.timelines.timeline import Timeline
from cnnviz.timelines.timeline_folder import read_timeline
from networks import SMALL_SIDE, build_small
from scripts.short_timeline import join_runs, probabilities, shorten
from timelines_of import record

COARSE = np.random.default_rng(5).integers(0, 256, (80, 4, 4, 3)).astype(np.uint8)
PHOTOS = COARSE.repeat(SMALL_SIDE // 4, axis=1).repeat(SMALL_SIDE // 4, axis=2)
LEARNED, OTHERS = PHOTOS[:60], PHOTOS[60:]
RANK = 24


@pytest.fixture(scope="module")
def network() -> Network:
    return build_small()


@pytest.fixture(scope="module")
def whole(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Timeline:
    folder = tmp_path_factory.mktemp("whole")
    record(network, folder, (0.5, 1.0, 1.5, 2.0))
    return read_timeline(network, folder)


@pytest.fixture(scope="module")
def short(whole: Timeline, tmp_path_factory: pytest.TempPathFactory) -> Timeline:
    return shorten(join_runs([whole]), tmp_path_factory.mktemp("short"), LEARNED, OTHERS, (0, 10, 30), RANK)


def test_the_moments_that_were_wished_stay_with_all_that_was_measured(whole: Timeline, short: Timeline) -> None:
    assert [snapshot.step for snapshot in short] == [0, 10, 30]
    assert (short.measured, short.num_photos) == (whole.measured, whole.num_photos)
    for index, place in enumerate((0, 1, 3)):
        kept, before = short[index], whole[place]
        assert (kept.epoch, kept.figures, kept.accuracy, kept.probes) == (
            before.epoch,
            before.figures,
            before.accuracy,
            before.probes,
        )
        for name, figures in whole.channels(place).items():
            assert np.array_equal(short.channels(index)[name].maximum, figures.maximum)


def test_a_moment_takes_a_fraction_of_its_room(whole: Timeline, short: Timeline) -> None:
    assert max(place.size for place in short.places) < min(place.size for place in whole.places) / 4


def test_what_is_said_of_the_answers_is_how_far_off_they_are(whole: Timeline, short: Timeline) -> None:
    assert whole[0].answer_error is None
    for index, place in enumerate((0, 1, 3)):
        full, near = (probabilities(each.network_at(at), OTHERS) for each, at in ((whole, place), (short, index)))
        off = np.abs(near - full).max(axis=1)
        assert short[index].answer_error == pytest.approx(float(np.quantile(off, 0.95)), abs=1e-6)
        assert 0 < float(off.max()) < 0.2


def test_maps_of_convolutions_change_by_rounding_alone(network: Network, whole: Timeline, short: Timeline) -> None:
    numbers, layer = network.preprocessing.scale(OTHERS[0]), network.layer("conv2d_4")
    near, full = (follow_channel(each, numbers, layer, 3, "dog") for each in (short, whole))
    assert np.abs(near.maps - full.maps[[0, 1, 3]]).max() < 0.05 * full.maps.max()
    assert "kept in short form" in near._repr_html_()
    assert "short form" not in full._repr_html_()


def test_it_may_replace_the_timeline_that_it_is_made_of_which_stays_if_that_fails(
    network: Network, whole: Timeline, tmp_path: Path
) -> None:
    own = tmp_path / "timeline"
    record(network, own, (0.5, 1.0))
    with pytest.raises(OptionError, match=r"^There are snapshots of the steps 0, 10\. Received: 7\.$"):
        shorten(join_runs([read_timeline(network, own)]), own, LEARNED, OTHERS, [0, 7], RANK)
    assert np.array_equal(read_timeline(network, own).weights(1)[0], whole.weights(1)[0])
    made = shorten(join_runs([read_timeline(network, own)]), own, LEARNED, OTHERS, [10], RANK)
    assert [snapshot.step for snapshot in made] == [10]
    assert [path.name for path in tmp_path.iterdir()] == ["timeline"]


def test_runs_that_went_on_from_one_another_are_counted_through(whole: Timeline, tmp_path: Path) -> None:
    training = {"best_epoch": 1, "num_photos": {"train": 650}, "batch_size": 32}
    first = replace(whole, network=replace(whole.network, manifest={"training": training}))
    moments = join_runs([first, whole])
    found = [(each.timeline is first, each.index, each.snapshot.step, each.snapshot.epoch) for each in moments]
    assert found == [
        *((True, index, 10 * index, index / 2) for index in range(2)),
        *((False, index, 20 + 10 * index, 1 + index / 2) for index in range(4)),
    ]
    made = shorten(moments, tmp_path / "new" / "short", LEARNED, OTHERS, [10, 30], RANK)
    assert [(snapshot.step, snapshot.epoch) for snapshot in made] == [(10, 0.5), (30, 1.5)]
    for near, full in zip((0, 1), (1, 1), strict=True):
        assert np.allclose(made.weights(near)[0], whole.weights(full)[0], atol=0.02)


def test_a_kernel_that_is_small_stays_whole(network: Network, whole: Timeline, tmp_path: Path) -> None:
    made = shorten(join_runs([whole]), tmp_path / "short", LEARNED, OTHERS, [10], 400)
    assert np.allclose(made.weights(0)[8], whole.weights(1)[8], atol=1e-3)
    assert made[0].answer_error == pytest.approx(0, abs=0.02)
