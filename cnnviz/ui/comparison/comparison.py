"""Two photos: what the page needs to show their channels side by side; the browser does the drawing."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnnviz.drawing.grid import encode_png
from cnnviz.drawing.thumbnail import fit
from cnnviz.network.network import Network
from cnnviz.result.comparison import Comparison, rank, telling_layer
from cnnviz.result.layer_result import DEFAULT_COLORMAP
from cnnviz.result.result import Result
from cnnviz.ui import words
from cnnviz.ui.channel_data import SEEN_PIXELS, describe_classes, describe_palettes, describe_sheet
from cnnviz.ui.examples.examples import Example
from cnnviz.ui.files import served


def comparison_settings() -> dict[str, Any]:
    """Give what is the same for all photos and models.

    Returns:
        Plain JSON values: the words, and the palettes as `describe_palettes` gives them.
    """
    return {"words": words.COMPARISON, "palettes": describe_palettes((DEFAULT_COLORMAP,))}


def describe_first(
    channels: dict[str, Any], network: Network, examples: Sequence[Example], path: str | None
) -> dict[str, Any]:
    """Give what is known of the page's photo before it is compared with another.

    Args:
        channels: From `describe_channels`.
        network: The model.
        examples: Pictures to try.
        path: The photo's file, if it has one.

    Returns:
        Plain JSON values, among them layer, the one to begin with, and example, the index of the picture to begin with:
        the first that is not the photo itself.
    """
    others = [index for index, each in enumerate(examples) if str(each.path) != path]
    return {
        **{key: channels[key] for key in ("token", "seen", "label", "classes")},
        "layers": [{key: layer[key] for key in ("name", "unit")} for layer in channels["layers"]],
        "layer": telling_layer(network),
        "example": (others or [0])[0],
    }


def describe_other(result: Result, token: str, folder: Path) -> dict[str, Any]:
    """Give the other photo, as the network sees it, and its answer.

    Args:
        result: What the network made of it.
        token: Under which its picture is found again.
        folder: Where the picture is written, in a folder of its own.

    Returns:
        Plain JSON values.
    """
    path = folder / uuid.uuid4().hex / "seen.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(encode_png(fit(result.seen, SEEN_PIXELS)))
    return {
        "token": token,
        "seen": {"url": served(path)["url"], "rows": result.seen.height, "columns": result.seen.width},
        "label": result.label,
        "classes": describe_classes(result.probabilities),
    }


def describe_pair(comparison: Comparison, layer_name: str, folder: Path) -> dict[str, Any]:
    """Give a layer's activations for both photos, and which channels tell them apart.

    Args:
        comparison: What the network made of both.
        layer_name: The layer's whole name.
        folder: Where the pictures of all channels are written.

    Returns:
        Plain JSON values: first and second, each as `describe_sheet`; by mean, and by contribution if the layer feeds
        the last one, the values and the ranking of the channels; class and total, whose logit that is and how much the
        logits differ.

    Raises:
        LayerNotFoundError: If no layer has that name.
        OptionError: If the layer has too many activations.
    """
    first, second = (describe_sheet(layer, folder) for layer in comparison.layers(layer_name))
    contributions = comparison.contributions() if comparison.decides(layer_name) else None
    added = contributions.by_channel(len(first["limits"])) if contributions else None
    by = {"mean": comparison.scores(layer_name), "contribution": added}
    return {
        "layer": layer_name,
        "first": first,
        "second": second,
        "by": {
            name: {"values": values.tolist(), "ranking": rank(values)}
            for name, values in by.items()
            if values is not None
        },
        "class": contributions.class_name if contributions else None,
        "total": contributions.logit if contributions else None,
    }
