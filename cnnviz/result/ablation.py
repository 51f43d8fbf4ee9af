"""Ablation: a network's answer without some of its channels, which shows how much these matter."""

import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import count, percent
from cnnviz.base.markup import card, describe, row
from cnnviz.base.names import brief, is_name
from cnnviz.drawing.answer_markup import show_answer
from cnnviz.network.layer import Layer, find_layer

Values = NDArray[np.float32]


class AblationFacts(TypedDict):
    """An answer with and without some channels."""

    without: dict[str, list[int]]
    label: str
    probabilities: dict[str, float]
    logits: list[float]
    original_label: str
    original: dict[str, float]
    original_logits: list[float]


@dataclass(frozen=True, eq=False)
class Ablation:
    """A network's answer with and without some channels.

    Args:
        without: The channels that were switched off, by layer name.
        probabilities: Each class's probability without these channels, in [0, 1]; they sum to 1, unless the network is
            multi-label.
        original: The probabilities with all channels.
        logits: The logits without these channels, shape (num_outputs,), float32.
        original_logits: The logits with all channels.
        multi_label: Whether each class is a yes or no of its own.

    Example:
        >>> ablation = cnnviz.load().ablate("photo.jpg", {"conv2d_3": [17, 40]})
        >>> sorted(ablation.probabilities)
        ['cat', 'dog']
    """

    without: dict[str, list[int]]
    probabilities: dict[str, float]
    original: dict[str, float]
    logits: Values
    original_logits: Values
    multi_label: bool = False

    def __repr__(self) -> str:
        """Describe the ablation in one line."""
        before, after = (
            f"{brief(name)} {percent(all_[name])}"
            for name, all_ in ((self.original_label, self.original), (self.label, self.probabilities))
        )
        return f"<Ablation: {before}, without {self._num_channels} {after}>"

    def _repr_html_(self) -> str:
        """Show both answers in a notebook."""
        parts = (("With all channels", self.original), (f"Without {self._num_channels}", self.probabilities))
        answers = row(
            *(describe(title) + show_answer(probabilities, self.multi_label) for title, probabilities in parts)
        )
        named = "; ".join(f"{name}: {', '.join(map(str, channels))}" for name, channels in self.without.items())
        return card("The answer without some channels", named, answers)

    @property
    def _num_channels(self) -> str:
        number = sum(map(len, self.without.values()))
        return f"{count(number)} channel{'s' * (number != 1)}"

    @property
    def label(self) -> str:
        """The most probable class without the channels."""
        return max(self.probabilities, key=lambda name: self.probabilities[name])

    @property
    def original_label(self) -> str:
        """The most probable class with all channels."""
        return max(self.original, key=lambda name: self.original[name])

    def to_dict(self) -> AblationFacts:
        """Return the ablation as plain JSON values.

        Returns:
            without; label, probabilities and logits without the channels; and original_label, original and
            original_logits.
        """
        return {
            "without": self.without,
            "label": self.label,
            "probabilities": self.probabilities,
            "logits": self.logits.tolist(),
            "original_label": self.original_label,
            "original": self.original,
            "original_logits": self.original_logits.tolist(),
        }


def require_channel_lists(without: Any) -> dict[str, list[Any]]:
    """Check the form of a request to switch channels off; the layers are not checked yet.

    Args:
        without: Any value.

    Returns:
        The value as a dict of lists.

    Raises:
        OptionError: If it does not map names to sequences of numbers.
    """
    if isinstance(without, Mapping) and all(
        is_name(name) and isinstance(channels, list | tuple | range | np.ndarray) for name, channels in without.items()
    ):
        return {name: list(channels) for name, channels in without.items()}
    raise OptionError(
        "`without` gives for each layer the channels to switch off, such as {'conv2d_3': [17, 40]}. "
        f"Received: {reprlib.repr(without)}."
    )


def masks_without(layers: Sequence[Layer], without: Mapping[str, Sequence[int]]) -> dict[str, Values]:
    """Return masks that set some channels to zero when activations are multiplied by them.

    Args:
        layers: A network's layers.
        without: Indices of the channels to switch off, by layer name. A flattened layer has the channels of the
            layer that it flattens.

    Returns:
        One mask for each named layer, as long as its activation's last axis: 0 for a channel that is switched off,
        1 for any other.

    Raises:
        LayerNotFoundError: If no layer has one of the names.
        OptionError: If a layer has no such channel, or is the layer of the answer.
    """
    masks = {}
    for name, channels in without.items():
        layer = find_layer(layers, name)
        if layer is layers[-1]:
            raise OptionError(f"'{name}' gives the answer: its channels cannot be switched off.")
        fed = find_layer(layers, layer.inputs[0]).shape if layer.kind == "Flatten" and layer.inputs else layer.shape
        mask = np.ones(fed[-1], np.float32)
        mask[require_channels(layer, channels, len(mask))] = 0
        masks[name] = np.tile(mask, layer.shape[-1] // len(mask))
    return masks


def require_channels(layer: Layer, channels: Sequence[int], num_channels: int) -> list[int]:
    """Check that a layer has all of the given channels.

    Args:
        layer: The layer.
        channels: Indices of channels.
        num_channels: The layer's number of channels.

    Returns:
        The indices, each once, in ascending order.

    Raises:
        OptionError: If one is not the index of a channel.
    """
    unit = "channels" if len(layer.shape) > 1 or layer.kind == "Flatten" else "units"
    for channel in channels:
        is_whole = isinstance(channel, int | np.integer) and not isinstance(channel, bool)
        if not is_whole or not 0 <= channel < num_channels:
            raise OptionError(
                f"Layer '{layer.name}' has the {unit} 0 to {num_channels - 1}. Received: {str(channel)[:100]!r}."
            )
    return sorted({int(channel) for channel in channels})
