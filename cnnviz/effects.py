"""What each channel adds to the decision: the logit with it, minus the logit without it."""

import math

import numpy as np
from numpy.typing import NDArray

from cnnviz.ablation import masks_without
from cnnviz.network import Network, require_numbers
from cnnviz.result import Result

MAX_BATCH = 32
MAX_VALUES = 2**24
"""Activations of all later layers together that one batch may hold: 64 MB."""


def channel_effects(
    network: Network, result: Result, layer_name: str, class_name: str | None = None
) -> NDArray[np.float64]:
    """Switch the channels of a layer off, one at a time, and ask the network again each time.

    Only the layers after it are computed again, for many channels at once.

    Args:
        network: The network.
        result: What it made of a photo.
        layer_name: The layer's name. A flattened layer has the channels of what it flattens.
        class_name: The class whose logit is looked at; None for the most probable.

    Returns:
        Shape (C,), float64: the logit of the class minus the same logit without the channel. Positive: the channel
        speaks for the class.

    Raises:
        LayerNotFoundError: If no layer has that name.
        OptionError: If the layer gives the answer itself.
        NetworkError: If there is no such class, or the network's values leave the range of numbers.
    """
    class_name = class_name or result.label
    with_all = network.head.class_logit(result.logits, class_name)
    masks_without(network.layers, {layer_name: []})  # refuses the last layer and unknown ones
    index = [layer.name for layer in network.layers].index(layer_name)
    activations = [layer.activation for layer in result.layers]
    picture = network.preprocessing.scale(np.asarray(result.seen))
    later = sum(math.prod(layer.shape) for layer in network.layers[index:])
    size = max(min(MAX_BATCH, MAX_VALUES // later), 1)
    silent = result[layer_name].statistics.silent  # zero already: nothing changes without them
    effects, active = np.zeros(len(silent)), np.flatnonzero(~silent).tolist()
    for start in range(0, len(active), size):
        channels = active[start : start + size]
        masks = np.stack([masks_without(network.layers, {layer_name: [channel]})[layer_name] for channel in channels])
        logits = network.logits_after(index, activations, masks, picture)
        require_numbers(logits, network.layers[-1].name)
        effects[channels] = [with_all - network.head.class_logit(each, class_name) for each in logits]
    return effects
