"""Which layers the tab draws, and where each is found."""

from cnnviz.explorer.explorer import Explorer
from cnnviz.ui.layers.choice import choose_layers, drawn_names, list_places
from networks import LAYERS, build_long


def test_of_a_short_network_all_is_open(explorer: Explorer) -> None:
    assert choose_layers(explorer.network) == list(LAYERS)
    assert list_places(explorer.network) == {}


def test_of_a_long_network_the_ends_of_a_stage_s_blocks_are_drawn_and_what_is_opened() -> None:
    network = build_long()
    assert choose_layers(network) == ["stem_relu", "block01_out", "block02_out"]
    assert choose_layers(network, 3) == ["averaged"]
    opened = ["block12_conv", "block12_norm", "block12_past", "block12_add", "block12_out"]
    assert choose_layers(network, 2, [12, 500]) == [*opened, "block13_out", "block14>out"]
    assert [drawn_names(block) for block in network.blocks if block.name == "block12_out"] == [opened]


def test_each_layer_of_a_long_network_is_found_in_its_stage_and_block() -> None:
    network = build_long()
    places = list_places(network)
    assert list(places) == [layer.name for layer in network.layers]
    assert places["stem"] == {"stage": 0, "block": 0}
    assert places["block03_past"] == {"stage": 1, "block": 3}
    assert places["answer"] == {"stage": 4, "block": None}
