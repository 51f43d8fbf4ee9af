"""The network while it learns: augmentation before it, normalization within, an optimizer behind, weights averaged."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import TrainingError
from cnnviz.network.architecture import build_model
from cnnviz.training import augmentation
from cnnviz.training.batches import Batches
from cnnviz.training.cross_entropy import CrossEntropy, choose_accuracy
from cnnviz.training.devices import ONE_DEVICE, Devices
from cnnviz.training.dropout import dropped_shapes, kept
from cnnviz.training.normalization import Normalization
from cnnviz.training.optimizer import AveragingRMSprop, schedule_rate
from cnnviz.training.recipe import PRECISIONS, Recipe

Arrays = Mapping[str, list[NDArray[Any]]]
METRICS = "metrics"
"""The group of variables that Keras clears when an epoch begins."""

DRAW_SHAPES = {"rows": (2,), "columns": (2,), "color": (3, 3), "offset": (1, 3), "erased": (4,)}
"""The names and shapes of the values that `Augmentation.draw` returns for one photo."""


class Learner:
    """A network in training, all of whose state can be taken out and put back.

    Args:
        recipe: The settings.
        steps_per_epoch: Batches in an epoch.
        seed: Draws the first weights.
        devices: What it learns on.
        build: Builds the network with fresh weights, which ends in one sigmoid or in a softmax.
        class_weights: Factor of the loss of each class's photographs, shape (K,); None for 1.
    """

    def __init__(
        self,
        recipe: Recipe,
        steps_per_epoch: int,
        seed: int,
        devices: Devices = ONE_DEVICE,
        build: Callable[[], keras.Sequential] = build_model,
        class_weights: NDArray[np.float32] | None = None,
    ) -> None:
        """Build and compile, for these devices."""
        self.loss = CrossEntropy(recipe.label_smoothing, class_weights)
        self.devices = devices
        with devices.scope():
            self._build(recipe, steps_per_epoch, seed, build)

    def _build(self, recipe: Recipe, steps_per_epoch: int, seed: int, build: Callable[[], keras.Sequential]) -> None:
        keras.utils.set_random_seed(seed)
        with _computing_in(recipe.precision):
            self.network = build()
            self.normalization = Normalization(self.network, build, recipe, self.devices)
        self.network.layers[-1].dtype_policy = "float32"  # 16 bits cannot tell a probability of 0.999 from 1
        self.optimizer = AveragingRMSprop(schedule_rate(recipe, steps_per_epoch), recipe.averaging)
        photos = keras.Input(self.network.input_shape[1:], dtype="uint8", name="photos")
        draws = {name: keras.Input(shape, name=name) for name, shape in DRAW_SHAPES.items()}
        draws |= {
            kept(name): keras.Input(shape, name=kept(name)) for name, shape in dropped_shapes(recipe.width).items()
        }
        values = Augmented(PRECISIONS[recipe.precision])(photos, {name: draws[name] for name in DRAW_SHAPES})
        self.model = keras.Model({"photos": photos, **draws}, self.call_layers(values, draws))
        self.accuracy = choose_accuracy(self.network.output_shape[-1])
        self.model.compile(self.optimizer, self.loss, metrics=[self.accuracy])
        self.optimizer.build(self.model.trainable_variables)
        self._build_metrics()

    def call_layers(self, values: Any, draws: Mapping[str, Any]) -> Any:
        """Pass pictures through the network as it learns.

        Args:
            values: Tensor (B, height, width, 3), in [0, 1].
            draws: What `Dropout.draw` gave for them; what is missing is not dropped.

        Returns:
            Probabilities, tensor (B, 1) of class 1 or (B, K) of all classes.
        """
        for layer in self.network.layers:
            values = self.normalization(layer, layer(values))
            if kept(layer.name) in draws:
                values = keras.layers.Multiply(dtype=layer.dtype_policy)([values, draws[kept(layer.name)]])
        return values

    def _build_metrics(self) -> None:
        """Build what Keras would build in `fit` by taking the first batch away from the epoch."""
        labels = np.zeros((1, 1), np.float32)
        self.model.compute_loss(None, labels, labels)
        self.model.compute_metrics(None, labels, labels)
        self.model.reset_metrics()

    def fit(self, batches: Batches, *callbacks: keras.callbacks.Callback) -> dict[str, float]:
        """Learn from batches.

        Args:
            batches: One epoch, or what is left of it.
            callbacks: Are told of each step.

        Returns:
            Loss and accuracy of the epoch.
        """
        with self.devices.scope():
            fitted = self.model.fit(batches, verbose=0, shuffle=False, callbacks=list(callbacks)).history
        return {name: float(values[0]) for name, values in fitted.items()}

    def saved_weights(self, photos: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return the weights to save: averaged if the recipe says so, with the normalization folded in.

        Args:
            photos: Some of the photographs to train on, shape (n, height, width, 3), for what is normalized.

        Returns:
            In the network's order.
        """
        self._sync()
        pairs = zip(self.model.trainable_variables, self.optimizer.averages, strict=True)
        averages = {variable.path: keras.ops.convert_to_numpy(average) for variable, average in pairs}
        return self.normalization.fold(averages, photos)

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        self._sync()
        return float(keras.ops.convert_to_numpy(self.optimizer.learning_rate))

    def start_from(
        self, weights: list[NDArray[np.float32]], photos: NDArray[np.uint8], new_head: int | None = None
    ) -> None:
        """Go on from a trained network instead of fresh weights.

        Args:
            weights: Of a network of the same architecture.
            photos: Some of the photographs to train on, shape (n, height, width, 3), for what is normalized.
            new_head: None to take all weights. If the network knows other classes, its last layer is not taken; the
                fresh one learns alone for so many steps, then all layers do.

        Raises:
            TrainingError: If they are of another architecture.

        Reference:
            Yosinski et al., "How transferable are features in deep neural networks?", 2014.
        """
        if new_head is not None:
            last = len(self.network.layers[-1].weights)
            weights = [*weights[:-last], *self.network.get_weights()[-last:]]
            own = {variable.path for variable in self.network.layers[-1].weights}
            self.optimizer.freeze({variable.path for variable in self.model.trainable_variables} - own, new_head)
        shapes, expected = ([values.shape for values in each] for each in (weights, self.network.get_weights()))
        if shapes != expected:
            raise TrainingError(
                f"The model to start from has another architecture. Expected weights of the shapes {expected}. "
                f"Received: {shapes}."
            )
        self.normalization.unfold(weights, photos)

    def state(self) -> dict[str, list[NDArray[Any]]]:
        """Return the values of all variables: weights, optimizer with averages, and the metrics of the epoch so far."""
        self._sync()
        return {
            group: [keras.ops.convert_to_numpy(variable) for variable in variables]
            for group, variables in self._groups().items()
        }

    def restore(self, arrays: Arrays) -> None:
        """Put back what `state` returned.

        Args:
            arrays: Values by group; groups that are missing stay as they are.
        """
        for group, values in arrays.items():
            for variable, value in zip(self._groups()[group], values, strict=True):
                variable.assign(value)

    def _groups(self) -> dict[str, list[Any]]:
        return {
            "weights": self.model.variables,
            "optimizer": self.optimizer.variables,
            METRICS: [*self.model.metrics[0].variables, *self.accuracy.variables],  # the first is the loss
        }

    def _sync(self) -> None:
        """On JAX, write the values that a running `fit` holds back to the variables."""
        if keras.backend.backend() == "jax":
            self.model.jax_state_sync()


class Augmented(keras.layers.Layer):  # type: ignore[misc]
    """Photographs and what was drawn for them become pictures; part of the input, never of a saved model."""

    def __init__(self, policy: str) -> None:
        """Keep the draws in 32 bits: 16 would misplace pixels."""
        super().__init__(dtype="float32")
        self.pictures_dtype = keras.dtype_policies.get(policy).compute_dtype

    def call(self, photos: Any, draws: Mapping[str, Any]) -> Any:
        """Apply the draws."""
        return augmentation.apply(photos, draws, self.pictures_dtype)

    def compute_output_spec(self, photos: Any, draws: Mapping[str, Any]) -> Any:
        """Say that pictures have the photographs' shape."""
        return keras.KerasTensor(photos.shape, self.pictures_dtype)


@contextmanager
def _computing_in(precision: str) -> Iterator[None]:
    """Within it, layers are built that compute in this precision."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(PRECISIONS[precision])
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
