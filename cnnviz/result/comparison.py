"""Two photos side by side: which channels of a layer tell them apart, and where their maps differ."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import MINUS, decimals, signed
from cnnviz.network.decision import Contributions
from cnnviz.network.network import Network
from cnnviz.result.comparison_picture import arrange, draw_triptych
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import Result
from cnnviz.result.statistics import plain

Values = NDArray[np.float64]

NUM_SHOWN = 12


@dataclass(frozen=True, eq=False)
class Comparison:
    """What one network made of two photos. All differences are the second photo's numbers minus the first's.

    Args:
        first: What it made of one photo.
        second: What it made of the other.

    Raises:
        OptionError: If they are of two networks, whose channels have nothing to do with each other.

    Example:
        >>> comparison = cnnviz.load().compare("photo.jpg", Image.new("RGB", (90, 90)))
        >>> comparison.differences("conv2d_4").shape, len(comparison.ranking("conv2d_4"))
        ((128, 15, 15), 128)
    """

    first: Result
    second: Result

    def __post_init__(self) -> None:
        """Refuse the results of two networks."""
        if self.first.network.fingerprint != self.second.network.fingerprint:
            raise OptionError("Two photos are compared within one network. Received: results of two networks.")

    def layers(self, layer_name: str) -> tuple[LayerResult, LayerResult]:
        """Give a layer's results for both photos.

        Args:
            layer_name: The layer's whole name.

        Returns:
            The first photo's and the second's.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        return self.first[layer_name], self.second[layer_name]

    def differences(self, layer_name: str) -> Values:
        """Subtract the maps of a layer from each other, place by place.

        Two photos are not aligned: what is at a place of one is elsewhere in the other. So maps differ nearly
        everywhere, and how much they do tells little; `scores` compares what does not depend on places.

        Args:
            layer_name: The layer's whole name.

        Returns:
            Shape (C, h, w), float64: the second photo's activations minus the first's; of a layer of single units,
            (C, 1, 1).

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        first, second = self.layers(layer_name)
        maps = second.feature_maps.astype(np.float64) - first.feature_maps
        return maps.reshape(len(maps), *first.places)

    def limits(self, layer_name: str) -> NDArray[np.float32]:
        """Give the largest magnitude of each channel on both photos: what both maps are drawn up to.

        Args:
            layer_name: The layer's whole name.

        Returns:
            Shape (C,), float32; of a layer of single units, the layer's for all.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        first, second = self.layers(layer_name)
        return np.maximum(first.limits(), second.limits())

    def scores(self, layer_name: str) -> Values:
        """Tell how strongly each channel of a layer tells the photos apart, wherever in them it is active.

        The score of channel c is (m2 - m1) / s, where m1 and m2 are the means of its activations over all places of
        the first and the second photo, and s is the largest mean magnitude, mean |activation|, that any channel of
        the layer has on either photo. So one scale holds for the layer, and what is faint is not made to look strong.

        Args:
            layer_name: The layer's whole name.

        Returns:
            Shape (C,), float64, in [-1, 1] if the layer cannot be negative, else in [-2, 2]: above zero if the
            channel is more active on the second photo, below if on the first; 0 if both photos excite it equally.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        layers = self.layers(layer_name)
        first, second = (layer.statistics.mean.astype(np.float64) for layer in layers)
        scale = max(float(np.abs(layer.feature_maps).mean(axis=(1, 2), dtype=np.float64).max()) for layer in layers)
        scores: Values = (second - first) / (scale or 1.0)
        return scores

    def contributions(self, class_name: str | None = None) -> Contributions:
        """Tell what each unit before the last layer adds to the difference of the logits of a class.

        Args:
            class_name: The class that is spoken for; None for the most probable of the second photo.

        Returns:
            The second photo's contributions minus the first's. Their sum is the difference of the logits: the bias is
            the same for both, so that it is 0 here.

        Raises:
            NetworkError: If there is no such class, or the network's last step is no dense layer.
        """
        class_name = class_name or self.second.label
        first, second = (each.contributions(class_name) for each in (self.first, self.second))
        values, logit = second.values - first.values, second.logit - first.logit
        return Contributions(class_name, second.layer_name, values, 0.0, logit)

    def decides(self, layer_name: str) -> bool:
        """Tell whether a layer is the one that `contributions` is about.

        Args:
            layer_name: The layer's whole name.

        Returns:
            Whether it feeds the dense layer at the end.
        """
        decision = self.first.decision
        return decision is not None and decision.layer_name == layer_name

    def ranking(self, layer_name: str) -> list[int]:
        """Order the channels of a layer by how strongly they tell the photos apart.

        Args:
            layer_name: The layer's whole name.

        Returns:
            All channels, the largest magnitude of `scores` first; equal ones in their own order.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        return rank(self.scores(layer_name))

    def picture(self, layer_name: str, number: int = NUM_SHOWN) -> Image.Image:
        """Draw the channels that tell the photos apart most: each on the first, on the second, and the difference.

        The two maps share one range, up to the largest magnitude on either photo. The difference is white at zero, red
        where the second is larger, blue where the first is. What is zero everywhere is hatched. Above each stand the
        channel's number and its score in percent.

        Args:
            layer_name: The layer's whole name.
            number: How many channels at most, at least 1.

        Returns:
            An RGB picture, two channels in a row, in the order of `ranking`.

        Raises:
            LayerNotFoundError: If no layer has that name.
            OptionError: If `number` is less than 1.
        """
        if number < 1:
            raise OptionError(f"At least one channel can be drawn. Received: number={number}.")
        layers, limits, scores = self.layers(layer_name), self.limits(layer_name), self.scores(layer_name)
        chosen = rank(scores)[:number]
        labels = [f"{channel}: {_write_score(float(scores[channel]))}" for channel in chosen]
        return arrange([draw_triptych(*layers, channel, float(limits[channel])) for channel in chosen], labels)

    def to_dict(self, layer_name: str) -> dict[str, Any]:
        """Give both answers, and the channels of a layer in the order of `ranking`, as plain JSON values.

        Args:
            layer_name: The layer's whole name.

        Returns:
            layer; first and second, each with label and probabilities; num_different, of how many channels the mean
            differs; class_name, whose logit the contributions are about, None if the layer does not feed the last one;
            and channels, of each its index as channel, its score, mean and max on the first and the second photo, and
            contribution, what it adds to the difference of the logits, None where class_name is.

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
        All indices, the largest magnitude first; equal ones in their own order.

    Example:
        >>> rank(np.array([0.5, -2.0, 0.0, 2.0]))
        [1, 3, 0, 2]
    """
    return [int(channel) for channel in np.argsort(-np.abs(values), kind="stable")]


def telling_layer(network: Network) -> str:
    """Choose the layer to compare in if none is asked for.

    Args:
        network: The network.

    Returns:
        The name of the last convolution; of the first layer if there is none.
    """
    layers = network.layers
    return next((layer.name for layer in reversed(layers) if "Conv2D" in layer.kind), layers[0].name)


def _write_score(score: float) -> str:
    """Write a score in percent, with a hyphen: the font of the picture has no minus sign."""
    return f"{signed(100 * score, lambda value: decimals(value, 1))}%".replace(MINUS, "-")
