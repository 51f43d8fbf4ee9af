"""Models as people have them, by every door: the answer is Keras's own for the same photo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import applications, layers

import cnnviz
from hub_server import Hub
from pictures import draw

SIDE = 32
PHOTO = draw(60, 44, seed=5)
EXACT, HALF = 1e-5, 1e-2
REPOSITORY = "alice/own"


def small(*first: Any, side: int = SIDE, channels: int = 3, end: Any = "softmax", units: int = 3) -> keras.Model:
    """A network that begins with these layers or operations."""
    picture = keras.Input((side, side, channels))
    values = picture
    for step in first:
        values = step(values)
    values = layers.MaxPooling2D()(layers.Conv2D(4, 3, activation="relu")(values))
    return keras.Model(picture, layers.Dense(units, activation=end)(layers.Flatten()(values)))


def backbone(preprocess: Any, end: Any) -> keras.Model:
    """Transfer learning as in Keras's guide."""
    inner = applications.MobileNetV2(weights=None, include_top=False, input_shape=(SIDE, SIDE, 3), alpha=0.35)
    picture = keras.Input((SIDE, SIDE, 3))
    values = layers.GlobalAveragePooling2D()(inner(preprocess(picture), training=False))
    return keras.Model(picture, layers.Dense(3, activation=end)(layers.Dropout(0.2)(values)))


def transfer() -> keras.Model:
    augmentation = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)])
    rescaling = layers.Rescaling(1 / 127.5, offset=-1)
    return backbone(lambda picture: rescaling(augmentation(picture)), "softmax")


def excited() -> keras.Model:
    def excite(values: Any) -> Any:
        values = layers.Conv2D(8, 3, activation="relu")(values)
        gate = layers.Dense(8, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(values))
        return layers.Multiply()([values, gate])

    return small(excite)


def tokens() -> keras.Model:
    picture = keras.Input((SIDE, SIDE, 3))
    rows = layers.Reshape((16, 8))(layers.Conv2D(8, 8, strides=8)(picture))
    mixed = layers.Permute((2, 1))(layers.Dense(16, activation="relu")(layers.Permute((2, 1))(rows)))
    return keras.Model(picture, layers.Dense(3, "softmax")(layers.Flatten()(layers.Add()([rows, mixed]))))


def quantized() -> keras.Model:
    model = small(end="sigmoid", units=1)
    model.quantize("int8")
    return model


def of_policy(policy: str) -> keras.Model:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return small()
    finally:
        keras.config.set_dtype_policy(before)


def shared_initializer() -> keras.Model:
    initializer = keras.initializers.HeNormal(seed=1)
    return small(
        layers.Conv2D(4, 3, kernel_initializer=initializer), layers.Conv2D(4, 1, kernel_initializer=initializer)
    )


def any_size() -> keras.Model:
    steps = [layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D(), layers.Dense(3, "softmax")]
    return keras.Sequential([keras.Input((None, None, 3)), *steps])


MODELS: dict[str, tuple[Callable[[], keras.Model], dict[str, Any], float]] = {
    "Rescaling inside": (lambda: small(layers.Rescaling(1 / 255), end="sigmoid", units=1), {}, EXACT),
    "Normalization inside": (lambda: small(layers.Normalization(mean=[124] * 3, variance=[3300] * 3)), {}, EXACT),
    "Resizing inside": (lambda: small(layers.Resizing(24, 20), layers.Rescaling(1 / 255)), {}, EXACT),
    "transfer": (transfer, {}, EXACT),
    "operations, logits": (lambda: backbone(applications.mobilenet_v2.preprocess_input, None), {}, EXACT),
    "squeeze and excite": (excited, {}, EXACT),
    "tokens": (tokens, {}, EXACT),
    "int8": (quantized, {}, EXACT),
    "float64": (lambda: of_policy("float64"), {}, EXACT),
    "mixed_float16": (lambda: of_policy("mixed_float16"), {}, HALF),
    "bfloat16": (lambda: of_policy("bfloat16"), {}, HALF),
    "nested": (lambda: small(keras.Sequential([keras.Input((SIDE, SIDE, 3)), layers.Conv2D(4, 3)])), {}, EXACT),
    "shared initializer": (shared_initializer, {}, EXACT),
    "several sigmoids": (lambda: small(end="sigmoid"), {}, EXACT),
    "grey": (lambda: small(side=28, channels=1, units=10), {}, EXACT),
    "any size": (any_size, {"size": 40}, EXACT),
}
WAYS = ("memory", "file", "folder", "hub")


@pytest.fixture(scope="module")
def built() -> Iterator[Callable[[str], keras.Model]]:
    """Builds each model once."""
    known: dict[str, keras.Model] = {}

    def build(name: str) -> keras.Model:
        if name not in known:
            keras.utils.set_random_seed(0)
            known[name] = MODELS[name][0]()
        return known[name]

    return build


def opened(model: keras.Model, way: str, said: dict[str, Any], folder: Path, hub: Hub) -> cnnviz.Explorer:
    """Open a model by one of the doors."""
    if way == "memory":
        return cnnviz.load(model, **said)
    if way == "folder":
        return cnnviz.load(cnnviz.save(model, folder / "model", **said))
    if way == "file":
        model.save(folder / "my.keras")
        return cnnviz.load(folder / "my.keras", **said)
    model.save(folder / "layout", zipped=False)
    for empty in (folder / "layout").iterdir():
        if empty.is_dir():
            empty.rmdir()
    hub.add(REPOSITORY, folder / "layout")
    return cnnviz.load(f"hf://{REPOSITORY}", **said)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method implemented")
def test_the_answer_is_keras_own(
    name: str, way: str, built: Callable[[str], keras.Model], tmp_path: Path, hub: Hub
) -> None:
    model, (_, said, tolerance) = built(name), MODELS[name]
    outputs = int(model.output_shape[-1])
    classes = [f"kind {number}" for number in range(max(outputs, 2))]
    explorer = opened(model, way, {**said, "classes": classes}, tmp_path, hub)
    batch = explorer.network.preprocessing([PHOTO])
    expected = np.asarray(model.predict(batch, verbose=0), np.float64)[0]
    if name == "operations, logits":
        expected = np.exp(expected) / np.exp(expected).sum()
    result = explorer(PHOTO)
    np.testing.assert_allclose(list(result.probabilities.values())[-outputs:], expected, atol=tolerance)
    if way == "memory":
        assert all(layer.thumbnail(64).size for layer in result)
        assert np.isfinite(result.explain("grad_cam").values).all()
        assert np.isfinite(result.explain("saliency").values).all()
