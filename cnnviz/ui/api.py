"""Adds the public endpoints to the page, with components of their own that it does not show.

Gradio names the parameters after the handlers' own and describes them by the components' labels.
"""

from typing import Any

import gradio as gr

from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.result.result import STATISTICS, SUMMARY
from cnnviz.ui import words
from cnnviz.ui.handlers import TOP, Handlers
from cnnviz.ui.served_model import ServedModel
from cnnviz.why.explain import DEFAULT_METHOD, METHODS

CONCURRENT_PHOTOS = 4
RAW: dict[str, Any] = {"preprocess": False, "concurrency_limit": CONCURRENT_PHOTOS}
FILES: dict[str, Any] = {**RAW, "postprocess": False}
"""Settings of endpoints that return files: the handlers describe the files themselves."""


def layer_choices(model: ServedModel) -> list[Any]:
    """List the names of the layers as Gradio keeps choices.

    Args:
        model: The model.

    Returns:
        Pairs of what is shown and what is sent.
    """
    return [(layer.name, layer.name) for layer in model.network.layers]


def add_api(handlers: Handlers) -> list[gr.Dropdown]:
    """Add the endpoints.

    Args:
        handlers: Answer them.

    Returns:
        The parameters that take names of layers.
    """
    choices = layer_choices(handlers.served)
    with gr.Column(visible=False):
        image = gr.Image(type="filepath", label=words.IMAGE_PARAMETER)
        colors = [
            gr.Textbox(DEFAULT_COLORMAP, label=words.COLORMAP_PARAMETER),
            gr.Textbox(DEFAULT_SCALE, label=words.SCALE_PARAMETER),
        ]
        top = gr.Number(TOP, label=words.TOP_PARAMETER)
        statistics = gr.Dropdown(list(STATISTICS), value=SUMMARY, label=words.STATISTICS_PARAMETER)
        other = gr.Image(type="filepath", label=words.OTHER_PARAMETER)
        layers = gr.Dropdown(choices, value=[], multiselect=True, label=words.LAYERS_PARAMETER)
        layer = gr.Dropdown(choices, value=None, label=words.LAYER_PARAMETER)
        compared = gr.Dropdown(choices, value=None, label=words.COMPARED_PARAMETER)
        unit = [
            gr.Number(label=label, precision=0)
            for label in (words.CHANNEL_PARAMETER, words.ROW_PARAMETER, words.COLUMN_PARAMETER)
        ]
        without = gr.JSON(label=words.WITHOUT_PARAMETER)
        method = gr.Dropdown(list(METHODS), value=DEFAULT_METHOD, label=words.METHOD_PARAMETER)
        class_name = gr.Textbox(value=None, label=words.CLASS_PARAMETER)
        read = gr.Dropdown(choices, value=None, label=words.READ_PARAMETER)
        trust = gr.Checkbox(value=False, label=words.TRUST_PARAMETER)
        pictures = gr.Gallery(label="pictures")  # nobody sees it: no browser is to load 170 kB of scripts for it
        pictures.get_block_name = lambda: "json"  # type: ignore[method-assign]
        outputs: dict[str, list[Any]] = {
            "predict": [gr.Textbox(label="label"), gr.JSON(label="probabilities")],
            "visualize": [gr.JSON(label="prediction"), pictures, gr.JSON(label="statistics")],
            "channel": [gr.Image(label="picture"), gr.JSON(label="details")],
            "ablate": [gr.JSON(label="ablation")],
            "explain": [gr.Image(label="picture"), gr.JSON(label="details")],
            "compare": [gr.Image(label="picture"), gr.JSON(label="comparison")],
            "model": [gr.JSON(label="model")],
        }
        _add("predict", handlers.predict, [image, top], outputs, words.PREDICT, RAW)
        _add("visualize", handlers.visualize, [image, *colors, layers, statistics], outputs, words.VISUALIZE, FILES)
        _add("channel", handlers.channel, [image, layer, *unit, *colors], outputs, words.CHANNEL, FILES)
        _add("ablate", handlers.ablate, [image, without], outputs, words.ABLATE, RAW)
        _add("explain", handlers.explain, [image, method, class_name, read, trust], outputs, words.EXPLAIN, FILES)
        _add("compare", handlers.compare, [image, other, compared], outputs, words.COMPARE, FILES)
        _add("model", handlers.model, [], outputs, words.MODEL_ENDPOINT, {})
    return [layers, layer, read, compared]


def _add(name: str, handler: Any, inputs: list[Any], outputs: dict[str, list[Any]], text: str, how: Any) -> None:
    gr.Button().click(handler, inputs, outputs[name], api_name=name, api_description=text, **how)
