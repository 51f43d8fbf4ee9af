"""What the tab on the why says: numbers of this map, verdicts only where they bear them out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.receptive_field import Axis, ReceptiveField
from cnnviz.ui.why.maps import describe_maps, describe_trust
from cnnviz.ui.why.why import describe_why, why_settings
from cnnviz.why.explain import METHODS, Explanation
from cnnviz.why.trust import Curve, Trust
from networks import build_branches, build_tiny
from pictures import draw
from served_models import show_photo

AXIS = Axis(size=6, stride=4, start=1, num_units=4, extent=24, seen=(1, 19))
MAP = Explanation(
    "grad_cam", "dog", "conv2d_4", np.ones((4, 4), np.float32), ReceptiveField(AXIS, AXIS), ("cat", "dog")
)
SHARES = np.linspace(0, 1, 3)


def curve(level: float, random: float) -> Curve:
    return Curve(SHARES, np.full(3, level), np.full(3, random))


def trust_of(deletion: float = 0.5, insertion: float = 0.5, shuffled: float = 0.0) -> Trust:
    return Trust({"hires_cam": 0.7, "saliency": -0.1}, 0.01, shuffled, curve(deletion, 0.5), curve(insertion, 0.5))


def test_caption_has_the_sum_and_the_size_of_a_cell(explorer: Explorer) -> None:
    told = describe_maps([MAP], explorer.network, "dog")
    cell = "Each cell stands for 4×4 of the 24×24 pixels that the network saw."  # noqa: RUF001
    assert told["maps"][0]["text"] == f"It adds up to +16.0 for dog. {cell}"
    assert told["legend"] == ["for cat", "for dog"]


@pytest.mark.parametrize(
    ("method", "class_name", "value", "label", "is_explained"),
    [
        ("hires_cam", "dog", 1, "dog", False),
        ("hires_cam", "dog", -1, "dog", True),
        ("hires_cam", "dog", 1, "cat", True),
        ("hires_cam", "dog", -1, "cat", False),
        ("grad_cam", "dog", 1, "cat", False),  # it leaves out what speaks against
    ],
)
def test_a_sum_that_speaks_against_the_answer_is_explained(
    explorer: Explorer, method: str, class_name: str, value: int, label: str, is_explained: bool
) -> None:
    map_ = dataclasses.replace(MAP, method=method, class_name=class_name, values=value * MAP.values)
    (told,) = describe_maps([map_], explorer.network, label)["maps"]
    assert (f"The answer is {label} all the same" in told["text"]) is is_explained


def test_of_many_classes_the_colours_stand_for_and_against(explorer: Explorer) -> None:
    names = ("ant", "bee", "cow")
    legends = [
        describe_maps(
            [dataclasses.replace(MAP, method=method, class_name="bee", class_names=names)], explorer.network, "bee"
        )["legend"]
        for method in ("hires_cam", "grad_cam", "saliency")
    ]
    assert legends == [
        ["against it", "for it"],
        ["against it (left out)", "for it"],
        ["does not matter", "matters most"],
    ]


def test_empty_map_says_that_nothing_speaks_for_the_class(explorer: Explorer) -> None:
    empty = dataclasses.replace(MAP, values=np.zeros((4, 4), np.float32))
    (told,) = describe_maps([empty], explorer.network, "dog")["maps"]
    assert (told["isEmpty"], told["text"]) == (True, "Nothing in conv2d_4 speaks for dog.")
    other = dataclasses.replace(MAP, class_name="cat")
    told = describe_maps([other, empty], explorer.network, "dog")
    assert told["limit"] == 1
    assert [each["isEmpty"] for each in told["maps"]] == [False, True]


@pytest.mark.parametrize(
    ("deletion", "insertion", "verdicts"),
    [
        (0.3, 0.7, ["better than chance", "better than chance"]),
        (0.7, 0.3, ["worse than chance", "worse than chance"]),
        (0.48, 0.52, ["no better than chance", "no better than chance"]),
    ],
)
def test_verdict_on_a_curve_follows_its_area(deletion: float, insertion: float, verdicts: list[str]) -> None:
    told = describe_trust(trust_of(deletion, insertion), MAP)
    for each, verdict, area in zip(told["curves"], verdicts, (deletion, insertion), strict=True):
        assert each["text"] == f"dog is at {area:.1%} on average, in random order at 50.0%: {verdict}."


def test_facts_have_their_numbers() -> None:
    agreement, shuffled = (fact["text"] for fact in describe_trust(trust_of(), MAP)["facts"])
    assert agreement == (
        "They agree 0.30; a map with the same values shuffled would score 0.01. HiResCAM 0.70, Saliency −0.10."  # noqa: RUF001
    )
    assert shuffled == "0.00 alike: with other weights the map is another, as it should be."
    alike = describe_trust(trust_of(shuffled=0.8), MAP)["facts"][1]["text"]
    assert alike == "0.80 alike: this map shows the photo more than what the network learned."


def test_nothing_is_compared_where_there_is_nothing_to_compare_with() -> None:
    alone = dataclasses.replace(trust_of(), agreement={})
    assert [fact["name"] for fact in describe_trust(alone, MAP)["facts"]] == ["Shuffled weights"]


def test_on_random_weights_no_map_is_called_better_than_chance() -> None:
    explorer = Explorer(build_tiny())
    for seed in range(2):
        result = explorer(draw(320, 200, seed=seed))
        for method in ("hires_cam", "saliency"):
            explanation = result.explain(method)
            told = describe_trust(result.trust(explanation), explanation)
            assert all(each["text"].endswith(": no better than chance.") for each in told["curves"])
            assert not any("shows what the network learned" in fact["text"] for fact in told["facts"])


def test_every_method_has_its_words() -> None:
    methods = why_settings()["methods"]
    assert [method["key"] for method in methods] == list(METHODS)
    assert all(method["name"] and method["text"].endswith(".") for method in methods)
    assert [method["key"] for method in methods if method["isShown"]] == ["grad_cam", "hires_cam"]


def test_layers_with_places_can_be_chosen(explorer: Explorer, tmp_path: Path) -> None:
    photo = show_photo(explorer.network, tmp_path)
    told = describe_why(photo)
    assert (told["layer"], {told["label"], told["likely"][0]["name"]}) == ("conv2d_4", {"cat", "dog"})
    assert told["layers"] == [layer.name for layer in explorer.network.layers[:8]]
    photo = show_photo(build_branches(), tmp_path)
    branches, ranked = describe_why(photo), sorted(photo.result.probabilities.items(), key=lambda item: -item[1])
    assert branches["classes"] == ["ant", "bee", "cow"]
    assert [branches["label"], branches["likely"][0]["name"]] == [name for name, _ in ranked[:2]]
    assert branches["layer"] in branches["layers"]
