"""What a data set tells of a layer: numbers for each channel, and the photographs that excite it most."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import count

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
NUM_BARS = 24
NOBODY = -1
"""Stands for no photograph and no channel."""

SAME = 0.98
"""From this correlation on, two channels are near-duplicates."""

BY_CLASS = ("class_means", "maximum_auc", "mean_auc", "bars")
BY_CHANNEL = (
    "mean",
    "deviation",
    "maximum",
    "zero_share",
    "maximum_quantiles",
    "mean_quantiles",
    "bar_range",
    "twins",
    "twin_correlations",
)
SUMMARY = (
    "mean",
    "deviation",
    "maximum",
    "zero_share",
    "class_means",
    "maximum_auc",
    "mean_auc",
    "twins",
    "twin_correlations",
)
"""What is told of a channel: for each class, without classes, and of all channels together."""

Floats = NDArray[np.float32]
Numbers = NDArray[np.int32]


class Favourite(NamedTuple):
    """A photograph that excites a channel.

    Args:
        photo: Its index in `Survey.photos`.
        activation: The channel's largest activation for it.
        row: Row of the unit with that activation, in the channel's map; 0 if the layer has no places.
        column: Its column.

    Example:
        >>> cnnviz.Favourite(photo=0, activation=2.5, row=3, column=7).activation
        2.5
    """

    photo: int
    activation: float
    row: int
    column: int


@dataclass(frozen=True, eq=False)
class LayerSurvey:
    """What N photographs of K classes tell of the C channels of a layer.

    A photograph's maximum and its mean are those over all units of a channel. What is said of classes is there if the
    photographs have classes and these are few enough to be told apart; else K is 0.

    Args:
        mean: The mean activation over all units and photographs, shape (C,), float32.
        deviation: The standard deviation of the photographs' means, shape (C,).
        maximum: The largest activation, shape (C,).
        zero_share: The share of activations that are zero, shape (C,), in [0, 1].
        maximum_quantiles: Quantiles of the photographs' maxima, shape (C, 5): 5%, 25%, 50%, 75% and 95% of them are
            below or at it. Within 1%, as all that comes from histograms.
        mean_quantiles: The same of the photographs' means.
        class_means: The mean activation for each class, shape (K, C).
        maximum_auc: How well the photographs' maxima alone tell a class from all others, shape (K, C), in [0, 1]: how
            often that of a photograph of this class is the larger one; 1/2 for guessing.
        mean_auc: The same of the photographs' means.
        bars: Histograms of the photographs' maxima, shape (max(K, 1), C, 24), int32: for each class.
        bar_range: Lower end of the first bar and upper end of the last, shape (C, 2); all are equally wide.
        top_values: The k largest of the photographs' maxima, shape (C, k), the largest first; -inf where there are
            fewer photographs. Of equal ones, the photograph that comes first in the data set is first.
        top_photos: Their indices in `Survey.photos`, shape (C, k), int32; -1 where there are fewer.
        top_units: Row and column of the units, shape (C, k, 2), int32.
        twins: The channel that is most like each channel, shape (C,), int32; -1 if there is none.
        twin_correlations: The correlation with it, over means of a sample of photographs, shape (C,), in [-1, 1].

    Reference:
        Hanley and McNeil, "The Meaning and Use of the Area under a ROC Curve", 1982.

    Example:
        >>> layer = cnnviz.survey(cnnviz.load(), "photos/")["conv2d_3"]
        >>> len(layer), layer.top_values.shape, len(layer.favourites(17))
        (128, (128, 9), 1)
    """

    mean: Floats = field(repr=False)
    deviation: Floats = field(repr=False)
    maximum: Floats = field(repr=False)
    zero_share: Floats = field(repr=False)
    maximum_quantiles: Floats = field(repr=False)
    mean_quantiles: Floats = field(repr=False)
    class_means: Floats = field(repr=False)
    maximum_auc: Floats = field(repr=False)
    mean_auc: Floats = field(repr=False)
    bars: Numbers = field(repr=False)
    bar_range: Floats = field(repr=False)
    top_values: Floats = field(repr=False)
    top_photos: Numbers = field(repr=False)
    top_units: Numbers = field(repr=False)
    twins: Numbers = field(repr=False)
    twin_correlations: Floats = field(repr=False)

    def __repr__(self) -> str:
        """Describe the numbers in one line."""
        dead, twins = int(self.dead.sum()), len(self.duplicates)
        return f"<LayerSurvey: {count(len(self))} channels, {count(dead)} dead, {count(twins)} near-duplicate pair(s)>"

    def __len__(self) -> int:
        """Return the number of channels."""
        return len(self.mean)

    @property
    def dead(self) -> NDArray[np.bool_]:
        """Whether each channel is zero everywhere, on all photographs. Shape (C,)."""
        return np.asarray(self.zero_share == 1)

    @property
    def telling(self) -> Floats:
        """How well each channel tells the classes apart: shape (C,), in [1/2, 1]; NaN where classes are not told.

        It is the AUC of the class that the channel tells best from all others, by its maximum or its mean, for or
        against.
        """
        if not len(self.class_means):
            return np.full(len(self), np.nan, np.float32)
        aucs = np.stack([self.maximum_auc, self.mean_auc])
        return np.asarray(np.fmax.reduce(np.maximum(aucs, 1 - aucs), axis=(0, 1)))  # a class may have no photograph

    @property
    def duplicates(self) -> list[tuple[int, int, float]]:
        """Channels that do nearly the same: both indices, the smaller one first, and their correlation, from 0.98."""
        pairs = {
            (min(channel, int(twin)), max(channel, int(twin))): float(correlation)
            for channel, (twin, correlation) in enumerate(zip(self.twins, self.twin_correlations, strict=True))
            if twin != NOBODY and correlation >= SAME
        }
        return sorted(((*pair, value) for pair, value in pairs.items()), key=lambda each: (-each[2], each[:2]))

    def ranked(self) -> list[int]:
        """List all channels, those that tell the classes apart best first; without classes, the most varying first."""
        values = self.telling if len(self.class_means) else self.deviation
        return [int(channel) for channel in np.argsort(-np.nan_to_num(values), kind="stable")]

    def favourites(self, channel: int) -> list[Favourite]:
        """List the photographs that excite a channel most.

        Args:
            channel: The channel's index.

        Returns:
            The photographs with their units, the most exciting first.
        """
        found = zip(self.top_photos[channel], self.top_values[channel], self.top_units[channel], strict=True)
        return [Favourite(int(photo), float(value), *map(int, unit)) for photo, value, unit in found if photo != NOBODY]

    def to_dict(self) -> dict[str, Any]:
        """Return what is told of each channel as plain JSON values, without histograms and photographs.

        Returns:
            Lists by the names of `SUMMARY`, rounded to six digits, with None for NaN; is_dead, and telling.
        """
        named = {name: _plain(getattr(self, name)) for name in SUMMARY}
        return {**named, "is_dead": self.dead.tolist(), "telling": _plain(self.telling)}

    def channel(self, channel: int) -> dict[str, Any]:
        """Return all that is told of a channel as plain JSON values.

        Args:
            channel: The channel's index.

        Returns:
            The values above by their names, those of classes as lists; is_dead; telling; and favourites, each with
            photo, activation, row and column.

        Raises:
            OptionError: If there is no such channel.
        """
        if type(channel) is not int or not 0 <= channel < len(self):
            raise OptionError(f"Channels go from 0 to {len(self) - 1}. Received: channel={str(channel)[:100]}.")
        by_class = {name: _plain(getattr(self, name)[:, channel]) for name in BY_CLASS}
        plain = {name: _plain(getattr(self, name)[channel]) for name in BY_CHANNEL}
        return {
            **plain,
            **by_class,
            "is_dead": bool(self.dead[channel]),
            "telling": _plain(self.telling[channel : channel + 1])[0],
            "favourites": [each._asdict() for each in self.favourites(channel)],
        }


def _plain(values: Any) -> Any:
    """Convert an array, or a number of one, to plain numbers."""
    if values.ndim:
        return [_plain(each) for each in values]
    if values.dtype.kind != "f":
        return int(values)
    return float(f"{float(values):.6g}") if np.isfinite(values) else None
