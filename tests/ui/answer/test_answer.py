"""The answer as the page shows it: what was seen, what was said, and how far to trust that."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz.explorer.loading import load
from cnnviz.network.head import EACH_ALONE, NO_CLASS
from cnnviz.network.network import Network
from cnnviz.ui.answer.answer import describe_answer, describe_reliability
from cnnviz.ui.example import Example
from cnnviz.ui.shown_photo import ShownPhoto
from networks import build_branches, build_long, build_multi_label
from served_models import serve_model, show_photo

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
    sentence = f"it was right on {num_right} of the 200 test photos where it was about this sure."
    assert describe_reliability(result, measured) == f"If this is a cat or a dog, know that {sentence}"
    taught = Example(Path("dog.jpg"), "Dog", is_known=True)
    assert describe_reliability(result, measured, taught) == sentence.replace("it was", "It was", 1)


def test_what_was_never_taught_and_what_was_hardly_measured_are_not_said_to_be_reliable(
    shown: ShownPhoto, measured: Network
) -> None:
    cheetah = Example(Path("cheetah.jpg"), "Cheetah", untaught="A cheetah.", is_known=True)
    assert describe_reliability(shown.result, measured, cheetah) == "A cheetah."
    for number, is_said in ((19, False), (20, True)):
        few = replace(measured, metrics={"test": {"reliability": [{**each, "num_photos": number} for each in BINS]}})
        assert bool(describe_reliability(shown.result, few)) == is_said


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("ant", "bee"), "an ant or a bee"),
        (("cats", "dogs"), "one of its classes"),
        (("Class 0", "Class 1"), "one of its classes"),
        (("ant", "bee", "cow"), "one of its classes"),
    ],
)
def test_what_a_photo_may_show_is_named_where_two_plain_nouns_name_it(
    names: tuple[str, ...], text: str, shown: ShownPhoto, measured: Network
) -> None:
    named = replace(measured, class_names=names[:2])
    named.class_names = names
    assert describe_reliability(shown.result, named).startswith(f"If this is {text}, know")


def test_without_figures_nothing_is_said_of_them(shown: ShownPhoto, network: Network) -> None:
    assert network.metrics == {}
    assert describe_answer(shown)["reliability"] == ""


def test_the_edge_that_never_reaches_the_answer_is_told_apart(shown: ShownPhoto) -> None:
    answer = describe_answer(shown)
    top, right, bottom, left = (float(side.removesuffix("%")) for side in answer["reach"].split())
    assert (top, left) == (0, 0)
    assert right == bottom == pytest.approx(100 * 8 / 150, abs=1e-3)
    assert answer["unseen_text"] == "The shaded edge never reaches the answer."


def test_examples_say_what_to_look_for_and_the_tower_invites_with_the_embedded_model(
    shown: ShownPhoto, tmp_path: Path
) -> None:
    examples = [Example(Path("a.png"), "Tower", "its top"), Example(Path("b.png"), "Other")]
    model = replace(shown.model, examples=examples)
    answer = describe_answer(replace(shown, model=model, path="a.png"))
    assert answer["look_for"] == "To look for: its top"
    assert answer["honesty"].endswith("it still picks one.")
    assert describe_answer(replace(shown, model=model, path="b.png"))["look_for"] == ""
    for given, end in ((examples, "it still picks one: try the tower."), (examples[1:], "it still picks one.")):
        embedded = serve_model(load(), tmp_path, examples=given)
        assert describe_answer(replace(shown, model=embedded))["honesty"].endswith(end)


def test_each_class_that_is_a_yes_or_no_has_a_bar_of_its_own(tmp_path: Path) -> None:
    shown = show_photo(build_multi_label(2), tmp_path)
    answer, (indoors, person) = describe_answer(shown), shown.result.probabilities.values()
    assert [[each["probability"] for each in row] for row in answer["rows"]] == [[indoors], [person]]
    assert indoors > person > 0.5
    assert (answer["label"], answer["percent"]) == ("indoors and person", "")
    assert answer["alone"] == EACH_ALONE
    assert answer["honesty"].startswith("It says yes or no to indoors and person, and knows nothing else")
    assert describe_reliability(shown.result, replace(shown.network, metrics={"test": {"reliability": BINS}})) == ""


@pytest.mark.parametrize(("probability", "label", "percent"), [(0.4, NO_CLASS, ""), (0.7, "indoors", "70.0%")])
def test_the_answer_names_the_classes_that_are_a_yes(
    probability: float, label: str, percent: str, tmp_path: Path
) -> None:
    shown = show_photo(build_multi_label(5), tmp_path)
    probabilities = dict.fromkeys(shown.result.probabilities, 0.1) | {"indoors": probability}
    result = replace(shown.result, probabilities=probabilities, label="indoors")
    answer = describe_answer(replace(shown, shown=replace(shown.shown, seen=replace(shown.shown.seen, result=result))))
    assert (answer["label"], answer["percent"]) == (label, percent)
    assert [row[0]["is_no"] for row in answer["rows"]] == [label != "indoors", True, True, True, True]
    assert "yes or no to each of its 5 classes" in answer["honesty"]


def test_classes_of_which_one_is_right_are_not_said_to_be_alone(shown: ShownPhoto) -> None:
    answer = describe_answer(shown)
    assert (answer["alone"], [each["is_no"] for each in answer["rows"][0]]) == ("", [False, False])


def test_of_many_classes_the_five_most_probable_have_bars_and_the_others_are_counted(tmp_path: Path) -> None:
    photo = show_photo(build_long(), tmp_path)
    answer = describe_answer(photo)
    ranked = sorted(photo.result.probabilities.items(), key=lambda item: -item[1])
    assert [row[0]["name"] for row in answer["rows"]] == [name for name, _ in ranked[:5]]
    assert answer["others"] == "and 95 others"
    three = describe_answer(show_photo(build_branches(), tmp_path))
    assert (len(three["rows"]), three["others"]) == (3, "")
