"""Building a model from the config in its folder: every part is checked before anything is built."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.base.errors import FolderError
from cnnviz.base.failures import failing_as
from cnnviz.base.figures import count
from cnnviz.network.backend import require_backend
from cnnviz.network.config import COMPILED, IDENTITY, essential
from cnnviz.network.wrapper import INNER

if TYPE_CHECKING:
    import keras

MODELS = frozenset({"Functional", "Sequential"})
OLD_KINDS = ("layers", "initializers", "regularizers", "constraints")
ALLOWED: Mapping[str | None, frozenset[str]] = {
    "keras": MODELS | {"DTypePolicy"},
    "keras.models": MODELS,
    "keras.src.models.functional": frozenset({"Functional"}),
    "keras.src.models.sequential": frozenset({"Sequential"}),
    "keras.layers": frozenset(
        {"Activation", "ActivityRegularization", "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D"}
        | {"AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "Bidirectional", "Embedding", "GRU", "LSTM", "SimpleRNN"}
        | {"SpectralNormalization", "TimeDistributed"}
        | {"Add", "AdditiveAttention", "AlphaDropout", "Attention", "AugMix"}
        | {"AutoContrast", "Average", "AveragePooling1D", "AveragePooling2D", "BatchNormalization", "CenterCrop"}
        | {"Concatenate", "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Cropping1D", "Cropping2D"}
        | {"CutMix", "Dense", "DepthwiseConv1D", "DepthwiseConv2D", "Dot", "Dropout", "ELU", "EinsumDense"}
        | {"Flatten", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D"}
        | {"GlobalMaxPooling1D", "GlobalMaxPooling2D", "GroupNormalization", "GroupQueryAttention", "Identity"}
        | {"InputLayer", "LayerNormalization", "LeakyReLU", "MaxPooling1D", "MaxPooling2D", "Maximum", "Minimum"}
        | {"MixUp", "MultiHeadAttention", "Multiply", "Normalization", "PReLU", "Permute", "RMSNormalization"}
        | {"RandAugment", "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast"}
        | {"RandomCrop", "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur"}
        | {"RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization"}
        | {"RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom"}
        | {"ReLU", "RepeatVector", "Rescaling", "Reshape", "Resizing", "SeparableConv1D", "SeparableConv2D", "Softmax"}
        | {"Solarization", "SpatialDropout1D", "SpatialDropout2D", "Subtract", "UnitNormalization", "UpSampling1D"}
        | {"UpSampling2D", "ZeroPadding1D", "ZeroPadding2D"}
    ),
    "keras.src.applications.convnext": frozenset({"LayerScale", "StochasticDepth"}),
    "keras.src.applications.inception_resnet_v2": frozenset({"CustomScaleLayer"}),
    "keras.src.ops.core": frozenset({"Cast"}),
    "keras.src.ops.numpy": frozenset(
        {"Absolute", "Add", "Clip", "Concatenate", "Divide", "Exp", "ExpandDims", "Flip", "GetItem", "Log", "Log1p"}
        | {"Matmul", "Max", "Maximum", "Mean", "Min", "Minimum", "Moveaxis", "Multiply", "Negative", "Pad", "Power"}
        | {"Reciprocal", "Reshape", "Sqrt", "Square", "Squeeze", "Stack", "Std", "Subtract", "Sum", "Swapaxes", "Tanh"}
        | {"Transpose", "TrueDivide", "Var"}
    ),
    "keras.src.ops.nn": frozenset(
        {"Celu", "Elu", "Gelu", "HardSigmoid", "HardSilu", "HardTanh", "LeakyRelu", "LogSigmoid", "LogSoftmax", "Relu"}
        | {"Relu6", "Selu", "Sigmoid", "Silu", "Softmax", "Softplus", "Softsign"}
    ),
    "keras.dtype_policies": frozenset({"DTypePolicy", "Int4DTypePolicy", "QuantizedDTypePolicy"}),
    "keras.quantizers": frozenset({"AbsMaxQuantizer", "Int4QuantizationConfig", "Int8QuantizationConfig"}),
    "keras.initializers": frozenset(
        {"Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform", "Ones"}
        | {"Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros"}
    ),
    "keras.regularizers": frozenset({"L1", "L1L2", "L2"}),
    "keras.constraints": frozenset({"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"}),
    None: frozenset({"__ellipsis__", "__keras_tensor__", "__numpy__", "__slice__", "__tensor__", "__tuple__"}),
}
"""Classes that a config may name, by module: only Keras's own classes that compute with numbers. None of them can run
code from the config, or open a file or an address."""

ANYWHERE = MODELS | ALLOWED[None].union(*(ALLOWED[f"keras.{kind}"] for kind in OLD_KINDS))
"""Classes that the config of an .h5 file may name without a module."""

OLD_MODELS = {"Sequential": "Sequential", "Functional": "Functional", "Model": "Functional"}
"""Kinds of models in .h5 files; the first versions of Keras 2 write Model for Functional."""

PARTS = frozenset({"module", "class_name", "config", "registered_name", "build_config", "compile_config"}) | {
    *("name", "inbound_nodes", "items", "shared_object_id")
}
MAX_DEPTH, MAX_VALUES = 64, 1_000_000
MAX_LAYERS = {"Sequential": 100, "Functional": 1000}
"""Largest number of layers, by class of model. It is lower for Sequential: Keras rebuilds it for each of its layers."""

MAX_CALLS = 2000
"""Largest number of calls of layers: a model within models, each used twice, would have more than can be counted."""

MAX_REBUILT = 10_000
"""Largest number of calls that Keras makes again and again while it rebuilds a Sequential model."""

DTYPES = frozenset({"float16", "bfloat16", "float32", "float64", "int8", "uint8", "int32", "int64", "bool"})
POLICIES = DTYPES | {"mixed_float16", "mixed_bfloat16"}
"""Types of numbers that layers may compute with; text is none."""

MAX_TEXT, MAX_RECEIVED = 1000, 300
MAX_WHOLE_NUMBER = 2**31
MAX_SIDE = 4096
"""Largest height and width of the network's picture, in pixels."""

WITHOUT_VALUES = "uninitialized_variables"
"""Keras's own name for its list of weights that have no values yet."""

BYTES_PER_PARAMETER, BYTES_IF_QUANTIZED = 2, 1
"""Smallest number of bytes that a parameter takes in the file with the weights."""

NAMES_OF_NUMBERS = ("dtype", "output_dtype", "source_name")
"""Settings that name a type of numbers."""


def build_from_config(config: Mapping[str, Any], weights_size: int, source: str) -> "keras.Model":
    """Build a model from its config after checking all of it. The weights have to be loaded afterwards.

    Args:
        config: The content of config.json.
        weights_size: Bytes of the file with the weights. A model with more parameters than this file can hold is
            refused, to protect the memory.
        source: The name of the config in messages.

    Returns:
        The built model, not compiled.

    Raises:
        FolderError: If the config names a class that is not listed here, holds more than plain settings, is out of
            bounds, or is inconsistent.
        OptionError: If Keras has a backend that cnnviz cannot compute with.
    """
    require_plain(config, source)

    def build() -> "keras.Model":
        import keras

        return keras.saving.deserialize_keras_object(essential(config))  # Keras empties the config

    return _build(build, weights_size, source)


def build_from_old_config(config: Mapping[str, Any], weights_size: int, source: str) -> "keras.Model":
    """Build a model from the config of an .h5 file, as Keras 2 and 3 write it, after checking all of it.

    Args:
        config: The content of the file's attribute model_config.
        weights_size: As for `build_from_config`.
        source: The name of the config in messages.

    Returns:
        The built model, not compiled.

    Raises:
        FolderError: As for `build_from_config`.
        OptionError: If Keras has a backend that cnnviz cannot compute with.
    """
    kind = OLD_MODELS.get(str(config.get("class_name")), "")
    require_plain({**config, "class_name": kind}, source, is_old=True)

    def build() -> "keras.Model":
        import keras

        settings = essential(config["config"])
        return getattr(keras.models, "Sequential" if kind == "Sequential" else "Model").from_config(settings)

    return _build(build, weights_size, source)


def _build(build: Callable[[], "keras.Model"], weights_size: int, source: str) -> "keras.Model":
    """Build a model whose config has been checked."""
    require_backend()

    import keras

    with failing_as(FolderError, f"Keras {keras.__version__} cannot build what {source} describes."):
        with _without_weights():
            model = build()
        if sum(map(_num_bytes, model.weights)) > weights_size:
            raise FolderError(
                f"{source} describes {count(model.count_params())} parameters, more than the file with the weights can "
                f"hold. Received: {count(weights_size)} bytes of weights."
            )
        _fill_weights(model)
        return model


def _num_bytes(weights: Any) -> int:
    """Compute the smallest number of bytes that a layer's weights take in a file."""
    is_quantized = weights.dtype in ("int8", "uint8")
    return int(math.prod(weights.shape)) * (BYTES_IF_QUANTIZED if is_quantized else BYTES_PER_PARAMETER)


@contextmanager
def _without_weights() -> Iterator[None]:
    """Within it, models are built without values of their weights, which take no memory then.

    Keras lists such weights to give them values later. They are taken off the list at the end: otherwise those of a
    refused model would fill the memory when the next one is built.
    """
    import keras
    from keras.src.backend.common import global_state

    before = list(global_state.get_global_attribute(WITHOUT_VALUES, []))
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute(WITHOUT_VALUES, before)


def _fill_weights(model: "keras.Model") -> None:
    """Make room for a model's weights, which are zeros until they are loaded; initializers may take minutes."""
    import keras

    for variable in model.weights:
        variable._initializer = keras.initializers.Zeros()
    for variable in model.variables:  # the state of random layers, too
        variable._deferred_initialize()


def require_plain(config: Any, source: str, is_old: bool = False) -> None:
    """Check every part of a config without building or importing anything.

    Args:
        config: The content of config.json.
        source: The name of the config in messages.
        is_old: Whether it is that of an .h5 file, in which classes of Keras are named without their modules.

    Raises:
        FolderError: If it is not a model of only the listed classes and plain settings, within the bounds.
    """
    if not isinstance(config, dict) or config.get("class_name") not in MODELS:
        raise _refusal(source, "it describes no Sequential or functional model", config)
    waiting: list[tuple[Any, int]] = [(config, 0)]
    num_values = 0
    while waiting:
        value, depth = waiting.pop()
        num_values += 1
        if depth > MAX_DEPTH or num_values > MAX_VALUES:
            raise _refusal(source, "it is nested too deeply or too large", f"{num_values} values, depth {depth}")
        if isinstance(value, dict):
            _require_known(value, source, is_old)
            waiting += ((inner, depth + 1) for name, inner in value.items() if name not in (COMPILED, IDENTITY))
        elif isinstance(value, list):
            waiting += ((inner, depth + 1) for inner in value)
        elif not _is_plain(value):
            raise _refusal(source, "it holds a value that is no plain setting", value)
    _count_calls(config, source)


def _require_known(piece: dict[str, Any], source: str, is_old: bool) -> None:
    """Refuse a class that is not listed, and a picture that is too large."""
    if not all(isinstance(name, str) and len(name) <= MAX_TEXT for name in piece):
        raise _refusal(source, "it holds a name that is no text", list(piece)[:3])
    shapes = [piece.get("batch_shape"), piece.get("batch_input_shape"), piece.get("build_input_shape")]
    for side in (side for shape in shapes if isinstance(shape, list) for side in shape):
        if side is not None and not (type(side) is int and 0 < side <= MAX_SIDE):
            raise _refusal(source, f"its picture may have up to {MAX_SIDE} pixels along a side", shapes)
    _require_few_layers(piece, source)
    _require_numbers(piece, source)
    if "class_name" not in piece:
        if "module" in piece or "registered_name" in piece:
            raise _refusal(source, "a part of it has no class", piece)
        return
    module, name = piece.get("module"), piece["class_name"]
    known = ANYWHERE if is_old and module is None else ALLOWED.get(module) if isinstance(module, str | None) else None
    listed = isinstance(name, str) and name in (known or ())
    if not listed or piece.get("registered_name") not in (None, name) or not piece.keys() <= PARTS:
        raise _refusal(source, "it names something other than the layers of Keras that cnnviz supports", piece)
    if name in INNER:
        _require_inner(piece, INNER[name], source)


def _require_inner(piece: dict[str, Any], allowed: frozenset[str], source: str) -> None:
    """Refuse a wrapper around a layer of which it is not known what it takes, such as a whole model."""
    settings = piece.get("config")
    for key in ("layer", "backward_layer"):
        inner = settings.get(key) if isinstance(settings, dict) else None
        kind = inner.get("class_name") if isinstance(inner, dict) else None
        if not (isinstance(kind, str) and kind in allowed) and (inner is not None or key == "layer"):
            raise _refusal(source, f"a {piece['class_name']} may hold {', '.join(sorted(allowed))}", kind)


def _require_few_layers(piece: dict[str, Any], source: str) -> None:
    """Refuse a model with so many layers that building it would take minutes."""
    kind, settings = piece.get("class_name"), piece.get("config")
    layers = settings.get("layers") if isinstance(settings, dict) else None
    if isinstance(kind, str) and kind in MAX_LAYERS and isinstance(layers, list) and len(layers) > MAX_LAYERS[kind]:
        raise _refusal(source, f"a {kind} model may have up to {MAX_LAYERS[kind]} layers", len(layers))


def _require_numbers(piece: dict[str, Any], source: str) -> None:
    """Refuse layers and tensors of text, or of a type that is not known."""
    settings = piece.get("config")
    is_policy = piece.get("class_name") == "DTypePolicy"
    named = [settings.get("name")] if is_policy and isinstance(settings, dict) else []
    for dtype in [*named, *(piece.get(name) for name in NAMES_OF_NUMBERS)]:
        if isinstance(dtype, str) and dtype not in POLICIES:
            raise _refusal(source, "its layers compute with numbers, such as float32", dtype)


def _count_calls(model: dict[str, Any], source: str) -> int:
    """Count the calls of layers within a model; a model that is called twice in it counts twice.

    Raises:
        FolderError: If there are more than Keras could build in a few seconds.
    """
    settings, number = model.get("config"), 0
    layers = settings.get("layers") if isinstance(settings, dict) else None
    layers = [layer for layer in layers if isinstance(layer, dict)] if isinstance(layers, list) else []
    for layer in layers:
        nodes = layer.get("inbound_nodes")
        times = max(len(nodes), 1) if isinstance(nodes, list) else 1
        number += times * (_count_calls(layer, source) if layer.get("class_name") in MODELS else 1)
        rebuilt = number * len(layers) if model["class_name"] == "Sequential" else 0
        if number > MAX_CALLS or rebuilt > MAX_REBUILT:
            raise _refusal(source, f"a model may call its layers {MAX_CALLS} times", f"{max(number, rebuilt)} calls")
    return number


def _is_plain(value: Any) -> bool:
    """Tell whether a value is None, a boolean, a bounded number or a short text."""
    if isinstance(value, str):
        return len(value) <= MAX_TEXT
    if isinstance(value, int):
        return abs(value) <= MAX_WHOLE_NUMBER
    return value is None or (isinstance(value, float) and math.isfinite(value))


def _refusal(source: str, reason: str, received: Any) -> FolderError:
    text = {name: received.get(name) for name in ("module", "class_name")} if isinstance(received, dict) else received
    return FolderError(f"{source} is refused: {reason}. Received: {_short(text)}.")


def _short(text: Any) -> str:
    """Cut a text to a readable length; it may contain a whole config."""
    return str(text)[:MAX_RECEIVED]


def load_weights(model: "keras.Model", path: Path) -> None:
    """Load a model's weights.

    Args:
        model: A model from `build_from_config`.
        path: The .weights.h5 file.

    Raises:
        FolderError: If the file is not a file of weights, or does not fit the model.
    """
    import keras

    what = f"Keras {keras.__version__} cannot load '{path}' into the model that it is said to belong to."
    with failing_as(FolderError, what):
        model.load_weights(path)
