"""What a network makes of photographs, batch by batch, in numbers that parts of a data set can be added up from."""

import io
import json
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from cnnviz.network.blocks import passes_on
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network, require_numbers
from cnnviz.surveys.answer_tally import UNKNOWN, Answer, AnswerTally
from cnnviz.surveys.histograms import NUM_BINS
from cnnviz.surveys.layer_tally import SAMPLE, Array, LayerTally, measure_batch
from cnnviz.surveys.photo_batch import PhotoBatch

MAX_APART, MAX_APART_BYTES = 20, 2**31
"""Largest number of classes that are told apart, and largest size of their histograms: each has its own for every
channel."""

Passed = tuple[list[NDArray[np.float32]], NDArray[np.float32]]

ROOM = 1000
"""How many answers may be remembered of photographs that no longer stand out."""


def surveyed_layers(network: Network) -> list[Layer]:
    """List the layers that are measured: all but those that only pass on what they get, in whatever shape.

    Args:
        network: The network.

    Returns:
        The layers, in order.
    """
    return [layer for layer in network.layers if not passes_on(layer) and layer.kind not in ("Flatten", "Reshape")]


class Tally:
    """Numbers of a network's answers and layers over photographs.

    Args:
        network: The network.
        class_names: The classes of the photographs; none if they have none.
        num_photos: How many photographs the whole data set has.
        num_top: Photographs to keep for each channel.
    """

    def __init__(self, network: Network, class_names: Sequence[str], num_photos: int, num_top: int) -> None:
        """Begin without photographs."""
        self.network, self.class_names = network, tuple(class_names)
        self.stride = -(-max(num_photos, 1) // SAMPLE)
        self.skipped: dict[str, str] = {}
        layers, classes = surveyed_layers(network), max(len(class_names), 1)
        num_bytes = 8 * NUM_BINS * sum(layer.shape[-1] for layer in layers) * classes
        self.is_told_apart = 1 < classes <= MAX_APART and num_bytes <= MAX_APART_BYTES
        groups = classes if self.is_told_apart else 1
        self.layers = {layer.name: LayerTally.empty(layer.shape[-1], classes, num_top, groups) for layer in layers}
        is_there = bool(class_names) and not network.head.is_multi_label
        shape = len(class_names) if is_there else 0, len(network.class_names)
        self.answers = AnswerTally(np.zeros(shape, np.int64))
        self._index: dict[str | None, int] = {name: index for index, name in enumerate(class_names)}
        known = [network.class_names.index(name) if name in network.class_names else UNKNOWN for name in class_names]
        self._known, self._room = np.array(known or [UNKNOWN]), ROOM

    def pass_through(self, batch: PhotoBatch) -> Passed | None:
        """Pass a batch of photographs through the network; nothing is added.

        Args:
            batch: The photographs.

        Returns:
            Each layer's activation, shape (B, *layer.shape), and the logits, shape (B, num_outputs), float32; None if
            none of the photographs could be read.

        Raises:
            NetworkError: If Keras or its backend cannot compute a layer.
        """
        network = self.network
        return network.activations(network.preprocessing.scale(batch.pixels)) if batch.names else None

    def add(self, batch: PhotoBatch, run: Callable[..., Iterable[None]] = map, passed: Passed | None = None) -> None:
        """Add a batch of photographs.

        Args:
            batch: The photographs, all batches of the same size.
            run: Calls a function for each photograph, as `map` does.
            passed: What `pass_through` returned for them, if that was called before.

        Raises:
            NetworkError: If the network's values are infinite or NaN.
        """
        self.skipped |= batch.skipped
        passed = passed or self.pass_through(batch)
        if passed is None:
            return
        network, (activations, all_logits) = self.network, passed
        places = np.array(sorted(batch.names))
        logits, photos = all_logits[places], batch.first + places.astype(np.int64)
        require_numbers(logits, network.layers[-1].name)
        classes = np.array([self._index.get(batch.classes[place], 0) for place in places.tolist()])
        names = [batch.names[place] for place in places.tolist()]
        self.answers.add(network.head, logits, names, classes, self._known[classes], photos)
        is_whole = len(places) == len(all_logits)
        for layer, values in zip(network.layers, activations, strict=True):
            if layer.name in self.layers:
                measured = measure_batch(as_maps(layer, values if is_whole else values[places]), run)
                require_numbers(measured.mean, layer.name)
                self.layers[layer.name].add(measured, classes, photos, self.stride)
        if len(self.answers.answers) > self._room:
            self.answers.forget(self.standing_out())
            self._room = 2 * len(self.answers.answers) + ROOM

    def merge(self, other: "Tally") -> None:
        """Add the numbers of other photographs of the same data set.

        Args:
            other: Their numbers.
        """
        for name, layer in self.layers.items():
            layer.merge(other.layers[name])
        self.answers.merge(other.answers)
        self.answers.forget(self.standing_out())
        self.skipped |= other.skipped

    def standing_out(self) -> set[int]:
        """Return the numbers of all photographs that excite a channel most."""
        return set(np.unique(np.concatenate([layer.top_photos.ravel() for layer in self.layers.values()])).tolist())

    def pack(self) -> bytes:
        """Write all numbers, so that another process can go on.

        Returns:
            A file in numpy's format NPZ.
        """
        answers = self.answers
        answers.forget(self.standing_out())
        about = {
            "skipped": self.skipped,
            "wrong": answers.wrong,
            "unsure": answers.unsure,
            "answers": [[number, *answer] for number, answer in answers.answers.items()],
        }
        arrays: dict[str, Array] = {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)}
        arrays["confusion"] = answers.confusion
        for number, layer in enumerate(self.layers.values()):
            arrays |= {f"{number}/{name}": values for name, values in layer.pack().items()}
        stream = io.BytesIO()
        np.savez(stream, **arrays)  # type: ignore[arg-type]
        return stream.getvalue()

    def unpack(self, content: bytes) -> None:
        """Take over what another tally of the same network and data set has written.

        Args:
            content: From `pack`.
        """
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            wrong, unsure = (
                [(float(value), int(number)) for value, number in about[name]] for name in ("wrong", "unsure")
            )
            answers = {number: Answer(*answer) for number, *answer in about["answers"]}
            self.skipped = about["skipped"]
            self.answers = AnswerTally(arrays["confusion"], wrong, unsure, answers)
            for number, name in enumerate(self.layers):
                self.layers[name] = LayerTally.unpack(lambda each, at=number: arrays[f"{at}/{each}"])  # type: ignore[misc]


def as_maps(layer: Layer, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Arrange activations as maps. Tokens without a place are left out.

    Args:
        layer: The layer.
        values: Its activations, shape (B, *layer.shape).

    Returns:
        Shape (B, rows, columns, C).
    """
    if layer.tokens:
        values = values[:, layer.tokens.num_aside :]
    rows = values.shape[1] if values.ndim > 2 else 1
    return values.reshape(len(values), rows, -1, layer.shape[-1])
