"""A loaded model: its layers, and the compiled pass that computes every activation and the logits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnviz.base.errors import NetworkError, OptionError
from cnnviz.base.failures import failing_as
from cnnviz.base.figures import sides
from cnnviz.base.names import MAX_NAME_LENGTH, is_name, list_briefly
from cnnviz.network.archive import pack, unpack
from cnnviz.network.backend import require_backend, require_compilable
from cnnviz.network.blocks import Block, Stage, find_blocks, find_stages
from cnnviz.network.config import essential
from cnnviz.network.copies import copy_model
from cnnviz.network.decision import Decision
from cnnviz.network.ending import find_kind, is_final_activation, without_idle_end
from cnnviz.network.graph import Call, flat_calls, leading_to, require_graph, settle
from cnnviz.network.head import Head
from cnnviz.network.layer import Layer, activation_name, describe_layers, find_layer, is_keras_own, read_weights
from cnnviz.network.passes import Passes, Values, computing
from cnnviz.network.ports import describe_choice, find_answer, prepare_inputs
from cnnviz.network.terms import Fed, TermFinder, Terms
from cnnviz.network.workload import require_moderate
from cnnviz.picture.preprocessing import Preprocessing

if TYPE_CHECKING:
    import keras

SHUFFLE_SEED = 0
OPENING = RLock()
"""Held while a pickled network is opened, which happens once."""


@dataclass
class Network:
    """A Keras image classifier whose layers can be inspected.

    It can be pickled and copied: its model is saved as Keras saves it, without compiled passes, and opened again when
    the copy is first used.

    Args:
        model: A Sequential or functional Keras model. Its input has the shape (B, H, W, 3), or (B, H, W, 1) for grey.
            Its output has the shape (B, 1) and ends in a sigmoid, or (B, K) and ends in a softmax or in K sigmoids, one
            for each class; or it is the logits of these. What comes after that and changes nothing, such as Identity
            or Flatten, is left out. Nested blocks are opened.
        class_names: The classes in index order.
        preprocessing: How a picture becomes its input.
        folder: The folder that it was read from, if any.
        manifest: The manifest of its folder.
        metrics: Its measured performance on the test photographs.
        kind: What its outputs are if they are logits: "sigmoid", "softmax" or "multi_label", see `Head`; "" for what
            its end says, and for a softmax if it ends in several logits.
        output: The output to look into, if the model has several: the name of its layer, or its key in a dict; "" for
            the first that ends in a softmax or in sigmoids, which `notes` names.
        inputs: The values of the inputs that take no picture, by name: an array for each, without the batch axis. Each
            photo gets the same.

    Raises:
        NetworkError: If the model ends otherwise, or would take too much memory or time; or if the class names, the
            preprocessing or `kind` do not fit it.
        OptionError: If Keras has a backend that cnnviz cannot compute with.

    Example:
        >>> network = Network(cnnviz.build_model(), ("cat", "dog"), Preprocessing())
        >>> activations, logits = network.activations(np.zeros((1, 150, 150, 3), np.float32))
        >>> activations[0].shape, logits.shape
        ((1, 148, 148, 32), (1, 1))
    """

    model: keras.Model
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    folder: Path | None = None
    manifest: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    kind: str = ""
    output: str = ""
    inputs: Mapping[str, ArrayLike] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        """Read the model's graph and prepare the compiled passes; each is traced at its first use."""
        require_backend()
        require_graph(self.model)
        answer = find_answer(self.model, self.output)
        with failing_as(NetworkError, "Keras cannot call the model's layers one by one."):
            self._picture, inputs, known = prepare_inputs(self.model, self.preprocessing.shape, self.inputs)
            calls = without_idle_end(flat_calls(self.model, inputs, answer))
        _require_names(calls)
        require_moderate(calls)
        with computing():
            self._calls = calls = settle(calls, known)
        kind = find_kind(calls, self.kind)
        self.notes = () if self.output else describe_choice(self.model, answer)
        self.layers = describe_layers(calls, self.preprocessing)
        self.head = Head(tuple(self.class_names), int(calls[-1].output.shape[-1]), kind)
        self._passes = Passes(self._picture, calls, self.model.variables)
        self._finder = TermFinder(self.model.variables)

    def __repr__(self) -> str:
        """Describe the network in one line."""
        size, classes = sides(self.preprocessing.height, self.preprocessing.width), list_briefly(self.class_names)
        return f"<Network of {len(self.layers)} layers: {size} pixels to {classes}>"

    def __reduce__(self) -> tuple[Callable[..., Network], tuple[dict[str, Any]]]:
        """Pickle the model as bytes, and the rest as it is, with what results need to be shown."""
        names = ["layers", "head", "_config", *(each.name for each in fields(self) if each.name != "model")]
        state = {name: getattr(self, name) for name in names}
        return _closed, ({**state, "_archive": self.__dict__.get("_archive") or pack(self.model)},)

    if not TYPE_CHECKING:  # a checker would take every name for an attribute

        def __getattr__(self, name: str) -> Any:
            """Open a pickled network when it is first asked for what it was built from."""
            if not name.startswith("__"):
                self._open()
            return object.__getattribute__(self, name)

    def _open(self) -> None:
        with OPENING:
            archive = self.__dict__.pop("_archive", None)
            if archive is None:  # another thread has opened it meanwhile
                return
            try:
                self.model = unpack(archive)
                self.__post_init__()
            except BaseException:
                self._archive = archive
                raise

    def layer(self, name: str) -> Layer:
        """Return one layer.

        Args:
            name: The layer's whole name.

        Returns:
            The layer.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        return find_layer(self.layers, name)

    @property
    def ends_in_logits(self) -> bool:
        """Whether its outputs have no activation. Then nothing in it tells a classifier from a regression."""
        return not activation_name(self._calls[-1].operation)

    @property
    def settings(self) -> dict[str, Any]:
        """What was said of the model that it does not say itself, as plain JSON values: kind, output and inputs."""
        inputs = {name: np.asarray(value).tolist() for name, value in self.inputs.items()}
        told = {"kind": self.kind, "output": self.output, "inputs": inputs}
        return {name: value for name, value in told.items() if value}

    @property
    def fingerprint(self) -> str:
        """The sha256 of everything its answers depend on. It distinguishes this network's results from another's.

        It is computed anew each time, since somebody may train the model further.
        """
        described = [self._config, list(self.class_names), self.preprocessing.to_dict()]
        described += [self.settings] if self.settings else []
        digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
        for weights in self.model.get_weights():
            digest.update(weights.tobytes())
        return digest.hexdigest()

    @cached_property
    def _config(self) -> str:
        """What the layers are; a pickled network keeps it, since Keras may write a model that it has read otherwise."""
        return json.dumps(essential(json.loads(self.model.to_json())))

    def activations(self, batch: Values) -> tuple[list[Values], Values]:
        """Compute every layer's activation, and the logits, in one pass.

        Args:
            batch: Shape (B, height, width, C), float32, as the preprocessing gives it; it is not modified.

        Returns:
            One array of shape (B, *layer.shape), float32, per layer in the order of `layers`; and the logits,
            shape (B, num_outputs), float32.

        Raises:
            NetworkError: If Keras or its backend cannot compute a layer, or its activation has another shape than it
                says.
        """
        *activations, logits = self._passes.activations(batch)
        for layer, activation in zip(self.layers, activations, strict=True):
            if activation.shape != (len(batch), *layer.shape):
                raise NetworkError(
                    f"Layer '{layer.name}' says that its activation has the shape {layer.shape}. "
                    f"Received: {activation.shape} for {len(batch)} picture(s)."
                )
        return activations, logits

    def logits(self, batch: Values) -> Values:
        """Compute only the logits.

        Args:
            batch: Shape (B, height, width, C), float32, as the preprocessing gives it; it is not modified.

        Returns:
            Shape (B, num_outputs), float32.

        Raises:
            NetworkError: If Keras or its backend cannot compute a layer.
        """
        return self._passes.logits(batch)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The layers that belong together, in order: convolutions with what follows them, branches that meet again."""
        return find_blocks(self.layers)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The blocks by the resolution of their maps, in order; the last one is the answer's."""
        return find_stages(self.blocks)

    @property
    def decision(self) -> Decision | None:
        """The dense layer at the end; None if there is none, or the logits are no plain sum.

        They are none if it is quantized, or if another activation function lies between it and the final one. Its
        weights are those of this moment.
        """
        if self._last_dense is None:
            return None
        name, dense = self._last_dense
        kernel = read_weights(dense.kernel)
        bias = read_weights(dense.bias) if dense.use_bias else np.zeros(kernel.shape[1], np.float32)
        return Decision(name, kernel, bias, self.head)

    @cached_property
    def _last_dense(self) -> tuple[str, Any] | None:
        """The dense layer whose sums are the logits, after the name of the layer that feeds it."""
        import keras

        end = self._calls[-1]
        logits = end.inputs[0] if is_final_activation(end.operation) else end.output
        last = next((call for call in self._calls if call.output is logits), end)
        fed = next((call for call in self._calls if call.output is last.inputs[0]), None)
        is_sum = isinstance(last.operation, keras.layers.Dense) and is_keras_own(last.operation)
        is_sum &= last is end or not activation_name(last.operation)
        if not is_sum or fed is None or last.operation.quantization_mode is not None:  # which rounds its inputs, too
            return None
        return fed.name, last.operation

    @property
    def shuffled(self) -> Network:
        """This network with the weights of each layer shuffled, always in the same way; so what it learned is lost.

        It is kept until the model is trained further.

        Raises:
            NetworkError: If Keras cannot copy the model.
        """
        fingerprint = self.fingerprint
        kept = self.__dict__.get("_shuffled")
        if kept is None or kept[0] != fingerprint:
            rng = np.random.default_rng(SHUFFLE_SEED)
            weights = [rng.permutation(values.ravel()).reshape(values.shape) for values in self.model.get_weights()]
            shuffled = replace(self, model=copy_model(self.model, weights), folder=None, manifest={}, metrics={})
            kept = self._shuffled = fingerprint, shuffled
        return kept[1]

    def logits_without(self, batch: Values, masks: Mapping[str, Values]) -> Values:
        """Compute the logits with the activations of some layers multiplied by masks.

        Args:
            batch: Shape (B, height, width, C), float32, as the preprocessing gives it; it is not modified.
            masks: One mask per layer name, as long as the activation's last axis, float32; see `masks_without`.

        Returns:
            Shape (B, num_outputs), float32.

        Raises:
            NetworkError: If Keras or its backend cannot compute a layer.
        """
        chosen = [masks.get(layer.name, np.ones(layer.shape[-1], np.float32)) for layer in self.layers[:-1]]
        return self._passes.logits_without(batch, chosen)

    def logits_after(self, index: int, activations: Sequence[Values], masks: Values, picture: Values) -> Values:
        """Compute the logits from a layer's masked activation on; the layers before are not computed again.

        Args:
            index: The layer's place in `layers`; not the last one.
            activations: Every layer's activation for one picture, without the batch axis, float32.
            masks: B masks for the activation, shape (B, length of its last axis), float32.
            picture: The picture, shape (height, width, C), float32, as the preprocessing gives it.

        Returns:
            Shape (B, num_outputs), float32.

        Raises:
            NetworkError: If Keras or its backend cannot compute a layer.
        """
        return self._passes.logits_after(index, activations, masks, picture)

    def gradients(self, batch: Values, class_name: str, layer_name: str | None = None) -> tuple[Values, Values]:
        """Compute the gradient of a class's logit with respect to each activation of a layer, or each pixel.

        The logit is the value before the sigmoid or softmax: its gradient does not vanish when the probability is near
        0 or 1. Class 0 of a single sigmoid has the negative logit.

        Args:
            batch: Shape (B, height, width, C), float32, as the preprocessing gives it; it is not modified.
            class_name: One of the class names.
            layer_name: The layer's whole name; None for the pixels.

        Returns:
            The activation, or the batch, and the gradient: both of shape (B, *layer.shape), float32.

        Raises:
            LayerNotFoundError: If no layer has that name.
            OptionError: If it is the layer of the answer itself.
            NetworkError: If there is no such class, or Keras or its backend cannot compute a layer.
        """
        sign, output = self.head.output_of(class_name)
        direction = np.zeros(self._calls[-1].output.shape[-1], np.float32)
        direction[output] = sign
        number = 0 if layer_name is None else self.layers.index(self.layer(layer_name)) + 1
        if number == len(self.layers):
            raise OptionError(f"'{layer_name}' gives the answer itself: choose a layer before it.")
        return self._passes.gradients(batch, direction, number)

    def terms(
        self, layer_name: str, place: tuple[int, ...], activations: Mapping[str, Values], picture: Values
    ) -> Terms:
        """Take the value of one unit apart.

        Args:
            layer_name: The layer's whole name.
            place: The unit's place in the activation, without the batch axis.
            activations: The activations of the layers that feed it, by name, without the batch axis, float32.
            picture: The picture, shape (height, width, C), float32, as the preprocessing gives it.

        Returns:
            The terms that add up to its value before the layer's activation function.

        Raises:
            LayerNotFoundError: If no layer has that name.
            NetworkError: If Keras or its backend cannot compute the layer.
        """
        call = self._calls[self.layers.index(self.layer(layer_name))]
        names = {id(each.output): layer.name for each, layer in zip(self._calls, self.layers, strict=True)}
        unique = {id(tensor): tensor for tensor in call.inputs}
        found = [(names.get(number), tensor) for number, tensor in unique.items()]
        inputs = [Fed(name, tensor, picture if name is None else activations[name]) for name, tensor in found]
        return self._finder.find(call, inputs, place)

    @property
    def last_sum(self) -> str:
        """The name of the layer whose outputs, before its activation function, are the logits."""
        last = self.layers[-1]
        return last.inputs[0] if is_final_activation(self._calls[-1].operation) else last.name

    def operation(self, layer_name: str) -> Any:
        """Return the Keras layer or operation of a layer.

        Args:
            layer_name: The layer's whole name.

        Returns:
            The model's own layer; do not change it.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        return self._calls[self.layers.index(self.layer(layer_name))].operation

    def path_to(self, layer_name: str) -> tuple[Any, list[Call]]:
        """Return the calls that compute a layer's activation.

        Args:
            layer_name: The layer's whole name.

        Returns:
            The symbolic picture, and the calls that lead from it to the layer; the layer itself is the last.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        output = self._calls[self.layers.index(self.layer(layer_name))].output
        return self._picture, leading_to(output, self._calls)


def _closed(state: dict[str, Any]) -> Network:
    """Make a network of what was pickled; its model is opened when it is first used."""
    network = object.__new__(Network)
    network.__dict__.update(state)
    return network


def require_numbers(values: NDArray[np.floating], name: str) -> None:
    """Refuse infinities and NaN: no picture can show them.

    Args:
        values: The layer's activation.
        name: The layer's name.

    Raises:
        NetworkError: If a value is infinite or NaN.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        is_finite = np.isfinite(values.sum()) or np.isfinite(values).all()  # a sum is fast, but may overflow
    if not is_finite:
        raise NetworkError(f"Layer '{name}' produced infinite values or NaN: the model's weights are too large.")


def _require_names(calls: Sequence[Call]) -> None:
    """Refuse layers whose names cannot be shown, or not be compiled."""
    for call in calls:
        if not is_name(call.name):
            raise NetworkError(
                f"A layer's name is printable text of at most {MAX_NAME_LENGTH} characters. "
                f"Received: {call.name[:MAX_NAME_LENGTH]!r}."
            )
        require_compilable(call.operation.name)
