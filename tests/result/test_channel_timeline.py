"""A channel's map of a photo while the network learned."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cnnviz
from cnnviz.base.errors import FolderError, LayerNotFoundError, OptionError
from cnnviz.explorer.explorer import Explorer
from networks import build_branches, build_tiny
from pictures import draw

FACTORS = (0.5, 1.0, 2.0)


def record(network: cnnviz.Network, where: Path) -> Path:
    """Make checkpoints of a network whose weights grow, and a timeline of them."""
    own, paths = network.model.get_weights(), []
    for factor in FACTORS:
        network.model.set_weights([np.float32(factor) * values for values in own])
        paths.append(cnnviz.save(Explorer(network), where / f"{factor}"))
    network.model.set_weights(own)
    cnnviz.timeline(paths, where / "timeline")
    return where / "timeline"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(build_tiny(), tmp_path_factory.mktemp("grown"))


def test_maps_and_answers_are_those_of_each_checkpoint(folder: Path) -> None:
    explorer, photo = cnnviz.load(folder.parent / "2.0"), draw(80, 60)
    made = explorer(photo).timeline("conv2d_2", 5)  # the one beside the model
    assert [snapshot.title for snapshot in made.snapshots] == ["0.5", "1.0", "2.0"]
    for index, factor in enumerate(FACTORS):
        then = cnnviz.load(folder.parent / f"{factor}")(photo)
        assert np.allclose(made.maps[index], then["conv2d_2"].feature_maps[5], rtol=0.01, atol=0.01)
        assert made.probabilities[index] == pytest.approx(then.probabilities, abs=0.02)
    assert made.label == explorer(photo).label
    assert made.to_list()[2]["max"] == made.maps[2].max()


def test_without_a_channel_it_is_the_strongest_one(folder: Path) -> None:
    explorer = cnnviz.load(folder.parent / "2.0")
    result, timeline = explorer(draw()), explorer.timeline()
    made = result.timeline("conv2d_2", timeline=timeline)
    assert made.channel == result["conv2d_2"].strongest(1)[0].channel
    assert isinstance(made.picture("viridis"), Image.Image)
    assert np.array_equal(made.maps, result.timeline("conv2d_2", made.channel, folder).maps)


def test_a_layer_that_can_be_negative_is_drawn_around_zero(tmp_path: Path) -> None:
    network = build_branches()
    made = Explorer(network)(draw()).timeline("signed", 1, record(network, tmp_path))
    assert made.maps.shape == (3, 40, 56)
    assert made.maps.min() < 0
    assert made.picture().mode == "RGB"


def test_what_is_not_there_is_told_of(folder: Path, small_explorer: Explorer) -> None:
    result = cnnviz.load(folder.parent / "1.0")(draw())
    with pytest.raises(LayerNotFoundError, match="conv9"):
        result.timeline("conv9", 0)
    with pytest.raises(OptionError, match="99"):
        result.timeline("conv2d_1", 99)
    with pytest.raises(OptionError, match="'dense_1' has no maps"):
        result.timeline("dense_1", 0)
    with pytest.raises(FolderError, match="This model has no timeline"):
        small_explorer(draw()).timeline("conv2d_1", 0)
