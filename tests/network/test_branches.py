"""The branches of blocks, in networks that have them."""

from collections.abc import Sequence

import keras

from cnnviz.network.blocks import Block
from cnnviz.network.branches import Branch, find_branches, find_path
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from networks import build_branches, build_long, build_residual

Told = tuple[str | None, list[str], str | None]


def names(layers: Sequence[Layer]) -> list[str]:
    return [layer.name for layer in layers]


def tell(branches: Sequence[Branch]) -> list[Told]:
    return [(branch.start, names(branch.layers), branch.end) for branch in branches]


def block_of(network: Network, name: str) -> Block:
    return next(block for block in network.blocks if name in names(block.layers))


def test_a_shortcut_leads_past_a_block_and_has_layers_where_the_maps_shrink() -> None:
    network = build_long()
    plain, shrinking = (block_of(network, f"{name}_add").layers for name in ("block02", "block12"))
    assert names(find_path(plain)) == [f"block02_{part}" for part in ("conv", "norm", "add", "out")]
    assert tell(find_branches(plain)) == [(None, [], "block02_add")]
    assert names(find_path(shrinking)) == [f"block12_{part}" for part in ("conv", "norm", "add", "out")]
    assert tell(find_branches(shrinking)) == [(None, ["block12_past"], "block12_add")]


def test_a_chain_has_no_branches() -> None:
    block = build_long().blocks[0].layers
    assert find_path(block) == block
    assert find_branches(block) == []


def test_a_gate_is_a_branch_beside_the_maps_that_it_weighs() -> None:
    block = block_of(build_residual(), "gate").layers
    assert names(find_path(block)) == ["conv_2", "norm_2", "gated", "added", "relu_2"]
    branches = [("norm_2", ["squeeze", "gate"], "gated"), (None, [], "added")]
    assert sorted(tell(find_branches(block)), key=str) == sorted(branches, key=str)


def test_every_layer_of_a_block_has_one_place() -> None:
    for network in (build_long(), build_residual(), build_branches(), build_nested()):
        for block in network.blocks:
            placed = [*find_path(block.layers)]
            placed += [layer for branch in find_branches(block.layers) for layer in branch.layers]
            assert sorted(names(placed)) == sorted(names(block.layers))


def test_a_branch_within_a_branch_begins_and_ends_in_it() -> None:
    block = block_of(build_nested(), "joined").layers
    assert names(find_path(block))[:4] == ["a1", "a2", "a3", "joined"]
    told = tell(find_branches(block))
    assert told == [(None, ["b1", "b2", "b3"], "joined"), ("b1", [], "b3")]


def build_nested() -> Network:
    """Build a block of two branches, of which one has a shortcut."""
    layers = keras.layers
    picture = keras.Input((16, 16, 3))
    maps = layers.Conv2D(4, 3, padding="same", name="stem")(picture)
    long = maps
    for number in (1, 2, 3):
        long = layers.Conv2D(4, 3, padding="same", name=f"a{number}")(long)
    first = layers.Conv2D(4, 3, padding="same", name="b1")(maps)
    short = layers.Add(name="b3")([layers.ReLU(name="b2")(first), first])
    joined = layers.Concatenate(name="joined")([long, short])
    answer = layers.Dense(3, name="answer")(layers.GlobalMaxPooling2D(name="most")(joined))
    return Network(keras.Model(picture, answer), ("ant", "bee", "oak"), Preprocessing(16, 16))
