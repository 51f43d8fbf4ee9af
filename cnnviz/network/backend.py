"""All code that differs between the machine-learning backends: compiling a pass, and taking a gradient in it."""

from collections.abc import Callable, Sequence
from typing import Any


def compile_pass(
    forward: Callable[..., list[Any]], variables: list[Any], shapes: list[tuple[int | None, ...]]
) -> Callable[..., Sequence[Any]]:
    """Compile a pass with the backend's own compiler.

    Args:
        forward: A function of float32 arrays of these shapes; it returns tensors.
        variables: The Keras variables that it reads.
        shapes: The shape of each argument; None stands for any size.

    Returns:
        The compiled function; it is traced at its first call.
    """
    import keras

    if keras.backend.backend() == "jax":
        import jax

        def stateless(values: list[Any], *arrays: Any) -> list[Any]:
            with keras.StatelessScope(state_mapping=zip(variables, values, strict=True)):
                return forward(*arrays)

        compiled = jax.jit(stateless)
        return lambda *arrays: compiled([variable.value for variable in variables], *arrays)

    import tensorflow as tf

    signature = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    return tf.function(forward, input_signature=signature, autograph=False)  # type: ignore[no-any-return]


def gradient(function: Callable[[Any], Any], values: Any) -> Any:
    """Compute a gradient inside a compiled pass.

    Args:
        function: A function that returns one number for the values.
        values: A tensor.

    Returns:
        The derivative of the number with respect to each value: a tensor of the values' shape.
    """
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return jax.grad(function)(values)

    import tensorflow as tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        number = function(values)
    return tape.gradient(number, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
