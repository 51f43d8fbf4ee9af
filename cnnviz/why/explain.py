"""Evidence maps: which parts of the picture speak for a class.

All methods start from the logit of the class, not from its probability, which may be saturated. Class 0 of a single
sigmoid has the negative logit. All maps are raw, as their papers define them: neither scaled nor resized.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import short, sides
from cnnviz.base.markup import card, row
from cnnviz.base.names import brief
from cnnviz.base.steps import Steps, part
from cnnviz.drawing.embedded import embed
from cnnviz.drawing.thumbnail import fit
from cnnviz.network.head import SIGMOID
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network, require_numbers
from cnnviz.network.passes import Values
from cnnviz.network.receptive_field import ONE_PLACE, ReceptiveField
from cnnviz.picture.placement import place_photo
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.why.attribution import OF_PICTURES
from cnnviz.why.cam import OF_LAYERS
from cnnviz.why.overlay import OPACITY, draw_raw, enlarge, lay_over

METHODS = (*OF_LAYERS, *OF_PICTURES)
"""Names of all methods: first those that read a layer's activation, then those that read the picture."""


CARD_EDGE = 300
"""Largest height and width of a picture in a notebook, in pixels."""

NUM_SIDES = 2
UNSIGNED = ("saliency", "smooth_grad")
"""Methods that tell how much each pixel matters, not for which class. With a single sigmoid both maps are equal."""

ONE_SIDED = ("grad_cam", "layer_cam")
"""Methods that keep only what speaks for the class. With a single sigmoid, any other method has the same map for both
classes, except for the sign."""

PASSING = frozenset(
    {"ActivityRegularization", "AlphaDropout", "AveragePooling2D", "Dropout", "GaussianDropout", "GaussianNoise"}
    | {"Identity", "MaxPooling2D", "SpatialDropout2D"}
)
"""Layers that only sum up the map before them, or change nothing when the network answers."""

DEFAULT_METHOD = "hires_cam"
"""The method that is used by default: if only linear layers follow, its values add up to the logit minus the biases."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """An evidence map.

    A notebook shows it over the picture that the network was shown.

    Args:
        method: Its name in `METHODS`.
        class_name: The class whose evidence it shows.
        layer_name: The layer that it was read from; None if it was read from the picture.
        values: Shape (h, w), float32.
        seen: The place of each value: what its unit sees of the network's picture.
        class_names: All classes, in index order.
        multi_label: Whether each class is a yes or no of its own, so that no two are opposites.
        fit: How the photo was fitted into the network's picture, as for `cnnviz.Preprocessing`.
        shown: The picture that the network was shown, `Result.seen`, if the map is from `Result.explain`.

    Example:
        >>> explanation = cnnviz.load()("photo.jpg").explain("hires_cam", "dog", "conv2d_4")
        >>> explanation.values.shape
        (15, 15)
    """

    method: str
    class_name: str
    layer_name: str | None
    values: Values
    seen: ReceptiveField
    class_names: tuple[str, ...]
    multi_label: bool = False
    fit: str = Preprocessing.fit
    shown: Image.Image | None = None

    def __repr__(self) -> str:
        """Describe the map in one line."""
        low, high = short(float(self.values.min())), short(float(self.values.max()))
        place = f" at {brief(self.layer_name)}" if self.layer_name else ""
        size, name = sides(*self.values.shape), brief(self.class_name)
        return f"<Explanation by {self.method} of {name}{place}: {size}, {low} to {high}>"

    def _repr_html_(self) -> str:
        """Show the map in a notebook: over the picture that the network saw, and raw."""
        place = self.layer_name or "the picture"
        note = f"{self.method}, read from {place}; {self.scale}. {self.legend}"
        colors, name = (self.limit, self.side, self.is_signed), f"The map of {self.method}"
        pictures = [embed(draw_raw(self.values, *colors, CARD_EDGE), name, CARD_EDGE)]
        if self.shown:
            pictures.insert(0, embed(self.thumbnail(self.shown, CARD_EDGE), f"{name} over the photo", CARD_EDGE))
        return card(f"What speaks for {self.class_name}", note, row(*pictures, gap=12))

    @property
    def legend(self) -> str:
        """What the colours stand for: a sentence."""
        if self.is_empty:
            return "Nothing speaks for it: every value is zero."
        if not self.is_signed:
            return "Bright places matter most, for whichever class."
        if self.side is None:
            return "Red speaks for it." if self.values.min() >= 0 else "Red speaks for it, blue against it."
        return f"Orange speaks for {self.class_names[0]}, purple for {self.class_names[1]}."

    @property
    def is_empty(self) -> bool:
        """Whether nothing speaks for the class: every value is zero. This is a valid result, no error."""
        return not self.values.any()

    @property
    def is_signed(self) -> bool:
        """Whether values speak for or against the class; if not, they only tell how much a pixel matters."""
        return self.method not in UNSIGNED

    @property
    def cell(self) -> tuple[int, int]:
        """The size of a cell: height and width in pixels of the part of the network's picture that a value covers.

        Where all units see the same, it is divided evenly among them.
        """
        rows, columns = (min(max(round(axis.cell), 1), axis.extent) for axis in (self.seen.rows, self.seen.columns))
        return rows, columns

    @property
    def scale(self) -> str:
        """How many pixels a value stands for, and whether its place is only its place in the map, in words."""
        scale = f"each value stands for {sides(*self.cell)} pixels"
        return f"{scale}; all saw the same, so they lie side by side in their order" if self.seen.is_shared else scale

    @property
    def side(self) -> int | None:
        """The index of the class if there are two, of which one is right; else None. The colours depend on it."""
        is_binary = len(self.class_names) == NUM_SIDES and not self.multi_label
        return self.class_names.index(self.class_name) if is_binary else None

    @property
    def limit(self) -> float:
        """The largest magnitude. To compare maps, draw all of them with the largest limit of any."""
        return float(np.abs(self.values).max())

    def picture(self, limit: float | None = None) -> Image.Image:
        """Draw the raw map.

        With two classes, evidence for class 0 is orange and for class 1 purple. With more classes, or if each is a yes
        or no of its own, evidence for the class is red.

        Args:
            limit: The magnitude that the strongest colour stands for; None for the map's own largest magnitude.

        Returns:
            An indexed picture of at most 592 pixels a side; every value is a square of whole pixels.

        Raises:
            OptionError: If the limit is below the map's largest magnitude.
        """
        return draw_raw(self.values, self._limit(limit), self.side, self.is_signed)

    def overlay(
        self, picture: Image.Image | None = None, opacity: float = OPACITY, limit: float | None = None
    ) -> Image.Image:
        """Put the map over a photo: each value is at the centre of what its unit sees.

        Where no unit is centred, the photo has no overlay; nor where it was cut off before the network saw it. Where
        all units see the same, as after attention, the values lie over it side by side, in the order of the map.

        Args:
            picture: The photo, `Result.photo`; None for `shown`, the picture that the network was shown.
            opacity: Opacity of the map, in [0, 1].
            limit: The magnitude that the strongest colour stands for; None for the map's own largest magnitude.

        Returns:
            An RGB picture of the same size, or enlarged by a whole factor if it is small.

        Raises:
            OptionError: If the opacity is not in [0, 1], or the limit is below the map's largest magnitude; or if no
                picture is given, and none is known.
        """
        if not 0 <= opacity <= 1:
            raise OptionError(f"`opacity` is between 0 and 1. Received: opacity={opacity!r}.")
        picture, limit = picture or self.shown, self._limit(limit)
        if picture is None:
            raise OptionError("`picture` is needed: this map is from no result, so that it knows no photo.")
        photo = enlarge(picture)
        placement = place_photo(self.fit, photo.size, self._size)
        return lay_over(self.values, self.seen, photo, placement, limit, self.side, self.is_signed, opacity)

    def thumbnail(self, seen: Image.Image, edge: int) -> Image.Image:
        """Put the map over the picture that the network was shown, in a small square.

        Args:
            seen: That picture, `Result.seen`.
            edge: Largest height and width of the result in pixels, at least 1.

        Returns:
            An RGB picture: each pixel is repeated as often as fits; of one that is too large, blocks are averaged.
        """
        picture = fit(seen, edge)
        whole = place_photo("stretch", picture.size, self._size)
        return lay_over(self.values, self.seen, picture, whole, self.limit, self.side, self.is_signed)

    @property
    def _size(self) -> tuple[int, int]:
        """Width and height of the network's picture."""
        return self.seen.columns.extent, self.seen.rows.extent

    def _limit(self, limit: float | None) -> float:
        if limit is None:
            return self.limit
        if limit < self.limit:
            raise OptionError(
                f"`limit` is at least the map's largest magnitude, {self.limit:.4g}. Received: {limit!r}."
            )
        return limit

    def to_dict(self) -> dict[str, Any]:
        """Return the map as plain JSON values.

        Returns:
            method; class_name; layer_name; shape, the rows and columns; cell, the height and width of a value's cell in
            pixels of the network's picture; sum; is_empty; is_signed; and values, one list per row.
        """
        return {
            "method": self.method,
            "class_name": self.class_name,
            "layer_name": self.layer_name,
            "shape": list(self.values.shape),
            "cell": list(self.cell),
            "sum": float(self.values.sum(dtype=np.float64)),
            "is_empty": self.is_empty,
            "is_signed": self.is_signed,
            "values": self.values.tolist(),
        }


def explain(
    network: Network, picture: Values, method: str, class_name: str, layer_name: str | None = None
) -> Steps[Explanation]:
    """Compute an evidence map, in steps.

    Args:
        network: The network.
        picture: The picture it saw: shape (height, width, C), float32 in [0, 1], as `Result.pixels`.
        method: One of `METHODS`.
        class_name: The class whose evidence is wanted.
        layer_name: The layer to read the map from, for methods that read a layer; None for the last map, as
            `default_layer`.

    Yields:
        The share of the work that is done.

    Returns:
        The map.

    Raises:
        OptionError: If there is no such method; or if the layer has no places, or is the layer of the answer; or if a
            layer is given for a method that reads the picture.
        LayerNotFoundError: If no layer has that name.
        NetworkError: If there is no such class, or the network's values are infinite or NaN.
    """
    if method in OF_LAYERS:
        layer = network.layer(layer_name) if layer_name is not None else default_layer(network)
        if layer.places is None:
            raise OptionError(f"Evidence maps need a layer with places. Received: layer_name='{layer.name}'.")
        batch = network.preprocessing.affine.numbers(picture[None])
        activation, gradient = network.gradients(batch, class_name, layer.name)
        maps, slopes = (layer.maps(values[0].astype(np.float64)) for values in (activation, gradient))
        values = OF_LAYERS[method](maps, slopes)
        seen, layer_name = layer.receptive_field.of_places(*layer.places), layer.name
    elif method not in OF_PICTURES:
        raise OptionError(f"No method named {method!r}. Methods: {', '.join(METHODS)}. Received: method={method!r}.")
    elif layer_name is not None:
        raise OptionError(f"'{method}' reads the picture, no layer. Received: layer_name={layer_name!r}.")
    else:
        values, seen = yield from OF_PICTURES[method](network, picture, class_name)
    require_numbers(values, layer_name or "picture")
    head = network.head
    numbers = values.astype(np.float32)
    fit = network.preprocessing.fit
    return Explanation(method, class_name, layer_name, numbers, seen, head.class_names, head.is_multi_label, fit)


def explain_each(
    network: Network, picture: Values, method: str, class_names: Sequence[str], layer_name: str | None = None
) -> Steps[list[Explanation]]:
    """Compute evidence maps for several classes, in steps.

    With a single sigmoid, most methods are computed only once: the negative logit has the negative gradient.

    Args:
        network: The network.
        picture: The picture it saw: shape (height, width, C), float32 in [0, 1], as `Result.pixels`.
        method: One of `METHODS`.
        class_names: The classes whose evidence is wanted.
        layer_name: The layer to read the maps from, as for `explain`.

    Yields:
        The share of the work that is done.

    Returns:
        The maps, in the order of the classes.

    Raises:
        CnnvizError: As `explain`.
    """
    maps: list[Explanation] = []
    for number, class_name in enumerate(class_names):
        if maps and is_for_both(network, method) and class_name in network.class_names:
            first = maps[0]
            is_opposite = first.is_signed and class_name != first.class_name
            maps.append(replace(first, class_name=class_name, values=-first.values if is_opposite else first.values))
        else:
            steps = explain(network, picture, method, class_name, layer_name)
            maps.append((yield from part(steps, number / len(class_names), (number + 1) / len(class_names))))
    return maps


def is_for_both(network: Network, method: str) -> bool:
    """Tell whether a method has the same map for both classes, except for the sign.

    Args:
        network: The network.
        method: One of `METHODS`.

    Returns:
        True if the network ends in a single sigmoid and the method keeps the evidence for both classes.
    """
    return network.head.kind == SIGMOID and method not in ONE_SIDED


def default_layer(network: Network) -> Layer:
    """Return the layer that evidence maps are read from by default.

    Args:
        network: The network.

    Returns:
        The last map that all evidence goes through: what global pooling, Flatten or the like takes the places from, and
        no branch beside others. If a pooling made it, or a layer that changes nothing, the map that it was made of,
        whose places are finer. The layer of the answer never counts.

    Raises:
        OptionError: If no layer before the last one has places.
    """
    layers = layers_with_places(network)
    if not layers:
        raise OptionError("This method reads a layer with places, and this network has none.")
    maps = [layer for layer in layers if layer.places != ONE_PLACE] or layers[-1:]
    alone = _without_branches(network.layers)
    layer = next((layer for layer in reversed(maps) if layer.name in alone), maps[-1])
    while layer.kind in PASSING and len(layer.inputs) == 1:
        layer = network.layer(layer.inputs[0])
    return layer


def _without_branches(layers: Sequence[Layer]) -> set[str]:
    """Name the layers that every path from the picture to the answer leads through: no layer after reads one before."""
    numbers = {layer.name: number for number, layer in enumerate(layers)}
    names, first_read = set(), len(layers) - 1
    for number, layer in reversed([*enumerate(layers)]):
        if first_read >= number:
            names.add(layer.name)
        first_read = min([first_read, *(numbers[name] for name in layer.inputs)] if layer.inputs else [-1])
    return names


def layers_with_places(network: Network) -> list[Layer]:
    """Return the layers that evidence maps can be read from.

    Args:
        network: The network.

    Returns:
        Its layers with places, shape (h, w, C) or tokens whose places are known, without the last layer.
    """
    return [layer for layer in network.layers[:-1] if layer.places]
