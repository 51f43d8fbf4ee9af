"""Where the tour stops: at what the photo's own numbers say, and only at what the network has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gradio as gr
import keras
import numpy as np
import pytest

import cnnviz
from cnnviz.atlas.atlas_folder import list_atlas
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.result.kernels import color_kernels
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.tour import words
from cnnviz.ui.tour.stops import MAX_SHARE, Stop, find_kernel, find_unit, plan_stops
from cnnviz.ui.tour.tour import TourQuestions
from networks import build_branches, build_long, build_residual, build_small
from pictures import draw, encode
from served_models import serve_model

FILE = encode(draw(320, 200, seed=1), "PNG")


def plan(explorer: Explorer, folder: Path) -> list[Stop]:
    return plan_stops(serve_model(explorer, folder), explorer(FILE))


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    """The embedded model: the kernels of one that was not trained look for nothing."""
    return cnnviz.load()


@pytest.fixture(scope="module")
def embedded(explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    atlas = {name: explorer.atlas(name) for name in list_atlas(explorer.network)}
    return serve_model(explorer, tmp_path_factory.mktemp("served"), atlas=atlas)


def test_the_kernel_is_the_edge_that_the_photo_excites_most(explorer: Explorer) -> None:
    result = explorer(FILE)
    kernel = find_kernel(result)
    edges = [each.channel for each in color_kernels(explorer.network) if each.label == "edge"]
    assert kernel and len(edges) > 1
    peaks = result[kernel.layer_name].feature_maps.max(axis=(1, 2))
    assert kernel.channel == edges[int(np.argmax(peaks[edges]))]


def test_the_unit_lies_on_the_way_back_and_sees_a_part(explorer: Explorer) -> None:
    result = explorer(FILE)
    step, units = result.trace(), []
    while step.branches:
        step = step.branches[0]
        units += [] if step.passes_on or not step.unit.position else [step.unit]
    found = find_unit(result)
    assert found == (units[0].layer_name, units[0].channel)
    left, top, right, bottom = units[0].box
    assert (right - left) * (bottom - top) <= MAX_SHARE * result.seen.width * result.seen.height


def test_every_stop_of_the_embedded_model_names_what_it_shows(embedded: ServedModel, explorer: Explorer) -> None:
    result = explorer(FILE)
    stops = plan_stops(embedded, result)
    titles = [said[0] for said in (words.PHOTO, words.EDGE, words.UNIT, words.PATTERN, words.OFF, words.FOLLOW)]
    assert [stop["title"] for stop in stops] == titles
    layer, channel = find_unit(result) or ("", 0)
    assert [(stop["layer"], stop["channel"]) for stop in stops[2:]] == [
        (layer, channel),
        (layer, channel),
        (layer, None),
        (None, None),
    ]
    assert f"channel {channel} of {layer}" in stops[2]["text"]
    assert result.label in stops[0]["text"] and result.label in stops[4]["text"]


@pytest.mark.parametrize("build", [build_small, build_branches, build_residual, build_long])
def test_any_network_has_a_tour_that_leads_to_layers_that_it_has(build: Callable[[], Network], tmp_path: Path) -> None:
    network = build()
    stops = plan(Explorer(network), tmp_path)
    names = {layer.name: layer for layer in network.layers}
    for stop in stops:
        assert stop["layer"] is None or stop["layer"] in names
        assert "{" not in stop["text"] and "None" not in stop["text"]
    assert (stops[0]["title"], stops[-1]["title"]) == (words.PHOTO[0], words.FOLLOW[0])
    assert len(stops) >= 4


def test_a_network_without_places_is_shown_from_photo_to_answer(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(4, activation="relu"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    titles = [stop["title"] for stop in plan(cnnviz.load(model), tmp_path)]
    assert titles == [words.PHOTO[0], words.FOLLOW[0]]


@pytest.mark.parametrize("asked", [{}, {"token": 3}, {"token": "none"}, None])
def test_what_is_asked_about_no_photo_is_a_sentence(embedded: ServedModel, asked: object) -> None:
    update = TourQuestions(lambda: embedded).plan(gr.EventData(None, asked))["tour"]
    assert update.get("gone") or update["error"].startswith("`token` is a name. Received: ")
