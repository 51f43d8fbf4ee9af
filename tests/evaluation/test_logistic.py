"""The weights of a logistic regression are at the minimum of its loss."""

import numpy as np
import pytest

from cnnviz.evaluation.logistic import minimize


@pytest.mark.parametrize("num_outputs", [1, 4])
def test_no_weights_nearby_have_a_smaller_loss(num_outputs: int) -> None:
    random = np.random.default_rng(num_outputs)
    inputs = np.append(random.normal(size=(200, 3)), np.ones((200, 1)), axis=1)
    labels = random.integers(0, max(num_outputs, 2), 200)
    inputs[:, 0] += labels
    targets = np.eye(max(num_outputs, 2))[labels][:, -num_outputs:]

    def loss(weights: np.ndarray) -> float:
        logits = inputs @ weights
        logits = np.append(np.zeros((200, 1)), logits, axis=1) if num_outputs == 1 else logits
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return float(-np.log(probabilities[np.arange(200), labels]).sum() + (weights[:-1] ** 2).sum() / 2)

    found = minimize(inputs, targets)
    assert loss(found) < loss(np.zeros_like(found)) - 10
    assert all(loss(found) <= loss(found + 0.01 * random.normal(size=found.shape)) for _ in range(50))
