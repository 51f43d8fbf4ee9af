"""What programs can ask for: typed, documented functions that know no server."""

import logging
import os
import reprlib
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnviz.base.errors import OptionError
from cnnviz.base.names import is_name
from cnnviz.drawing.grid import encode_png, png_size
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.ablation import Ablation, require_channel_lists
from cnnviz.result.channel_details import describe_details
from cnnviz.result.comparison import Comparison, telling_layer
from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.result.result import Result, picture_file_name
from cnnviz.serving.seen_photos import SeenPhoto, SeenPhotos
from cnnviz.why.explain import DEFAULT_METHOD

LOGGER = logging.getLogger("cnnviz")


@dataclass(frozen=True)
class Picture:
    """One layer's grid as a file.

    Args:
        path: The PNG file.
        caption: One line on what it shows.
        name: The layer's name.
        size: Width and height in pixels.
    """

    path: Path
    caption: str
    name: str
    size: tuple[int, int]


@dataclass(frozen=True)
class Visualization:
    """What `/visualize` gives.

    Args:
        seen: The photo under its token, with the answer and all activations.
        pictures: One grid per asked layer, in order.
        colormap: In which colours they are drawn.
        scale: What the brightest colour stands for.
        folder: Where the pictures lie; nobody else's are there.
    """

    seen: SeenPhoto
    pictures: list[Picture]
    colormap: str
    scale: str
    folder: Path

    @property
    def result(self) -> Result:
        """The answer and all activations."""
        return self.seen.result

    @property
    def statistics(self) -> dict[str, Any]:
        """The answer and the layers' numbers as plain JSON values."""
        return self.result.to_dict(self.scale, [picture.name for picture in self.pictures])


@dataclass(frozen=True)
class Endpoints:
    """The functions behind page and API. Threads may share them: nothing is kept but results by photo.

    Args:
        photos: Looks at the photos, and keeps what was seen last.
        folder: Where pictures are written, each call's into a fresh folder inside.
    """

    photos: SeenPhotos
    folder: Path

    @property
    def explorer(self) -> Explorer:
        """The model that answers."""
        return self.photos.explorer

    def predict(self, photo: str | os.PathLike[str] | bytes) -> dict[str, float]:
        """Tell what the network takes a photo for, without any pictures.

        Args:
            photo: The path of a picture's file, or its bytes.

        Returns:
            Each class's probability, in [0, 1]; they sum to 1.

        Raises:
            ImageError: If the photo cannot be read.
        """
        start = time.perf_counter()
        probabilities = self.explorer.predict(photo)
        LOGGER.info("/predict: %.0f ms", 1e3 * (time.perf_counter() - start))
        return probabilities

    def visualize(
        self,
        photo: str | os.PathLike[str] | bytes,
        colormap: str = DEFAULT_COLORMAP,
        scale: str = DEFAULT_SCALE,
        layers: Sequence[str] = (),
    ) -> Visualization:
        """Show what every layer makes of a photo.

        A photo that was seen lately is only drawn again, without another forward pass.

        Args:
            photo: The path of a picture's file, or its bytes.
            colormap: A matplotlib name, such as "magma".
            scale: "channel" or "layer": what the brightest colour stands for.
            layers: Names of layers, each counted once; none for all.

        Returns:
            The answer, one picture per layer, and the statistics.

        Raises:
            ImageError: If the photo cannot be read.
            OptionError: If there is no such colour map or scale, or `layers` is not a list of names.
            LayerNotFoundError: If no layer has one of the names.
        """
        start = time.perf_counter()
        if not isinstance(layers, list | tuple) or not all(map(is_name, [colormap, scale, *layers])):
            raise OptionError(
                "`colormap` and `scale` are names, `layers` is a list of names. Received: "
                f"colormap={reprlib.repr(colormap)}, scale={reprlib.repr(scale)}, layers={reprlib.repr(layers)}."
            )
        layers = list(dict.fromkeys(layers))  # a name that comes twice is drawn once
        seen = self.photos.look(photo)
        explored = time.perf_counter()
        visualization = self._draw(seen, colormap, scale, layers)
        LOGGER.info(
            "/visualize: %d layers, %s %.0f ms, drawing %.0f ms",
            len(visualization.pictures),
            "from memory" if seen.is_known else "forward pass",
            1e3 * (explored - start),
            1e3 * (time.perf_counter() - explored),
        )
        return visualization

    def channel(
        self,
        photo: str | os.PathLike[str] | bytes,
        layer: str,
        channel: int,
        row: int | None = None,
        column: int | None = None,
        colormap: str = DEFAULT_COLORMAP,
        scale: str = DEFAULT_SCALE,
    ) -> tuple[Path, dict[str, Any]]:
        """Look into one channel of one layer, and into one of its units.

        Args:
            photo: The path of a picture's file, or its bytes.
            layer: The layer's whole name.
            channel: The channel's index, from 0.
            row: Row of a unit in the feature map, from 0; None for no unit.
            column: Column of the unit, from 0; None for no unit.
            colormap: A matplotlib name, such as "magma".
            scale: "channel" or "layer": whose largest magnitude the brightest colour stands for.

        Returns:
            A PNG file of the channel, large, and what is known of it, as `channel_details.describe_details`.

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
        """Ask the network again with some channels switched off.

        Args:
            photo: The path of a picture's file, or its bytes.
            without: Indices of channels by layer name.

        Returns:
            The answer with and without them.

        Raises:
            ImageError: If the photo cannot be read.
            LayerNotFoundError: If no layer has one of the names.
            OptionError: If a layer has no such channel, or gives the answer itself.
        """
        start = time.perf_counter()
        asked = {name: [_whole(each) for each in channels] for name, channels in require_channel_lists(without).items()}
        ablation = self.explorer.ablate(photo, asked)
        LOGGER.info("/ablate: %.0f ms", 1e3 * (time.perf_counter() - start))
        return ablation

    def explain(
        self,
        photo: str | os.PathLike[str] | bytes,
        method: str = DEFAULT_METHOD,
        class_name: str | None = None,
        layer: str | None = None,
        trust: bool = False,
    ) -> tuple[Path, dict[str, Any]]:
        """Tell where in a photo the network finds what speaks for a class.

        Args:
            photo: The path of a picture's file, or its bytes.
            method: One of `cnnviz.why.explain.METHODS`.
            class_name: The class; None for the most probable.
            layer: The whole name of the layer to read it from, for the methods that read a layer; None for the last
                convolution.
            trust: Whether to find out how far the map can be trusted, which takes some 250 passes.

        Returns:
            A PNG file of the map over what the network saw; and its numbers, as `Explanation.to_dict`, with trust, as
            `Trust.to_dict`, or None.

        Raises:
            ImageError: If the photo cannot be read.
            LayerNotFoundError: If no layer has that name.
            NetworkError: If there is no such class.
            OptionError: If there is no such method, or it cannot read that layer.
        """
        start = time.perf_counter()
        if not all(map(is_name, [method, class_name or "", layer or ""])) or not isinstance(trust, bool):
            received = ", ".join(map(reprlib.repr, (method, class_name, layer, trust)))
            raise OptionError(
                f"`method`, `class_name` and `layer` are names, `trust` is true or false. Received: {received}."
            )
        result = self.result(photo)
        explanation = result.explain(method, class_name, layer)
        details = {**explanation.to_dict(), "trust": result.trust(explanation).to_dict() if trust else None}
        path = self.new_folder() / f"{method}.png"
        path.write_bytes(encode_png(explanation.overlay(result.seen)))
        LOGGER.info("/explain: %s, %.0f ms", method, 1e3 * (time.perf_counter() - start))
        return path, details

    def compare(
        self, photo: str | os.PathLike[str] | bytes, other: str | os.PathLike[str] | bytes, layer: str | None = None
    ) -> tuple[Path, dict[str, Any]]:
        """Find the channels of a layer that tell two photos apart.

        Args:
            photo: The path of a picture's file, or its bytes.
            other: The same of another photo.
            layer: The layer's whole name; None for the last convolution.

        Returns:
            A PNG file of the channels that tell the photos apart most, as `Comparison.picture`, and both answers with
            all channels in that order, as `Comparison.to_dict`.

        Raises:
            ImageError: If a photo cannot be read.
            LayerNotFoundError: If no layer has that name.
            OptionError: If it is no name.
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

    def result(self, photo: str | os.PathLike[str] | bytes) -> Result:
        """Give what the network makes of a photo; of one that was seen lately, from memory.

        Args:
            photo: The path of a picture's file, or its bytes.

        Returns:
            The result.

        Raises:
            ImageError: If the photo cannot be read.
        """
        return self.photos.look(photo).result

    def model(self) -> dict[str, Any]:
        """Tell which model answers, where it came from, and what it is made of.

        Returns:
            Plain JSON values: source, as `cnnviz.Source.to_dict`; class_names; input, the picture's height and width in
            pixels; num_parameters; accuracy on test photographs in [0, 1], None if it was not measured; layers, each
            as `cnnviz.Layer.to_dict`.
        """
        network = self.explorer.network
        return {
            "source": self.explorer.source.to_dict(),
            "class_names": list(network.class_names),
            "input": {"height": network.preprocessing.height, "width": network.preprocessing.width},
            "num_parameters": network.model.count_params(),
            "accuracy": network.metrics.get("test", {}).get("accuracy"),
            "layers": [layer.to_dict() for layer in network.layers],
        }

    def _draw(self, seen: SeenPhoto, colormap: str, scale: str, layers: Sequence[str]) -> Visualization:
        """Draw the layers' pictures, and write them as files."""
        result, written = seen.result, []
        pictures = result.pictures(colormap, scale, layers)
        folder = self.new_folder()
        for number, (name, content) in enumerate(pictures.items(), start=1):
            path = folder / picture_file_name(number, name)
            path.write_bytes(content)
            written.append(Picture(path, result[name].caption(scale), name, png_size(content)))
        return Visualization(seen, written, colormap, scale, folder)

    def new_folder(self) -> Path:
        """Make a folder for the files of one answer.

        Returns:
            Its path, which cannot be guessed.
        """
        folder = self.folder / uuid.uuid4().hex
        folder.mkdir(parents=True)
        return folder


def _whole(value: Any) -> Any:
    """Take a whole number for an integer however a program wrote it; anything else is refused where it is used."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
