"""What a network makes of a timeline's photographs: how many it gets right, and what its channels do."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from cnnviz.network.network import Network, require_numbers
from cnnviz.recording.fixed_photos import UNKNOWN, FixedPhotos
from cnnviz.surveys.layer_tally import LayerBatch, measure_batch
from cnnviz.surveys.photo_batch import batch_size
from cnnviz.surveys.tally import as_maps, surveyed_layers
from cnnviz.timelines.snapshot import ChannelFigures


@dataclass(frozen=True, eq=False)
class Measurement:
    """Numbers of one moment.

    Args:
        accuracy: The share of right answers, in [0, 1]; None if no class is known, or each class is a yes or no.
        channels: By the names of the measured layers.
    """

    accuracy: float | None = None
    channels: Mapping[str, ChannelFigures] = field(default_factory=dict, repr=False)


def measure(network: Network, photos: FixedPhotos) -> Measurement:
    """Show photographs to a network.

    Args:
        network: The network.
        photos: At least one photograph.

    Returns:
        What it makes of them.

    Raises:
        NetworkError: If the network's values are infinite or NaN.
    """
    layers, size = surveyed_layers(network), batch_size(network)
    measured: dict[str, list[LayerBatch]] = {layer.name: [] for layer in layers}
    answers = []
    for start in range(0, len(photos), size):
        activations, logits = network.activations(network.preprocessing.scale(photos.pixels[start : start + size]))
        require_numbers(logits, network.layers[-1].name)
        answers += [max(given, key=given.__getitem__) for given in map(network.head.probabilities, logits)]
        for layer, values in zip(network.layers, activations, strict=True):
            if layer.name in measured:
                measured[layer.name].append(measure_batch(as_maps(layer, values)))
    channels = {}
    for name, batches in measured.items():
        means = np.concatenate([batch.mean for batch in batches])
        require_numbers(means, name)
        maxima = np.concatenate([batch.maximum for batch in batches]).max(axis=0)
        silent = np.concatenate([batch.zero_share == 1 for batch in batches]).mean(axis=0)
        channels[name] = ChannelFigures(means.mean(axis=0).astype(np.float32), maxima, silent.astype(np.float32))
    return Measurement(_accuracy(network, photos, answers), channels)


def _accuracy(network: Network, photos: FixedPhotos, answers: list[str]) -> float | None:
    if photos.labels is None or network.head.is_multi_label:
        return None
    called = np.array([network.class_names.index(answer) for answer in answers])
    return float((called == photos.labels)[photos.labels != UNKNOWN].mean())
