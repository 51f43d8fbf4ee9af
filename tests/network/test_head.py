"""Probabilities and logits of one sigmoid, of a softmax, and of several sigmoids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.base.errors import NetworkError
from cnnviz.network.head import Head

SIGMOID = Head(("cat", "dog"), 1)
SOFTMAX = Head(("ant", "bee", "cow"), 3)
MULTI_LABEL = Head(("ant", "bee", "cow"), 3, "multi_label")


def test_sigmoid_is_the_probability_of_class_1() -> None:
    probabilities = SIGMOID.probabilities(np.array([2.0], np.float32))
    assert list(probabilities) == ["cat", "dog"]
    assert probabilities["dog"] == pytest.approx(1 / (1 + np.exp(-2)))
    assert probabilities["cat"] == pytest.approx(1 / (1 + np.exp(2)))


def test_softmax_is_in_the_order_of_the_classes() -> None:
    logits = np.array([1.0, 3.0, -2.0], np.float32)
    expected = np.exp(logits) / np.exp(logits).sum()
    assert list(SOFTMAX.probabilities(logits)) == ["ant", "bee", "cow"]
    assert list(SOFTMAX.probabilities(logits).values()) == pytest.approx(expected.tolist())


@given(st.lists(st.floats(-1000, 1000, width=32), min_size=3, max_size=3))
def test_probabilities_sum_to_one_and_are_finite_however_extreme_the_logits(logits: list[float]) -> None:
    for head, values in [(SOFTMAX, logits), (SIGMOID, logits[:1])]:
        probabilities = head.class_probabilities(np.array(values, np.float32))
        assert probabilities.sum() == pytest.approx(1)
        assert ((probabilities >= 0) & (probabilities <= 1)).all()


def test_probabilities_of_a_batch_have_the_classes_last() -> None:
    assert SIGMOID.class_probabilities(np.zeros((5, 1), np.float32)).shape == (5, 2)
    assert SOFTMAX.class_probabilities(np.zeros((5, 3), np.float32)).shape == (5, 3)


def test_each_class_of_a_sigmoid_has_a_logit_and_they_are_opposite() -> None:
    logits = np.array([40.0], np.float32)  # at which the probability itself is saturated
    assert SIGMOID.class_logit(logits, "dog") == 40
    assert SIGMOID.class_logit(logits, "cat") == -40


def test_logit_of_a_softmax_class_is_its_own_output() -> None:
    assert [SOFTMAX.class_logit(np.array([1, 2, 3], np.float32), name) for name in ("ant", "bee", "cow")] == [1, 2, 3]


def test_unknown_class_is_an_error_that_lists_the_classes() -> None:
    with pytest.raises(NetworkError, match=r"Classes: cat, dog\. Received: class_name='bird'\."):
        SIGMOID.class_logit(np.zeros(1, np.float32), "bird")


@pytest.mark.parametrize(
    ("class_names", "num_outputs", "expected"),
    [(("cat",), 1, 2), (("a", "b", "c"), 1, 2), (("a", "b"), 3, 3), (("a", "a"), 1, 2), ((), 2, 2)],
)
def test_class_names_that_do_not_fit_are_an_error(
    class_names: tuple[str, ...], num_outputs: int, expected: int
) -> None:
    message = rf"with {num_outputs} output\(s\) needs {expected} different class names\. Received: class_names=\["
    with pytest.raises(NetworkError, match=message):
        Head(class_names, num_outputs)


@given(st.lists(st.floats(-1000, 1000, width=32), min_size=3, max_size=3))
def test_each_class_of_a_multi_label_head_is_a_sigmoid_of_its_own_logit(logits: list[float]) -> None:
    values = np.array(logits, np.float32)
    probabilities = list(MULTI_LABEL.probabilities(values).values())
    for name, logit, probability in zip(MULTI_LABEL.class_names, logits, probabilities, strict=True):
        assert probability == pytest.approx(SIGMOID.probabilities(np.array([logit], np.float32))["dog"], abs=1e-12)
        assert MULTI_LABEL.class_logit(values, name) == logit


def test_labels_are_all_above_one_half_the_most_probable_first_or_none() -> None:
    assert MULTI_LABEL.labels({"ant": 0.6, "bee": 0.5, "cow": 0.9}) == ("cow", "ant")
    assert MULTI_LABEL.labels({"ant": 0.4, "bee": 0.5, "cow": 0.1}) == ()
    assert SOFTMAX.labels({"ant": 0.4, "bee": 0.35, "cow": 0.25}) == ("ant",)


def test_two_classes_are_opposites_unless_each_is_answered_on_its_own() -> None:
    names = ("cat", "dog")
    assert [Head(names, 2).is_binary, SIGMOID.is_binary, SOFTMAX.is_binary] == [True, True, False]
    assert not Head(names, 2, "multi_label").is_binary


@pytest.mark.parametrize(
    ("num_outputs", "kind", "expected"),
    [(1, "multi_label", "'sigmoid'"), (1, "softmax", "'sigmoid'"), (2, "sigmoid", "'softmax' or 'multi_label'")],
)
def test_kind_that_does_not_fit_the_outputs_is_an_error(num_outputs: int, kind: str, expected: str) -> None:
    with pytest.raises(NetworkError, match=rf"can be of the kind {expected}\. Received: kind='{kind}'"):
        Head(("cat", "dog"), num_outputs, kind)
