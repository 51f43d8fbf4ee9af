"""Switching channels off: the answer is that of a network whose kernels and biases for them are zero."""

from __future__ import annotations

import json

import numpy as np
import pytest

import cnnviz
from cnnviz.base.errors import LayerNotFoundError, OptionError
from cnnviz.drawing.class_colors import MIDDLE
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.head import EACH_ALONE
from cnnviz.result.ablation import require_channel_lists
from networks import build_branches, build_multi_label, build_tiny, zeroed
from pictures import draw

KEYS = {"without", "label", "probabilities", "logits", "original_label", "original", "original_logits"}


@pytest.mark.parametrize(
    ("layer", "channels"), [("conv2d_1", [0]), ("conv2d_3", [17, 40]), ("conv2d_4", list(range(64))), ("dense_1", [5])]
)
def test_answer_is_that_of_a_network_whose_kernels_are_zero(
    layer: str, channels: list[int], explorer: Explorer
) -> None:
    photo = draw(320, 200)
    ablation = explorer.ablate(photo, {layer: channels})
    assert ablation.probabilities == pytest.approx(zeroed(explorer, layer, channels).predict(photo), abs=1e-6)
    assert ablation.original == explorer.predict(photo)
    assert ablation.without == {layer: channels}
    assert ablation.logits.shape == ablation.original_logits.shape == (1,)


def test_pooled_and_flattened_channels_are_those_of_the_convolution(explorer: Explorer) -> None:
    photo, channels = draw(320, 200), [3, 90]
    expected = explorer.ablate(photo, {"conv2d_4": channels}).logits
    for layer in ("max_pooling2d_4", "flatten_1"):
        np.testing.assert_allclose(explorer.ablate(photo, {layer: channels}).logits, expected, atol=1e-6)


def test_channels_of_several_layers_are_off_at_once(explorer: Explorer) -> None:
    photo = draw(320, 200)
    both = explorer.ablate(photo, {"conv2d_1": [1, 2], "conv2d_4": [7]})
    first = zeroed(explorer, "conv2d_1", [1, 2])
    assert both.probabilities == pytest.approx(zeroed(first, "conv2d_4", [7]).predict(photo), abs=1e-6)


def test_nothing_off_changes_nothing_and_everything_off_leaves_the_biases(explorer: Explorer) -> None:
    photo = draw(320, 200)
    assert explorer.ablate(photo, {}).probabilities == pytest.approx(explorer.predict(photo), abs=1e-7)
    _, bias = explorer.network.model.layers[-1].get_weights()
    np.testing.assert_allclose(explorer.ablate(photo, {"dense_1": range(512)}).logits, bias, atol=1e-7)


def test_two_classes_that_are_a_yes_or_no_each_have_one_colour_and_opposites_have_two() -> None:
    alone = Explorer(build_multi_label(2)).ablate(draw(), {"conv2d_1": [0]})
    assert alone.multi_label
    html = alone._repr_html_()
    assert (MIDDLE[0] in html, MIDDLE[1] in html, html.count(EACH_ALONE)) == (True, False, 2)
    opposites = Explorer(build_tiny()).ablate(draw(), {"conv2d_1": [0]})._repr_html_()
    assert all(color in opposites for color in MIDDLE)
    assert EACH_ALONE not in opposites


def test_blocks_branches_and_several_classes_work_too() -> None:
    explorer = Explorer(build_branches())
    ablation = explorer.ablate(draw(80, 60), {"block/depthwise": [0], "joined": [15]})
    assert sum(ablation.probabilities.values()) == pytest.approx(1)
    assert (ablation.logits != ablation.original_logits).any()


@pytest.mark.parametrize("channel", [32, -1, 0.5, "3", True, None])
def test_channel_that_is_not_there_is_one_sentence(channel: object, explorer: Explorer) -> None:
    with pytest.raises(OptionError, match=r"^Layer 'conv2d_1' has the channels 0 to 31\. Received: "):
        explorer.ablate(draw(), {"conv2d_1": [channel]})  # type: ignore[list-item]


def test_layer_that_is_not_there_or_answers_is_one_sentence(explorer: Explorer) -> None:
    with pytest.raises(LayerNotFoundError, match="No layer named 'conv9'"):
        explorer.ablate(draw(), {"conv9": [0]})
    with pytest.raises(OptionError, match="'dense_2' gives the answer"):
        explorer.ablate(draw(), {"dense_2": [0]})


def test_neither_the_photo_nor_the_network_is_changed(explorer: Explorer) -> None:
    photo = draw(320, 200)
    pixels, weights = photo.tobytes(), [each.copy() for each in explorer.network.model.get_weights()]
    explorer.ablate(photo, {"conv2d_1": [0]})
    assert photo.tobytes() == pixels
    for before, after in zip(weights, explorer.network.model.get_weights(), strict=True):
        assert (before == after).all()
    assert cnnviz.Ablation is type(explorer.ablate(photo, {}))


def test_plain_values_tell_both_answers(explorer: Explorer) -> None:
    photo = draw(320, 200)
    (before,) = (name for name, share in explorer.predict(photo).items() if share > 0.5)
    strongest = explorer(photo).contributions().strongest(512)
    ablation = explorer.ablate(photo, {"dense_1": strongest, "conv2d_1": np.array([3, 1, 3])})
    told = json.loads(json.dumps(ablation.to_dict(), allow_nan=False))
    assert told["without"] == {"dense_1": sorted(strongest), "conv2d_1": [1, 3]}
    assert told["original"] == explorer.predict(photo)
    assert told["original_label"] == ablation.original_label == before
    assert told["probabilities"] == ablation.probabilities
    assert told["logits"] == ablation.logits.tolist()
    assert told["original_logits"] == ablation.original_logits.tolist()
    assert set(told) == KEYS


def test_labels_are_the_most_probable_classes_with_and_without_the_channels() -> None:
    before, after = {"ant": 0.2, "bee": 0.5, "cow": 0.3}, {"ant": 0.3, "bee": 0.3, "cow": 0.4}
    logits = np.zeros(3, np.float32)
    ablation = cnnviz.Ablation({"conv": [1]}, after, before, logits, logits)
    assert (ablation.original_label, ablation.label) == ("bee", "cow")


@pytest.mark.parametrize("without", [{}, {"conv2d_3": []}, {"conv2d_3": [17, 40], "dense_1": [0]}, {"conv9": ["x"]}])
def test_lists_of_channels_by_name_are_taken_as_they_are(without: dict[str, list[int]]) -> None:
    assert require_channel_lists(without) == without


def test_channels_can_be_given_as_any_sequence(explorer: Explorer) -> None:
    photo = draw(320, 200)
    expected = explorer.ablate(photo, {"conv2d_3": [1, 2, 3]}).to_dict()
    for channels in ((3, 1, 2), range(1, 4), np.array([1, 2, 3])):
        assert explorer.ablate(photo, {"conv2d_3": channels}).to_dict() == expected


def test_what_is_no_mapping_of_channels_is_one_sentence_too(explorer: Explorer) -> None:
    for without in (["conv2d_3"], {"conv2d_3": 3}, None):
        with pytest.raises(OptionError, match=r"^`without` gives for each layer the channels to switch off"):
            explorer.ablate(draw(), without)


@pytest.mark.parametrize(
    "without",
    [
        *(None, 3, "conv2d_3", ["conv2d_3"], [["conv2d_3", [1]]], {3: [1]}, {None: [1]}),
        *({"conv2d_3": other} for other in (3, "17", None, {17}, {"17": True})),
        {"conv2d_1": [1], "conv2d_3": 3},
    ],
)
def test_anything_else_than_lists_by_name_is_one_sentence(without: object) -> None:
    message = (
        r"^`without` gives for each layer the channels to switch off, such as \{'conv2d_3': \[17, 40\]\}\. Received: "
    )
    with pytest.raises(OptionError, match=message):
        require_channel_lists(without)


@pytest.mark.parametrize(
    "without", ["x" * 10_000, {"x" * 10_000: 3}, list(range(10_000)), {"a": {"b": {"c": "d" * 9999}}}]
)
def test_anything_huge_is_a_short_sentence(without: object) -> None:
    with pytest.raises(OptionError) as raised:
        require_channel_lists(without)
    assert len(str(raised.value)) < 250
