"""Scores of a layer's channels: what each adds to the decision, and what each loses without colours."""

import math

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.steps import Steps
from cnnviz.network.network import Network, require_numbers
from cnnviz.result.ablation import masks_without
from cnnviz.result.result import Result

EFFECTS, GRAY = "effects", "gray"
"""Names of the scores."""

MAX_BATCH = 32
MAX_VALUES = 2**24
"""Largest number of activations of all later layers in one batch: 64 MB."""


def channel_effects(
    network: Network, result: Result, layer_name: str, class_name: str | None = None
) -> Steps[NDArray[np.float64]]:
    """Measure the effect of each channel of a layer: switch it off alone, and compute the answer again.

    Only the layers after it are computed again, for many channels in one batch.

    Args:
        network: The network.
        result: The network's result for a photo.
        layer_name: The layer's name. A flattened layer has the channels of the layer that it flattens.
        class_name: The class whose logit is compared; None for the most probable.

    Yields:
        The share of the work that is done, before each batch.

    Returns:
        Shape (C,), float64: the logit of the class minus the same logit without the channel. Positive: the channel
        speaks for the class.

    Raises:
        LayerNotFoundError: If no layer has that name.
        OptionError: If the layer is the layer of the answer.
        NetworkError: If there is no such class, or the network's values are infinite or NaN.
    """
    class_name = class_name or result.label
    with_all = network.head.class_logit(result.logits, class_name)
    masks_without(network.layers, {layer_name: []})  # refuses the last layer and unknown ones
    index = [layer.name for layer in network.layers].index(layer_name)
    activations = [layer.activation for layer in result.layers]
    picture = result.numbers
    later = sum(math.prod(layer.shape) for layer in network.layers[index:])
    size = max(min(MAX_BATCH, MAX_VALUES // later), 1)
    silent = result[layer_name].statistics.silent  # they are already zero: nothing changes without them
    effects, active = np.zeros(len(silent)), np.flatnonzero(~silent).tolist()
    for start in range(0, len(active), size):
        yield start / len(active)
        channels = active[start : start + size]
        masks = np.stack([masks_without(network.layers, {layer_name: [channel]})[layer_name] for channel in channels])
        logits = network.logits_after(index, activations, masks, picture)
        require_numbers(logits, network.layers[-1].name)
        effects[channels] = [with_all - network.head.class_logit(each, class_name) for each in logits]
    return effects


def color_losses(result: Result, in_gray: Result, layer_name: str) -> NDArray[np.float64]:
    """Compute what each channel of a layer loses without colours.

    Args:
        result: The network's result for a photo.
        in_gray: Its result for the same photo in black and white.
        layer_name: The layer's name.

    Returns:
        Shape (C,), float64 in [0, 1]: the sum of max(|a| - |g|, 0) over all places, divided by the sum of |a|,
        where a is an activation and g is the same activation in black and white; 0 for a silent channel.

    Raises:
        LayerNotFoundError: If no layer has that name.
    """
    shape = (len(result[layer_name].feature_maps), -1)
    colored, gray = (np.abs(each[layer_name].feature_maps.reshape(shape)) for each in (result, in_gray))
    lost = np.maximum(colored - gray, 0).sum(axis=1, dtype=np.float64)
    whole = colored.sum(axis=1, dtype=np.float64)
    losses: NDArray[np.float64] = np.divide(lost, whole, out=np.zeros_like(whole), where=whole > 0)
    return losses
