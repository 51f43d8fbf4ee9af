"""What each layer knows, over many photographs: how well it tells the classes apart, and which channels are dead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from cnnviz.data.dataset import Split
from cnnviz.evaluation.metrics import Labels, accuracy_of
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network, Values

BATCH_SIZE = 25
"""Photographs per pass; the activations of all layers take 6 MB for each."""

MAX_CHANNELS = 4096
"""Layers with more channels get no probe: the memory to fit one grows with the square of their number."""

PENALTY = 1.0
"""Weight of the squared weights in the loss of a probe."""

MAX_STEPS = 50
"""Most steps of Newton's method for a probe."""

SMALLEST_GAIN = 1e-9
"""Fitting ends when a step lowers the mean loss by less than this, in nats."""


@dataclass(frozen=True, eq=False)
class Channels:
    """What the channels of every layer did on N photographs. A dense layer's units are its channels.

    Args:
        means: By layer name, each channel's mean over its places, shape (N, C), float32.
        dead: By layer name, the channels that are zero everywhere on every photograph.
    """

    means: dict[str, Values]
    dead: dict[str, list[int]]


def examine_layers(network: Network, splits: Mapping[str, Split]) -> dict[str, Any]:
    """Find the dead channels, and how well each layer tells the classes apart.

    Args:
        network: A two-class network.
        splits: "train", on which the probes are fitted, and "validation", on which they are scored.

    Returns:
        Plain JSON values: probes, by layer name accuracy and accuracy_interval_95 of its probe; and dead_channels, by
        layer name the channels that are zero on every validation photograph.

    Reference:
        Alain and Bengio, "Understanding intermediate layers using linear classifier probes", 2016.
    """
    train, validation = (gather_channels(network, splits[name]) for name in ("train", "validation"))
    labels, truth = splits["train"].labels, splits["validation"].labels
    probes = {
        name: accuracy_of((Probe.fit(means, labels).logits(validation.means[name]) > 0) == truth)
        for name, means in train.means.items()
    }
    return {"probes": probes, "dead_channels": validation.dead}


def gather_channels(network: Network, split: Split) -> Channels:
    """Run all photographs through the network once, and keep only one number per photograph and channel.

    Args:
        network: The network.
        split: N photographs.

    Returns:
        What its channels did, without layers of more than 4,096.
    """
    counts = {layer.name: _num_channels(network, layer) for layer in network.layers}
    few = {name: count for name, count in counts.items() if count <= MAX_CHANNELS}
    means = {name: np.empty((len(split), count), np.float32) for name, count in few.items()}
    alive = {name: np.zeros(count, bool) for name, count in few.items()}
    for start in tqdm(range(0, len(split), BATCH_SIZE), desc="Probing", unit=f"x{BATCH_SIZE} photos", mininterval=1):
        chosen = slice(start, start + BATCH_SIZE)
        activations, _ = network.activations(network.preprocessing.scale(split[chosen]))
        for layer, activation in zip(network.layers, activations, strict=True):
            if layer.name in few:
                values = activation.reshape(len(activation), -1, few[layer.name])  # (B, places, C)
                means[layer.name][chosen] = values.mean(axis=1)
                alive[layer.name] |= values.any(axis=(0, 1))
    return Channels(means, {name: np.flatnonzero(~each).tolist() for name, each in alive.items()})


def _num_channels(network: Network, layer: Layer) -> int:
    """Count a layer's channels; a flattened layer has those of the layer before."""
    return (network.layer(layer.inputs[0]) if layer.kind == "Flatten" and layer.inputs else layer).shape[-1]


@dataclass(frozen=True, eq=False)
class Probe:
    """A logistic regression that tells class 1 from class 0.

    Args:
        center: Subtracted from the features, shape (C,).
        scale: The features are then divided by it, shape (C,).
        weights: Of the features and, last, of the constant 1, shape (C + 1,).
    """

    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def fit(cls, features: Values, labels: Labels) -> "Probe":
        """Fit by Newton's method.

        Features are standardized: mean 0 and standard deviation 1 over the photographs; a feature that never changes
        stays 0. What is minimized is the summed log loss plus half the sum of the squared weights, so that features
        that tell the classes apart without error still have finite weights; the constant is free.

        Args:
            features: Shape (N, C).
            labels: 0 or 1, shape (N,).

        Returns:
            The fitted probe.
        """
        center, scale = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
        scale[scale == 0] = 1
        probe = cls(center, scale, np.zeros(features.shape[1] + 1))
        inputs, targets = probe._inputs(features), labels.astype(np.float64)
        penalty = np.append(np.full(features.shape[1], PENALTY), 0.0)
        return cls(center, scale, _minimize(inputs, targets, penalty))

    def logits(self, features: Values) -> NDArray[np.float64]:
        """Return how far class 1 leads, shape (N,), for features of shape (N, C)."""
        return np.asarray(self._inputs(features) @ self.weights)

    def _inputs(self, features: Values) -> NDArray[np.float64]:
        """Standardize the features and put the constant 1 behind them."""
        return np.append((features - self.center) / self.scale, np.ones((len(features), 1)), axis=1)


def _minimize(
    inputs: NDArray[np.float64], targets: NDArray[np.float64], penalty: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Minimize the summed log loss plus half of penalty * weights²."""

    def cost(weights: NDArray[np.float64]) -> float:
        logits = inputs @ weights
        return float((np.logaddexp(0, logits) - targets * logits).sum() + (penalty * weights**2).sum() / 2)

    weights = np.zeros(inputs.shape[1])
    for _ in range(MAX_STEPS):
        probabilities = (1 + np.tanh(inputs @ weights / 2)) / 2  # the sigmoid, without overflow
        gradient = inputs.T @ (probabilities - targets) + penalty * weights
        curvature = (inputs.T * (probabilities * (1 - probabilities))) @ inputs + np.diag(penalty)
        better = weights - np.linalg.solve(curvature, gradient)
        gain = cost(weights) - cost(better)
        if gain > 0:
            weights = better
        if gain < SMALLEST_GAIN * len(targets):
            break
    return weights
