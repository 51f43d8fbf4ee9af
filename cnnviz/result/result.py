"""A network's result for one photo: the answer, and every layer's activations."""

import json
import math
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import NetworkError, OptionError
from cnnviz.base.steps import finish
from cnnviz.drawing.png import encode_png
from cnnviz.network.decision import Contributions, Decision
from cnnviz.network.layer import Layer, find_layer
from cnnviz.network.network import Network
from cnnviz.network.receptive_field import SPATIAL
from cnnviz.result.ablation import require_channels
from cnnviz.result.channel import Channel
from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE, LayerResult
from cnnviz.result.statistics import Statistics, measure
from cnnviz.why.explain import Explanation, explain
from cnnviz.why.trust import Trust, examine

UNSAFE_IN_FILE_NAMES = r"[^A-Za-z0-9._-]"

PICTURE_BYTES = 4
"""Number of bytes that Pillow uses for a pixel of an RGB picture."""


@dataclass(frozen=True, eq=False)
class Result:
    """A network's result for one photo.

    Args:
        photo: The upright RGB photo.
        seen: The RGB picture that the network saw, after preprocessing.
        label: The most probable class.
        probabilities: Each class's probability, in [0, 1]; they sum to 1.
        logits: The network's last values before the sigmoid or softmax, shape (num_outputs,), float32.
        layers: Every layer's result, in the order of computation.
        network: The network.

    Example:
        >>> result = cnnviz.load()("photo.jpg")
        >>> result["conv2d_3"].grid(colormap="viridis", scale="layer").mode
        'P'
    """

    photo: Image.Image = field(repr=False)
    seen: Image.Image = field(repr=False)
    label: str
    probabilities: dict[str, float]
    logits: NDArray[np.float32]
    layers: tuple[LayerResult, ...] = field(repr=False)
    network: Network = field(repr=False)

    def __getitem__(self, name: str) -> LayerResult:
        """Return one layer's result.

        Args:
            name: The layer's whole name.

        Returns:
            The layer's result.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        return find_layer(self.layers, name)

    def channel(self, layer_name: str, channel: int) -> Channel:
        """Return one channel of a layer.

        Args:
            layer_name: The layer's whole name.
            channel: Its index, from 0.

        Returns:
            The channel.

        Raises:
            LayerNotFoundError: If no layer has that name.
            OptionError: If the layer has no such channel.
        """
        layer = self[layer_name]
        (index,) = require_channels(layer.layer, [channel], len(layer.feature_maps))
        return Channel(layer, index)

    def receptive_field(self, layer_name: str, row: int = 0, column: int = 0) -> tuple[int, int, int, int]:
        """Return the pixels that one unit of a layer sees.

        Args:
            layer_name: The layer's whole name.
            row: Row of the unit in its feature map; 0 for a layer without maps.
            column: Column of the unit in its feature map; 0 for a layer without maps.

        Returns:
            Left, top, right and bottom edge in pixels of the network's picture; right and bottom are the first pixels
            that it does not see.

        Raises:
            LayerNotFoundError: If no layer has that name.
            OptionError: If the layer has no unit there.
        """
        field_of_view = self[layer_name].receptive_field
        try:
            return field_of_view.box(row, column)
        except (IndexError, TypeError) as error:
            rows, columns = field_of_view.rows.num_units, field_of_view.columns.num_units
            raise OptionError(
                f"Layer '{layer_name}' has {rows} rows and {columns} columns of units. "
                f"Received: row={row!r}, column={column!r}."
            ) from error

    def contributions(self, class_name: str | None = None) -> Contributions:
        """Explain the last step completely: what each unit before the last layer adds to the logit.

        Args:
            class_name: The class whose logit is explained; None for the most probable.

        Returns:
            Activation times weight of each unit, and the bias: their sum is the logit.

        Raises:
            NetworkError: If there is no such class, or the network's last step is not a dense layer.
        """
        if self.decision is None:
            raise NetworkError("The last step of this network is no dense layer, so that no unit has a weight.")
        activation = self[self.decision.layer_name].activation.ravel()
        return self.decision.contributions(activation, self.logits, class_name or self.label)

    @property
    def decision(self) -> Decision | None:
        """The dense layer at the end; None if the network does not end in one."""
        return self.network.decision

    def explain(self, method: str, target: str | None = None, layer_name: str | None = None) -> Explanation:
        """Compute an evidence map, which shows the parts of the picture that speak for a class.

        Args:
            method: "grad_cam", "hires_cam", "layer_cam", "saliency", "smooth_grad", "integrated_gradients" or
                "occlusion"; they are described in `cnnviz.why.cam` and `cnnviz.why.attribution`.
            target: The class whose evidence is wanted; None for the most probable.
            layer_name: The layer to read the map from, for methods that read a layer; None for the last convolution.

        Returns:
            The raw map.

        Raises:
            OptionError: If there is no such method; or if the layer has no places, or is the layer of the answer; or if
                a layer is given for a method that reads the picture.
            LayerNotFoundError: If no layer has that name.
            NetworkError: If there is no such class, or the network's values are infinite or NaN.

        Example:
            >>> result = cnnviz.load()("photo.jpg")
            >>> result.explain("hires_cam", target="cat", layer_name="conv2d_4").values.shape
            (15, 15)
        """
        return finish(explain(self.network, self.pixels, method, target or self.label, layer_name))

    def trust(self, explanation: Explanation) -> Trust:
        """Check how far an evidence map of this photo can be trusted.

        Args:
            explanation: The map.

        Returns:
            The results: whether other methods agree, whether the marked parts matter to the network, and whether the
            map changes when the network's weights are shuffled.

        Raises:
            NetworkError: If the network's values are infinite or NaN.

        Example:
            >>> result = cnnviz.load()("photo.jpg")
            >>> -1 <= result.trust(result.explain("hires_cam")).shuffled_weights <= 1
            True
        """
        return finish(examine(self.network, self.pixels, explanation))

    @property
    def pixels(self) -> NDArray[np.float32]:
        """The network's input: shape (height, width, 3), float32 in [0, 1]."""
        return self.network.preprocessing.scale(np.asarray(self.seen))

    @property
    def nbytes(self) -> int:
        """Number of bytes that the activations and the pictures use in memory."""
        pictures = sum(PICTURE_BYTES * picture.width * picture.height for picture in (self.photo, self.seen))
        return pictures + sum(layer.feature_maps.nbytes for layer in self.layers)

    def pictures(
        self, colormap: str = DEFAULT_COLORMAP, scale: str = DEFAULT_SCALE, layers: Sequence[str] = ()
    ) -> dict[str, bytes]:
        """Draw and encode the grids of several layers in parallel, on all cores.

        Args:
            colormap: A matplotlib name.
            scale: "channel" or "layer".
            layers: Names of layers; empty for all layers.

        Returns:
            The layer names in the given order, each with the bytes of its PNG file.

        Raises:
            OptionError: If there is no such colour map or scale.
            LayerNotFoundError: If no layer has one of the names.
        """
        chosen = [self[name] for name in layers] if layers else list(self.layers)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            encoded = pool.map(lambda layer: encode_png(layer.grid(colormap, scale)), chosen)
            return {layer.name: content for layer, content in zip(chosen, encoded, strict=True)}

    def to_dict(self, scale: str = DEFAULT_SCALE, layers: Sequence[str] = ()) -> dict[str, Any]:
        """Return the answer and all statistics as plain JSON values.

        Args:
            scale: "channel" or "layer", as for `LayerResult.limits`; the ranges depend on it.
            layers: Names of layers; empty for all layers.

        Returns:
            label, probabilities, and one entry per layer.

        Raises:
            LayerNotFoundError: If no layer has one of the names.
        """
        chosen = [self[name] for name in layers] if layers else self.layers
        return {
            "label": self.label,
            "probabilities": self.probabilities,
            "layers": [layer.to_dict(scale) for layer in chosen],
        }

    def save(
        self, folder: str | os.PathLike[str], colormap: str = DEFAULT_COLORMAP, scale: str = DEFAULT_SCALE
    ) -> None:
        """Write one picture per layer, the picture that the network saw, and the answer and statistics as JSON.

        Args:
            folder: The folder to write to; it is created if it does not exist. Files with the same names are replaced.
            colormap: A matplotlib name.
            scale: "channel" or "layer".

        Raises:
            OptionError: If there is no such colour map or scale.
        """
        pictures = self.pictures(colormap, scale)
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.seen.save(folder / "seen.png")
        for number, (name, content) in enumerate(pictures.items(), start=1):
            (folder / picture_file_name(number, name)).write_bytes(content)
        (folder / "result.json").write_text(json.dumps(self.to_dict(scale), indent=2), encoding="utf-8")


def picture_file_name(number: int, layer_name: str) -> str:
    """Return a file name for a layer's picture. The files sort in the order of the layers, and no two are equal.

    Args:
        number: The layer's position, from 1.
        layer_name: The layer's name.

    Returns:
        A name that every file system accepts.

    Example:
        >>> picture_file_name(3, "block/conv")
        '03_block_conv.png'
    """
    return f"{number:02d}_{re.sub(UNSAFE_IN_FILE_NAMES, '_', layer_name)}.png"


def build_result(
    network: Network, photo: Image.Image, seen: Image.Image, activations: list[Any], logits: NDArray[np.float32]
) -> Result:
    """Build the result of one photo from its activations, and measure their statistics.

    Args:
        network: The network that computed them.
        photo: The upright RGB photo.
        seen: The picture that the network saw.
        activations: The activations from `Network.activations` for this one photo: arrays of shape (1, *layer.shape).
        logits: Shape (1, num_outputs), float32.

    Returns:
        The result.
    """
    probabilities = network.head.probabilities(logits[0])
    shapes = [_arrangement(network, layer) for layer in network.layers]
    sizes = [math.prod(shape) for shape in shapes]
    memory = np.empty(sum(sizes), np.float32)  # one block: many blocks of different sizes would fragment the memory
    blocks = np.split(memory, np.cumsum(sizes)[:-1])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        prepared = list(pool.map(_prepare, activations, shapes, blocks))
    layers: dict[str, LayerResult] = {}
    for layer, (feature_maps, statistics), (height, width, _) in zip(network.layers, prepared, shapes, strict=True):
        source = layers[layer.inputs[0]] if len(layer.inputs) == 1 else None
        is_flattened = source is not None and layer.kind == "Flatten" and math.prod(source.places) == height * width
        layers[layer.name] = LayerResult(
            layer=layer,
            feature_maps=feature_maps,
            places=source.places if source and is_flattened else (height, width),
            statistics=statistics,
            photo=photo,
            preprocessing=network.preprocessing,
            source=source,
            answer=probabilities if layer is network.layers[-1] else None,
        )
    label = max(probabilities, key=lambda name: probabilities[name])
    return Result(photo, seen, label, probabilities, logits[0], tuple(layers.values()), network)


def _arrangement(network: Network, layer: Layer) -> tuple[int, int, int]:
    """Return the rows, columns and channels in which a layer is shown; flattened places become rows."""
    if len(layer.shape) == SPATIAL:
        height, width, channels = layer.shape
        return height, width, channels
    flattened = layer.kind == "Flatten" and layer.inputs
    *places, channels = network.layer(layer.inputs[0]).shape if flattened else layer.shape
    return math.prod(places), 1, channels


def _prepare(
    activation: NDArray[np.float32], shape: tuple[int, int, int], memory: NDArray[np.float32]
) -> tuple[NDArray[np.float32], Statistics]:
    """Copy an activation with its channels first, and measure it."""
    height, width, channels = shape
    feature_maps = memory.reshape(channels, height, width)
    feature_maps[:] = np.moveaxis(activation.reshape(shape), -1, 0)
    feature_maps.setflags(write=False)
    return feature_maps, measure(feature_maps)
