"""The survey of a data set: what it tells of a network's answers and of all its layers."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import LayerNotFoundError, OptionError
from cnnviz.base.figures import count, percent
from cnnviz.base.names import brief
from cnnviz.network.layer import Layer
from cnnviz.picture.placement import Box
from cnnviz.surveys.layer_survey import Favourite, LayerSurvey


class SurveyPhoto(NamedTuple):
    """A photograph that stands out, by what the network answers or by how it excites a channel.

    Args:
        name: Its name in the data set; "" where names are not told.
        class_name: Its class; None if it has none.
        answer: The class that is the most probable to the network.
        probability: How probable, in [0, 1].
        own_probability: How probable its own class is to the network; None if the network does not know it.

    Example:
        >>> photo = cnnviz.SurveyPhoto("a.jpg", "cat", "dog", 0.75, 0.25)
        >>> photo.answer == photo.class_name
        False
    """

    def __repr__(self) -> str:
        """Describe the photograph in one line."""
        of = f", a {brief(self.class_name)}" if self.class_name else ""
        return f"<SurveyPhoto {brief(self.name)}{of}: {brief(self.answer)} {percent(self.probability)}>"

    name: str
    class_name: str | None
    answer: str
    probability: float
    own_probability: float | None


@dataclass(frozen=True, eq=False)
class Survey:
    """What a data set tells of a network.

    Args:
        network: The fingerprint of the network, `Network.fingerprint`.
        num_photos: How many photographs were measured.
        num_unreadable: How many could not be read.
        class_names: The K classes of the photographs, from A to Z; empty if they have none.
        class_sizes: How many photographs each class has.
        answers: The network's M classes.
        confusion: How often photographs of each class were called what, shape (K, M), int64; of shape (0, M) where
            photographs have no class, or a network answers each class alone.
        photos: All photographs that stand out.
        wrong: Indices of the photographs that the network gets most wrong: their own class is the least probable to it.
        unsure: Indices of the photographs of which it is least sure: the two most probable classes are the closest.
        layers: The layers by name, in order; those that only pass on what they get are left out.
        licence: Of the photographs, if they may be shown; else "".
        pictures: What the network sees of each of the photographs that stand out, JPEG, by index; empty if they may not
            be shown.

    Example:
        >>> found = cnnviz.survey(cnnviz.load(), "photos/", publish="CC0")
        >>> found.num_photos, found["conv2d_4"].favourites(42)[0].photo, found.picture(0).size
        (1, 0, (150, 150))
    """

    network: str = field(repr=False)
    num_photos: int
    num_unreadable: int
    class_names: tuple[str, ...]
    class_sizes: tuple[int, ...]
    answers: tuple[str, ...] = field(repr=False)
    confusion: NDArray[np.int64] = field(repr=False)
    photos: tuple[SurveyPhoto, ...] = field(repr=False)
    wrong: tuple[int, ...] = field(repr=False)
    unsure: tuple[int, ...] = field(repr=False)
    layers: Mapping[str, LayerSurvey] = field(repr=False)
    licence: str = ""
    pictures: Mapping[int, bytes] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        """Describe the survey in one line."""
        classes = f" of {count(len(self.class_names))} classes" if self.class_names else ""
        return f"<Survey of {count(self.num_photos)} photographs{classes}: {count(len(self.layers))} layers>"

    def __getitem__(self, layer_name: str) -> LayerSurvey:
        """Return what is known of a layer.

        Args:
            layer_name: The layer's whole name.

        Returns:
            The layer's numbers.

        Raises:
            LayerNotFoundError: If the survey has no layer of that name.
        """
        if layer_name not in self.layers:
            names = ", ".join(map(brief, self.layers))
            raise LayerNotFoundError(f"The survey has no layer '{brief(layer_name)}'. Layers: {names}.")
        return self.layers[layer_name]

    @property
    def num_right(self) -> int | None:
        """How many photographs were called what they are; None if no photograph has a class that the network knows."""
        known = [(row, self.answers.index(name)) for row, name in enumerate(self.class_names) if name in self.answers]
        return sum(int(self.confusion[pair]) for pair in known) if known and len(self.confusion) else None

    def picture(self, photo: int) -> Image.Image:
        """Return what the network sees of a photograph that stands out.

        Args:
            photo: Its index in `photos`.

        Returns:
            A picture of the network's size.

        Raises:
            OptionError: If it may not be shown.
        """
        if photo not in self.pictures:
            raise OptionError("This survey's photographs may not be shown: only their numbers are kept.")
        return Image.open(io.BytesIO(self.pictures[photo])).convert("RGB")

    def patch(self, layer: Layer, favourite: Favourite) -> tuple[Image.Image, Box]:
        """Return what a unit saw of a photograph that excites its channel.

        Args:
            layer: The layer.
            favourite: The photograph and its unit, from `LayerSurvey.favourites`.

        Returns:
            The patch, and its place in the network's picture: left, top, right and bottom edge.

        Raises:
            OptionError: If the photograph may not be shown.
        """
        picture = self.picture(favourite.photo)
        box = layer.receptive_field.box(favourite.row, favourite.column)
        return picture.crop(box), box

    def to_dict(self) -> dict[str, Any]:
        """Describe the data set and the answers as plain JSON values.

        Returns:
            num_photos; num_unreadable; class_names; class_sizes; answers; confusion; num_right; licence; and layers,
            the names of those that were measured.
        """
        return {
            "num_photos": self.num_photos,
            "num_unreadable": self.num_unreadable,
            "class_names": list(self.class_names),
            "class_sizes": list(self.class_sizes),
            "answers": list(self.answers),
            "confusion": self.confusion.tolist(),
            "num_right": self.num_right,
            "licence": self.licence,
            "layers": list(self.layers),
        }
