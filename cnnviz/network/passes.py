"""The compiled passes of a network: forward with or without activations, from a layer on, and gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import NetworkError
from cnnviz.base.failures import failing_as
from cnnviz.network.backend import compile_pass, gradient, recording_nothing
from cnnviz.network.ending import is_final_activation
from cnnviz.network.graph import Call
from cnnviz.network.layer import activation_name, is_keras_own

Values = NDArray[np.float32]


@contextmanager
def computing() -> Iterator[None]:
    """Turn whatever Keras and its backend raise within it into a NetworkError.

    Yields:
        Nothing.
    """
    with failing_as(NetworkError, "The model's layers cannot be computed."), recording_nothing():
        yield


class Passes:
    """The passes of a network; each is traced at its first use, once, whichever thread that is in.

    Args:
        picture: The symbolic picture.
        calls: The calls of all layers, in order; the last one gives the answer.
        variables: The Keras variables that they read.

    Attributes:
        whole: The compiled pass that gives all activations, and the logits.
        answer: The compiled pass that gives only the logits.
    """

    def __init__(self, picture: Any, calls: Sequence[Call], variables: list[Any]) -> None:
        """Prepare them."""
        self._picture, self._calls, self._variables = picture, calls, variables
        self.whole = self._build(with_activations=True)
        self.answer = self._build(with_activations=False)
        self._gradients: dict[int, Callable[..., Sequence[Any]]] = {}

    def activations(self, batch: Values) -> list[Values]:
        """Compute every layer's activation, and the logits.

        Args:
            batch: Shape (B, height, width, C), float32.

        Returns:
            An array for each layer, float32; and the logits, shape (B, num_outputs), float32.

        Raises:
            NetworkError: If Keras or its backend cannot compute a layer.
        """
        with computing():
            return [np.asarray(values) for values in self.whole(batch)]

    def logits(self, batch: Values) -> Values:
        """Compute only the logits.

        Args:
            batch: Shape (B, height, width, C), float32.

        Returns:
            Shape (B, num_outputs), float32.

        Raises:
            NetworkError: If Keras or its backend cannot compute a layer.
        """
        with computing():
            return np.asarray(self.answer(batch)[-1])

    def logits_without(self, batch: Values, masks: Sequence[Values]) -> Values:
        """Compute the logits with each layer's activation multiplied by a mask.

        Args:
            batch: Shape (B, height, width, C), float32.
            masks: For each layer but the last a mask as long as its last axis, float32.

        Returns:
            Shape (B, num_outputs), float32.

        Raises:
            NetworkError: If Keras or its backend cannot compute a layer.
        """
        with computing():
            return np.asarray(self._masked(batch, *masks)[-1])

    def logits_after(self, index: int, activations: Sequence[Values], masks: Values, picture: Values) -> Values:
        """Compute the logits from a layer's masked activation on; the layers before are not computed again.

        Args:
            index: The layer's place; not the last one.
            activations: Every layer's activation for one picture, without the batch axis, float32.
            masks: B masks for the activation, shape (B, length of its last axis), float32.
            picture: The picture, shape (height, width, C), float32.

        Returns:
            Shape (B, num_outputs), float32.

        Raises:
            NetworkError: If Keras or its backend cannot compute a layer.
        """

        def repeated(tensor: Any, values: Values) -> Any:
            return _as(tensor, np.broadcast_to(values, (len(masks), *values.shape)))

        later = self._calls[index + 1 :]
        used = {id(tensor) for call in later for tensor in call.inputs}
        tensors = [self._picture, *(call.output for call in self._calls[:index])]
        before = zip(tensors, [picture, *activations[:index]], strict=True)
        values = {id(tensor): repeated(tensor, known) for tensor, known in before if id(tensor) in used}
        masked = activations[index] * masks.reshape(len(masks), *[1] * (activations[index].ndim - 1), -1)
        output = self._calls[index].output
        values[id(output)] = _as(output, masked)
        with computing():
            return np.asarray(self._compute(later, values))

    def gradients(self, batch: Values, direction: Values, number: int) -> tuple[Values, Values]:
        """Compute the gradient of the logits along a direction, at the output of the first calls.

        Args:
            batch: Shape (B, height, width, C), float32.
            direction: Shape (num_outputs,), float32.
            number: How many calls come before; 0 for the gradient at the pixels.

        Returns:
            The activation, or the batch, and the gradient: both of the activation's shape, float32.

        Raises:
            NetworkError: If Keras or its backend cannot compute a layer.
        """
        if number not in self._gradients:
            self._gradients[number] = self._build_gradient(number)
        with computing():
            values, slopes = (np.asarray(each) for each in self._gradients[number](batch, direction))
            return values, slopes

    @cached_property
    def _masked(self) -> Callable[..., Sequence[Any]]:
        return self._build(with_activations=False, with_masks=True)

    def _build(self, with_activations: bool, with_masks: bool = False) -> Callable[..., Sequence[Any]]:
        """Compile the pass that computes each layer once."""

        def forward(batch: Any, *masks: Any) -> list[Any]:
            # no keras.Model: its layers' names must differ, blocks' need not
            values = {id(self._picture): _as(self._picture, batch)}
            logits = self._compute(self._calls, values, masks)
            outputs = [values[id(call.output)] for call in self._calls] if with_activations else []
            return [*(_float32(output) for output in outputs), logits]

        masks = [call.output.shape[-1:] for call in self._calls[:-1]] if with_masks else []
        return compile_pass(forward, self._variables, [(None, *self._picture.shape[1:]), *masks])

    def _build_gradient(self, number: int) -> Callable[..., Sequence[Any]]:
        """Compile the pass that computes the gradient at the output of the first calls."""
        import keras

        before, after = self._calls[:number], self._calls[number:]
        watched = id(before[-1].output if before else self._picture)

        def forward(batch: Any, direction: Any) -> list[Any]:
            is_whole = keras.backend.is_int_dtype(self._picture.dtype)  # whole numbers have no gradient
            values = {id(self._picture): batch if is_whole else _as(self._picture, batch)}
            for call in before:
                values[id(call.output)] = call.compute(values)
            given = values[watched]
            slopes = gradient(
                lambda changed: keras.ops.sum(self._compute(after, {**values, watched: changed}) * direction), given
            )
            return [_float32(given), _float32(slopes)]

        shapes = [(None, *self._picture.shape[1:]), self._calls[-1].output.shape[-1:]]
        return compile_pass(forward, self._variables, shapes)

    def _compute(self, calls: Sequence[Call], values: dict[int, Any], masks: Sequence[Any] = ()) -> Any:
        """Compute the last calls from the values of those before, multiply each output by its mask if it has one.

        The outputs are added to the values; the logits are returned.
        """
        import keras

        for index, call in enumerate(calls[:-1]):
            output = call.compute(values)
            masked = index < len(masks)
            values[id(call.output)] = keras.ops.multiply(output, _as(call.output, masks[index])) if masked else output
        last = self._calls[-1]
        values[id(last.output)], logits = _last_outputs(last, values)
        return _float32(keras.ops.reshape(logits, (-1, logits.shape[-1])))


def _last_outputs(last: Call, values: Mapping[int, Any]) -> tuple[Any, Any]:
    """Compute what the last layer gives, and the logits: what it gives without its activation function."""
    if is_final_activation(last.operation):
        return last.compute(values), values[id(last.inputs[0])]
    if not activation_name(last.operation):
        output = last.compute(values)
        return output, output
    logits = last.without_activation().compute(values)
    return last.operation.activation(logits) if is_keras_own(last.operation) else last.compute(values), logits


def _as(tensor: Any, values: Any) -> Any:
    """Convert values to the type of numbers of a symbolic tensor, as Keras converts a model's input."""
    import keras

    return keras.ops.convert_to_tensor(values, dtype=tensor.dtype)


def _float32(values: Any) -> Any:
    """Convert values that leave a pass: whatever a network computes with, its numbers are shown as float32."""
    import keras

    return keras.ops.cast(values, "float32")
