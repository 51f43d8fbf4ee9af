"""The tab that shows every layer: stage by stage, the convolution above its pooling, each with what excited it most."""

import html
import json
import re
import zipfile
from typing import Any
from urllib.parse import urlencode

from cnnviz.drawing.grid import encode_png
from cnnviz.network.receptive_field import SPATIAL
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import UNSAFE_IN_FILE_NAMES
from cnnviz.serving.endpoints import Picture, Visualization
from cnnviz.ui import words
from cnnviz.ui.answer.strongest_unit import describe_patch
from cnnviz.ui.files import served
from cnnviz.ui.story.stages import Stage

NUM_PATCHES, MAX_LABEL = 3, 50
SEEN, STATISTICS = "seen.png", "statistics.json"


def describe_layers(shown: Visualization, stages: list[Stage]) -> dict[str, Any]:
    """Give the values that layers_tab.html shows; text from the model is escaped.

    Args:
        shown: The answer; a ZIP file of all pictures and numbers is written into its folder.
        stages: The network's stages.

    Returns:
        Plain JSON values.
    """
    pictures = {picture.name: picture for picture in shown.pictures}
    return {
        "stages": [
            {
                "title": html.escape(stage.title),
                "text": html.escape(stage.text),
                "layers": [_describe_layer(layer, pictures[layer.name]) for layer in stage.layers],
            }
            for stage in stages
        ],
        "archive": _archive(shown),
        "words": {
            "download_all": words.DOWNLOAD_ALL,
            "download": words.DOWNLOAD_LAYER,
            "full_screen": words.FULL_SCREEN,
            "look_closer": words.LOOK_CLOSER,
            "excited": words.EXCITED_MOST,
        },
    }


def _describe_layer(layer: LayerResult, picture: Picture) -> dict[str, Any]:
    caption = picture.caption.removeprefix(f"{layer.name} · ")
    number = layer.layer.num_parameters
    parameters = f" · {words.NUM_PARAMETERS.format(number=f'{number:,}')}" if number else ""
    return {
        "name": html.escape(layer.name),
        "address": f"?{urlencode({'layer': layer.name})}",
        "caption": html.escape(caption + parameters),
        "file": served(picture.path),
        "file_name": html.escape(picture.path.name),
        "width": picture.size[0],
        "height": picture.size[1],
        "patches": _patches(layer),
    }


def _patches(layer: LayerResult) -> list[dict[str, Any]]:
    """Show what the strongest units saw; a pooling's are those of its convolution, and a dense layer's see all."""
    if len(layer.shape) != SPATIAL or ("Pooling" in layer.kind and layer.source):
        return []
    return [
        {**describe_patch(unit), "text": words.PATCH.format(channel=unit.channel)}
        for unit in layer.strongest(NUM_PATCHES)
    ]


def _archive(shown: Visualization) -> dict[str, Any]:
    """Write all pictures and numbers into one file; PNG files are compressed as they are."""
    label = re.sub(UNSAFE_IN_FILE_NAMES, "_", shown.result.label)[:MAX_LABEL]
    path = shown.folder / f"cnnviz-{label}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for picture in shown.pictures:
            archive.write(picture.path, picture.path.name)
        archive.writestr(SEEN, encode_png(shown.result.seen))
        archive.writestr(STATISTICS, json.dumps(shown.statistics))
    return served(path)
