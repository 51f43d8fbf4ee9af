"""Passes of a network over pictures with values in [0, 1], whatever the numbers that the network gets."""

import numpy as np
from numpy.typing import NDArray

from cnnviz.network.network import Network
from cnnviz.network.passes import Values


def logits_of(network: Network, pictures: Values) -> Values:
    """Compute the logits of pictures.

    Args:
        network: The network.
        pictures: Shape (B, height, width, C), float32, in [0, 1] from black to white; values outside are computed too.

    Returns:
        Shape (B, num_outputs), float32.

    Raises:
        NetworkError: If Keras or its backend cannot compute a layer.
    """
    return network.logits(network.preprocessing.affine.numbers(pictures))


def slopes_of(network: Network, pictures: NDArray[np.floating], class_name: str) -> Values:
    """Compute the gradient of a class's logit with respect to the values of pictures.

    Args:
        network: The network.
        pictures: Shape (B, height, width, C), float32, in [0, 1] from black to white; values outside are computed too.
        class_name: One of the class names.

    Returns:
        Shape (B, height, width, C), float32.

    Raises:
        NetworkError: If there is no such class, or Keras or its backend cannot compute a layer.
    """
    affine = network.preprocessing.affine
    return affine.slopes(network.gradients(affine.numbers(pictures), class_name)[1])
