"""Checks of an evidence map: whether other methods agree, and whether the marked parts matter to the network."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.figures import short
from cnnviz.base.steps import Steps, part
from cnnviz.network.network import Network
from cnnviz.network.passes import Values
from cnnviz.why.attribution import BATCH, GRAY, OF_PICTURES
from cnnviz.why.cam import OF_LAYERS
from cnnviz.why.cells import nearest_unit, place
from cnnviz.why.explain import Explanation, explain, layers_with_places
from cnnviz.why.passes import logits_of

QUICK = (*OF_LAYERS, "saliency")
"""Fast methods, with one gradient each. A map is compared with the maps of these methods."""

NUM_STEPS = 20
NUM_RANDOM, SEED = 5, 0


def rank_correlation(one: Explanation, other: Explanation) -> float:
    """Compute how similarly two maps rank the places of the picture; their scales do not matter.

    Args:
        one: A map.
        other: Another map of the same picture.

    Returns:
        Spearman's rank correlation of their values at all pixels that both cover, in [-1, 1]; 0 if one of the maps is
        constant.
    """
    placed = np.stack([place(each.values, each.seen).ravel() for each in (one, other)])
    first, second = (_ranks(values) for values in placed[:, ~np.isnan(placed).any(axis=0)])
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


@dataclass(frozen=True, eq=False)
class Curve:
    """The probability of a class while the picture is covered, or uncovered, step by step.

    Args:
        shares: The share of the picture that was changed, shape (n,), from 0 to 1.
        probabilities: The probability of the class, shape (n,).
        random: The probability if places are changed in random order: the mean of five orders, shape (n,).

    Example:
        >>> Curve(np.array([0, 0.5, 1]), np.array([1, 0.2, 0]), np.array([1, 0.5, 0])).area
        0.35
    """

    shares: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    random: NDArray[np.float64]

    def __repr__(self) -> str:
        """Describe the curve in one line."""
        return (
            f"<Curve of {len(self.shares)} steps: area {short(self.area)}, in random order {short(self.random_area)}>"
        )

    @property
    def area(self) -> float:
        """The area below the curve, in [0, 1]."""
        return float(np.trapezoid(self.probabilities, self.shares))

    @property
    def random_area(self) -> float:
        """The area below the curve of random orders, in [0, 1]."""
        return float(np.trapezoid(self.random, self.shares))

    def to_dict(self) -> dict[str, Any]:
        """Return the curve as plain JSON values.

        Returns:
            shares, probabilities and random, one number per step; area and random_area.
        """
        return {
            "shares": self.shares.tolist(),
            "probabilities": self.probabilities.tolist(),
            "random": self.random.tolist(),
            "area": self.area,
            "random_area": self.random_area,
        }


@dataclass(frozen=True, eq=False)
class Trust:
    """Results of the checks of an evidence map.

    Args:
        agreement: Rank correlation with the maps of other methods for the same class, by method, in [-1, 1].
        chance: The mean of these correlations if the map's values are shuffled, in [-1, 1].
        shuffled_weights: Rank correlation with the map of the same method for the same network with the weights of
            each layer shuffled, in [-1, 1]. A value near 1 means that the map shows the picture rather than what the
            network learned.
        deletion: The probability while the picture is covered; the parts with the largest values come first.
        insertion: The probability while the picture is uncovered, in the same order.

    Example:
        >>> result = cnnviz.load()("photo.jpg")
        >>> sorted(result.trust(result.explain("hires_cam")).agreement)
        ['grad_cam', 'layer_cam', 'saliency']
    """

    agreement: dict[str, float]
    chance: float
    shuffled_weights: float
    deletion: Curve
    insertion: Curve

    def __repr__(self) -> str:
        """Describe the results in one line."""
        agreement, shuffled = short(self.mean_agreement), short(self.shuffled_weights)
        return f"<Trust: agreement {agreement}, with shuffled weights {shuffled}, deletion {short(self.deletion.area)}>"

    @property
    def mean_agreement(self) -> float:
        """The mean rank correlation with other methods, in [-1, 1]; 0 if there are none."""
        return _mean(list(self.agreement.values()))

    def to_dict(self) -> dict[str, Any]:
        """Return the results as plain JSON values.

        Returns:
            agreement by method, mean_agreement, chance, shuffled_weights; deletion and insertion, as `Curve.to_dict`.
        """
        return {
            "agreement": self.agreement,
            "mean_agreement": self.mean_agreement,
            "chance": self.chance,
            "shuffled_weights": self.shuffled_weights,
            "deletion": self.deletion.to_dict(),
            "insertion": self.insertion.to_dict(),
        }


def examine(network: Network, picture: Values, explanation: Explanation) -> Steps[Trust]:
    """Check how far a map can be trusted, in steps.

    The map is compared with the maps of the `QUICK` methods, and with the map of the network with shuffled weights.

    Reference: Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018.

    Args:
        network: The network.
        picture: The picture it saw: shape (height, width, C), float32 in [0, 1], as `Result.pixels`.
        explanation: A map of it.

    Yields:
        The share of the work that is done.

    Returns:
        The results of all checks.

    Raises:
        NetworkError: If the network's values are infinite or NaN.
    """
    others = yield from part(_others(network, picture, explanation), 0, 0.1)
    agreement = {other.method: rank_correlation(explanation, other) for other in others}
    rng = np.random.default_rng(SEED)
    shuffled = [replace(explanation, values=_shuffled(explanation.values, rng)) for _ in range(NUM_RANDOM)]
    chance = _mean([rank_correlation(each, other) for each in shuffled for other in others])
    again = yield from part(_of_shuffled(network, picture, explanation), 0.1, 0.3)
    falls = yield from part(deletion(network, picture, explanation), 0.3, 0.65)
    rises = yield from part(insertion(network, picture, explanation), 0.65, 1)
    return Trust(agreement, chance, rank_correlation(explanation, again), falls, rises)


def _others(network: Network, picture: Values, explanation: Explanation) -> Steps[list[Explanation]]:
    """Compute the maps of the other quick methods; from the same layer, if the map was read from one."""
    others = []
    for method in QUICK:
        if method != explanation.method and (method in OF_PICTURES or layers_with_places(network)):
            layer_name = explanation.layer_name if method in OF_LAYERS else None
            others.append((yield from explain(network, picture, method, explanation.class_name, layer_name)))
    return others


def _of_shuffled(network: Network, picture: Values, explanation: Explanation) -> Steps[Explanation]:
    """Compute the same method's map for the network with shuffled weights."""
    twin, name = network.shuffled, explanation.layer_name
    if name is not None:  # a layer without a name of its own has another name there
        name = twin.layers[network.layers.index(network.layer(name))].name
    return (yield from explain(twin, picture, explanation.method, explanation.class_name, name))


def deletion(network: Network, picture: Values, explanation: Explanation) -> Steps[Curve]:
    """Cover the picture with grey, step by step; the parts that speak most for the class come first.

    If the map marks what matters, the probability falls sooner than in a random order: a smaller area is better.

    Reference: Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", 2018.

    Args:
        network: The network.
        picture: The picture it saw: shape (height, width, C), float32 in [0, 1], as `Result.pixels`.
        explanation: A map of it.

    Yields:
        The share of the work that is done.

    Returns:
        The curve.
    """
    return _curve(network, picture, np.full_like(picture, GRAY), explanation)


def insertion(network: Network, picture: Values, explanation: Explanation) -> Steps[Curve]:
    """Uncover a grey picture, step by step; the parts that speak most for the class come first.

    If the map marks what matters, the probability rises sooner than in a random order: a larger area is better.

    Reference: Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", 2018.

    Args:
        network: The network.
        picture: The picture it saw: shape (height, width, C), float32 in [0, 1], as `Result.pixels`.
        explanation: A map of it.

    Yields:
        The share of the work that is done.

    Returns:
        The curve.
    """
    return _curve(network, np.full_like(picture, GRAY), picture, explanation)


def _curve(network: Network, before: Values, after: Values, explanation: Explanation) -> Steps[Curve]:
    """Change one picture into another, a twentieth at a time, in the order of a map and in random orders."""
    cells = _cells(explanation)
    values = explanation.values.astype(np.float64).ravel()
    random = np.random.default_rng(SEED)
    orders = [values, *(random.permutation(values.size).astype(np.float64) for _ in range(NUM_RANDOM))]
    curves = []
    for number, order in enumerate(orders):
        yield number / len(orders)
        curves.append(_probabilities(network, before, after, cells, order, explanation.class_name))
    return Curve(np.linspace(0, 1, NUM_STEPS + 1), curves[0], np.mean(curves[1:], axis=0))


def _cells(explanation: Explanation) -> NDArray[np.int64]:
    """Find the map value that each pixel belongs to; pixels outside every cell belong to the nearest value."""
    rows, columns = (nearest_unit(axis) for axis in (explanation.seen.rows, explanation.seen.columns))
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
    """Compute the probability after each step. The largest values change first; ties have a fixed random order."""
    rank, ties = np.empty(order.size, np.int64), np.random.default_rng(SEED).permutation(order.size)
    rank[np.lexsort((ties, -order))] = np.arange(order.size)
    pixels = np.argsort(rank[cells].ravel(), kind="stable")
    steps = np.linspace(0, pixels.size, NUM_STEPS + 1).round().astype(int)
    batch, flat = np.repeat(before[None], len(steps), axis=0), (-1, before.shape[-1])
    for copy, step in zip(batch, steps, strict=True):
        copy.reshape(*flat)[pixels[:step]] = after.reshape(*flat)[pixels[:step]]
    parts = [logits_of(network, batch[start : start + BATCH]) for start in range(0, len(batch), BATCH)]
    return np.array([network.head.probabilities(logits)[class_name] for part in parts for logits in part])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank values; equal values share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((last - counts + last - 1) / 2)[inverse]


def _shuffled(values: Values, rng: np.random.Generator) -> Values:
    return rng.permutation(values.ravel()).reshape(values.shape)


def _mean(values: list[float]) -> float:
    return sum(values) / max(len(values), 1)
