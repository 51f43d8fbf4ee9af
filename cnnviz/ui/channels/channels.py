"""The channel explorer: what the page needs to look into any channel of any layer; the browser does the drawing."""

from typing import Any

from cnnviz.drawing.grid import encode_png
from cnnviz.network.head import percent
from cnnviz.network.network import Network
from cnnviz.network.receptive_field import SPATIAL
from cnnviz.result.arithmetic import find_kernel
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import Result
from cnnviz.serving.endpoints import Visualization
from cnnviz.ui import words
from cnnviz.ui.channel_data import describe_classes, describe_field, describe_palettes, shrink
from cnnviz.ui.files import served
from cnnviz.why.explain import NUM_SIDES

PHOTO_PIXELS = 450


def channel_settings(colormaps: tuple[str, ...]) -> dict[str, Any]:
    """Give what the explorer is made with: words, and colours that can be chosen.

    Args:
        colormaps: The names that can be chosen.

    Returns:
        Plain JSON values.
    """
    return {"words": words.CHANNELS, "colormaps": colormaps, "palettes": describe_palettes(colormaps)}


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
