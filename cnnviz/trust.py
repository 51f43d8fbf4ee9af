"""How far an evidence map can be trusted: whether methods agree, and whether what it marks matters to the network."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cnnviz.attribution import BATCH, GRAY
from cnnviz.explain import Explanation
from cnnviz.network import Network, Values
from cnnviz.receptive_field import Axis

NUM_STEPS = 20
NUM_RANDOM, SEED = 5, 0


def place(explanation: Explanation) -> NDArray[np.float64]:
    """Lay a map over the network's picture: each value is centred on what its unit sees.

    Args:
        explanation: The map.

    Returns:
        Shape (height, width) of the picture, float64; NaN where no unit is centred.
    """
    rows, columns = (_units(axis) for axis in (explanation.seen.rows, explanation.seen.columns))
    placed: NDArray[np.float64] = explanation.values.astype(np.float64)[np.ix_(rows.clip(0), columns.clip(0))]
    placed[rows < 0] = np.nan
    placed[:, columns < 0] = np.nan
    return placed


def rank_correlation(one: Explanation, other: Explanation) -> float:
    """Tell how alike two maps order the places of the picture, whatever their scales.

    Args:
        one: A map.
        other: Another map of the same picture.

    Returns:
        Spearman's rank correlation of their values at all pixels that both cover, in [-1, 1]; 0 if one of them is the
        same everywhere.
    """
    placed = np.stack([place(one).ravel(), place(other).ravel()])
    first, second = (_ranks(values) for values in placed[:, ~np.isnan(placed).any(axis=0)])
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


@dataclass(frozen=True, eq=False)
class Curve:
    """How the probability of a class changes while the picture is covered, or uncovered, step by step.

    Args:
        shares: Which share of the picture was changed, shape (n,), from 0 to 1.
        probabilities: The probability of the class, shape (n,).
        random: The same if places are changed in random order: the mean of five orders, shape (n,).
    """

    shares: NDArray[np.float64] = field(repr=False)
    probabilities: NDArray[np.float64] = field(repr=False)
    random: NDArray[np.float64] = field(repr=False)

    @property
    def area(self) -> float:
        """The area below the curve, in [0, 1]."""
        return float(np.trapezoid(self.probabilities, self.shares))

    @property
    def random_area(self) -> float:
        """The area below the curve of random orders, in [0, 1]."""
        return float(np.trapezoid(self.random, self.shares))


def deletion(network: Network, picture: Values, explanation: Explanation) -> Curve:
    """Cover the picture in grey, what speaks most for the class first.

    A map that marks what matters makes the probability fall sooner than a random order does: a smaller area is better.

    Reference: Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", 2018.

    Args:
        network: The network.
        picture: What it saw: shape (height, width, 3), float32 in [0, 1].
        explanation: A map of it.

    Returns:
        The curve.
    """
    return _curve(network, picture, np.full_like(picture, GRAY), explanation)


def insertion(network: Network, picture: Values, explanation: Explanation) -> Curve:
    """Uncover a grey picture, what speaks most for the class first.

    A map that marks what matters makes the probability rise sooner than a random order does: a larger area is better.

    Reference: Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", 2018.

    Args:
        network: The network.
        picture: What it saw: shape (height, width, 3), float32 in [0, 1].
        explanation: A map of it.

    Returns:
        The curve.
    """
    return _curve(network, np.full_like(picture, GRAY), picture, explanation)


def _curve(network: Network, before: Values, after: Values, explanation: Explanation) -> Curve:
    """Change one picture into another, a twentieth at a time, in the order of a map and in random ones."""
    cells = _cells(explanation)
    values = explanation.values.astype(np.float64).ravel()
    random = np.random.default_rng(SEED)
    orders = [values, *(random.permutation(values.size).astype(np.float64) for _ in range(NUM_RANDOM))]
    curves = [_probabilities(network, before, after, cells, order, explanation.class_name) for order in orders]
    return Curve(np.linspace(0, 1, NUM_STEPS + 1), curves[0], np.mean(curves[1:], axis=0))


def _cells(explanation: Explanation) -> NDArray[np.int64]:
    """Give the value that each pixel belongs to; pixels that none is centred on belong to the nearest."""
    rows, columns = (_nearest(axis) for axis in (explanation.seen.rows, explanation.seen.columns))
    cells: NDArray[np.int64] = rows[:, None] * explanation.values.shape[1] + columns
    return cells


def _probabilities(
    network: Network,
    before: Values,
    after: Values,
    cells: NDArray[np.int64],
    order: NDArray[np.float64],
    class_name: str,
) -> NDArray[np.float64]:
    """Change the cells of the largest values first; ties change in the order of the picture."""
    rank = np.empty(order.size, np.int64)
    rank[np.argsort(-order, kind="stable")] = np.arange(order.size)
    pixels = np.argsort(rank[cells].ravel(), kind="stable")
    steps = np.linspace(0, pixels.size, NUM_STEPS + 1).round().astype(int)
    batch = np.repeat(before[None], len(steps), axis=0)
    for copy, step in zip(batch, steps, strict=True):
        copy.reshape(-1, 3)[pixels[:step]] = after.reshape(-1, 3)[pixels[:step]]
    parts = [network.logits(batch[start : start + BATCH]) for start in range(0, len(batch), BATCH)]
    return np.array([network.head.probabilities(logits)[class_name] for part in parts for logits in part])


def _first(axis: Axis) -> tuple[float, float]:
    """Give where the first unit's cell begins, and how wide a cell is, in pixels."""
    side = axis.stride or axis.size  # units that all see the same lie over what they see
    return axis.start + (axis.size - side) / 2, side


def _units(axis: Axis) -> NDArray[np.int64]:
    """Give the unit that each pixel belongs to; -1 where none is centred."""
    first, side = _first(axis)
    units = np.floor((np.arange(axis.extent) + 0.5 - first) / side).astype(np.int64)
    number = axis.num_units if axis.stride else 1
    return np.where((units >= 0) & (units < number), units, -1)


def _nearest(axis: Axis) -> NDArray[np.int64]:
    first, side = _first(axis)
    units: NDArray[np.int64] = np.floor((np.arange(axis.extent) + 0.5 - first) / side).astype(np.int64)
    return units.clip(0, (axis.num_units if axis.stride else 1) - 1)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank values; equal ones share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((last - counts + last - 1) / 2)[inverse]


def agreement(explanations: Sequence[Explanation]) -> float:
    """Tell how much several methods agree on one class.

    Args:
        explanations: Maps of one picture for one class, at least two.

    Returns:
        The mean rank correlation of all pairs, in [-1, 1].

    Raises:
        ValueError: If there are fewer than two.
    """
    pairs = [(one, other) for index, one in enumerate(explanations) for other in explanations[index + 1 :]]
    if not pairs:
        raise ValueError(f"Agreement needs two maps or more. Received: {len(explanations)}.")
    return float(np.mean([rank_correlation(one, other) for one, other in pairs]))
