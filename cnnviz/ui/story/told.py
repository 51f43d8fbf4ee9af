"""The layers that the page tells of: all of a short network; of a long one, that which each block is shown by."""

from cnnviz.network.blocks import MAX_TOLD
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network


def is_long(network: Network) -> bool:
    """Tell whether a network has too many layers to tell of each.

    Args:
        network: The network.

    Returns:
        Whether the page tells of its blocks.
    """
    return len(network.layers) > MAX_TOLD


def told_layers(network: Network) -> tuple[Layer, ...]:
    """List the layers that the page tells of.

    Args:
        network: The network.

    Returns:
        All layers of a short network; of a long one, one for each block.
    """
    return tuple(block.shown for block in network.blocks) if is_long(network) else network.layers


def told_stages(network: Network) -> list[tuple[Layer, ...]]:
    """List the layers that the page tells of a long network, stage by stage.

    Args:
        network: The network.

    Returns:
        For each stage one layer of each block.
    """
    return [tuple(block.shown for block in stage.blocks) for stage in network.stages]
