"""Which layers the tab draws: all of a short network; of a long one, those that are open."""

from collections.abc import Sequence
from typing import TypedDict

from cnnviz.network.blocks import Block, passes_on
from cnnviz.network.network import Network
from cnnviz.ui.story.told import is_long


class LayersPlace(TypedDict):
    """Where a layer of a long network is found: the number of its stage, and of the block to open if that hides it."""

    stage: int
    block: int | None


def choose_layers(network: Network, stage: int = 0, blocks: Sequence[int] = ()) -> list[str]:
    """Choose the layers that are drawn.

    Args:
        network: The network.
        stage: The number of the stage that is open, if the network is long.
        blocks: The numbers of the network's blocks of which every layer is drawn, but those that only pass on.

    Returns:
        The layers' names in order: all of a short network; of a long one, one of each block of the stage, and those of
        the blocks.
    """
    if not is_long(network):
        return [layer.name for layer in network.layers]
    numbered = enumerate(network.stages[stage].blocks, start=sum(len(each.blocks) for each in network.stages[:stage]))
    drawn = [drawn_names(block) if number in blocks else [block.name] for number, block in numbered]
    return [name for names in drawn for name in names]


def drawn_names(block: Block) -> list[str]:
    """List the layers of a block that can be drawn: the others show nothing of their own.

    Args:
        block: The block.

    Returns:
        The layers' names in order; the last one is the block's.
    """
    return [layer.name for layer in block.layers if layer is block.shown or not passes_on(layer)]


def list_places(network: Network) -> dict[str, LayersPlace]:
    """Tell of each layer of a long network in which stage and block it is.

    Args:
        network: The network.

    Returns:
        The places by the layers' names; none for a short network, of which all is open.
    """
    if not is_long(network):
        return {}
    blocks = ((number, block) for number, stage in enumerate(network.stages) for block in stage.blocks)
    return {
        layer.name: {"stage": stage, "block": None if layer is block.shown else number}
        for number, (stage, block) in enumerate(blocks)
        for layer in block.layers
    }
