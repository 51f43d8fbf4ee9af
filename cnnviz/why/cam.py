"""Evidence maps of a layer: Grad-CAM and related methods.

In the formulas, A(i, j, c) is the activation of the layer's channel c at row i and column j, and G = dS/dA is its
gradient, where S is the logit of the class.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def grad_cam(activation: NDArray[np.float64], gradient: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weight each channel by its mean gradient: max(sum over c of mean(G(., ., c)) * A(i, j, c), 0).

    The method averages gradients over places. That is wrong if the later layers distinguish places, as they do after a
    Flatten. A map of zeros is a valid result: nothing in this layer speaks for the class.

    Equal to Xplique's GradCAM and tf-keras-vis' Gradcam before they normalize and resize.

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
    """Weight each activation by its own gradient: sum over c of G(i, j, c) * A(i, j, c).

    If only linear layers follow, the values add up to the logit minus the biases; negative values speak against.

    Equal to Captum's LayerGradientXActivation summed over channels, and to tf-keras-vis' Layercam without modifiers
    before it normalizes and resizes.

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
    """Keep only what speaks for the class: max(sum over c of max(G(i, j, c), 0) * A(i, j, c), 0).

    Equal to tf-keras-vis' Layercam before it normalizes and resizes.

    Reference: Jiang et al., "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization", 2021.

    Args:
        activation: A, shape (h, w, C).
        gradient: G, shape (h, w, C).

    Returns:
        Shape (h, w), at least 0.
    """
    values: NDArray[np.float64] = np.maximum((activation * np.maximum(gradient, 0)).sum(axis=-1), 0)
    return values


OF_LAYERS: dict[str, Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]] = {
    "grad_cam": grad_cam,
    "hires_cam": hires_cam,
    "layer_cam": layer_cam,
}
