"""The answer as the page shows it: what was seen, what was said, and how far to trust that."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.serving.endpoints import Endpoints, Visualization
from cnnviz.serving.results import ResultCache
from cnnviz.ui.answer.answer import describe_answer, describe_reliability
from cnnviz.ui.examples.examples import Example

BINS = [
    {"confidence_low": low, "accuracy": accuracy, "num_photos": 200}
    for low, accuracy in [(0.5, 0.55), (0.8, 0.9), (0.99, 0.995)]
]


@pytest.fixture(scope="module")
def shown(explorer: Explorer, photo: Path, tmp_path_factory: pytest.TempPathFactory) -> Visualization:
    """A photo's answer and pictures."""
    return Endpoints(explorer, ResultCache(0), tmp_path_factory.mktemp("pictures")).visualize(photo)


@pytest.fixture(scope="module")
def measured(network: Network) -> Network:
    """The network with figures that it was not measured with."""
    return replace(network, metrics={"test": {"accuracy": 0.9321, "reliability": BINS}})


@pytest.mark.parametrize(
    ("probability", "num_right"), [(0.5001, 110), (0.79, 110), (0.8, 180), (0.985, 180), (0.99999, 199)]
)
def test_the_answer_says_how_often_answers_this_sure_were_right(
    probability: float, num_right: int, shown: Visualization, measured: Network
) -> None:
    result = replace(shown.result, label="dog", probabilities={"cat": 1 - probability, "dog": probability})
    sentence = f"It was right on {num_right} of the 200 test photos where it was about this sure."
    assert describe_reliability(result, measured) == sentence


def test_without_figures_nothing_is_said_of_them(shown: Visualization, network: Network) -> None:
    assert network.metrics == {}
    assert describe_answer(shown, network, [], None)["reliability"] == ""


def test_the_edge_that_never_reaches_the_answer_is_told_apart(shown: Visualization, network: Network) -> None:
    answer = describe_answer(shown, network, [], None)
    top, right, bottom, left = (float(side.removesuffix("%")) for side in answer["reach"].split())
    assert (top, left) == (0, 0)
    assert right == bottom == pytest.approx(100 * 8 / 150, abs=1e-3)
    assert answer["unseen_text"] == "The shaded edge never reaches the answer."


def test_examples_say_what_to_look_for_and_the_tower_invites(shown: Visualization, network: Network) -> None:
    examples = [Example(Path("a.png"), "Tower", "its top"), Example(Path("b.png"), "Other")]
    answer = describe_answer(shown, network, examples, "a.png")
    assert answer["look_for"] == "To look for: its top"
    assert answer["honesty"].endswith("it still picks one: try the tower.")
    assert describe_answer(shown, network, examples, "b.png")["look_for"] == ""
    assert describe_answer(shown, network, examples[1:], None)["honesty"].endswith("it still picks one: try it.")
