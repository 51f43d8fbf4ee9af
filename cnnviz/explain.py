"""Evidence maps: where in the picture a network finds what speaks for a class.

All methods start from the logit of the class, never from a saturated probability; of the negative class of a single
sigmoid it is minus the logit. All maps are raw, as their papers define them: neither scaled nor resized.
"""

from dataclasses import dataclass, field

import numpy as np

from cnnviz.attribution import OF_PICTURES
from cnnviz.cam import OF_LAYERS
from cnnviz.errors import OptionError
from cnnviz.layer import Layer
from cnnviz.network import Network, Values, require_numbers
from cnnviz.receptive_field import SPATIAL, ReceptiveField

METHODS = (*OF_LAYERS, *OF_PICTURES)
"""By what they read: the activation of a layer, or the picture."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """An evidence map.

    Args:
        method: Its name in `METHODS`.
        class_name: The class that is spoken for.
        layer_name: The layer that it was read from; None if it was read from the picture.
        values: Shape (h, w), float32.
        seen: Where each value belongs: what its unit sees of the network's picture.

    Example:
        >>> explanation = cnnviz.load()("photo.jpg").explain("hires_cam", "dog", "conv2d_4")
        >>> explanation.values.shape
        (15, 15)
    """

    method: str
    class_name: str
    layer_name: str | None
    values: Values = field(repr=False)
    seen: ReceptiveField = field(repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing speaks for the class: every value is zero, which is a finding and no fault."""
        return not self.values.any()


def explain(
    network: Network, picture: Values, method: str, class_name: str, layer_name: str | None = None
) -> Explanation:
    """Explain an answer.

    Args:
        network: The network.
        picture: What it saw: shape (height, width, 3), float32 in [0, 1].
        method: One of `METHODS`.
        class_name: The class that is spoken for.
        layer_name: The layer to read it from, for methods that read a layer; None for the last convolution.

    Returns:
        The map.

    Raises:
        OptionError: If there is no such method, or the layer has no places or gives the answer itself, or a method
            that reads the picture is given a layer.
        LayerNotFoundError: If no layer has that name.
        NetworkError: If there is no such class, or the network's values leave the range of numbers.
    """
    if method in OF_LAYERS:
        layer = network.layer(layer_name) if layer_name is not None else last_convolution(network)
        if len(layer.shape) != SPATIAL:
            raise OptionError(f"Evidence maps need a layer with places. Received: layer_name='{layer.name}'.")
        activation, gradient = network.gradients(picture[None], class_name, layer.name)
        values = OF_LAYERS[method](activation[0].astype(np.float64), gradient[0].astype(np.float64))
        seen, layer_name = layer.receptive_field.of_places(*layer.shape[:2]), layer.name
    elif method not in OF_PICTURES:
        raise OptionError(f"No method named {method!r}. Methods: {', '.join(METHODS)}. Received: method={method!r}.")
    elif layer_name is not None:
        raise OptionError(f"'{method}' reads the picture, no layer. Received: layer_name={layer_name!r}.")
    else:
        values, seen = OF_PICTURES[method](network, picture, class_name)
    require_numbers(values, layer_name or "picture")
    return Explanation(method, class_name, layer_name, values.astype(np.float32), seen)


def last_convolution(network: Network) -> Layer:
    """Give the layer that evidence maps are usually read from.

    Args:
        network: The network.

    Returns:
        Its last convolution; if it has none, the last layer with places.

    Raises:
        OptionError: If no layer but the last has places.
    """
    spatial = [layer for layer in network.layers[:-1] if len(layer.shape) == SPATIAL]
    if not spatial:
        raise OptionError("Evidence maps need a layer with places, and this network has none.")
    return next((layer for layer in reversed(spatial) if "Conv2D" in layer.kind), spatial[-1])
