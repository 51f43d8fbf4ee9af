"""Endpoints: the typed, documented functions that programs can call; they do not depend on a server."""

import logging
import math
import os
import reprlib
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cnnviz.base.errors import OptionError
from cnnviz.base.names import is_name
from cnnviz.base.steps import finish, within
from cnnviz.drawing.png import encode_png, png_size
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.ablation import Ablation, require_channel_lists
from cnnviz.result.channel_details import ChannelDetails, describe_details
from cnnviz.result.comparison import Comparison, telling_layer
from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.result.result import CHANNELS, Result, picture_file_name
from cnnviz.result.trace import TraceFacts
from cnnviz.serving.seen_photos import SeenPhoto, SeenPhotos
from cnnviz.surveys.survey import Survey
from cnnviz.why.explain import DEFAULT_METHOD, explain
from cnnviz.why.trust import examine

LOGGER = logging.getLogger("cnnviz")


@dataclass(frozen=True)
class Picture:
    """One layer's grid as a file.

    Args:
        path: The PNG file.
        caption: One line that describes what it shows.
        name: The layer's name.
        size: Width and height in pixels.
    """

    path: Path
    caption: str
    name: str
    size: tuple[int, int]


@dataclass(frozen=True)
class Visualization:
    """The result of `/visualize`.

    Args:
        seen: The photo under its token, with the answer and all activations.
        layers: Names of the layers that are drawn; empty for all layers.
        colormap: The name of the colour map.
        scale: "channel" or "layer": what the brightest colour stands for.
        folder: The folder for the pictures; it contains no pictures of other calls.
        seconds: Time that it took to see the photo.
    """

    seen: SeenPhoto
    layers: tuple[str, ...]
    colormap: str
    scale: str
    folder: Path
    seconds: float = 0.0

    @property
    def result(self) -> Result:
        """The answer and all activations."""
        return self.seen.result

    @cached_property
    def pictures(self) -> list[Picture]:
        """One grid per layer, in order, drawn and written to files when they are first asked for.

        Raises:
            OptionError: If there is no such colour map or scale.
            LayerNotFoundError: If no layer has one of the names.
        """
        written, start = [], time.perf_counter()
        for number, (name, content) in enumerate(
            self.result.pictures(self.colormap, self.scale, self.layers).items(), start=1
        ):
            path = self.folder / picture_file_name(number, name)
            path.write_bytes(content)
            written.append(Picture(path, self.result[name].caption(self.scale), name, png_size(content)))
        LOGGER.info(
            "/visualize: %d layers, %s %.0f ms, drawing %.0f ms",
            len(written),
            "from memory" if self.seen.is_known else "forward pass",
            1e3 * self.seconds,
            1e3 * (time.perf_counter() - start),
        )
        return written

    def statistics(self, detail: str = CHANNELS) -> dict[str, Any]:
        """Return the answer and the statistics of the layers that are drawn.

        Args:
            detail: "channels" or "summary", as for `cnnviz.Result.to_dict`.

        Returns:
            Plain JSON values.

        Raises:
            OptionError: If there are no such statistics.
        """
        return self.result.to_dict(self.scale, [picture.name for picture in self.pictures], detail)


@dataclass(frozen=True)
class Endpoints:
    """The functions behind the page and the API. Threads may share them: only results are kept, by photo.

    Args:
        photos: The cache of photos, which runs new photos through the network.
        folder: The folder for pictures; each call writes into a new folder inside.
        surveyed: What a data set says of the channels; None if the model does not say.
    """

    photos: SeenPhotos
    folder: Path
    surveyed: Survey | None = None

    @property
    def explorer(self) -> Explorer:
        """The model that answers."""
        return self.photos.explorer

    def predict(self, photo: str | os.PathLike[str] | bytes) -> dict[str, float]:
        """Return the network's answer for a photo, without any pictures.

        Args:
            photo: The path of a picture's file, or its bytes.

        Returns:
            Each class's probability, in [0, 1]; they sum to 1, unless the network is multi-label.

        Raises:
            ImageError: If the photo cannot be read.
        """
        start = time.perf_counter()
        probabilities = self.explorer.predict(self.photos.read(photo))
        LOGGER.info("/predict: %.0f ms", 1e3 * (time.perf_counter() - start))
        return probabilities

    def visualize(
        self,
        photo: str | os.PathLike[str] | bytes,
        colormap: str = DEFAULT_COLORMAP,
        scale: str = DEFAULT_SCALE,
        layers: Sequence[str] = (),
    ) -> Visualization:
        """Show what every layer computes for a photo.

        If the photo's result is still in the cache, the pictures are drawn without another forward pass.

        Args:
            photo: The path of a picture's file, or its bytes.
            colormap: A matplotlib name, such as "magma".
            scale: "channel" or "layer": what the brightest colour stands for.
            layers: Names of layers; repeated names count once; empty for all layers.

        Returns:
            The answer, one picture per layer, and the statistics.

        Raises:
            ImageError: If the photo cannot be read.
            OptionError: If there is no such colour map or scale, or `layers` is not a list of names.
            LayerNotFoundError: If no layer has one of the names.
        """
        shown = self.look(photo, colormap, scale, layers)
        shown.pictures  # noqa: B018  # now, not later
        return shown

    def look(
        self,
        photo: str | os.PathLike[str] | bytes,
        colormap: str = DEFAULT_COLORMAP,
        scale: str = DEFAULT_SCALE,
        layers: Sequence[str] = (),
    ) -> Visualization:
        """Run a photo through the network, as `visualize`, but draw nothing yet.

        Args:
            photo: The path of a picture's file, or its bytes.
            colormap: A matplotlib name.
            scale: "channel" or "layer".
            layers: Names of layers; empty for all layers.

        Returns:
            The answer. Its pictures are drawn when they are asked for, which may raise what `visualize` raises.

        Raises:
            ImageError: If the photo cannot be read.
            OptionError: If `colormap` or `scale` is no name, or `layers` is not a list of names.
        """
        start = time.perf_counter()
        if not isinstance(layers, list | tuple) or not all(map(is_name, [colormap, scale, *layers])):
            raise OptionError(
                "`colormap` and `scale` are names, `layers` is a list of names. Received: "
                f"colormap={reprlib.repr(colormap)}, scale={reprlib.repr(scale)}, layers={reprlib.repr(layers)}."
            )
        layers = tuple(dict.fromkeys(layers))  # a name that comes twice is drawn once
        seen = self.photos.look(photo)
        return Visualization(seen, layers, colormap, scale, self.new_folder(), time.perf_counter() - start)

    def channel(
        self,
        photo: str | os.PathLike[str] | bytes,
        layer: str,
        channel: int,
        row: int | None = None,
        column: int | None = None,
        colormap: str = DEFAULT_COLORMAP,
        scale: str = DEFAULT_SCALE,
    ) -> tuple[Path, ChannelDetails]:
        """Describe one channel of one layer, and one of its units.

        Args:
            photo: The path of a picture's file, or its bytes.
            layer: The layer's whole name.
            channel: The channel's index, from 0.
            row: Row of a unit in the feature map, from 0; None for no unit.
            column: Column of the unit, from 0; None for no unit.
            colormap: A matplotlib name, such as "magma".
            scale: "channel" or "layer": the brightest colour stands for the largest magnitude of the channel, or of
                the whole layer.

        Returns:
            A PNG file of the channel, in large; and its description, from `channel_details.describe_details`.

        Raises:
            ImageError: If the photo cannot be read.
            LayerNotFoundError: If no layer has that name.
            OptionError: If there is no such channel, unit, colour map or scale.
        """
        start = time.perf_counter()
        if not all(map(is_name, [layer, colormap, scale])):
            received = ", ".join(map(reprlib.repr, (layer, colormap, scale)))
            raise OptionError(f"`layer`, `colormap` and `scale` are names. Received: {received}.")
        result = self.result(photo)
        channel, *place = map(_whole, (channel, row, column))
        details = describe_details(self.explorer.network, result, layer, channel, *place)
        picture = encode_png(result.channel(layer, channel).picture(colormap, scale))
        path = self.new_folder() / f"channel-{channel}.png"
        path.write_bytes(picture)
        LOGGER.info("/channel: %.0f ms", 1e3 * (time.perf_counter() - start))
        return path, details

    def ablate(self, photo: str | os.PathLike[str] | bytes, without: dict[str, list[int]]) -> Ablation:
        """Compute the answer again with some channels switched off.

        Args:
            photo: The path of a picture's file, or its bytes.
            without: Indices of channels by layer name.

        Returns:
            The answer with and without these channels.

        Raises:
            ImageError: If the photo cannot be read.
            LayerNotFoundError: If no layer has one of the names.
            OptionError: If a layer has no such channel, or is the layer of the answer.
        """
        start = time.perf_counter()
        asked = {name: [_whole(each) for each in channels] for name, channels in require_channel_lists(without).items()}
        ablation = self.explorer.ablate(self.photos.read(photo), asked)
        LOGGER.info("/ablate: %.0f ms", 1e3 * (time.perf_counter() - start))
        return ablation

    def explain(
        self,
        photo: str | os.PathLike[str] | bytes,
        method: str = DEFAULT_METHOD,
        class_name: str | None = None,
        layer: str | None = None,
        trust: bool = False,
        max_seconds: float = math.inf,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> tuple[Path, dict[str, Any]]:
        """Compute an evidence map, which shows the parts of a photo that speak for a class.

        Args:
            photo: The path of a picture's file, or its bytes.
            method: One of `cnnviz.why.explain.METHODS`.
            class_name: The class; None for the most probable.
            layer: The whole name of the layer to read the map from, for methods that read a layer; None for the last
                convolution.
            trust: Whether to check how far the map can be trusted, which takes about 250 passes.
            max_seconds: Time that the map, and then the check of it, may take.
            is_wanted: Asked now and then; if it says no, the work is left off.

        Returns:
            A PNG file of the map over the picture that the network saw; and its numbers, from `Explanation.to_dict`,
            with trust: the values of `Trust.to_dict`, or None.

        Raises:
            ImageError: If the photo cannot be read.
            LayerNotFoundError: If no layer has that name.
            NetworkError: If there is no such class.
            OptionError: If there is no such method, or it cannot read that layer.
            StoppedError: If the work was left off, or takes too long.
        """
        start = time.perf_counter()
        if not all(map(is_name, [method, class_name or "", layer or ""])) or not isinstance(trust, bool):
            received = ", ".join(map(reprlib.repr, (method, class_name, layer, trust)))
            raise OptionError(
                f"`method`, `class_name` and `layer` are names, `trust` is true or false. Received: {received}."
            )
        result = self.result(photo)
        network, pixels = result.network, result.pixels
        work = explain(network, pixels, method, class_name or result.label, layer)
        explanation = finish(within(work, max_seconds), is_wanted)
        check = within(examine(network, pixels, explanation), max_seconds)
        trusted = finish(check, is_wanted).to_dict() if trust else None
        details = {**explanation.to_dict(), "trust": trusted}
        path = self.new_folder() / f"{method}.png"
        path.write_bytes(encode_png(explanation.overlay(result.seen)))
        LOGGER.info("/explain: %s, %.0f ms", method, 1e3 * (time.perf_counter() - start))
        return path, details

    def trace(
        self,
        photo: str | os.PathLike[str] | bytes,
        layer: str | None = None,
        channel: int | None = None,
        row: int | None = None,
        column: int | None = None,
        class_name: str | None = None,
        depth: int | None = None,
        branches: int = 1,
        max_seconds: float = math.inf,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> tuple[Path, TraceFacts]:
        """Follow the answer, or one unit, back to what made it, step by step.

        Args:
            photo: The path of a picture's file, or its bytes.
            layer: The layer of the unit to begin with; None for the answer.
            channel: Index of its channel; None for the one with the largest activation.
            row: Row of the unit; None for the channel's largest activation.
            column: Column of the unit.
            class_name: The class whose logit to begin with, if no layer is given; None for the most probable.
            depth: How many steps to go back; None for all the way, to the pixels.
            branches: How many terms of each step to follow.
            max_seconds: Time that it may take.
            is_wanted: Asked after each step; if it says no, the work is left off.

        Returns:
            A PNG file of the way that follows the largest terms; and all steps, from `Trace.to_dict`.

        Raises:
            ImageError: If the photo cannot be read.
            LayerNotFoundError: If no layer has that name.
            NetworkError: If there is no such class.
            OptionError: If there is no such unit, or that makes too many steps.
            StoppedError: If the work was left off, or takes too long.
        """
        start = time.perf_counter()
        if not all(map(is_name, [layer or "", class_name or ""])):
            received = ", ".join(map(reprlib.repr, (layer, class_name)))
            raise OptionError(f"`layer` and `class_name` are names. Received: {received}.")
        numbers = [_whole(each) for each in (channel, row, column)]
        tree = [_whole(each) for each in (depth, branches)]
        result = self.result(photo)
        tracer = result.tracer
        first = tracer.begin(class_name or result.label, layer or None, *numbers)
        found = finish(within(tracer.follow(first, *tree), max_seconds), is_wanted)
        path = self.new_folder() / "trace.png"
        path.write_bytes(encode_png(found.picture()))
        LOGGER.info("/trace: %.0f ms", 1e3 * (time.perf_counter() - start))
        return path, found.to_dict()

    def compare(
        self, photo: str | os.PathLike[str] | bytes, other: str | os.PathLike[str] | bytes, layer: str | None = None
    ) -> tuple[Path, dict[str, Any]]:
        """Find the channels of a layer that distinguish two photos.

        Args:
            photo: The path of a picture's file, or its bytes.
            other: The path of another picture's file, or its bytes.
            layer: The layer's whole name; None for the last convolution.

        Returns:
            A PNG file of the channels that distinguish the photos most, from `Comparison.picture`; and both answers
            with all channels in that order, from `Comparison.to_dict`.

        Raises:
            ImageError: If a photo cannot be read.
            LayerNotFoundError: If no layer has that name.
            OptionError: If `layer` is not a name.
        """
        start = time.perf_counter()
        if layer is not None and not is_name(layer):
            raise OptionError(f"`layer` is a name. Received: layer={reprlib.repr(layer)}.")
        name = telling_layer(self.explorer.network) if layer is None else layer
        comparison = Comparison(self.result(photo), self.result(other))
        told, picture = comparison.to_dict(name), encode_png(comparison.picture(name))
        path = self.new_folder() / "comparison.png"
        path.write_bytes(picture)
        LOGGER.info("/compare: %.0f ms", 1e3 * (time.perf_counter() - start))
        return path, told

    def survey(self, layer: str | None = None, channel: int | None = None) -> dict[str, Any]:
        """Tell what a whole data set says of the network, of a layer's channels, or of one channel.

        Args:
            layer: The layer's whole name; None for the data set and the answers.
            channel: A channel of the layer; None for all.

        Returns:
            Plain JSON values: from `Survey.to_dict`, `LayerSurvey.to_dict` or `LayerSurvey.channel`; none if the model
            has no survey.

        Raises:
            LayerNotFoundError: If the survey has no layer of that name.
            OptionError: If `layer` is no name, or there is no such channel.
        """
        if layer is not None and not is_name(layer):
            raise OptionError(f"`layer` is a name. Received: layer={reprlib.repr(layer)}.")
        if self.surveyed is None:
            return {}
        if layer is None:
            return self.surveyed.to_dict()
        found = self.surveyed[layer]
        return found.to_dict() if channel is None else found.channel(_whole(channel))

    def result(self, photo: str | os.PathLike[str] | bytes) -> Result:
        """Return the network's result for a photo, from the cache if it is still there.

        Args:
            photo: The path of a picture's file, or its bytes.

        Returns:
            The result.

        Raises:
            ImageError: If the photo cannot be read.
        """
        return self.photos.look(photo).result

    def model(self) -> dict[str, Any]:
        """Describe the model that answers: its source, its classes and its layers.

        Returns:
            Plain JSON values: source, from `cnnviz.Source.to_dict`; class_names; kind, that of the network's `Head`;
            input, the picture's height and width in pixels; preprocessing, from `cnnviz.Preprocessing.to_dict`, and
            value_range, the smallest and the largest number that the network can get; assumed, what was assumed of the
            model, as sentences; num_parameters; accuracy on test photographs in [0, 1], None if it was not measured;
            and layers, each from `cnnviz.Layer.to_dict`.
        """
        network = self.explorer.network
        return {
            "source": self.explorer.source.to_dict(),
            "class_names": list(network.class_names),
            "kind": network.head.kind,
            "input": {"height": network.preprocessing.height, "width": network.preprocessing.width},
            "preprocessing": {**network.preprocessing.to_dict(), "value_range": network.preprocessing.value_range},
            "assumed": list(self.explorer.assumed),
            "num_parameters": network.model.count_params(),
            "accuracy": network.metrics.get("test", {}).get("accuracy"),
            "layers": [layer.to_dict() for layer in network.layers],
        }

    def new_folder(self) -> Path:
        """Make a folder for the files of one answer.

        Returns:
            The folder's path; nobody can guess it.
        """
        folder = self.folder / uuid.uuid4().hex
        folder.mkdir(parents=True)
        return folder


def _whole(value: Any) -> Any:
    """Turn a whole number into an integer, even if a program sent 3.0; other values are refused where they are used."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
