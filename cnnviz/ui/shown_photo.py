"""A photo as the page shows it: what several parts need of it is computed once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TypedDict

from PIL import Image

from cnnviz.drawing.png import encode_png
from cnnviz.network.network import Network
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.photo_likeness import Integrals, integrate
from cnnviz.result.result import Result
from cnnviz.serving.endpoints import Visualization
from cnnviz.ui.channel_data import SEEN_PIXELS, ClassShare, describe_classes, shrink
from cnnviz.ui.files import PHOTO_QUALITY, address
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.story.findings import Likenesses
from cnnviz.ui.story.stages import Stage, tell_stages
from cnnviz.ui.story.told import told_layers
from cnnviz.ui.strongest_units import Unit, strongest_units

PHOTO_PIXELS = 450
"""Longest edge of the photo where activations are laid over it."""


class SizedPicture(TypedDict):
    """A picture that is served, and its size in pixels."""

    url: str
    width: int
    height: int


class PhotoFrame(TypedDict):
    """Where the network's picture lies on the photo: edges as shares of the photo's width and height."""

    left: float
    top: float
    right: float
    bottom: float


class PhotoPicture(SizedPicture):
    """The photo itself, and where the network's picture lies on it."""

    frame: PhotoFrame


class SeenPicture(SizedPicture):
    """The picture that the network saw, enlarged, and its own rows and columns."""

    rows: int
    columns: int


@dataclass(frozen=True)
class ShownPhoto:
    """A photo that the page shows, with the model's answer.

    Args:
        model: The model that answers.
        shown: Its answer, drawn; further pictures are written into its folder.
        path: The photo's file, if it has one.
    """

    model: ServedModel
    shown: Visualization
    path: str | None = None

    @property
    def network(self) -> Network:
        """The network."""
        return self.model.network

    @property
    def result(self) -> Result:
        """What the network made of the photo."""
        return self.shown.result

    @cached_property
    def integrals(self) -> Integrals:
        """The sums of luminance and edges of what the network saw, from `integrate`."""
        return integrate(self.result.seen)

    @cached_property
    def likenesses(self) -> Likenesses:
        """How much each layer's maps look like the photo, and like others."""
        return self.model.references.compare(self.result, self.integrals)

    @cached_property
    def stages(self) -> list[Stage]:
        """The stages of the photo's journey."""
        return tell_stages(self.result, self.likenesses, self.integrals)

    @cached_property
    def layers(self) -> tuple[LayerResult, ...]:
        """The layers that the page tells of, from `told_layers`."""
        return tuple(self.result[layer.name] for layer in told_layers(self.network))

    @cached_property
    def units(self) -> Callable[[LayerResult], list[Unit]]:
        """Finds the strongest units of a layer, and what they saw."""
        return cache(partial(strongest_units, seen=self.result.seen))

    @cached_property
    def enlarged(self) -> Image.Image:
        """The picture that the network saw, enlarged by a whole factor."""
        width, height = self.result.seen.size
        enlargement = max(SEEN_PIXELS // max(width, height), 1)
        return self.result.seen.resize((width * enlargement, height * enlargement), Image.Resampling.NEAREST)

    @cached_property
    def seen(self) -> SeenPicture:
        """The picture that the network saw, enlarged: url, width and height, and its own rows and columns."""
        width, height = self.result.seen.size
        url = self._write("seen.png", self.enlarged)
        return {
            "url": url,
            "width": self.enlarged.width,
            "height": self.enlarged.height,
            "rows": height,
            "columns": width,
        }

    @cached_property
    def photo(self) -> PhotoPicture:
        """The photo itself, no larger than the page shows it: url, width and height; and the frame of what was seen."""
        whole = self.result.photo
        photo = shrink(whole, PHOTO_PIXELS)
        if max(whole.size) > PHOTO_PIXELS:  # an average of pixels, of which a good JPEG loses nothing that one sees
            path = self.shown.folder / "photo.jpg"
            photo.save(path, quality=PHOTO_QUALITY, subsampling=0)
            url = address(path)
        else:
            url = self._write("photo.png", photo)
        left, top, right, bottom = self.network.preprocessing.placement(whole).frame(whole.size, self.result.seen.size)
        frame: PhotoFrame = {"left": left, "top": top, "right": right, "bottom": bottom}
        return {"url": url, "width": photo.width, "height": photo.height, "frame": frame}

    @cached_property
    def classes(self) -> list[ClassShare]:
        """The classes and their probabilities, from `describe_classes`."""
        return describe_classes(self.network.head, self.result.probabilities)

    def _write(self, name: str, picture: Image.Image) -> str:
        """Write a picture where it is served from, and give its address."""
        path: Path = self.shown.folder / name
        path.write_bytes(encode_png(picture))
        return address(path)
