"""Every layer of Keras that a folder may hold: what is written is read back, and answers as Keras does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras.src.applications.convnext import LayerScale, StochasticDepth
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

from cnnviz.explorer.explorer import Explorer
from cnnviz.model_folder.folder import read_folder, write_folder
from cnnviz.model_folder.safe_config import ALLOWED
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from pictures import draw

L, ops = keras.layers, keras.ops
SIDE = 16
PREPROCESSING = Preprocessing(SIDE, SIDE)
CLASS_NAMES = ("a", "b", "c")


def augmented(values: Any) -> Any:
    for name in sorted(name for name in ALLOWED["keras.layers"] if name.startswith("Random")):
        sizes = {"RandomCrop": (SIDE, SIDE), "RandomTranslation": (0.1, 0.1), "RandomPosterization": (3,)}
        sizes |= dict.fromkeys(("RandomFlip", "RandomErasing", "RandomGrayscale", "RandomInvert"), ())
        sizes |= dict.fromkeys(("RandomElasticTransform", "RandomPerspective", "RandomGaussianBlur", "RandomShear"), ())
        values = getattr(L, name)(*sizes.get(name, (0.1,)))(values)
    for name in ("AugMix", "CutMix", "MixUp", "RandAugment", "Solarization"):
        values = getattr(L, name)()(values)
    return L.Conv2D(4, 3, activation="relu")(values)


def of_pictures(values: Any) -> Any:
    values = L.CenterCrop(12, 14)(L.AutoContrast()(L.Resizing(20, 18)(values)))
    values = L.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu")(values)
    return L.DepthwiseConv2D(3)(L.SeparableConv2D(3, 2)(values))


def of_rows(values: Any) -> Any:
    rows = L.Reshape((16, 8))(L.Conv2D(8, 4, strides=4)(values))
    rows = L.DepthwiseConv1D(3, padding="same")(L.SeparableConv1D(8, 3)(L.Conv1D(8, 3, padding="same")(rows)))
    rows = L.Conv1DTranspose(8, 2, strides=2)(L.Cropping1D(1)(L.ZeroPadding1D(2)(L.UpSampling1D(2)(rows))))
    pooled = [L.MaxPooling1D(2)(rows), L.AveragePooling1D(2)(L.SpatialDropout1D(0.1)(rows))]
    rows = L.Dot(axes=(1, 1))([L.RMSNormalization()(each) for each in pooled])
    vector = L.RepeatVector(3)(L.GlobalMaxPooling1D()(rows))
    return L.ActivityRegularization(l2=0.1)(L.AlphaDropout(0.1)(vector))


def of_attention(values: Any) -> Any:
    tokens = L.Reshape((16, 8))(L.Conv2D(8, 4, strides=4)(values))
    tokens = L.Add()([tokens, L.MultiHeadAttention(2, 4)(tokens, tokens)])
    tokens = L.Add()([tokens, L.GroupQueryAttention(4, 4, 2)(tokens, tokens)])
    tokens = L.Concatenate()([L.Attention(use_scale=True)([tokens, tokens]), L.AdditiveAttention()([tokens, tokens])])
    return L.EinsumDense("abc,cd->abd", output_shape=(16, 6), bias_axes="d", activation="gelu")(tokens)


def of_operations(values: Any) -> Any:
    values = keras.applications.vgg16.preprocess_input(values)
    values = keras.applications.densenet.preprocess_input(keras.applications.xception.preprocess_input(values))
    values = L.Conv2D(8, 4, strides=4)(values[..., ::-1] - ops.mean(values, axis=(1, 2), keepdims=True))
    tokens = ops.concatenate(
        [ops.reshape(values, (-1, 16, 8)), ops.expand_dims(ops.max(values, axis=(1, 2)), 1)], axis=1
    )
    weights = ops.softmax(ops.matmul(tokens, ops.transpose(tokens, (0, 2, 1))) / 10.0)
    tokens = ops.matmul(weights, ops.square(tokens))[:, 1:]
    return ops.log1p(ops.abs(ops.sqrt(ops.exp(-tokens)) ** 2.0)) + np.ones((1, 16, 8), np.float32)


def of_applications(values: Any) -> Any:
    scaled = StochasticDepth(0.1)(LayerScale(0.5, 3)(values))
    return CustomScaleLayer(0.3)([values, scaled])


WAYS: tuple[Callable[[Any], Any], ...] = (
    *(augmented, of_pictures, of_rows, of_attention, of_operations, of_applications),
)


def build(way: Callable[[Any], Any]) -> keras.Model:
    keras.utils.set_random_seed(9)
    picture = keras.Input((SIDE, SIDE, 3))
    return keras.Model(picture, L.Dense(3, "softmax")(L.Flatten()(way(picture))))


def written_and_read(model: keras.Model, path: Path) -> Network:
    return read_folder(write_folder(path / "model", model, CLASS_NAMES, PREPROCESSING, {}))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_layers_answer_from_a_folder_as_keras_does(way: Callable[[Any], Any], tmp_path: Path) -> None:
    model = build(way)
    network = written_and_read(model, tmp_path)
    photo = draw(40, 30, 2)
    batch = PREPROCESSING([photo])
    probabilities = network.head.class_probabilities(network.logits(batch))
    np.testing.assert_allclose(probabilities, model.predict(batch, verbose=0), atol=1e-5)
    result = Explorer(network)(photo)
    for layer in result.layers:
        assert layer.grid().size
        assert layer.thumbnail(64).size
        assert layer.activation.shape == layer.shape
    assert network.gradients(batch, "b")[1].any()
    mask = {network.layers[0].name: np.zeros(network.layers[0].shape[-1], np.float32)}
    assert not np.array_equal(network.logits_without(batch, mask), network.logits(batch))


def test_augmentation_is_no_layer_of_the_answer(tmp_path: Path) -> None:
    kinds = [layer.kind for layer in written_and_read(build(augmented), tmp_path).layers]
    assert kinds == ["Conv2D", "Flatten", "Dense"]


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_quantized_model_is_read_back(mode: str, tmp_path: Path) -> None:
    keras.utils.set_random_seed(4)
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3)), L.Conv2D(4, 3, activation="relu"), L.Flatten()])
    model.add(L.Dense(300, "relu"))
    model.add(L.Dense(3, "softmax"))
    model.quantize(mode, filters=lambda layer: isinstance(layer, L.Dense))
    network, batch = written_and_read(model, tmp_path), PREPROCESSING([draw(40, 30, 2)])
    probabilities = network.head.class_probabilities(network.logits(batch))
    np.testing.assert_allclose(probabilities, model.predict(batch, verbose=0), atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_float16", "bfloat16", "float64"])
def test_model_of_another_precision_is_read_back(policy: str, tmp_path: Path) -> None:
    keras.config.set_dtype_policy(policy)
    try:
        model = build(of_pictures)
    finally:
        keras.config.set_dtype_policy("float32")
    network, batch = written_and_read(model, tmp_path), PREPROCESSING([draw(40, 30, 2)])
    probabilities = network.head.class_probabilities(network.logits(batch))
    np.testing.assert_allclose(probabilities, model.predict(batch, verbose=0), atol=1e-2)


def test_objects_that_layers_share_are_no_reason_to_refuse(tmp_path: Path) -> None:
    """Keras writes the address of a shared object, a number far above all sizes."""
    shared = keras.initializers.HeNormal(seed=1)
    inner = keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), L.Conv2D(4, 3, kernel_initializer=shared), L.MaxPooling2D()]
    )
    layers = [keras.Input((SIDE, SIDE, 3)), inner, L.Conv2D(4, 3, kernel_initializer=shared), L.Flatten()]
    model = keras.Sequential([*layers, L.Dense(3, "softmax")])
    network, batch = written_and_read(model, tmp_path), PREPROCESSING([draw(40, 30, 2)])
    np.testing.assert_allclose(
        network.head.class_probabilities(network.logits(batch)), model.predict(batch, verbose=0), atol=1e-5
    )


def test_every_layer_that_is_allowed_exists() -> None:
    for module, names in ALLOWED.items():
        if module is not None and module.startswith("keras.layers"):
            assert not [name for name in names if not hasattr(keras.layers, name)]
