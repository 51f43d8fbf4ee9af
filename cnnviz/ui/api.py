"""Adds the public endpoints to the page, with components of their own that it does not show.

Gradio names the parameters after the handlers' own.
"""

from typing import Any

import gradio as gr

from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.result.result import STATISTICS, SUMMARY
from cnnviz.ui import words
from cnnviz.ui.call_examples import CHANNELS_BY_LAYER, CallExamples, described
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
    examples = CallExamples(lambda: handlers.served)
    with gr.Column(visible=False):
        image = described(gr.Image(type="filepath"), words.IMAGE_PARAMETER, examples.photo)
        colors = [
            described(gr.Textbox(DEFAULT_COLORMAP), words.COLORMAP_PARAMETER, lambda: DEFAULT_COLORMAP),
            described(gr.Textbox(DEFAULT_SCALE), words.SCALE_PARAMETER, lambda: DEFAULT_SCALE),
        ]
        top = described(gr.Number(TOP), words.TOP_PARAMETER, lambda: TOP)
        statistics = described(
            gr.Dropdown(list(STATISTICS), value=SUMMARY), words.STATISTICS_PARAMETER, lambda: SUMMARY
        )
        other = described(gr.Image(type="filepath"), words.OTHER_PARAMETER, examples.other)
        layers = described(gr.Dropdown(choices, value=[], multiselect=True), words.LAYERS_PARAMETER, examples.layers)
        layer, compared, read = (
            described(gr.Dropdown(choices, value=None), text, examples.layer)
            for text in (words.LAYER_PARAMETER, words.COMPARED_PARAMETER, words.READ_PARAMETER)
        )
        unit = [
            described(gr.Number(precision=0), text, lambda: 0)
            for text in (words.CHANNEL_PARAMETER, words.ROW_PARAMETER, words.COLUMN_PARAMETER)
        ]
        without = described(gr.JSON(), words.WITHOUT_PARAMETER, examples.without, CHANNELS_BY_LAYER)
        method = described(
            gr.Dropdown(list(METHODS), value=DEFAULT_METHOD), words.METHOD_PARAMETER, lambda: DEFAULT_METHOD
        )
        class_name = described(gr.Textbox(value=None), words.CLASS_PARAMETER, examples.class_name)
        depth = described(gr.Number(value=None, precision=0), words.DEPTH_PARAMETER, lambda: 4)
        branches = described(gr.Number(1, precision=0), words.BRANCHES_PARAMETER, lambda: 1)
        traced = described(gr.Dropdown(choices, value=None), words.TRACED_PARAMETER, examples.layer)
        surveyed = described(gr.Dropdown(choices, value=None), words.SURVEYED_PARAMETER, examples.layer)
        trust = described(gr.Checkbox(value=False), words.TRUST_PARAMETER, lambda: False)
        pictures = gr.Gallery(label="pictures")  # nobody sees it: no browser is to load 170 kB of scripts for it
        pictures.get_block_name = lambda: "json"  # type: ignore[method-assign]
        outputs: dict[str, list[Any]] = {
            "predict": [gr.Textbox(label="label"), gr.JSON(label="probabilities")],
            "visualize": [gr.JSON(label="prediction"), pictures, gr.JSON(label="statistics")],
            "channel": [gr.Image(label="picture"), gr.JSON(label="details")],
            "ablate": [gr.JSON(label="ablation")],
            "explain": [gr.Image(label="picture"), gr.JSON(label="details")],
            "trace": [gr.Image(label="picture"), gr.JSON(label="trace")],
            "compare": [gr.Image(label="picture"), gr.JSON(label="comparison")],
            "survey": [gr.JSON(label="survey")],
            "model": [gr.JSON(label="model")],
        }
        _add("predict", handlers.predict, [image, top], outputs, words.PREDICT, RAW)
        _add("visualize", handlers.visualize, [image, *colors, layers, statistics], outputs, words.VISUALIZE, FILES)
        _add("channel", handlers.channel, [image, layer, *unit, *colors], outputs, words.CHANNEL, FILES)
        _add("ablate", handlers.ablate, [image, without], outputs, words.ABLATE, RAW)
        _add("explain", handlers.explain, [image, method, class_name, read, trust], outputs, words.EXPLAIN, FILES)
        way = [image, traced, *unit, class_name, depth, branches]
        _add("trace", handlers.trace, way, outputs, words.TRACE, FILES)
        _add("compare", handlers.compare, [image, other, compared], outputs, words.COMPARE, FILES)
        _add("survey", handlers.survey, [surveyed, unit[0]], outputs, words.SURVEY, RAW)
        _add("model", handlers.model, [], outputs, words.MODEL_ENDPOINT, {})
    return [layers, layer, read, compared, traced, surveyed]


def _add(name: str, handler: Any, inputs: list[Any], outputs: dict[str, list[Any]], text: str, how: Any) -> None:
    gr.Button().click(handler, inputs, outputs[name], api_name=name, api_description=text, **how)
