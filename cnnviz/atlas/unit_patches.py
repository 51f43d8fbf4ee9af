"""Excitation of single units of a convolution: a few pictures hold many patches, and one unit sees each patch."""

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.network.backend import compile_pass, gradient
from cnnviz.network.network import Network
from cnnviz.network.passes import Values
from cnnviz.network.receptive_field import Axis
from cnnviz.picture.preprocessing import BITS_8_MAX

GRAY = 128
"""Grey level around a patch, of 255."""

BATCH = 16
"""Number of pictures in one pass."""

MAX_LAYER_BYTES = 4 * 2**20
"""Largest size of a layer's patches together. If they would be larger, a patch is only the middle of what a unit
sees."""


class Excitation:
    """Measurement of how the channels of a convolution react to patches: each channel sees its own patch.

    Units whose receptive fields do not overlap do not disturb each other. So one pass of the network can measure as
    many channels as its picture has room for. Units whose fields extend beyond the picture's border are not used,
    unless all do.

    Args:
        network: The network.
        layer_name: The convolution's whole name.

    Example:
        >>> Excitation(cnnviz.load().network, "conv2d_3").patch_size
        (18, 18)
    """

    def __init__(self, network: Network, layer_name: str) -> None:
        """Choose the units; the pass is traced at its first use."""
        self.network = network
        self.layer = network.layer(layer_name)
        axes = self.layer.receptive_field.rows, self.layer.receptive_field.columns
        (row, rows), (column, columns) = (_apart(axis) for axis in axes)
        self.units = [(row, column) for row in rows for column in columns]
        middle = row, column
        left, top, right, bottom = self.layer.receptive_field.box(*middle)
        edge = max(math.isqrt(MAX_LAYER_BYTES // (3 * self.layer.shape[-1])), 1)
        self.patch_size = min(bottom - top, edge), min(right - left, edge)
        self.box = self._box(middle)

    def slopes(self, patches: NDArray[np.floating], channels: Sequence[int]) -> Values:
        """Compute the gradient of the value of each channel's unit with respect to its patch.

        It is the value before the activation function: where a ReLU is zero, its gradient is zero too.

        Args:
            patches: Shape (n, *patch_size, C), in [0, 1] from black to white: what each unit sees, on grey.
            channels: The indices of the n channels.

        Returns:
            Shape (n, *patch_size, C), float32: the gradient with respect to the values of the patches.
        """
        size, per_batch = len(self.units), len(self.units) * BATCH
        slopes, preprocessing = np.empty(patches.shape, np.float32), self.network.preprocessing
        for start in range(0, len(channels), per_batch):
            chosen = range(start, min(start + per_batch, len(channels)))
            num_pictures = -(-len(chosen) // size)
            batch = np.full((num_pictures, *preprocessing.shape), GRAY / BITS_8_MAX, np.float32)
            mask = np.zeros((num_pictures, *self.layer.shape), np.float32)
            for index in chosen:
                picture, unit = divmod(index - start, size)
                batch[picture][self._place(unit)] = patches[index]
                mask[picture][*self.units[unit], channels[index]] = 1
            by_number = np.asarray(self._pass(preprocessing.affine.numbers(batch), mask)[0])
            by_pixel = preprocessing.affine.slopes(by_number)
            for index in chosen:
                picture, unit = divmod(index - start, size)
                slopes[index] = by_pixel[picture][self._place(unit)]
        return slopes

    def activation(self, patch: NDArray[np.uint8], channel: int) -> float:
        """Compute the highest activation of a channel for a single patch on grey, as a user of the network sees it.

        Args:
            patch: Shape (*patch_size, 3), uint8.
            channel: The channel's index.

        Returns:
            The highest value in its feature map.
        """
        batch = self.network.preprocessing([Image.fromarray(self.on_gray(patch))])
        number = self.network.layers.index(self.layer)
        return float(self.network.activations(batch)[0][number][..., channel].max())

    def on_gray(self, patch: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Put a patch on grey where the unit in the middle sees it.

        Args:
            patch: Shape (*patch_size, 3), uint8.

        Returns:
            A picture of the network's size: shape (height, width, 3), uint8.
        """
        return lay_on_gray(patch, self.box, (self.network.preprocessing.height, self.network.preprocessing.width))

    def _box(self, unit: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return the middle of what a unit sees: left, top, right and bottom edge."""
        left, top, right, bottom = self.layer.receptive_field.box(*unit)
        height, width = self.patch_size
        top, left = (top + bottom - height) // 2, (left + right - width) // 2
        return left, top, left + width, top + height

    def _place(self, unit: int) -> tuple[slice, slice]:
        left, top, right, bottom = self._box(self.units[unit])
        return slice(top, bottom), slice(left, right)

    @cached_property
    def _pass(self) -> Callable[..., Sequence[Any]]:
        """The compiled pass: from pictures, and a mask of the activations to sum, to the gradient for each pixel."""
        import keras

        picture, (*before, last) = self.network.path_to(self.layer.name)
        linear = last.without_activation()

        def forward(batch: Any, mask: Any) -> list[Any]:
            def total(changed: Any) -> Any:
                values = {id(picture): changed}
                for call in before:
                    values[id(call.output)] = call.compute(values)
                return keras.ops.sum(keras.ops.cast(linear.compute(values), "float32") * mask)

            return [gradient(total, batch)]

        shapes: list[tuple[int | None, ...]] = [(None, *picture.shape[1:]), (None, *self.layer.shape)]
        return compile_pass(forward, self.network.model.variables, shapes)


def lay_on_gray(patch: NDArray[np.uint8], box: tuple[int, int, int, int], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Put a patch on grey.

    Args:
        patch: Shape (h, w, 3), uint8.
        box: The place of the patch: left, top, right and bottom edge.
        size: Height and width of the picture.

    Returns:
        Shape (*size, 3), uint8.
    """
    left, top, right, bottom = box
    picture = np.full((*size, 3), GRAY, np.uint8)
    picture[top:bottom, left:right] = patch
    return picture


def _apart(axis: Axis) -> tuple[int, list[int]]:
    """Choose units along an axis: one in the middle, and some whose fields are side by side without overlap."""
    starts = [axis.start + unit * axis.stride for unit in range(axis.num_units)]
    whole = [unit for unit, start in enumerate(starts) if start >= 0 and start + axis.size <= axis.extent]
    middle = whole[len(whole) // 2] if whole else axis.num_units // 2
    return middle, whole[:: math.ceil(axis.size / axis.stride)] if whole and axis.stride else [middle]
