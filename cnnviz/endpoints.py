"""What programs can ask for: typed, documented functions that know no server."""

import hashlib
import io
import logging
import os
import reprlib
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from cnnviz.cache import ResultCache
from cnnviz.errors import OptionError
from cnnviz.explorer import Explorer
from cnnviz.image import read_picture
from cnnviz.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.result import Result, picture_file_name

LOGGER = logging.getLogger("cnnviz")
MAX_NAME_LENGTH = 200
"""A longer colour map or layer name is refused: it would fill the log, and looking for a similar one takes long."""


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
        result: The answer and all activations.
        pictures: One grid per asked layer, in order.
        colormap: In which colours they are drawn.
        scale: What the brightest colour stands for.
        folder: Where the pictures lie; nobody else's are there.
    """

    result: Result
    pictures: list[Picture]
    colormap: str
    scale: str
    folder: Path

    @property
    def statistics(self) -> dict[str, Any]:
        """The answer and the layers' numbers as plain JSON values."""
        return self.result.to_dict(self.scale, [picture.name for picture in self.pictures])


@dataclass(frozen=True)
class Endpoints:
    """The functions behind page and API. Threads may share them: nothing is kept but results by photo.

    Args:
        explorer: Looks at the photos.
        cache: The results seen last.
        folder: Where pictures are written, each call's into a fresh folder inside.
    """

    explorer: Explorer
    cache: ResultCache
    folder: Path

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
        if not isinstance(layers, list | tuple) or not all(map(_is_name, [colormap, scale, *layers])):
            raise OptionError(
                "`colormap` and `scale` are names, `layers` is a list of names. Received: "
                f"colormap={reprlib.repr(colormap)}, scale={reprlib.repr(scale)}, layers={reprlib.repr(layers)}."
            )
        layers = list(dict.fromkeys(layers))  # a name that comes twice is drawn once
        result, seen_before = self._result(photo)
        explored = time.perf_counter()
        visualization = self._write(result, result.pictures(colormap, scale, layers), colormap, scale)
        LOGGER.info(
            "/visualize: %d layers, %s %.0f ms, drawing %.0f ms",
            len(visualization.pictures),
            "from memory" if seen_before else "forward pass",
            1e3 * (explored - start),
            1e3 * (time.perf_counter() - explored),
        )
        return visualization

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

    def _result(self, photo: str | os.PathLike[str] | bytes) -> tuple[Result, bool]:
        """Give a photo's result, and whether it was in memory."""
        content = read_picture(photo)
        key = f"{self.explorer.network.fingerprint} {hashlib.sha256(content).hexdigest()}"
        known = self.cache.get(key)
        if known:
            return known, True
        result = self.explorer(content)
        self.cache.put(key, result)
        return result, False

    def _write(self, result: Result, pictures: dict[str, bytes], colormap: str, scale: str) -> Visualization:
        """Write encoded pictures as files."""
        folder = self.folder / uuid.uuid4().hex
        folder.mkdir(parents=True)
        written = []
        for number, (name, content) in enumerate(pictures.items(), start=1):
            path = folder / picture_file_name(number, name)
            path.write_bytes(content)
            size = Image.open(io.BytesIO(content)).size
            written.append(Picture(path, result[name].caption(scale), name, size))
        return Visualization(result, written, colormap, scale, folder)


def _is_name(value: Any) -> bool:
    """Tell whether a value can be the name of anything; line breaks would forge lines of the log."""
    return isinstance(value, str) and len(value) <= MAX_NAME_LENGTH and value.isprintable()
