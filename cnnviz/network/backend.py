"""All code that differs between the machine-learning backends: which there is, compiling a pass, and its gradient."""

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cnnviz.base.errors import NetworkError, OptionError

DEFAULT = "tensorflow"
INSTALL = {DEFAULT: "pip install tensorflow", "jax": "pip install jax", "torch": "pip install torch"}
"""The backends that cnnviz computes with, and the command that installs each."""

TRAINING = (DEFAULT, "jax")
"""Those that it trains with."""

SCOPE = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")
"""Names that TensorFlow takes for the scope of a layer."""


def require_backend() -> None:
    """Check that Keras has a backend that cnnviz can compute with. Neither Keras nor a backend is imported.

    Raises:
        OptionError: If KERAS_BACKEND, or Keras's own file of settings, names another backend or one that is not
            installed.
    """
    _require("computes with TensorFlow, JAX or PyTorch", tuple(INSTALL))


def require_training_backend() -> None:
    """Check that Keras has a backend that cnnviz can train with, as `require_backend` does.

    Raises:
        OptionError: If it has another backend, or one that is not installed.
    """
    _require("trains with TensorFlow or JAX", TRAINING)


def _require(what: str, names: tuple[str, ...]) -> None:
    name = _backend_name()
    if name not in names:
        choice, received = " or ".join(names), str(name)[:50]
        raise OptionError(f"cnnviz {what}: set KERAS_BACKEND to {choice}. Received: {received!r}.")
    if find_spec(name) is None:
        others = " or ".join(each for each in names if each != name)
        raise OptionError(
            f"The backend {name} is not installed. Run `{INSTALL[name]}`, or set KERAS_BACKEND to {others}."
        )


def require_compilable(name: str) -> None:
    """Check that the backend can compile a layer of this name.

    Args:
        name: The layer's own name.

    Raises:
        NetworkError: If the backend is TensorFlow, and it does not take the name.
    """
    if _backend_name() == "tensorflow" and not SCOPE.fullmatch(name):
        raise NetworkError(
            "TensorFlow compiles only layers whose names begin with a letter or digit and go on with letters, digits, "
            f"'_', '.' and '-'. Rename the layer, or set KERAS_BACKEND=jax. Received: {name[:200]!r}."
        )


def _backend_name() -> Any:
    """Find out which backend Keras has, or will have when it is imported."""
    keras = sys.modules.get("keras")
    if hasattr(keras, "backend"):
        return keras.backend.backend()  # type: ignore[union-attr]
    if name := os.environ.get("KERAS_BACKEND"):
        return name
    try:
        home = Path.home() if os.access(Path.home(), os.W_OK) else Path("/tmp")  # as Keras does
        settings = Path(os.environ.get("KERAS_HOME", home / ".keras"), "keras.json").expanduser()
        return json.loads(settings.read_text(encoding="utf-8")).get("backend", DEFAULT)
    except (OSError, ValueError, AttributeError, RuntimeError):  # no such file, no settings, or no home
        return DEFAULT


def compile_pass(
    forward: Callable[..., list[Any]],
    variables: list[Any],
    shapes: list[tuple[int | None, ...]],
    is_one_of_many: bool = False,
) -> Callable[..., Sequence[Any]]:
    """Compile a pass with the backend's own compiler. With PyTorch, it runs as it is.

    Args:
        forward: A function of float32 arrays of these shapes; it returns tensors.
        variables: The Keras variables that it reads.
        shapes: The shape of each argument; None stands for any size.
        is_one_of_many: Whether the same lines of code make many passes: TensorFlow, which would warn of that, then
            traces it at once.

    Returns:
        The compiled function; else it is traced at its first call. What it returns, numpy reads.
    """
    import keras

    if keras.backend.backend() == "torch":

        def run(*arrays: Any) -> list[Any]:
            with recording_nothing():
                values = forward(*(keras.ops.convert_to_tensor(array, "float32") for array in arrays))
                return [keras.ops.convert_to_numpy(each) for each in values]

        return run

    if keras.backend.backend() == "jax":
        import jax

        def stateless(values: list[Any], *arrays: Any) -> list[Any]:
            with keras.StatelessScope(state_mapping=zip(variables, values, strict=True)):
                return forward(*arrays)

        compiled = jax.jit(stateless)
        return lambda *arrays: compiled([variable.value for variable in variables], *arrays)

    import tensorflow as tf

    signature = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    function: Any = tf.function(forward, input_signature=signature, autograph=False)
    return function.get_concrete_function() if is_one_of_many else function  # type: ignore[no-any-return]


def recording_nothing() -> AbstractContextManager[Any]:
    """Within it, PyTorch does not record what it computes for a gradient; other backends never do."""
    import keras

    if keras.backend.backend() != "torch":
        return nullcontext()
    import torch

    return torch.no_grad()  # type: ignore[no-any-return]


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

    if keras.backend.backend() == "torch":
        import torch

        with torch.enable_grad():
            watched = values.detach().requires_grad_()
            number = function(watched)
        if not number.requires_grad:  # it depends on nothing that can change
            return torch.zeros_like(watched)
        (slopes,) = torch.autograd.grad(number, watched, allow_unused=True, materialize_grads=True)
        return slopes

    import tensorflow as tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        number = function(values)
    return tape.gradient(number, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
