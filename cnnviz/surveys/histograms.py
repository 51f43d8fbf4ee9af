"""Histograms whose bins are the same for everybody, so that those of parts of a data set add up exactly."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]
Counts = NDArray[np.uint32]

ACCURACY = 0.01
"""Largest relative error of a value that is read from its bin."""

GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
"""How much larger the values of a bin may be than those of the bin before."""

SMALLEST, LARGEST = 1e-4, 1e5
"""Values nearer to zero count as zero; larger ones count as this large."""

NUM_STEPS = math.ceil(math.log(LARGEST / SMALLEST) / math.log(GAMMA))
ZERO = NUM_STEPS
"""The bin of zero; those of negative values come before, those of positive ones after it."""

NUM_BINS = 2 * NUM_STEPS + 1


def bins_of(values: Values) -> NDArray[np.intp]:
    """Find the bins of values.

    Args:
        values: Any shape, finite.

    Returns:
        Indices from 0 to NUM_BINS - 1, of the same shape.

    Reference:
        Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees",
        VLDB 2019, section 2.1. Here the number of bins is fixed.

    Example:
        >>> bins_of(np.array([0.0, 1.0, -1.0])) - ZERO
        array([   0,  461, -461])
    """
    exact = values.astype(np.float64)
    size = np.maximum(np.abs(exact), SMALLEST)
    steps = np.minimum(np.log(size / SMALLEST) / math.log(GAMMA), NUM_STEPS - 1).astype(np.intp) + 1
    signs = np.where(np.abs(exact) < SMALLEST, 0, np.sign(exact)).astype(np.intp)
    return ZERO + signs * steps


def values_of(bins: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the value that stands for all values of a bin.

    Args:
        bins: Indices of bins, any shape.

    Returns:
        Values of the same shape; from any value of its bin, it differs by 1% at most.

    Example:
        >>> float(values_of(bins_of(np.array(3.7))).round(1))
        3.7
    """
    steps = np.abs(bins - ZERO)
    sizes = SMALLEST * GAMMA ** (steps - 1) * (2 * GAMMA / (GAMMA + 1))
    return np.asarray(np.where(steps == 0, 0.0, np.sign(bins - ZERO) * sizes))


def quantiles(counts: Counts, shares: Sequence[float]) -> NDArray[np.float64]:
    """Read quantiles from histograms.

    Args:
        counts: Shape (..., NUM_BINS).
        shares: Which quantiles, in [0, 1]: 0.5 for the median.

    Returns:
        Shape (..., len(shares)): the value below or at which such a share of all values lies, as numpy's
        "inverted_cdf"; NaN where nothing was counted.
    """
    total = counts.sum(axis=-1, dtype=np.int64)[..., None]
    upto = counts.cumsum(axis=-1, dtype=np.int64)
    wanted = np.maximum(np.ceil(np.asarray(shares) * total), 1)
    found = np.stack([(upto < wanted[..., index, None]).sum(axis=-1) for index in range(len(shares))], axis=-1)
    return np.where(total == 0, np.nan, values_of(np.minimum(found, counts.shape[-1] - 1)))


def areas_under_curve(counts: Counts, others: Counts) -> NDArray[np.float64]:
    """Compute how well values tell two groups apart: the area under the ROC curve.

    Args:
        counts: Histograms of one group, shape (..., NUM_BINS).
        others: Those of the other.

    Returns:
        Shape (...): how often a value of the first group is larger than one of the other, in [0, 1]; equal bins count
        half. NaN where a group is empty.

    Reference:
        Mann and Whitney, "On a test of whether one of two random variables is stochastically larger", 1947.
    """
    group, other = counts.astype(np.float64), others.astype(np.float64)
    smaller = np.cumsum(other, axis=-1) - other / 2
    pairs = group.sum(axis=-1) * other.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray((group * smaller).sum(axis=-1) / pairs)
