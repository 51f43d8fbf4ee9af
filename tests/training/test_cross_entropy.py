"""The loss of two classes and of more is what numpy computes."""

import numpy as np
import pytest

from cnnviz.training.cross_entropy import CrossEntropy, balance, choose_accuracy

LABELS = np.array([[0], [1], [1], [0]], np.float32)
OF_CLASS_1 = np.array([[0.2], [0.7], [0.4], [0.1]], np.float32)
OF_THREE = np.array([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1], [0.2, 0.2, 0.6]], np.float32)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_loss_of_a_sigmoid_is_that_of_a_softmax_with_the_same_probabilities(smoothing: float) -> None:
    both = np.concatenate([1 - OF_CLASS_1, OF_CLASS_1], axis=1)
    one, two = (float(CrossEntropy(smoothing)(LABELS, each)) for each in (OF_CLASS_1, both))
    assert one == pytest.approx(two, rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_loss_of_a_softmax_is_the_smoothed_cross_entropy(smoothing: float) -> None:
    expected = np.eye(3)[LABELS[:, 0].astype(int)] * (1 - smoothing) + smoothing / 3
    loss = -(expected * np.log(OF_THREE)).sum(axis=1).mean()
    assert float(CrossEntropy(smoothing)(LABELS, OF_THREE)) == pytest.approx(loss, rel=1e-5)


def test_the_accuracy_is_the_share_of_most_probable_classes_that_are_right() -> None:
    for outputs, right in ((OF_CLASS_1, 3), (OF_THREE, 2)):
        accuracy = choose_accuracy(outputs.shape[1])
        accuracy.update_state(LABELS, outputs)
        assert (accuracy.name, float(accuracy.result())) == ("accuracy", right / 4)


@pytest.mark.parametrize("outputs", [OF_CLASS_1, OF_THREE])
def test_balanced_classes_have_the_same_weight_in_the_loss(outputs: np.ndarray) -> None:
    labels = LABELS[[0, 1, 3]]
    rows = outputs[[0, 1, 3]]
    weights = balance(labels[:, 0].astype(int), 2)
    assert weights.tolist() == [0.75, 1.5]
    assert weights[labels[:, 0].astype(int)].mean() == 1
    each = [float(CrossEntropy()(labels[[index]], rows[[index]])) for index in range(3)]
    expected = ((each[0] + each[2]) / 2 + each[1]) / 2
    assert float(CrossEntropy(class_weights=weights)(labels, rows)) == pytest.approx(expected, rel=1e-5)
