"""Logistic regression: weights that minimize a penalized log loss, found by Newton's method."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cnnviz.evaluation.metrics import class_scores

Matrix = NDArray[np.float64]

PENALTY = 1.0
"""Weight of the squared weights in the loss."""

MAX_STEPS = 50
"""Most steps of Newton's method."""

MAX_DIRECTIONS = 200
"""Most conjugate directions that are tried for one step."""

MAX_HALVINGS = 30
"""Most times that a step which lowers nothing is halved."""

SMALLEST_GAIN = 1e-7
"""Fitting ends when a step lowers the mean loss by less than this, in nats."""

FORCING = 0.1
"""Largest share of the slope that may be left when a step has been found; it shrinks with the slope."""


def minimize(inputs: Matrix, targets: Matrix) -> Matrix:
    """Minimize the summed log loss of a linear classifier plus half the sum of its squared weights.

    Newton's method, whose steps are found by conjugate gradients: the curvature is only ever multiplied with a
    direction, so that a thousand classes need no matrix of a million weights squared.

    Args:
        inputs: The features of N photographs, standardized; the last column is the constant 1. Shape (N, C + 1).
        targets: 1 where the photograph is of the output's class, else 0, shape (N, num_outputs): for two classes one
            output, that of class 1; for K classes above two, K.

    Returns:
        The weights, shape (C + 1, num_outputs). Those of the constant are not penalized.

    Reference:
        Nocedal and Wright, "Numerical Optimization", 2006, algorithm 7.1: line search Newton-CG.
    """
    num_outputs = targets.shape[1]
    penalty = np.full((inputs.shape[1], 1), PENALTY)
    penalty[-1] = 0
    weights = np.zeros((inputs.shape[1], num_outputs))
    cost = _cost(inputs, targets, penalty, weights)
    for _ in range(MAX_STEPS):
        scores = class_scores(inputs @ weights)
        probabilities = np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))[:, -num_outputs:]
        slope = inputs.T @ (probabilities - targets) + penalty * weights

        def bend(direction: Matrix, probabilities: Matrix = probabilities) -> Matrix:
            """Multiply the curvature with a direction."""
            change = inputs @ direction
            change -= (probabilities * change).sum(axis=1, keepdims=True)
            return np.asarray(inputs.T @ (probabilities * change) + penalty * direction)

        step = _solve(bend, -slope)
        for _ in range(MAX_HALVINGS):
            better = _cost(inputs, targets, penalty, weights + step)
            if better <= cost:
                break
            step /= 2
        gain = cost - better
        if gain > 0:
            weights, cost = weights + step, better
        if gain < SMALLEST_GAIN * len(inputs):
            break
    return weights


def _cost(inputs: Matrix, targets: Matrix, penalty: Matrix, weights: Matrix) -> float:
    """Compute the summed log loss plus half of penalty * weights²."""
    logits = inputs @ weights
    losses = np.logaddexp.reduce(class_scores(logits), axis=1) - (targets * logits).sum(axis=1)
    return float(losses.sum() + (penalty * weights**2).sum() / 2)


def _solve(bend: Callable[[Matrix], Matrix], target: Matrix) -> Matrix:
    """Find about the step that the curvature bends to the target, by conjugate gradients."""
    step, rest, direction = np.zeros_like(target), target.copy(), target.copy()
    left = start = float((rest**2).sum())
    enough = start * min(FORCING, start**0.25) ** 2
    for _ in range(MAX_DIRECTIONS):
        if left <= enough:
            break
        bent = bend(direction)
        curvature = float((direction * bent).sum())
        if curvature <= 0:  # by rounding: nothing is left to gain this way
            break
        step += left / curvature * direction
        rest -= left / curvature * bent
        before, left = left, float((rest**2).sum())
        direction = rest + left / before * direction
    return step
