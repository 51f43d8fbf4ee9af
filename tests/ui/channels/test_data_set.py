"""What the page is given of a data set, beside a channel and in the tab on the network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest

import cnnviz
from cnnviz.base.figures import share
from cnnviz.explorer.explorer import Explorer
from cnnviz.surveys.few import survey_pictures
from cnnviz.surveys.survey import Survey
from cnnviz.ui.channels import words
from cnnviz.ui.channels.data_set import describe_data_set
from cnnviz.ui.network import words as network_words
from cnnviz.ui.network.data_set import NUM_BEST
from cnnviz.ui.network.data_set import describe_data_set as describe_layers
from cnnviz.ui.preparation import prepare_models
from cnnviz.ui.served_model import ServedModel
from networks import build_branches
from pictures import draw


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    """The embedded model, which has a survey."""
    return prepare_models(2**28, tmp_path_factory.mktemp("embedded"), None)(cnnviz.load())


@pytest.fixture(scope="module")
def survey(embedded: ServedModel) -> Survey:
    assert embedded.survey is not None
    return embedded.survey


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    """A model without one."""
    return prepare_models(2**28, tmp_path_factory.mktemp("plain"), None)(Explorer(build_branches()))


def surveyed(model: ServedModel, survey: Survey) -> ServedModel:
    """The model with another survey."""
    return replace(model, endpoints=replace(model.endpoints, surveyed=survey))


def test_this_photo_is_placed_among_all(embedded: ServedModel, survey: Survey) -> None:
    layer = survey["conv2d_4"]
    low, high = map(float, layer.bar_range[75])
    facts = describe_data_set(embedded, "conv2d_4", 75, (low + high) / 2)
    assert facts is not None
    assert facts["at"] == pytest.approx(0.5)
    together = layer.bars[:, 75].sum(axis=0)
    assert words.PLACE.format(share=share(together[:12].sum() / together.sum())) in facts["text"]
    assert [row["name"] for row in facts["rows"]] == ["cat", "dog"]
    assert [sum(row["counts"]) for row in facts["rows"]] == list(survey.class_sizes)
    for maximum, at in ((high * 10, 1), (low, 0)):
        found = describe_data_set(embedded, "conv2d_4", 75, maximum)
        assert found is not None
        assert found["at"] == at


def test_the_class_that_it_tells_is_said(embedded: ServedModel, survey: Survey) -> None:
    layer = survey["conv2d_4"]
    for channel in layer.ranked()[:20]:
        facts = describe_data_set(embedded, "conv2d_4", channel, 0.0)
        assert facts is not None
        aucs = np.array([layer.maximum_auc[:, channel], layer.mean_auc[:, channel]])
        measure, index = np.unravel_index(aucs.argmax(), aucs.shape)
        names = {"name": survey.class_names[index], "other": survey.class_names[1 - index]}
        told = words.TELLS.format(**names, measure=words.MEASURES[measure], share=share(float(aucs.max())))
        assert told in facts["text"]


def test_dead_channels_and_twins_are_said(embedded: ServedModel, survey: Survey) -> None:
    layer = survey["dense_1"]
    dead = int(layer.dead.nonzero()[0][0])
    facts = describe_data_set(embedded, "dense_1", dead, 0.0)
    assert facts is not None
    assert facts["text"] == words.DEAD
    assert facts["favourites"] == []
    one, other, _ = layer.duplicates[0]
    facts = describe_data_set(embedded, "dense_1", one, 0.0)
    assert facts is not None
    assert f"Channel {int(layer.twins[one])} does nearly the same" in facts["text"]
    assert other in layer.twins


def test_favourites_are_examples_of_the_page_and_said_to_be(embedded: ServedModel) -> None:
    facts = describe_data_set(embedded, "conv2d_4", 75, 1.0)
    assert facts is not None
    assert facts["favourites_text"] == words.FAVOURITES_EXAMPLES
    results = {example.name: cnnviz.load()(example.path) for example in embedded.examples}
    expected = sorted(results, key=lambda name: -results[name]["conv2d_4"].feature_maps[75].max())
    names = [tile["text"].rpartition(" ")[0] for tile in facts["favourites"]]
    assert names == expected[: len(names)]
    for tile, name in zip(facts["favourites"], names, strict=True):
        channel = results[name]["conv2d_4"].feature_maps[75]
        row, column = np.unravel_index(channel.argmax(), channel.shape)
        box = embedded.network.layer("conv2d_4").receptive_field.box(int(row), int(column))
        assert tile["box"] == box
        assert (embedded.folder / Path(tile["url"]).name).is_file()


def test_photographs_that_may_be_shown_come_with_their_licence(embedded: ServedModel) -> None:
    published = survey_pictures(embedded.network, [(str(seed), draw(seed=seed)) for seed in range(5)], 2)
    model = surveyed(embedded, replace(published, licence="CC0"))
    facts = describe_data_set(model, "conv2d_1", 3, 0.5)
    assert facts is not None
    assert facts["favourites_text"] == words.FAVOURITES.format(licence="CC0")
    assert len(facts["favourites"]) == 2
    assert [row["name"] for row in facts["rows"]] == [words.ALL]


def test_without_a_survey_there_are_the_examples_alone(plain: ServedModel) -> None:
    facts = describe_data_set(plain, plain.network.layers[0].name, 0, 1.0)
    assert facts is not None
    assert facts["heading"] == words.EXAMPLES_HEADING
    assert facts["rows"] == []
    assert facts["favourites_text"] in (words.FAVOURITES_EXAMPLES, words.FAVOURITES_NONE)
    assert describe_data_set(plain, "nowhere", 0, 1.0) is None
    assert describe_layers(plain)["layers"] == []


def test_layers_list_what_tells_best_and_lead_to_it(embedded: ServedModel, survey: Survey) -> None:
    value = describe_layers(embedded)
    assert [layer["name"] for layer in value["layers"]] == list(survey.layers)
    for layer in value["layers"]:
        numbers = survey[layer["name"]]
        best = numbers.ranked()[:NUM_BEST]
        assert [link["text"] for link in layer["best"]] == [f"{each} ({numbers.telling[each]:.2f})" for each in best]
        for link, channel in zip(layer["best"], best, strict=True):
            assert parse_qs(link["address"][1:]) == {"layer": [layer["name"]], "channel": [str(channel)]}
    dense = value["layers"][-2]
    assert len(dense["dead"]) == 8
    assert dense["more_dead"] == f"and {survey['dense_1'].dead.sum() - 8} more"


def test_the_sentence_says_whether_photographs_are_kept(embedded: ServedModel, survey: Survey) -> None:
    assert describe_layers(embedded)["text"].startswith(network_words.SURVEY_TEXT)
    shown = surveyed(embedded, replace(survey, licence="CC0", pictures={0: b""}))
    assert describe_layers(shown)["text"].startswith(network_words.SURVEY_TEXT_SHOWN.format(licence="CC0"))


def test_of_too_many_classes_the_channels_that_vary_most_are_listed(embedded: ServedModel, survey: Survey) -> None:
    nobody = np.empty((0, 128), np.float32)
    layer = replace(survey["conv2d_4"], class_means=nobody, maximum_auc=nobody, mean_auc=nobody)
    many = replace(survey, class_names=tuple(map(str, range(1000))), layers={"conv2d_4": layer})
    facts = describe_layers(surveyed(embedded, many))
    assert facts["headings"] == network_words.SURVEY_UNTOLD
    (row,) = facts["layers"]
    best = np.argsort(-layer.deviation, kind="stable")[:NUM_BEST]
    assert [int(link["text"].partition(" ")[0]) for link in row["best"]] == best.tolist()


def test_histograms_have_the_colours_of_the_network_s_classes(embedded: ServedModel, survey: Survey) -> None:
    facts = describe_data_set(embedded, "conv2d_4", 75, 0.0)
    assert facts is not None
    assert [(row["name"], row["side"]) for row in facts["rows"]] == [("cat", 0), ("dog", 1)]
    for names, sides in ((("dog", "indoor"), [1, None]), (("dog", "cat"), [1, 0])):
        other = describe_data_set(surveyed(embedded, replace(survey, class_names=names)), "conv2d_4", 75, 0.0)
        assert other is not None
        assert [row["side"] for row in other["rows"]] == sides
