"""Evidence maps: where in the picture a network finds what speaks for a class.

All methods start from the logit of the class, never from a saturated probability; of the negative class of a single
sigmoid it is minus the logit. All maps are raw, as their papers define them: neither scaled nor resized. In their
formulas S is the logit, A(i, j, c) the activation of the chosen layer's channel c at row i and column j, G = dS/dA its
gradient, and x the picture with values in [0, 1].
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import OptionError
from cnnviz.layer import Layer
from cnnviz.network import Network, Values, require_numbers
from cnnviz.receptive_field import SPATIAL, Axis, ReceptiveField, input_field

BATCH = 16
"""Pictures that are computed at once."""

NUM_SAMPLES, NOISE, SEED = 32, 0.2, 0
NUM_STEPS, MAX_STEPS, MAX_MISS = 48, 432, 0.01
PATCH, STRIDE = 0.1, 0.06
"""Of the occluding square, as shares of the picture's shorter side."""

GRAY = 0.5


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
        seen, layer_name = _fields(layer), layer.name
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


def grad_cam(activation: NDArray[np.float64], gradient: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh each channel by its mean gradient: max(sum over c of mean(G(., ., c)) * A(i, j, c), 0).

    It averages gradients over places, which is wrong where what follows tells places apart, as a Flatten does. A map
    of zeros is legitimate: nothing in this layer speaks for the class.

    Reference: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
    ICCV 2017.

    Args:
        activation: A, shape (h, w, C).
        gradient: G, shape (h, w, C).

    Returns:
        Shape (h, w), at least 0.
    """
    values: NDArray[np.float64] = np.maximum((activation * gradient.mean(axis=(0, 1))).sum(axis=-1), 0)
    return values


def hires_cam(activation: NDArray[np.float64], gradient: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh each activation by its own gradient: sum over c of G(i, j, c) * A(i, j, c).

    Where only linear layers follow, the values add up to the logit less the biases; negative ones speak against.

    Reference: Draelos and Carin, "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural
    networks", 2020.

    Args:
        activation: A, shape (h, w, C).
        gradient: G, shape (h, w, C).

    Returns:
        Shape (h, w).
    """
    values: NDArray[np.float64] = (activation * gradient).sum(axis=-1)
    return values


def layer_cam(activation: NDArray[np.float64], gradient: NDArray[np.float64]) -> NDArray[np.float64]:
    """Count only what speaks for the class: max(sum over c of max(G(i, j, c), 0) * A(i, j, c), 0).

    Reference: Jiang et al., "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization", 2021.

    Args:
        activation: A, shape (h, w, C).
        gradient: G, shape (h, w, C).

    Returns:
        Shape (h, w), at least 0.
    """
    values: NDArray[np.float64] = np.maximum((activation * np.maximum(gradient, 0)).sum(axis=-1), 0)
    return values


def saliency(network: Network, picture: Values, class_name: str) -> tuple[NDArray[np.float64], ReceptiveField]:
    """Give how strongly the logit depends on each pixel: max over colours of |dS/dx|.

    It is the same for both classes of a single sigmoid: a pixel that matters for one matters for the other.

    Reference: Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks: Visualising Image Classification
    Models and Saliency Maps", 2013.

    Args:
        network: The network.
        picture: x, shape (height, width, 3), float32 in [0, 1].
        class_name: The class.

    Returns:
        Shape (height, width), at least 0, and the field of each pixel.
    """
    values: NDArray[np.float64] = np.abs(_mean_gradient(network, picture[None], class_name)).max(axis=-1)
    return values, input_field(*picture.shape[:2])


def smooth_grad(network: Network, picture: Values, class_name: str) -> tuple[NDArray[np.float64], ReceptiveField]:
    """Average the gradient over noisy copies: max over colours of |mean over n of dS/dx at x + noise|.

    The noise is normal with 20% of the picture's range as its standard deviation, the same each time; 32 copies.

    Reference: Smilkov et al., "SmoothGrad: removing noise by adding noise", 2017.

    Args:
        network: The network.
        picture: x, shape (height, width, 3), float32 in [0, 1].
        class_name: The class.

    Returns:
        Shape (height, width), at least 0, and the field of each pixel.
    """
    deviation = NOISE * float(np.ptp(picture))
    noise: NDArray[np.float64] = np.random.default_rng(SEED).normal(0, deviation, (NUM_SAMPLES, *picture.shape))
    mean = _mean_gradient(network, (picture + noise).astype(np.float32), class_name)
    return np.abs(mean).max(axis=-1), input_field(*picture.shape[:2])


def integrated_gradients(
    network: Network, picture: Values, class_name: str
) -> tuple[NDArray[np.float64], ReceptiveField]:
    """Follow the picture from black: sum over colours of x * mean over n of dS/dx at x * (k - 1/2) / n, k = 1 to n.

    The values add up to the logit less that of a black picture: n is 48, or 144 or 432 if they miss it by over 1%.

    Reference: Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017.

    Args:
        network: The network.
        picture: x, shape (height, width, 3), float32 in [0, 1].
        class_name: The class.

    Returns:
        Shape (height, width), and the field of each pixel.
    """
    ends = network.logits(np.stack([picture, np.zeros_like(picture)]))
    whole, black = (network.head.class_logit(logits, class_name) for logits in ends)
    total, number, steps = np.zeros(picture.shape), 0, np.arange(NUM_STEPS)
    while True:
        number += len(steps)
        shares = ((steps + 0.5) / number).astype(np.float32)
        total += len(steps) * _mean_gradient(network, shares[:, None, None, None] * picture, class_name)
        values: NDArray[np.float64] = (picture * total / number).sum(axis=-1)
        if abs(values.sum() - (whole - black)) <= MAX_MISS * abs(whole - black) or number >= MAX_STEPS:
            return values, input_field(*picture.shape[:2])
        steps = np.array([step for step in range(3 * number) if step % 3 != 1])  # the others are there already


def occlusion(network: Network, picture: Values, class_name: str) -> tuple[NDArray[np.float64], ReceptiveField]:
    """Cover one square after the other in grey: S(x) - S(x with the square covered).

    Positive where what is covered speaks for the class. The square's side is a tenth of the picture's.

    Reference: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2013.

    Args:
        network: The network.
        picture: x, shape (height, width, 3), float32 in [0, 1].
        class_name: The class.

    Returns:
        Shape (rows, columns) of squares, and the field that each covers.
    """
    field = _squares(*picture.shape[:2])
    boxes = [field.box(row, column) for row in range(field.rows.num_units) for column in range(field.columns.num_units)]
    drops = []
    for start in range(0, len(boxes), BATCH):
        covered = np.repeat(picture[None], len(boxes[start : start + BATCH]), axis=0)
        for copy, (left, top, right, bottom) in zip(covered, boxes[start : start + BATCH], strict=True):
            copy[top:bottom, left:right] = GRAY
        drops += [network.head.class_logit(logits, class_name) for logits in network.logits(covered)]
    whole = network.head.class_logit(network.logits(picture[None])[0], class_name)
    return whole - np.reshape(drops, (field.rows.num_units, field.columns.num_units)), field


def _fields(layer: Layer) -> ReceptiveField:
    """Give what the units see by their places; if places are not what was convolved any more, what all see together."""
    fields, (rows, columns) = layer.receptive_field, layer.shape[:2]
    if (fields.rows.num_units, fields.columns.num_units) == (rows, columns):
        return fields
    return ReceptiveField(fields.rows.union(rows), fields.columns.union(columns))


def _squares(height: int, width: int) -> ReceptiveField:
    """Lay squares over a picture, the last ones at its edges or just before."""
    shorter = min(height, width)
    size, stride = max(round(PATCH * shorter), 1), max(round(STRIDE * shorter), 1)
    rows, columns = (
        Axis(size, stride, 0, (extent - size) // stride + 1, extent, (0, extent)) for extent in (height, width)
    )
    return ReceptiveField(rows, columns)


def _mean_gradient(network: Network, batch: Values, class_name: str) -> NDArray[np.float64]:
    """Average the gradients of pictures, a few at a time: shape (height, width, 3)."""
    total = np.zeros(batch.shape[1:], np.float64)
    for start in range(0, len(batch), BATCH):
        total += network.gradients(batch[start : start + BATCH], class_name)[1].sum(axis=0, dtype=np.float64)
    return total / len(batch)


OF_LAYERS: dict[str, Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]] = {
    "grad_cam": grad_cam,
    "hires_cam": hires_cam,
    "layer_cam": layer_cam,
}
OF_PICTURES: dict[str, Callable[[Network, Values, str], tuple[NDArray[np.float64], ReceptiveField]]] = {
    "saliency": saliency,
    "smooth_grad": smooth_grad,
    "integrated_gradients": integrated_gradients,
    "occlusion": occlusion,
}
METHODS = (*OF_LAYERS, *OF_PICTURES)
"""By what they read: the activation of a layer, or the picture."""
