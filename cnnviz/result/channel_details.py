"""Description of one channel for one photo, as plain JSON values."""

from typing import Any

from cnnviz.network.network import Network
from cnnviz.result.arithmetic import ArithmeticFacts, KernelFacts, find_kernel, unit_arithmetic
from cnnviz.result.channel import Channel, ChannelFacts, UnitFacts
from cnnviz.result.result import Result


class ChannelDetails(ChannelFacts):
    """All that is known of one channel for one photo, and of one of its units."""

    contribution: float | None
    kernel: KernelFacts | None
    unit: UnitFacts | None
    arithmetic: ArithmeticFacts | None


def describe_details(
    network: Network, result: Result, layer_name: str, channel: int, row: int | None = None, column: int | None = None
) -> ChannelDetails:
    """Describe one channel completely, and how one of its units computed its activation.

    Args:
        network: The network.
        result: The network's result for a photo.
        layer_name: The layer's whole name.
        channel: The channel's index.
        row: Row of a unit in the feature map; None for no unit.
        column: Column of the unit.

    Returns:
        The values of `Channel.to_dict`, and also: contribution, the channel's share of the answer's logit, None if the
        layer does not feed the last one; kernel, the values of `Kernel.to_dict`, None if the layer is no convolution;
        unit, the unit's row, column, activation and box, None if no unit was asked for; and arithmetic, the values of
        `Arithmetic.to_dict`, None if there is no unit of a convolution.

    Raises:
        LayerNotFoundError: If no layer has that name.
        OptionError: If the layer has no such channel or unit.
    """
    found = result.channel(layer_name, channel)
    kernel = find_kernel(network, layer_name, channel)
    feeds = result.decision is not None and result.decision.layer_name == layer_name
    place: Any = (row, column)  # a row without a column, or the reverse, is no unit: it is refused
    has_unit = place != (None, None)
    asked = unit_arithmetic(network, result, layer_name, channel, *place) if kernel and has_unit else None
    return {
        **found.to_dict(),
        "contribution": _contribution(result, found) if feeds else None,
        "kernel": kernel.to_dict() if kernel else None,
        "unit": found.unit(*place) if has_unit else None,
        "arithmetic": asked.to_dict() if asked else None,
    }


def _contribution(result: Result, channel: Channel) -> float:
    num_channels = len(channel.layer.feature_maps)
    return float(result.contributions().by_channel(num_channels)[channel.index])
