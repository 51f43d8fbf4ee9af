"""A network's result for one photo: the answer, and every layer's activations."""

import copy
import json
import math
import os
import re
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import LayerNotFoundError, NetworkError, OptionError
from cnnviz.base.figures import count, sides
from cnnviz.base.markup import captioned, card, describe, row
from cnnviz.base.steps import finish
from cnnviz.drawing.answer_markup import show_answer
from cnnviz.drawing.embedded import embed
from cnnviz.network.decision import Contributions, Decision
from cnnviz.network.layer import Layer, find_layer
from cnnviz.network.network import Network, require_numbers
from cnnviz.result.ablation import require_channels
from cnnviz.result.channel import Channel
from cnnviz.result.channel_timeline import ChannelTimeline, follow_channel
from cnnviz.result.journey import Journey
from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE, LayerResult, small_picture
from cnnviz.result.report import Report, save_report
from cnnviz.result.trace import Trace
from cnnviz.result.tracer import Tracer
from cnnviz.timelines.timeline import Timeline
from cnnviz.timelines.timeline_folder import read_timeline
from cnnviz.why.explain import DEFAULT_METHOD, Explanation, explain, layers_with_places
from cnnviz.why.trust import Trust, examine

SEEN_EDGE, MAP_EDGE, NAME_PIXELS, MAX_MAPS = 300, 96, 116, 40
"""In a notebook: the largest side of what the network saw, that of a layer's map, and the width of a name, in pixels;
and how many layers are shown."""

UNSAFE_IN_FILE_NAMES = r"[^A-Za-z0-9._-]"

CHANNELS, SUMMARY = STATISTICS = ("channels", "summary")
"""What statistics can be given: of each channel, or of whole layers only."""

BYTES_PER_THREAD = 16_000_000
"""Activations that are copied while a thread starts."""

PICTURE_BYTES = 4
"""Number of bytes that Pillow uses for a pixel of an RGB picture."""


@dataclass(frozen=True, eq=False)
class Result:
    """A network's result for one photo: a collection of its layers' results.

    `result["conv2d_3"]` and `result[-1]` are one layer, `for layer in result` goes through all of them, `len(result)`
    counts them, and `"conv2d_3" in result` tells whether there is one of that name.

    It can be pickled, with all activations and with its network as Keras saves it. An unpickled one draws without any
    machine-learning library; the network is opened when it is first needed, for example by `explain`.

    Args:
        photo: The upright RGB photo, as `cnnviz.load_image` reads it: one of 3 megapixels or more is shrunk.
        seen: The picture that the network saw, before it was scaled: of mode "RGB", or "L" if the network sees grey.
        label: The most probable class.
        probabilities: Each class's probability, in [0, 1]. They sum to 1, unless the network is multi-label.
        logits: The network's last values before the sigmoid or softmax, shape (num_outputs,), float32.
        layers: Every layer's result, in the order of computation.
        network: The network.

    Example:
        >>> result = cnnviz.load()("photo.jpg")
        >>> result["conv2d_3"].grid(colormap="viridis", scale="layer").mode
        'P'
        >>> [layer.name for layer in result][:2], len(result), "conv2d_9" in result, result[-1].name
        (['conv2d_1', 'max_pooling2d_1'], 11, False, 'dense_2')
    """

    photo: Image.Image
    seen: Image.Image
    label: str
    probabilities: dict[str, float]
    logits: NDArray[np.float32]
    layers: tuple[LayerResult, ...]
    network: Network

    def __repr__(self) -> str:
        """Describe the result in one line."""
        return f"<Result: {self.answer}, {len(self)} layers>"

    @property
    def answer(self) -> str:
        """The classes that the network answers, `labels`, with their probabilities, as text."""
        return self.network.head.answer(self.probabilities)

    def _repr_html_(self) -> str:
        """Show the result in a notebook: what the network saw, its answer, and a small map of each layer."""
        size = sides(*self.seen.size)
        seen = captioned(embed(self.seen, "What the network saw", SEEN_EDGE), SEEN_EDGE, f"seen as {size} pixels")
        maps = [
            captioned(
                small_picture(layer, MAP_EDGE), NAME_PIXELS, layer.name.rpartition("/")[2], layer.layer.shape_text
            )
            for layer in self.layers[:MAX_MAPS]
        ]
        others = len(self) - MAX_MAPS
        more = describe(f"and {count(others)} other{'s' * (others > 1)}") if others > 0 else ""
        answer = show_answer(self.probabilities, self.network.head.is_multi_label)
        return card(self.answer, "", row(seen, answer), row(*maps, gap=12, align="flex-end") + more)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what was pickled or copied, and tell each layer again which one feeds it."""
        self.__dict__.update(state)
        by_name = {layer.name: layer for layer in self.layers}
        for layer in self.layers:
            layer.__dict__["source"] = _source(layer.layer, by_name)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Result":
        """Copy everything but the network, which is shared: no result changes it."""
        memo[id(self.network)] = self.network
        copied: Result = object.__new__(type(self))
        memo[id(self)] = copied
        copied.__setstate__(copy.deepcopy(self.__dict__, memo))
        return copied

    def __getitem__(self, layer: str | int) -> LayerResult:
        """Return one layer's result.

        Args:
            layer: The layer's whole name; or its place in `layers`, from 0, or from the end if it is negative.

        Returns:
            The layer's result.

        Raises:
            LayerNotFoundError: If no layer has that name or place.
        """
        if not isinstance(layer, int | np.integer):
            return find_layer(self.layers, layer)
        if not -len(self) <= layer < len(self):
            raise LayerNotFoundError(f"There are {len(self)} layers, 0 to {len(self) - 1}. Received: layer={layer}.")
        return self.layers[layer]

    def __len__(self) -> int:
        """Return the number of layers."""
        return len(self.layers)

    def __iter__(self) -> Iterator[LayerResult]:
        """Go through the layers' results in the order of computation."""
        return iter(self.layers)

    def __contains__(self, layer: object) -> bool:
        """Tell whether there is a layer of that name, or whether a layer's result is one of these."""
        return any(layer is each or layer == each.name for each in self.layers)

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes that the network answers.

        Of a multi-label network, all with a probability above 0.5, the most probable first; there may be none. Of any
        other, only `label`.
        """
        return self.network.head.labels(self.probabilities)

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
            NetworkError: If there is no such class, or the network's last step is not a dense layer, or is one that is
                quantized or goes through an activation function before the final one.
        """
        if self.decision is None:
            raise NetworkError(
                "The last step of this network is no dense layer, or a quantized one, or goes through a function "
                "before the softmax or sigmoid: no unit has a weight."
            )
        activation = self[self.decision.layer_name].activation.ravel()
        return self.decision.contributions(activation, self.logits, class_name or self.label)

    @cached_property
    def decision(self) -> Decision | None:
        """The dense layer at the end; None if the network does not end in one, or the logits are not its plain sums."""
        return self.network.decision

    def trace(
        self,
        layer_name: str | None = None,
        channel: int | None = None,
        row: int | None = None,
        column: int | None = None,
        *,
        class_name: str | None = None,
        depth: int | None = None,
        branches: int = 1,
    ) -> Trace:
        """Follow the answer, or one unit, back: to what added most to it, to what made that, and so on to the pixels.

        Each step is exact: what it tells of, all others together and the bias add up to the network's own number. It is
        a way, not the reason: most terms are left aside at each step.

        Args:
            layer_name: The layer of the unit to begin with; None for the answer.
            channel: Index of its channel; None for the one with the largest activation.
            row: Row of the unit in its feature map; None for the channel's largest activation.
            column: Column of the unit.
            class_name: The class whose logit to begin with, if no layer is given; None for the most probable.
            depth: How many steps to go back; None for all the way.
            branches: How many terms of each step to follow, at least 1; of each step, five are told of.

        Returns:
            The first step, with those behind it in `branches`.

        Raises:
            LayerNotFoundError: If no layer has that name.
            NetworkError: If there is no such class, or Keras cannot compute a layer.
            OptionError: If the layer has no such unit, or the tree would have more than 500 steps.

        Example:
            >>> result = cnnviz.load()("photo.jpg")
            >>> result.trace("conv2d_4", depth=0).num_terms <= 3 * 3 * 128
            True
        """
        tracer = self.tracer
        first = tracer.begin(class_name or self.label, layer_name, channel, row, column)
        return finish(tracer.follow(first, depth, branches))

    def timeline(
        self,
        layer_name: str,
        channel: int | None = None,
        timeline: Timeline | str | os.PathLike[str] | None = None,
    ) -> ChannelTimeline:
        """Show how the network came to see this photo as it does: a channel's map, and the answer, while it learned.

        Args:
            layer_name: The layer's whole name; a layer with places.
            channel: The channel's index; None for the one with the largest activation.
            timeline: The timeline, from `Explorer.timeline`, which keeps what it has compiled; or its folder. None for
                the one in the model's folder, or beside it.

        Returns:
            What the channel made of the photo at each snapshot.

        Raises:
            LayerNotFoundError: If no layer has that name.
            OptionError: If the layer has no places, or no such channel.
            FolderError: If there is no timeline, or it is damaged or of another architecture.

        Example:
            >>> result = cnnviz.load()("photo.jpg")
            >>> result.timeline("conv2d_3", 17, "runs/mine/timeline").picture()  # doctest: +SKIP
        """
        layer = self[layer_name]
        index = int(layer.extremes[1].argmax()) if channel is None else self.channel(layer_name, channel).index
        if not layer.layer.places:
            raise OptionError(f"The layer '{layer_name}' has no maps. Choose a layer with places.")
        opened = timeline if isinstance(timeline, Timeline) else read_timeline(self.network, timeline)
        return follow_channel(opened, self.numbers, layer.layer, index, self.label)

    @property
    def tracer(self) -> Tracer:
        """Takes single units apart: what `trace` works with."""
        return Tracer(self.network, self.layers, self.photo, self.numbers, self.logits)

    def explain(self, method: str, target: str | None = None, layer_name: str | None = None) -> Explanation:
        """Compute an evidence map, which shows the parts of the picture that speak for a class.

        Args:
            method: "grad_cam", "hires_cam", "layer_cam", "saliency", "smooth_grad", "integrated_gradients" or
                "occlusion"; they are described in `cnnviz.why.cam` and `cnnviz.why.attribution`.
            target: The class whose evidence is wanted; None for the most probable.
            layer_name: The layer to read the map from, for methods that read a layer; None for the last map
                before global pooling or Flatten; where a pooling made it, the one that it pooled.

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
        explanation = finish(explain(self.network, self.pixels, method, target or self.label, layer_name))
        return replace(explanation, shown=self.seen)

    def trust(self, explanation: Explanation) -> Trust:
        """Check how far an evidence map of this photo can be trusted.

        Args:
            explanation: The map.

        Returns:
            The results: whether other methods agree, whether the marked parts matter to the network, and whether the
            map changes when the network's weights are shuffled.

        Raises:
            NetworkError: If the network's values are infinite or NaN, or if Keras cannot copy its model.

        Example:
            >>> result = cnnviz.load()("photo.jpg")
            >>> -1 <= result.trust(result.explain("hires_cam")).shuffled_weights <= 1
            True
        """
        return finish(examine(self.network, self.pixels, explanation))

    @property
    def pixels(self) -> NDArray[np.float32]:
        """What the network saw, before it was scaled: shape (height, width, C), float32, from 0, black, to 1, white."""
        return self.network.preprocessing.values(np.asarray(self.seen))

    @property
    def numbers(self) -> NDArray[np.float32]:
        """What the network got: shape (height, width, C), float32, within `Preprocessing.value_range`."""
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
            encoded = pool.map(lambda layer: layer.png(colormap, scale), chosen)
            return {layer.name: content for layer, content in zip(chosen, encoded, strict=True)}

    def journey(self, colormap: str = DEFAULT_COLORMAP) -> Image.Image:
        """Draw the photo's journey as one picture, to keep or to send.

        It shows the photo, what the network saw, the answer, the evidence map for the most probable class, and a small
        picture of each layer; of a network of more than 16 layers, of each block, or of 30 of them.

        Args:
            colormap: A matplotlib name, for the layers.

        Returns:
            An RGB picture of 1600x900 pixels on white. It has no evidence map if the network has no layer with places.

        Raises:
            OptionError: If there is no such colour map.

        Example:
            >>> cnnviz.load()("photo.jpg").journey().size
            (1600, 900)
        """
        return self._journey.draw(colormap)

    def report(
        self, path: str | os.PathLike[str], colormap: str = DEFAULT_COLORMAP, scale: str = DEFAULT_SCALE
    ) -> None:
        """Write the whole answer to one HTML file, which needs no other file, no network and no script.

        It holds the journey, the evidence map for the most probable class, what is known of the network, the grid of
        each layer with its caption, and the statistics of layers and channels. Of a network of more than 16 layers, one
        layer of each block is drawn; the statistics are those of all layers.

        Args:
            path: The file; one of that name is replaced.
            colormap: A matplotlib name.
            scale: "channel" or "layer".

        Raises:
            OptionError: If there is no such colour map or scale.
            StorageError: If the file's folder does not exist, the disk is full, or the file cannot be written.

        Example:
            >>> cnnviz.load()("photo.jpg").report("photo.html")
        """
        save_report(Path(path), Report(self._journey, colormap, scale).write())

    @property
    def _journey(self) -> Journey:
        has_map = bool(layers_with_places(self.network))
        evidence = self.explain(DEFAULT_METHOD) if has_map else None
        return Journey(self.photo, self.seen, self.network, self.layers, self.probabilities, evidence)

    def to_dict(
        self, scale: str = DEFAULT_SCALE, layers: Sequence[str] = (), statistics: str = CHANNELS
    ) -> dict[str, Any]:
        """Return the answer and statistics as plain JSON values.

        Args:
            scale: "channel" or "layer", as for `LayerResult.limits`; the ranges depend on it.
            layers: Names of layers; empty for all layers.
            statistics: "channels", or "summary" for the numbers of whole layers only.

        Returns:
            label, probabilities, and one entry per layer.

        Raises:
            LayerNotFoundError: If no layer has one of the names.
            OptionError: If there are no such statistics.
        """
        require_statistics(statistics)
        chosen = [self[name] for name in layers] if layers else self.layers
        return {
            "label": self.label,
            "probabilities": self.probabilities,
            "layers": [layer.to_dict(scale) if statistics == CHANNELS else layer.summary for layer in chosen],
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


def require_statistics(name: Any) -> None:
    """Refuse what no statistics are called.

    Args:
        name: Anything.

    Raises:
        OptionError: If it is not "channels" or "summary".
    """
    if name not in STATISTICS:
        raise OptionError(f"Statistics are {' or '.join(STATISTICS)}. Received: statistics={reprlib.repr(name)}.")


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
    """Build the result of one photo from its activations.

    Args:
        network: The network that computed them.
        photo: The upright RGB photo, as `cnnviz.load_image` reads it: one of 3 megapixels or more is shrunk.
        seen: The picture that the network saw.
        activations: The activations from `Network.activations` for this one photo: arrays of shape (1, *layer.shape).
        logits: Shape (1, num_outputs), float32.

    Returns:
        The result.

    Raises:
        NetworkError: If an activation or a logit is infinite or NaN.
    """
    require_numbers(logits, network.layers[-1].name)
    probabilities = network.head.probabilities(logits[0])
    units = [values[0] for values in activations]
    layers: dict[str, LayerResult] = {}
    for layer, values, maps in zip(network.layers, units, _arrange(network, units), strict=True):
        height, width, _ = maps.shape
        source = _source(layer, layers)
        is_flattened = source is not None and layer.kind == "Flatten" and math.prod(source.places) == height * width
        layers[layer.name] = LayerResult(
            layer=layer,
            feature_maps=np.moveaxis(maps, -1, 0),
            places=source.places if source and is_flattened else (height, width),
            photo=photo,
            preprocessing=network.preprocessing,
            source=source,
            answer=probabilities if layer is network.layers[-1] else None,
            multi_label=network.head.is_multi_label,
            aside=values[: layer.tokens.num_aside].copy() if layer.tokens and layer.tokens.num_aside else None,
        )
    label = max(probabilities, key=lambda name: probabilities[name])
    return Result(photo, seen, label, probabilities, logits[0], tuple(layers.values()), network)


def _source(layer: Layer, layers: Mapping[str, LayerResult]) -> LayerResult | None:
    """Return the result of the layer that feeds a layer, if it is a single one."""
    return layers[layer.inputs[0]] if len(layer.inputs) == 1 else None


def _arrangement(network: Network, layer: Layer) -> tuple[int, int, int]:
    """Return the rows, columns and channels in which a layer is shown; flattened places become rows."""
    if layer.places:
        return *layer.places, layer.shape[-1]
    flattened = layer.kind == "Flatten" and layer.inputs
    *places, channels = network.layer(layer.inputs[0]).shape if flattened else layer.shape
    return math.prod(places), 1, channels


def _arrange(network: Network, units: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Copy activations, arranged as they are shown, in threads if there are many, and refuse infinities and NaN.

    One block holds all of them: many blocks of different sizes would fragment the memory.
    """
    shapes = [_arrangement(network, layer) for layer in network.layers]
    sizes = [math.prod(shape) for shape in shapes]
    memory = np.empty(sum(sizes), np.float32)
    blocks = np.split(memory, np.cumsum(sizes)[:-1])
    arranged = [block.reshape(shape) for block, shape in zip(blocks, shapes, strict=True)]
    waiting = list(zip(network.layers, units, arranged, strict=True))

    def copy(part: int) -> None:
        for layer, values, maps in waiting[part::parts]:
            maps[:] = layer.maps(values).reshape(maps.shape)
            require_numbers(maps, layer.name)
            maps.setflags(write=False)

    parts = min(os.cpu_count() or 1, 1 + memory.nbytes // BYTES_PER_THREAD)
    if parts == 1:
        copy(0)
    else:
        with ThreadPoolExecutor(parts) as pool:
            list(pool.map(copy, range(parts)))
    return arranged
