"""The optimizer: RMSprop with a learning rate that rises and falls, and a running average of the weights."""

from collections.abc import Collection
from typing import Any

import keras

from cnnviz.training.recipe import Recipe

FORGETTING = 9
"""The average's weight of the past is at most t / (9 + t) after t steps, so that it soon forgets what it began with."""


class AveragingRMSprop(keras.optimizers.RMSprop):  # type: ignore[misc]  # keras ships no types
    """RMSprop that keeps the weights and their averages apart: Keras's own overwrites the weights when `fit` ends.

    Args:
        learning_rate: What `schedule_rate` gave.
        averaging: Weight of the past in the running average of the weights, per step, in [0, 1); 0 does not average.
            The first steps have less: after t of them, at most t / (9 + t), which is (1 + n) / (10 + n) for the n-th
            average after the first, that is the weights alone.
    """

    def __init__(self, learning_rate: Any, averaging: float) -> None:
        """Keep the settings."""
        super().__init__(learning_rate, use_ema=averaging > 0, ema_momentum=averaging)
        self.frozen: frozenset[int] = frozenset()
        self.frozen_steps = 0

    def freeze(self, paths: Collection[str], num_steps: int) -> None:
        """Leave some variables as they are for a while; to be called before the first step is compiled.

        Args:
            paths: Of these variables.
            num_steps: The first step that changes them, counted from 0. How large their gradients are is measured
                before, so that this step is no larger than others.
        """
        known = enumerate(self._trainable_variables)
        self.frozen = frozenset(index for index, variable in known if variable.path in paths)
        self.frozen_steps = num_steps

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update a variable, as Keras does, if it is not frozen."""
        if self._get_variable_index(variable) in self.frozen:
            learned = keras.ops.cast(self.iterations >= self.frozen_steps, "float32")
            learning_rate = keras.ops.cast(learning_rate, "float32") * learned
        super().update_step(gradient, variable, learning_rate)

    def _update_model_variables_moving_average(self, trainable_variables: Any) -> None:
        """Take the weights into their averages, as Keras does, but with less of the past in the first steps."""
        if not self.use_ema:
            return
        steps = keras.ops.cast(self.iterations, "float32")
        past = keras.ops.minimum(self.ema_momentum, steps / (FORGETTING + steps))
        for variable, average in zip(trainable_variables, self._model_variables_moving_average, strict=True):
            average.assign(past * average + (1 - past) * variable)

    def finalize_variable_values(self, var_list: Any) -> None:
        """Leave the weights as they are."""

    @property
    def averages(self) -> list[Any]:
        """The variables that hold the averages; before the first step, or if none are kept, the weights themselves."""
        if self.use_ema and int(keras.ops.convert_to_numpy(self.iterations)):
            return self._model_variables_moving_average  # type: ignore[no-any-return]
        return self._trainable_variables  # type: ignore[no-any-return]


def schedule_rate(recipe: Recipe, steps_per_epoch: int) -> Any:
    """Return the learning rate of a run, or the schedule that derives it from the step.

    Args:
        recipe: The settings.
        steps_per_epoch: Batches in an epoch.

    Returns:
        A number; or, with a warm-up, Keras's schedule: rising linearly from 0, then falling to 0 along half a cosine.
    """
    if not recipe.warm_up:
        return recipe.learning_rate
    warm_up, num_steps = recipe.warm_up_steps(steps_per_epoch), recipe.epochs * steps_per_epoch
    return keras.optimizers.schedules.CosineDecay(
        0.0, num_steps - warm_up, warmup_target=recipe.learning_rate, warmup_steps=warm_up
    )
