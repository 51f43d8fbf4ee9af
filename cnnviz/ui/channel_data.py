"""What several tabs show of layers and channels: classes, palettes, sheets of activations, what units see."""

import base64
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.atlas.atlas import LayerAtlas
from cnnviz.base.figures import percent
from cnnviz.base.names import join_names
from cnnviz.drawing.answer_bar import MAX_CLASSES, NUM_SHARING
from cnnviz.drawing.palette import palette
from cnnviz.drawing.png import encode_png
from cnnviz.drawing.thumbnail import fit
from cnnviz.network.head import NO_CLASS, Head
from cnnviz.network.receptive_field import Axis, ReceptiveField
from cnnviz.result.layer_result import DEFAULT_COLORMAP, LayerResult
from cnnviz.result.sheet import draw_sheet
from cnnviz.result.statistics import plain
from cnnviz.serving.endpoints import Endpoints
from cnnviz.ui.files import InlinePicture, address, inline
from cnnviz.why.overlay import EVIDENCE, STRENGTH

COLORMAPS = ("magma", "viridis", "cividis", "gray")
"""The colours that the page offers."""

SEEN_PIXELS = 300
"""Target edge of the picture that the network saw, enlarged by whole factors."""

ATLAS_PIXELS = 190
"""Target edge of what a channel looks for, beside the channel; larger pictures keep their size."""


Palettes = dict[str, str]
"""256 RGB triples in base64, by the name of the colour map."""


class ClassShare(TypedDict):
    """A class and its probability, in [0, 1] and as text; alone if it is a yes or no of its own, and no share."""

    index: int
    name: str
    probability: float
    percent: str
    alone: bool


class MapSize(TypedDict):
    """How many rows and columns a feature map has."""

    rows: int
    columns: int


class LayerSheet(TypedDict):
    """How to read the picture of all activations of a layer, and lists with one number per channel."""

    layer: str
    url: str
    columns: int
    map: MapSize
    signed: bool
    limits: list[float]
    peaks: list[int]
    min: list[float]
    max: list[float]
    mean: list[float]
    zero_share: list[float]


class FieldAxis(TypedDict):
    """What the units of a map see along one axis, in pixels of the network's picture."""

    size: float
    stride: float
    start: float
    units: int
    extent: int
    seen: tuple[int, int]


class Field(TypedDict):
    """What the units of a map see."""

    rows: FieldAxis
    columns: FieldAxis


class Pattern(TypedDict):
    """What a channel looks for: a synthetic picture, and how active it gets the channel."""

    picture: InlinePicture
    height: int
    width: int
    reached: float
    is_silent: bool


def describe_palettes(colormaps: tuple[str, ...]) -> Palettes:
    """Encode the colours that the browser draws with.

    Args:
        colormaps: The names that can be chosen.

    Returns:
        Of each map 256 RGB triples in base64, as `cnnviz.drawing.palette`; besides "signed", for layers that can be
        negative, "evidence", for and against a class, and "strength", of evidence without a sign.
    """
    tables = {name: palette(name, signed=False) for name in colormaps}
    tables |= {"signed": palette(DEFAULT_COLORMAP, signed=True), "evidence": palette(EVIDENCE, signed=True)}
    tables["strength"] = palette(STRENGTH, signed=False)
    return {name: base64.b64encode(table).decode() for name, table in tables.items()}


class Evidence(TypedDict):
    """The logit of a class, before something changes; side is the class's index, if there are two."""

    name: str
    side: int | None
    before: float


class EvidenceChange(Evidence):
    """The same logit afterwards, too."""

    after: float


def describe_classes(
    head: Head, probabilities: dict[str, float], ranked_by: dict[str, float] | None = None
) -> list[ClassShare]:
    """Write probabilities for people.

    Args:
        head: What the network's outputs mean.
        probabilities: Each class's probability, in [0, 1].
        ranked_by: The probabilities that choose and order the classes; None for these.

    Returns:
        Two classes in index order, or the most probable ones of more, with their indices.
    """
    numbered = list(enumerate(probabilities.items()))
    if len(numbered) > NUM_SHARING:
        ranks = ranked_by or probabilities
        numbered = sorted(numbered, key=lambda item: -ranks[item[1][0]])[:MAX_CLASSES]
    return [
        {
            "index": index,
            "name": name,
            "probability": probability,
            "percent": percent(probability),
            "alone": head.is_multi_label,
        }
        for index, (name, probability) in numbered
    ]


def describe_evidence(head: Head, logits: NDArray[np.float32], class_name: str) -> Evidence:
    """Describe the evidence for a class.

    Args:
        head: What the network's outputs mean.
        logits: Shape (num_outputs,), float32.
        class_name: The class.

    Returns:
        Plain JSON values.
    """
    side = head.class_names.index(class_name) if head.is_binary else None
    return {"name": class_name, "side": side, "before": head.class_logit(logits, class_name)}


def name_answer(head: Head, probabilities: dict[str, float]) -> str:
    """Name what the network answers.

    Args:
        head: What the network's outputs mean.
        probabilities: Each class's probability.

    Returns:
        The most probable class; or of classes that are a yes or no each, all that are a yes.
    """
    labels = head.labels(probabilities)
    return join_names(labels) if labels else NO_CLASS


def describe_sheet(layer: LayerResult, endpoints: Endpoints) -> LayerSheet:
    """Describe all activations of a layer, and each channel's numbers.

    Args:
        layer: The layer's result.
        endpoints: Make the folder for the picture of all channels.

    Returns:
        Plain JSON values: how to read the picture, and lists with one number per channel.

    Raises:
        OptionError: If the layer has too many activations.
    """
    sheet = draw_sheet(layer)
    path = endpoints.new_folder() / "sheet.png"
    path.write_bytes(encode_png(sheet.picture))
    numbers = layer.statistics
    return {
        "layer": layer.name,
        "url": address(path),
        "columns": sheet.columns,
        "map": {"rows": sheet.rows_per_map, "columns": sheet.columns_per_map},
        "signed": not layer.layer.non_negative,
        "limits": sheet.limits.astype(float).tolist(),
        "peaks": layer.feature_maps.reshape(len(layer.feature_maps), -1).argmax(axis=1).tolist(),
        "min": plain(numbers.min),
        "max": plain(numbers.max),
        "mean": plain(numbers.mean),
        "zero_share": plain(numbers.zero_share),
    }


def shrink(photo: Image.Image, edge: int) -> Image.Image:
    """Make a photo fit into a square.

    Args:
        photo: An RGB picture.
        edge: Pixels that it may be high and wide.

    Returns:
        A larger one is shrunk by averaging until its longer side fits; of a smaller one every pixel is repeated as
        often as fits.
    """
    longer = max(photo.size)
    if longer <= edge:
        return fit(photo, edge)
    width, height = (max(round(side * edge / longer), 1) for side in photo.size)
    return photo.resize((width, height), Image.Resampling.BOX, reducing_gap=3.0)


def describe_field(seen: ReceptiveField) -> Field:
    """Describe what the units of a map see.

    Args:
        seen: Their receptive fields.

    Returns:
        Plain JSON values for rows and columns, as `ui/shared/field.js` reads them.
    """
    return {"rows": _describe_axis(seen.rows), "columns": _describe_axis(seen.columns)}


def _describe_axis(axis: Axis) -> FieldAxis:
    return {
        "size": axis.size,
        "stride": axis.stride,
        "start": axis.start,
        "units": axis.num_units,
        "extent": axis.extent,
        "seen": axis.seen,
    }


def describe_tile(atlas: LayerAtlas, channel: int) -> Pattern:
    """Show what one channel looks for.

    Args:
        atlas: Of its layer.
        channel: The channel's index; it exists.

    Returns:
        Plain JSON values.
    """
    picture = Image.fromarray(atlas.pictures[channel])
    return {
        "picture": inline(picture if max(picture.size) > ATLAS_PIXELS else fit(picture, ATLAS_PIXELS)),
        "height": picture.height,
        "width": picture.width,
        "reached": float(atlas.activations[channel]),
        "is_silent": bool(atlas.silent[channel]),
    }


def unit_name(layer: LayerResult) -> str:
    """Name what a layer consists of.

    Args:
        layer: The layer.

    Returns:
        "unit" for a layer without maps, "channel" for any other.
    """
    return "unit" if len(layer.shape) == 1 and layer.kind != "Flatten" else "channel"
