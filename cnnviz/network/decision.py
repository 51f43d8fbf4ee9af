"""The last step of a network: what each unit adds to the logit. This explains the step completely."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.figures import count, signed
from cnnviz.base.markup import Bar, card, describe, draw_bars
from cnnviz.base.names import brief
from cnnviz.network.head import Head

Values = NDArray[np.float32]

NUM_SHOWN = 8
"""Number of units that a notebook shows."""


@dataclass(frozen=True, eq=False)
class Contributions:
    """What each unit before the last layer adds to the logit of a class.

    The logit is the sum of all contributions and the bias. This is exact: nothing is estimated.

    Args:
        class_name: The class whose logit is explained.
        layer_name: The layer whose units contribute.
        values: Activation times weight of each unit, shape (num_units,), float64; negative: against the class.
        bias: The constant that is added for every photo.
        logit: The logit that the network itself computed.

    Example:
        >>> contributions = cnnviz.load()("photo.jpg").contributions()
        >>> contributions.layer_name, len(contributions.values)
        ('dense_1', 512)
        >>> bool(np.isclose(contributions.values.sum() + contributions.bias, contributions.logit, rtol=1e-4))
        True
    """

    class_name: str
    layer_name: str
    values: NDArray[np.float64] = field(repr=False)
    bias: float
    logit: float

    def __repr__(self) -> str:
        """Describe the sum in one line."""
        number, layer, name = count(len(self.values)), brief(self.layer_name), brief(self.class_name)
        return f"<Contributions of {number} units of {layer} to {name}: {signed(self.logit)} in sum>"

    def _repr_html_(self) -> str:
        """Show the units that add or take most, in a notebook."""
        largest = float(np.abs(self.values).max()) or 1.0
        bars = [
            Bar(f"unit {unit}", float(self.values[unit]) / largest, signed(float(self.values[unit])))
            for unit in self.strongest(NUM_SHOWN)
        ]
        others = float(self.values.sum()) - sum(float(self.values[unit]) for unit in self.strongest(NUM_SHOWN))
        rest = f"The others add {signed(others)}, and the bias {signed(self.bias)}: {signed(self.logit)} in all."
        title = f"What units of {self.layer_name} add to the logit of {self.class_name}"
        return card(title, "", draw_bars(bars, from_middle=True), describe(rest))

    def by_channel(self, num_channels: int) -> NDArray[np.float64]:
        """Add up the contributions of each channel's places, if the layer is a flattened one.

        Args:
            num_channels: How many channels the layer has.

        Returns:
            Shape (num_channels,), float64; for a layer of single units, the values themselves.
        """
        values: NDArray[np.float64] = self.values.reshape(-1, num_channels).sum(axis=0)
        return values

    def strongest(self, number: int = 5) -> list[int]:
        """Return the units with the largest contributions, positive or negative.

        Args:
            number: How many units at most.

        Returns:
            Indices of units, the largest magnitude first; units with a contribution of zero are left out.
        """
        order = np.argsort(-np.abs(self.values), kind="stable")[:number]
        return [int(unit) for unit in order if self.values[unit] != 0]


@dataclass(frozen=True, eq=False)
class Decision:
    """The last dense layer of a network.

    Args:
        layer_name: The layer that feeds it.
        kernel: Its weights, shape (num_units, num_outputs), float32.
        bias: Its bias, shape (num_outputs,), float32; zeros if it has none.
        head: What its outputs mean.

    Example:
        >>> cnnviz.load().network.decision.kernel.shape
        (512, 1)
    """

    layer_name: str
    kernel: Values = field(repr=False)
    bias: Values = field(repr=False)
    head: Head

    def __repr__(self) -> str:
        """Describe the layer in one line."""
        return f"<Decision from {count(len(self.kernel))} units of {brief(self.layer_name)}: {self.head!r}>"

    def contributions(self, activation: Values, logits: Values, class_name: str) -> Contributions:
        """Compute what each unit adds to the logit of a class: its activation times its weight.

        Args:
            activation: The activations of the units, shape (num_units,), float32.
            logits: The logits that the network computed from them, shape (num_outputs,), float32.
            class_name: One of the class names. For class 0 of a single sigmoid all signs are reversed.

        Returns:
            The contributions.

        Raises:
            NetworkError: If there is no such class.
        """
        logit = self.head.class_logit(logits, class_name)
        sign, output = self.head.output_of(class_name)
        values = sign * activation.astype(np.float64) * self.kernel[:, output].astype(np.float64)
        return Contributions(class_name, self.layer_name, values, sign * float(self.bias[output]), logit)
