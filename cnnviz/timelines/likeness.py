"""Which networks have the same architecture, so that one takes the weights of the other."""

import hashlib
import json

from cnnviz.network.layer import activation_name
from cnnviz.network.network import Network

SETTINGS = ("kernel_size", "strides", "padding", "dilation_rate", "groups", "pool_size", "axis", "epsilon")
"""What a layer computes with, besides its weights, as far as its kind and its connections do not say it."""


def architecture_digest(network: Network) -> str:
    """Identify the architecture of a network, whatever its layers and classes are called.

    Args:
        network: The network.

    Returns:
        A sha256 of the kinds of its layers, their connections and settings, and the shapes of all weights.
    """
    positions = {layer.name: number for number, layer in enumerate(network.layers)}
    layers = []
    for layer in network.layers:
        operation = network.operation(layer.name)
        settings = [str(getattr(operation, name, None)) for name in SETTINGS]
        inputs = [positions[name] for name in layer.inputs]
        layers.append([layer.kind, layer.shape[-1], inputs, activation_name(operation), settings])
    shapes = [list(weights.shape) for weights in network.model.weights]
    return hashlib.sha256(json.dumps([layers, shapes]).encode()).hexdigest()
