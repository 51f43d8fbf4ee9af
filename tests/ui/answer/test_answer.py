"""The answer as the page shows it: what was seen, what was said, and how far to trust that."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz.network.network import Network
from cnnviz.ui.answer.answer import describe_answer, describe_reliability
from cnnviz.ui.examples.examples import Example
from cnnviz.ui.shown_photo import ShownPhoto
from served_models import show_photo

BINS = [
    {"confidence_low": low, "accuracy": accuracy, "num_photos": 200}
    for low, accuracy in [(0.5, 0.55), (0.8, 0.9), (0.99, 0.995)]
]


@pytest.fixture(scope="module")
def shown(network: Network, tmp_path_factory: pytest.TempPathFactory) -> ShownPhoto:
    """A photo on the page."""
    return show_photo(network, tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def measured(network: Network) -> Network:
    """The network with figures that it was not measured with."""
    return replace(network, metrics={"test": {"accuracy": 0.9321, "reliability": BINS}})


@pytest.mark.parametrize(
    ("probability", "num_right"), [(0.5001, 110), (0.79, 110), (0.8, 180), (0.985, 180), (0.99999, 199)]
)
def test_the_answer_says_how_often_answers_this_sure_were_right(
    probability: float, num_right: int, shown: ShownPhoto, measured: Network
) -> None:
    result = replace(shown.result, label="dog", probabilities={"cat": 1 - probability, "dog": probability})
    sentence = f"It was right on {num_right} of the 200 test photos where it was about this sure."
    assert describe_reliability(result, measured) == sentence


def test_without_figures_nothing_is_said_of_them(shown: ShownPhoto, network: Network) -> None:
    assert network.metrics == {}
    assert describe_answer(shown)["reliability"] == ""


def test_the_edge_that_never_reaches_the_answer_is_told_apart(shown: ShownPhoto) -> None:
    answer = describe_answer(shown)
    top, right, bottom, left = (float(side.removesuffix("%")) for side in answer["reach"].split())
    assert (top, left) == (0, 0)
    assert right == bottom == pytest.approx(100 * 8 / 150, abs=1e-3)
    assert answer["unseen_text"] == "The shaded edge never reaches the answer."


def test_examples_say_what_to_look_for_and_the_tower_invites(shown: ShownPhoto) -> None:
    examples = [Example(Path("a.png"), "Tower", "its top"), Example(Path("b.png"), "Other")]
    model = replace(shown.model, examples=examples)
    answer = describe_answer(replace(shown, model=model, path="a.png"))
    assert answer["look_for"] == "To look for: its top"
    assert answer["honesty"].endswith("it still picks one: try the tower.")
    assert describe_answer(replace(shown, model=model, path="b.png"))["look_for"] == ""
    model = replace(model, examples=examples[1:])
    assert describe_answer(replace(shown, model=model))["honesty"].endswith("it still picks one: try it.")
