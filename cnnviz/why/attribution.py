"""Evidence maps of the picture: from gradients of its pixels, or from covering parts of it.

In the formulas, S is the logit of the class, and x is the picture with values in [0, 1] from black to white, whatever
the numbers that the network gets: two networks that answer alike have the same maps. Most methods need many passes and
work in steps.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.steps import Steps, part
from cnnviz.network.network import Network
from cnnviz.network.passes import Values
from cnnviz.network.receptive_field import Axis, ReceptiveField, input_field
from cnnviz.why.passes import logits_of, slopes_of

BATCH = 16
"""Number of pictures in one pass."""

NUM_SAMPLES, NOISE, SEED = 32, 0.2, 0
NUM_STEPS, MAX_STEPS, MAX_MISS = 48, 432, 0.01
PATCH, STRIDE = 0.1, 0.06
"""Side of the covering square, and distance between neighbouring squares, as shares of the picture's shorter side."""

GRAY = 0.5

Placed = tuple[NDArray[np.float64], ReceptiveField]
"""A map, and the receptive field of each of its values."""


def saliency(network: Network, picture: Values, class_name: str) -> Steps[Placed]:
    """Compute how strongly the logit depends on each pixel: max over colours of |dS/dx|.

    With a single sigmoid it is the same for both classes: a pixel that matters for one class matters for the other.

    Equal to the Saliency of Xplique, to tf-keras-vis' before it normalizes, and to Captum's maximum over colours.

    Reference: Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks: Visualising Image Classification
    Models and Saliency Maps", 2013.

    Args:
        network: The network.
        picture: x, shape (height, width, C), float32 in [0, 1].
        class_name: The class.

    Yields:
        The share of the work that is done.

    Returns:
        Shape (height, width), at least 0, and the field of each pixel.
    """
    mean = yield from _mean_gradient(network, lambda _: picture[None], 1, class_name)
    return np.abs(mean).max(axis=-1), input_field(*picture.shape[:2])


def smooth_grad(network: Network, picture: Values, class_name: str) -> Steps[Placed]:
    """Average the gradient over noisy copies: max over colours of |mean over n of dS/dx at x + noise|.

    The noise is normal; its standard deviation is 20% of the picture's range. There are 32 copies. The noise is the
    same in every call.

    Equal to the average of the signed gradients that tf-keras-vis and Captum compute for the same copies. Other
    functions with this name differ: tf-keras-vis averages magnitudes, Xplique averages over colours.

    Reference: Smilkov et al., "SmoothGrad: removing noise by adding noise", 2017.

    Args:
        network: The network.
        picture: x, shape (height, width, C), float32 in [0, 1].
        class_name: The class.

    Yields:
        The share of the work that is done.

    Returns:
        Shape (height, width), at least 0, and the field of each pixel.
    """
    deviation = NOISE * float(np.ptp(picture))
    random = np.random.default_rng(SEED)

    def noisy(numbers: range) -> Values:
        return (picture + random.normal(0, deviation, (len(numbers), *picture.shape))).astype(np.float32)

    mean = yield from _mean_gradient(network, noisy, NUM_SAMPLES, class_name)
    return np.abs(mean).max(axis=-1), input_field(*picture.shape[:2])


def integrated_gradients(network: Network, picture: Values, class_name: str) -> Steps[Placed]:
    """Fade in from black: sum over colours of x * mean over n of dS/dx at x * (k - 1/2) / n, k = 1 to n.

    The values add up to the picture's logit minus the logit of a black picture. n is 48; it is 144 or 432 if the sum
    differs by more than 1%.

    Equal to Captum's IntegratedGradients by the midpoint rule ("riemann_middle") in as many steps; Xplique uses the
    trapezoidal rule.

    Reference: Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017.

    Args:
        network: The network.
        picture: x, shape (height, width, C), float32 in [0, 1].
        class_name: The class.

    Yields:
        The share of the work that is done.

    Returns:
        Shape (height, width), and the field of each pixel.
    """
    ends = logits_of(network, np.stack([picture, np.zeros_like(picture)]))
    whole, black = (network.head.class_logit(logits, class_name) for logits in ends)
    total, number, steps = np.zeros(picture.shape), 0, np.arange(NUM_STEPS)
    while True:
        number += len(steps)
        shades = ((steps + 0.5) / number).astype(np.float32)[:, None, None, None]
        gradients = _mean_gradient(network, partial(_faded, picture, shades), len(steps), class_name)
        mean = yield from part(gradients, 1 - len(steps) / number, 1)
        total += len(steps) * mean
        values: NDArray[np.float64] = (picture * total / number).sum(axis=-1)
        if abs(values.sum() - (whole - black)) <= MAX_MISS * abs(whole - black) or number >= MAX_STEPS:
            return values, input_field(*picture.shape[:2])
        steps = np.array([step for step in range(3 * number) if step % 3 != 1])  # the others are already computed


def occlusion(network: Network, picture: Values, class_name: str) -> Steps[Placed]:
    """Cover one square after the other with grey: S(x) - S(x with the square covered).

    A value is positive if the covered part speaks for the class. The square's side is a tenth of the picture's shorter
    side.

    At each pixel, Xplique's Occlusion gives the sum of these values over the squares that cover it, Captum's the mean.

    Reference: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2013.

    Args:
        network: The network.
        picture: x, shape (height, width, C), float32 in [0, 1].
        class_name: The class.

    Yields:
        The share of the work that is done.

    Returns:
        One value per square, shape (rows, columns), and the field that each square covers.
    """
    field = _squares(*picture.shape[:2])
    boxes = [field.box(row, column) for row in range(field.rows.num_units) for column in range(field.columns.num_units)]
    drops = []
    for start in range(0, len(boxes), BATCH):
        yield start / len(boxes)
        covered = np.repeat(picture[None], len(boxes[start : start + BATCH]), axis=0)
        for copy, (left, top, right, bottom) in zip(covered, boxes[start : start + BATCH], strict=True):
            copy[top:bottom, left:right] = GRAY
        drops += [network.head.class_logit(logits, class_name) for logits in logits_of(network, covered)]
    whole = network.head.class_logit(logits_of(network, picture[None])[0], class_name)
    return whole - np.reshape(drops, (field.rows.num_units, field.columns.num_units)), field


def _squares(height: int, width: int) -> ReceptiveField:
    """Place squares over a picture; the last ones end at its edges or just before them."""
    shorter = min(height, width)
    size, stride = max(round(PATCH * shorter), 1), max(round(STRIDE * shorter), 1)
    rows, columns = (
        Axis(size, stride, 0, (extent - size) // stride + 1, extent, (0, extent)) for extent in (height, width)
    )
    return ReceptiveField(rows, columns)


def _faded(picture: Values, shades: Values, numbers: range) -> Values:
    return shades[numbers.start : numbers.stop] * picture


def _mean_gradient(
    network: Network, copies: Callable[[range], Values], number: int, class_name: str
) -> Steps[NDArray[np.float64]]:
    """Average the gradients of many pictures: shape (height, width, C). Only a few are in memory at a time."""
    total: NDArray[np.float64] = np.zeros(())
    for start in range(0, number, BATCH):
        yield start / number
        batch = copies(range(start, min(start + BATCH, number)))
        total = total + slopes_of(network, batch, class_name).sum(axis=0, dtype=np.float64)
    return total / number


OF_PICTURES: dict[str, Callable[[Network, Values, str], Steps[Placed]]] = {
    "saliency": saliency,
    "smooth_grad": smooth_grad,
    "integrated_gradients": integrated_gradients,
    "occlusion": occlusion,
}

SLOW_METHODS = ("smooth_grad", "integrated_gradients", "occlusion")
"""Those that take many passes."""
