"""A Keras model as bytes: what a network is pickled as, and how another process gets it."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.base.errors import NetworkError
from cnnviz.base.failures import failing_as

if TYPE_CHECKING:
    import keras

FILE = "model.keras"


def pack(model: "keras.Model") -> bytes:
    """Save a model as Keras does, without its optimizer.

    Args:
        model: A built model.

    Returns:
        The content of a .keras file.

    Raises:
        NetworkError: If it holds code, a Lambda layer, which no other process would run; or if Keras cannot save it.

    Example:
        >>> pack(cnnviz.build_model())[:2]
        b'PK'
    """
    import keras

    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Lambda):
            raise NetworkError(
                "A network with a Lambda layer cannot be pickled: its code would be run where it is opened. Use a "
                f"layer class of your own instead. Received: the layer '{layer.name}'."
            )
    what = "Keras cannot save the model, so that the network cannot be pickled."
    with failing_as(NetworkError, what), tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FILE)
        model.save(path, include_optimizer=False)
        return path.read_bytes()


def unpack(content: bytes) -> "keras.Model":
    """Open a model that `pack` saved. No code in it is run.

    Args:
        content: The content of a .keras file.

    Returns:
        The model, not compiled.

    Raises:
        NetworkError: If it cannot be opened here, because a layer of its owner's is not known in this process.
    """
    import keras

    what = "The network was pickled with a model that Keras cannot open in this process. Import its own layers first."
    with failing_as(NetworkError, what), tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FILE)
        path.write_bytes(content)
        return keras.saving.load_model(path, compile=False, safe_mode=True)
