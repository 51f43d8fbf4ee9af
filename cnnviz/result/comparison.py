"""Comparison of two photos: which channels of a layer distinguish them, and where their maps differ."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import MINUS, decimals, signed
from cnnviz.base.markup import card, describe, row
from cnnviz.drawing.answer_markup import show_answer
from cnnviz.drawing.embedded import embed
from cnnviz.network.decision import Contributions
from cnnviz.network.network import Network
from cnnviz.result.comparison_picture import arrange, draw_triptych
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import Result
from cnnviz.result.statistics import plain

Values = NDArray[np.float64]

NUM_SHOWN = 12
NUM_ON_CARD, SEEN_EDGE = 4, 150
"""Number of channels in a notebook, and the largest height and width of what the network saw, in pixels."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """One network's results for two photos. All differences are the second photo's numbers minus the first's.

    Args:
        first: The result for one photo.
        second: The result for the other photo.

    Raises:
        OptionError: If the results are from two networks: their channels cannot be compared.

    Example:
        >>> comparison = cnnviz.load().compare("photo.jpg", Image.new("RGB", (90, 90)))
        >>> comparison.differences("conv2d_4").shape, len(comparison.ranking("conv2d_4"))
        ((128, 15, 15), 128)
    """

    first: Result
    second: Result

    def __repr__(self) -> str:
        """Describe the comparison in one line."""
        return f"<Comparison: {self.first.answer} and {self.second.answer}>"

    def _repr_html_(self) -> str:
        """Show both answers in a notebook, and the channels of one layer that distinguish the photos most."""
        photos = [
            row(
                embed(result.seen, f"What the network saw of the {which} photo", SEEN_EDGE),
                show_answer(result.probabilities, result.network.head.is_multi_label),
                gap=12,
            )
            for which, result in (("first", self.first), ("second", self.second))
        ]
        layer = telling_layer(self.first.network)
        text = f"The channels of {layer} that distinguish them most: on the first, on the second, and the difference"
        picture = embed(self.picture(layer, NUM_ON_CARD), text)
        return card("Two photos", "", row(*photos), describe(text) + picture)

    def __post_init__(self) -> None:
        """Check that both results are from the same network."""
        first, second = self.first.network, self.second.network
        if first is not second and first.fingerprint != second.fingerprint:
            raise OptionError("Only results of one network can be compared. Received: results of two networks.")

    def layers(self, layer_name: str) -> tuple[LayerResult, LayerResult]:
        """Return a layer's results for both photos.

        Args:
            layer_name: The layer's whole name.

        Returns:
            The first photo's and the second's.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        return self.first[layer_name], self.second[layer_name]

    def differences(self, layer_name: str) -> Values:
        """Subtract the first photo's maps of a layer from the second's, place by place.

        Two photos are not aligned: an object is at one place in the first and at another in the second. So the maps
        differ nearly everywhere, and the size of the difference says little. `scores` does not depend on places.

        Args:
            layer_name: The layer's whole name.

        Returns:
            Shape (C, h, w), float64: the second photo's activations minus the first's; for a layer of single units,
            shape (C, 1, 1).

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        first, second = self.layers(layer_name)
        maps = second.feature_maps.astype(np.float64) - first.feature_maps
        return maps.reshape(len(maps), *first.places)

    def limits(self, layer_name: str) -> NDArray[np.float32]:
        """Return the largest magnitude of each channel on both photos: the common range of both maps.

        Args:
            layer_name: The layer's whole name.

        Returns:
            Shape (C,), float32; in a layer of single units, every channel has the layer's largest magnitude.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        first, second = self.layers(layer_name)
        return np.maximum(first.limits(), second.limits())

    def scores(self, layer_name: str) -> Values:
        """Compute how strongly each channel of a layer distinguishes the photos, no matter where it is active.

        The score of channel c is (m2 - m1) / s, where m1 and m2 are the means of its activations over all places of
        the first and the second photo, and s is the largest mean magnitude, mean |activation|, of any channel of the
        layer on either photo. So the whole layer has one scale, and faint channels do not look strong.

        Args:
            layer_name: The layer's whole name.

        Returns:
            Shape (C,), float64, in [-1, 1] if the layer cannot be negative, else in [-2, 2]: positive if the channel
            is more active on the second photo, negative if on the first; 0 if it is equally active on both.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        layers = self.layers(layer_name)
        first, second = (layer.statistics.mean.astype(np.float64) for layer in layers)
        scale = max(float(np.abs(layer.feature_maps).mean(axis=(1, 2), dtype=np.float64).max()) for layer in layers)
        scores: Values = (second - first) / (scale or 1.0)
        return scores

    def contributions(self, class_name: str | None = None) -> Contributions:
        """Compute what each unit before the last layer adds to the difference between a class's logits.

        Args:
            class_name: The class whose logits are compared; None for the most probable class of the second photo.

        Returns:
            The second photo's contributions minus the first's. Their sum is the difference of the logits. The bias is
            the same for both photos, so it is 0 here.

        Raises:
            NetworkError: If there is no such class, or the network's last step is not a dense layer.
        """
        class_name = class_name or self.second.label
        first, second = (each.contributions(class_name) for each in (self.first, self.second))
        values, logit = second.values - first.values, second.logit - first.logit
        return Contributions(class_name, second.layer_name, values, 0.0, logit)

    def decides(self, layer_name: str) -> bool:
        """Tell whether a layer is the one that `contributions` describes.

        Args:
            layer_name: The layer's whole name.

        Returns:
            Whether it feeds the dense layer at the end.
        """
        decision = self.first.decision
        return decision is not None and decision.layer_name == layer_name

    def ranking(self, layer_name: str) -> list[int]:
        """Order the channels of a layer by how strongly they distinguish the photos.

        Args:
            layer_name: The layer's whole name.

        Returns:
            All channels, the largest magnitude of `scores` first; equal ones in ascending order.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        return rank(self.scores(layer_name))

    def picture(self, layer_name: str, number: int = NUM_SHOWN) -> Image.Image:
        """Draw the channels that distinguish the photos most: each on both photos, and the difference.

        The two maps share one range, up to the largest magnitude on either photo. The difference is white at zero, red
        where the second photo's map is larger, and blue where the first photo's is. A map that is zero everywhere is
        hatched. The channel's number and its score in percent are above its maps.

        Args:
            layer_name: The layer's whole name.
            number: Largest number of channels, at least 1.

        Returns:
            An RGB picture with two channels in a row, in the order of `ranking`.

        Raises:
            LayerNotFoundError: If no layer has that name.
            OptionError: If `number` is less than 1.
        """
        if number < 1:
            raise OptionError(f"`number` is at least 1. Received: number={number}.")
        layers, limits, scores = self.layers(layer_name), self.limits(layer_name), self.scores(layer_name)
        chosen = rank(scores)[:number]
        labels = [f"{channel}: {_write_score(float(scores[channel]))}" for channel in chosen]
        return arrange([draw_triptych(*layers, channel, float(limits[channel])) for channel in chosen], labels)

    def to_dict(self, layer_name: str) -> dict[str, Any]:
        """Return both answers, and the channels of a layer in the order of `ranking`, as plain JSON values.

        Args:
            layer_name: The layer's whole name.

        Returns:
            layer; first and second, each with label and probabilities; num_different, the number of channels whose
            means differ; class_name, the class whose logits the contributions explain, None if the layer does not feed
            the last one; and channels. Each of these has its index as channel; its score; mean and max on the first and
            the second photo; and contribution, what it adds to the difference of the logits, None without class_name.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        layers, scores = self.layers(layer_name), self.scores(layer_name)
        means, peaks = (
            list(zip(*(plain(getattr(layer.statistics, name)) for layer in layers), strict=True))
            for name in ("mean", "max")
        )
        contributions = self.contributions() if self.decides(layer_name) else None
        added = contributions.by_channel(len(scores)).tolist() if contributions else [None] * len(scores)
        return {
            "layer": layer_name,
            "first": {"label": self.first.label, "probabilities": self.first.probabilities},
            "second": {"label": self.second.label, "probabilities": self.second.probabilities},
            "num_different": int(np.count_nonzero(scores)),
            "class_name": contributions.class_name if contributions else None,
            "channels": [
                {
                    "channel": channel,
                    "score": float(scores[channel]),
                    "mean": list(means[channel]),
                    "max": list(peaks[channel]),
                    "contribution": added[channel],
                }
                for channel in self.ranking(layer_name)
            ],
        }


def rank(values: Values) -> list[int]:
    """Order channels by magnitude.

    Args:
        values: One number per channel, shape (C,), float64.

    Returns:
        All indices, the largest magnitude first; equal ones in ascending order.

    Example:
        >>> rank(np.array([0.5, -2.0, 0.0, 2.0]))
        [1, 3, 0, 2]
    """
    return [int(channel) for channel in np.argsort(-np.abs(values), kind="stable")]


def telling_layer(network: Network) -> str:
    """Choose the layer to compare if the caller names none.

    Args:
        network: The network.

    Returns:
        The name of the last convolution, or of the first layer if there is no convolution.
    """
    layers = network.layers
    return next((layer.name for layer in reversed(layers) if "Conv2D" in layer.kind), layers[0].name)


def _write_score(score: float) -> str:
    """Write a score in percent, with a hyphen: the font of the picture has no minus sign."""
    return f"{signed(100 * score, lambda value: decimals(value, 1))}%".replace(MINUS, "-")
