"""The channel explorer: what the page needs to look into any channel of any layer; the browser does the drawing."""

import base64
import uuid
from pathlib import Path
from typing import Any

from PIL import Image

from cnnviz.drawing.answer_bar import MAX_CLASSES, NUM_SHARING
from cnnviz.drawing.grid import encode_png
from cnnviz.drawing.palette import palette
from cnnviz.drawing.thumbnail import fit
from cnnviz.network.head import percent
from cnnviz.network.network import Network
from cnnviz.network.receptive_field import SPATIAL, Axis, ReceptiveField
from cnnviz.result.arithmetic import find_kernel
from cnnviz.result.layer_result import DEFAULT_COLORMAP, LayerResult
from cnnviz.result.result import Result
from cnnviz.result.sheet import draw_sheet
from cnnviz.result.statistics import plain
from cnnviz.serving.endpoints import Visualization
from cnnviz.ui import words
from cnnviz.ui.served import served
from cnnviz.why.explain import NUM_SIDES
from cnnviz.why.overlay import EVIDENCE, STRENGTH

PHOTO_PIXELS = 450


def channel_settings(colormaps: tuple[str, ...]) -> dict[str, Any]:
    """Give what the explorer is made with: words, and colours that can be chosen.

    Args:
        colormaps: The names that can be chosen.

    Returns:
        Plain JSON values.
    """
    return {"words": words.CHANNELS, "colormaps": colormaps, "palettes": describe_palettes(colormaps)}


def describe_palettes(colormaps: tuple[str, ...]) -> dict[str, Any]:
    """Give the colours that the browser draws with.

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


def describe_channels(shown: Visualization, network: Network, token: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Give what the explorer shows before a layer is chosen; texts, which are never put into HTML.

    Args:
        shown: The answer; the photo is written into its folder, shrunk.
        network: What gave it.
        token: Under which the picture is found again.
        answer: From `describe_answer`: the picture that the network saw.

    Returns:
        Plain JSON values.
    """
    result = shown.result
    path = shown.folder / "photo.png"
    photo = shrink(result.photo, PHOTO_PIXELS)
    path.write_bytes(encode_png(photo))
    return {
        "token": token,
        "seen": {"url": answer["seen"]["url"], "rows": result.seen.height, "columns": result.seen.width},
        "photo": {"url": served(path)["url"], "width": photo.width, "height": photo.height},
        "label": result.label,
        "classes": describe_classes(result.probabilities),
        "layers": [_describe_layer(layer, network) for layer in result.layers],
    }


def describe_classes(
    probabilities: dict[str, float], ranked_by: dict[str, float] | None = None
) -> list[dict[str, Any]]:
    """Write probabilities for people.

    Args:
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
        {"index": index, "name": name, "probability": probability, "percent": percent(probability)}
        for index, (name, probability) in numbered
    ]


def describe_sheet(layer: LayerResult, folder: Path) -> dict[str, Any]:
    """Give all activations of a layer, and each channel's numbers.

    Args:
        layer: The layer's result.
        folder: Where the picture of all channels is written, in a folder of its own.

    Returns:
        Plain JSON values: how to read the picture, and lists with one number per channel.

    Raises:
        OptionError: If the layer has too many activations.
    """
    sheet = draw_sheet(layer)
    path = folder / uuid.uuid4().hex / "sheet.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(encode_png(sheet.picture, enlarged=False))
    numbers = layer.statistics
    return {
        "layer": layer.name,
        "url": served(path)["url"],
        "columns": sheet.columns,
        "map": {"rows": sheet.rows_per_map, "columns": sheet.columns_per_map},
        "signed": not layer.layer.non_negative,
        "limits": sheet.limits.astype(float).tolist(),
        "peaks": layer.feature_maps.reshape(len(layer.feature_maps), -1).argmax(axis=1).tolist(),
        **{name: plain(getattr(numbers, name)) for name in ("min", "max", "mean", "zero_share")},
    }


def describe_sum(result: Result, layer: LayerResult, class_name: str) -> dict[str, Any] | None:
    """Give the last step: what each unit, or channel, of a layer adds to a logit.

    Args:
        result: What the network made of the photo.
        layer: The layer that is looked into.
        class_name: The class whose logit it is.

    Returns:
        Plain JSON values, among them side, the index of the class, or None if there are more than two; None
        if the layer is neither the last one nor the one that feeds it.
    """
    decision = result.decision
    if decision is None or layer.name not in (decision.layer_name, result.layers[-1].name):
        return None
    contributions = result.contributions(class_name)
    names, num_channels = list(result.probabilities), len(result[contributions.layer_name].feature_maps)
    return {
        "class": contributions.class_name,
        "side": names.index(contributions.class_name) if len(names) == NUM_SIDES else None,
        "layer": contributions.layer_name,
        "unit": _unit(result[contributions.layer_name]),
        "values": contributions.by_channel(num_channels).tolist(),
        "bias": contributions.bias,
        "logit": contributions.logit,
        "percent": percent(result.probabilities[contributions.class_name]),
        "is_sigmoid": len(result.logits) == 1,
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


def _describe_layer(layer: LayerResult, network: Network) -> dict[str, Any]:
    number = layer.layer.num_parameters
    parameters = [words.NUM_PARAMETERS.format(number=f"{number:,}")] if number else []
    return {
        "name": layer.name,
        "text": " · ".join([layer.layer.kind_text, layer.layer.shape_text, *parameters]),
        "unit": _unit(layer),
        "num_channels": len(layer.feature_maps),
        "field": describe_field(layer.seen),
        "has_kernel": find_kernel(network, layer.name, 0) is not None,
        "can_switch": layer.layer is not network.layers[-1],
    }


def _unit(layer: LayerResult) -> str:
    return "unit" if len(layer.shape) < SPATIAL and layer.kind != "Flatten" else "channel"


def describe_field(seen: ReceptiveField) -> dict[str, Any]:
    """Give what the units of a map see.

    Args:
        seen: Their receptive fields.

    Returns:
        Plain JSON values for rows and columns, as `ui/field.js` reads them.
    """
    return {"rows": _describe_axis(seen.rows), "columns": _describe_axis(seen.columns)}


def _describe_axis(axis: Axis) -> dict[str, Any]:
    return {
        "size": axis.size,
        "stride": axis.stride,
        "start": axis.start,
        "units": axis.num_units,
        "extent": axis.extent,
        "seen": list(axis.seen),
    }
