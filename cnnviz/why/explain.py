"""Evidence maps: where in the picture a network finds what speaks for a class.

All methods start from the logit of the class, never from a saturated probability; of the negative class of a single
sigmoid it is minus the logit. All maps are raw, as their papers define them: neither scaled nor resized.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from PIL import Image

from cnnviz.base.errors import OptionError
from cnnviz.base.steps import Steps, part
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network, Values, require_numbers
from cnnviz.network.receptive_field import SPATIAL, ReceptiveField
from cnnviz.why.attribution import OF_PICTURES
from cnnviz.why.cam import OF_LAYERS
from cnnviz.why.overlay import OPACITY, draw_raw, enlarge, lay_over

METHODS = (*OF_LAYERS, *OF_PICTURES)
"""By what they read: the activation of a layer, or the picture."""


NUM_SIDES = 2
UNSIGNED = ("saliency", "smooth_grad")
"""What tells how much each pixel matters, not for which class: of a single sigmoid it is the same for both."""

ONE_SIDED = ("grad_cam", "layer_cam")
"""What keeps only what speaks for the class: of a single sigmoid, all others are the same for both but for the sign."""

DEFAULT_METHOD = "hires_cam"
"""The one whose values add up."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """An evidence map.

    Args:
        method: Its name in `METHODS`.
        class_name: The class that is spoken for.
        layer_name: The layer that it was read from; None if it was read from the picture.
        values: Shape (h, w), float32.
        seen: Where each value belongs: what its unit sees of the network's picture.
        class_names: All classes, in index order.

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
    class_names: tuple[str, ...] = field(repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing speaks for the class: every value is zero, which is a finding and no fault."""
        return not self.values.any()

    @property
    def is_signed(self) -> bool:
        """Whether values tell for or against the class; if not, they tell how much a pixel matters at all."""
        return self.method not in UNSIGNED

    @property
    def cell(self) -> tuple[int, int]:
        """For how many pixels of the network's picture a value stands: height and width of a cell."""
        return self.seen.rows.cell, self.seen.columns.cell

    @property
    def side(self) -> int | None:
        """The index of the class if there are two, None if there are more: it decides the colours."""
        return self.class_names.index(self.class_name) if len(self.class_names) == NUM_SIDES else None

    @property
    def limit(self) -> float:
        """The largest magnitude; maps that are to be compared are drawn up to the largest of all."""
        return float(np.abs(self.values).max())

    def picture(self, limit: float | None = None) -> Image.Image:
        """Draw the raw map: what speaks for class 0 is orange, for class 1 purple; of more classes, red is for it.

        Args:
            limit: The magnitude that the strongest colour stands for; None for its own largest.

        Returns:
            An indexed picture of at most 592 pixels a side, every value a square of whole pixels.

        Raises:
            OptionError: If the limit is below the map's largest magnitude.
        """
        return draw_raw(self.values, self._limit(limit), self.side, self.is_signed)

    def overlay(self, picture: Image.Image, opacity: float = OPACITY, limit: float | None = None) -> Image.Image:
        """Lay the map over a photo, each value at the centre of what its unit sees; what no unit covers stays clear.

        Args:
            picture: What the network saw, `Result.seen`, or the photo, `Result.photo`.
            opacity: Of the map, in [0, 1].
            limit: The magnitude that the strongest colour stands for; None for its own largest.

        Returns:
            An RGB picture of the same size, or enlarged by a whole factor if it is small.

        Raises:
            OptionError: If opacity or limit is out of its range.
        """
        if not 0 <= opacity <= 1:
            raise OptionError(f"`opacity` is between 0 and 1. Received: opacity={opacity!r}.")
        photo, limit = enlarge(picture), self._limit(limit)
        return lay_over(self.values, self.seen, photo, limit, self.side, self.is_signed, opacity)

    def _limit(self, limit: float | None) -> float:
        if limit is None:
            return self.limit
        if limit < self.limit:
            raise OptionError(
                f"`limit` is at least the map's largest magnitude, {self.limit:.4g}. Received: {limit!r}."
            )
        return limit

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON values.

        Returns:
            method, class_name, layer_name; shape, rows and columns; cell, height and width in pixels of the network's
            picture; sum; is_empty; is_signed; and values, one list per row.
        """
        return {
            "method": self.method,
            "class_name": self.class_name,
            "layer_name": self.layer_name,
            "shape": list(self.values.shape),
            "cell": list(self.cell),
            "sum": float(self.values.sum(dtype=np.float64)),
            "is_empty": self.is_empty,
            "is_signed": self.is_signed,
            "values": self.values.tolist(),
        }


def explain(
    network: Network, picture: Values, method: str, class_name: str, layer_name: str | None = None
) -> Steps[Explanation]:
    """Explain an answer, in steps.

    Args:
        network: The network.
        picture: What it saw: shape (height, width, 3), float32 in [0, 1].
        method: One of `METHODS`.
        class_name: The class that is spoken for.
        layer_name: The layer to read it from, for methods that read a layer; None for the last convolution.

    Yields:
        Which share is done.

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
        values, seen = yield from OF_PICTURES[method](network, picture, class_name)
    require_numbers(values, layer_name or "picture")
    return Explanation(method, class_name, layer_name, values.astype(np.float32), seen, network.head.class_names)


def explain_each(
    network: Network, picture: Values, method: str, class_names: Sequence[str], layer_name: str | None = None
) -> Steps[list[Explanation]]:
    """Explain an answer for several classes, in steps.

    Of a single sigmoid, most are computed once: minus the logit has minus the gradient.

    Args:
        network: The network.
        picture: What it saw: shape (height, width, 3), float32 in [0, 1].
        method: One of `METHODS`.
        class_names: The classes that are spoken for.
        layer_name: The layer to read it from, as for `explain`.

    Yields:
        Which share is done.

    Returns:
        The maps, in the order of the classes.

    Raises:
        CnnvizError: As `explain`.
    """
    maps: list[Explanation] = []
    for number, class_name in enumerate(class_names):
        if maps and is_for_both(network, method) and class_name in network.class_names:
            first = maps[0]
            is_opposite = first.is_signed and class_name != first.class_name
            maps.append(replace(first, class_name=class_name, values=-first.values if is_opposite else first.values))
        else:
            steps = explain(network, picture, method, class_name, layer_name)
            maps.append((yield from part(steps, number / len(class_names), (number + 1) / len(class_names))))
    return maps


def is_for_both(network: Network, method: str) -> bool:
    """Tell whether a method gives the same for both classes but for the sign.

    Args:
        network: The network.
        method: One of `METHODS`.

    Returns:
        Whether the network ends in a single sigmoid and the method keeps what speaks for either class.
    """
    return network.head.num_outputs == 1 and method not in ONE_SIDED


def last_convolution(network: Network) -> Layer:
    """Give the layer that evidence maps are usually read from.

    Args:
        network: The network.

    Returns:
        Its last convolution; if it has none, the last layer with places.

    Raises:
        OptionError: If no layer but the last has places.
    """
    layers = layers_with_places(network)
    if not layers:
        raise OptionError("This method reads a layer with places, and this network has none.")
    return next((layer for layer in reversed(layers) if "Conv2D" in layer.kind), layers[-1])


def layers_with_places(network: Network) -> list[Layer]:
    """Give the layers that evidence maps can be read from.

    Args:
        network: The network.

    Returns:
        Its layers that tell places apart, without the last one.
    """
    return [layer for layer in network.layers[:-1] if len(layer.shape) == SPATIAL]
