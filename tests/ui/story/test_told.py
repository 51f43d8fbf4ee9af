"""Which layers the page tells of."""

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.blocks import MAX_TOLD
from cnnviz.ui.story.told import is_long, told_layers, told_stages
from networks import build_branches, build_long


def test_of_a_short_network_every_layer_is_told_of(explorer: Explorer) -> None:
    for network in (explorer.network, build_branches()):
        assert len(network.layers) <= MAX_TOLD
        assert not is_long(network)
        assert told_layers(network) == network.layers


def test_of_a_long_network_one_layer_of_each_block_is_told_of() -> None:
    network = build_long()
    assert (len(network.layers), is_long(network)) == (63, True)
    outs = [*(f"block{number + 1:02}_out" for number in range(13)), "block14>out"]
    assert [layer.name for layer in told_layers(network)] == ["stem_relu", *outs, "averaged", "answer"]
    sizes = [len(stage) for stage in told_stages(network)]
    assert sizes == [3, 9, 3, 1, 1]
    assert [layer for stage in told_stages(network) for layer in stage] == list(told_layers(network))
