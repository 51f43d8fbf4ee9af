"""A long network as a tree of stages, blocks and layers."""

import json

from cnnviz.ui.network.tree import describe_tree
from networks import build_long


def test_the_tree_holds_every_layer_in_its_block_and_stage() -> None:
    network = build_long()
    stages = describe_tree(network)
    assert [len(stage["blocks"]) for stage in stages] == [3, 9, 3, 1, 1]
    blocks = [block for stage in stages for block in stage["blocks"]]
    assert [block["title"] for block in blocks] == [f"Block {number}" for number in range(1, 18)]
    layers = [layer for block in blocks for layer in block["layers"]]
    assert [layer["name"] for layer in layers] == [layer.name for layer in network.layers]
    assert stages[0]["title"].startswith("1 ")
    assert stages[0]["cells"] == ("3 blocks, 11 layers", "32×32×6", "900", "11×11")  # noqa: RUF001
    assert blocks[0]["cells"] == ("3 layers", "32×32×6", "192", "3×3")  # noqa: RUF001
    assert layers[0]["cells"] == ("Conv2D", "32×32×6", "168", "3×3")  # noqa: RUF001
    assert stages[-1]["cells"][0] == "1 block, 1 layer"


def test_what_is_sent_of_a_layer_is_short() -> None:
    network = build_long()
    assert len(json.dumps(describe_tree(network))) < 500 * len(network.layers)
