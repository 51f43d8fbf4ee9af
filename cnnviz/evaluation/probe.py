"""What each layer knows, over many photographs: how well it tells the classes apart, and which channels are dead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from cnnviz.data.dataset import Split
from cnnviz.evaluation.logistic import minimize
from cnnviz.evaluation.metrics import Labels, accuracy_of, class_scores, majority_share
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network
from cnnviz.network.passes import Values

BATCH_SIZE = 25
"""Photographs per pass; the activations of all layers take 6 MB for each."""

MAX_CHANNELS = 4096
"""Layers with more channels get no probe: their means over all photographs would take gigabytes."""

MAX_SCORES = 10_000_000
"""Largest number of scores, one for each photograph and class, when a probe is fitted. Where there would be more, it is
fitted on fewer photographs, which are spread over all of them."""


@dataclass(frozen=True, eq=False)
class Channels:
    """What the channels of every layer did on N photographs. A dense layer's units are its channels.

    Args:
        means: By layer name, each channel's mean over its places, shape (N, C), float32.
        dead: By layer name, the channels that are zero everywhere on every photograph.
    """

    means: dict[str, Values]
    dead: dict[str, list[int]]


def examine_layers(network: Network, splits: Mapping[str, Split], text: str = "Probing") -> dict[str, Any]:
    """Find the dead channels, and how well each layer tells the classes apart.

    Args:
        network: A network.
        splits: "train", on which the probes are fitted, and "validation", on which they are scored.
        text: What is done, for the progress bar; "" for no bar.

    Returns:
        Plain JSON values: probes, by layer name accuracy and accuracy_interval_95 of its probe; probe_majority_share,
        what always answering the most frequent class would be worth; and dead_channels, by layer name the channels that
        are zero on every validation photograph.

    Reference:
        Alain and Bengio, "Understanding intermediate layers using linear classifier probes", 2016.
    """
    train, validation = (gather_channels(network, splits[name], text) for name in ("train", "validation"))
    labels, truth = splits["train"].labels, splits["validation"].labels
    num_classes = len(network.class_names)
    chosen = np.linspace(0, len(labels) - 1, min(len(labels), MAX_SCORES // num_classes)).astype(np.int64)
    probes = {
        name: accuracy_of(Probe.fit(means[chosen], labels[chosen], num_classes).called(validation.means[name]) == truth)
        for name, means in train.means.items()
    }
    return {"probes": probes, "probe_majority_share": majority_share(truth), "dead_channels": validation.dead}


def gather_channels(network: Network, split: Split, text: str = "Probing") -> Channels:
    """Run all photographs through the network once, and keep only one number per photograph and channel.

    Args:
        network: The network.
        split: N photographs.
        text: What is done, for the progress bar; "" for no bar.

    Returns:
        What its channels did, without layers of more than 4,096.
    """
    counts = {layer.name: _num_channels(network, layer) for layer in network.layers}
    few = {name: count for name, count in counts.items() if count <= MAX_CHANNELS}
    means = {name: np.empty((len(split), count), np.float32) for name, count in few.items()}
    alive = {name: np.zeros(count, bool) for name, count in few.items()}
    starts = range(0, len(split), BATCH_SIZE)
    for start in tqdm(starts, desc=text, unit=f"x{BATCH_SIZE} photos", mininterval=1, disable=not text):
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
    """A logistic regression that tells classes apart: binary for two classes, multinomial for more.

    Args:
        center: Subtracted from the features, shape (C,).
        scale: The features are then divided by it, shape (C,).
        weights: Of the features and, last, of the constant 1, shape (C + 1, num_outputs): for two classes one output,
            how far class 1 leads; for K classes above two, a score for each.
    """

    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def fit(cls, features: Values, labels: Labels, num_classes: int = 2) -> "Probe":
        """Fit by Newton's method.

        Features are standardized: mean 0 and standard deviation 1 over the photographs; a feature that never changes
        stays 0. What is minimized is the summed log loss plus half the sum of the squared weights, so that features
        that tell the classes apart without error still have finite weights; the constants are free.

        Args:
            features: Shape (N, C).
            labels: Class indices, shape (N,).
            num_classes: K, at least 2.

        Returns:
            The fitted probe.
        """
        center, scale = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
        scale[scale == 0] = 1
        num_outputs = num_classes if num_classes > 2 else 1
        probe = cls(center, scale, np.zeros((features.shape[1] + 1, num_outputs)))
        targets = np.eye(num_classes)[labels][:, -num_outputs:]
        return cls(center, scale, minimize(probe._inputs(features), targets))

    def logits(self, features: Values) -> NDArray[np.float64]:
        """Return the scores, shape (N, num_outputs), for features of shape (N, C)."""
        return np.asarray(self._inputs(features) @ self.weights)

    def called(self, features: Values) -> Labels:
        """Return the most probable classes, shape (N,), for features of shape (N, C)."""
        return np.asarray(class_scores(self.logits(features)).argmax(axis=1))

    def _inputs(self, features: Values) -> NDArray[np.float64]:
        """Standardize the features and put the constant 1 behind them."""
        return np.append((features - self.center) / self.scale, np.ones((len(features), 1)), axis=1)
