"""Networks that compute with other numbers than float32: half and double precision, whole numbers, quantized ones."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from cnnviz.atlas.atlas import build_layer_atlas
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from pictures import draw

L = keras.layers
SIDE = 16
PREPROCESSING = Preprocessing(SIDE, SIDE)
EXACT, HALF = 1e-5, 1e-2
POLICIES = {"float64": EXACT, "float16": HALF, "bfloat16": HALF, "mixed_float16": HALF, "mixed_bfloat16": HALF}


def small_layers(*last: L.Layer) -> list[L.Layer]:
    return [L.Conv2D(4, 3, activation="relu", name="conv"), L.MaxPooling2D(), L.Flatten(), *last]


def small_model(*last: L.Layer) -> keras.Model:
    keras.utils.set_random_seed(2)
    return keras.Sequential([keras.Input((SIDE, SIDE, 3)), *small_layers(*(last or [L.Dense(3, "softmax")]))])


def of_policy(name: str) -> keras.Model:
    keras.config.set_dtype_policy(name)
    try:
        return small_model()
    finally:
        keras.config.set_dtype_policy("float32")


def of_whole_numbers() -> keras.Model:
    keras.utils.set_random_seed(2)
    picture = keras.Input((SIDE, SIDE, 3), dtype="uint8")
    scaled = L.Rescaling(1 / 255, name="scaled")(picture)
    return keras.Model(picture, keras.Sequential([*small_layers(L.Dense(3, "softmax"))])(scaled))


def quantized(mode: str) -> keras.Model:
    model = small_model(L.Dense(6, "relu", name="hidden"), L.Dense(3, "softmax"))
    model.quantize(mode, filters=lambda layer: isinstance(layer, L.Dense))
    return model


def with_lora() -> keras.Model:
    model = small_model()
    last = model.layers[-1]
    last.enable_lora(2)
    last.lora_kernel_b.assign(np.ones(last.lora_kernel_b.shape))
    return model


class Damped(L.Dense):
    """A dense layer that does something after its activation function."""

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Give less than the activation function gives."""
        return 0.5 * super().call(inputs)


class Tempered(L.Dense):
    """A dense layer that does something before its activation function."""

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Divide the logits, as a temperature does."""
        return self.activation((keras.ops.matmul(inputs, self.kernel) + self.bias) / 3.0)


MODELS: dict[str, tuple[Callable[[], keras.Model], float]] = {
    **{policy: ((lambda policy=policy: of_policy(policy)), limit) for policy, limit in POLICIES.items()},
    "uint8": (of_whole_numbers, EXACT),
    "int8": (lambda: quantized("int8"), EXACT),
    "int4": (lambda: quantized("int4"), EXACT),
    "lora": (with_lora, EXACT),
    "subclass": (lambda: small_model(Tempered(3, "softmax")), EXACT),
}


@pytest.mark.parametrize("name", MODELS)
def test_network_of_other_numbers_answers_as_keras_and_gives_float32(name: str) -> None:
    make, limit = MODELS[name]
    network = Network(make(), ("a", "b", "c"), PREPROCESSING)
    batch = PREPROCESSING([draw(40, 30, seed) for seed in range(2)]) * np.float32(255 if name == "uint8" else 1)
    activations, logits = network.activations(batch)
    expected = network.model.predict(batch, verbose=0).astype(np.float64)
    assert np.ptp(expected, axis=0).max() > 10 * EXACT  # two pictures differ
    np.testing.assert_allclose(network.head.class_probabilities(logits), expected, atol=limit)
    np.testing.assert_allclose(activations[-1], expected, atol=limit)
    assert {values.dtype for values in (*activations, logits)} == {np.dtype(np.float32)}

    mask = np.array([0, 1, 1, 1], np.float32)
    without = network.logits_without(batch[:1], {"conv" if name != "uint8" else network.layers[1].name: mask})
    index = [layer.kind for layer in network.layers].index("Conv2D")
    later = network.logits_after(index, [values[0] for values in activations], mask[None], batch[0])
    assert without.dtype == later.dtype == np.float32
    np.testing.assert_allclose(without, later, atol=limit)

    for layer_name in (None, network.layers[index].name):
        values, slopes = network.gradients(batch, "b", layer_name)
        assert values.dtype == slopes.dtype == np.float32
        assert values.shape == slopes.shape
        assert slopes.any()


@pytest.mark.parametrize("name", ["mixed_float16", "float64"])
def test_gradients_in_other_precisions_are_those_of_float32(name: str) -> None:
    plain = small_model()
    other = of_policy(name)
    other.set_weights(plain.get_weights())
    batch = PREPROCESSING([draw(40, 30, 5)])
    found, expected = (
        Network(model, ("a", "b", "c"), PREPROCESSING).gradients(batch, "c")[1] for model in (other, plain)
    )
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.98  # a pooling may choose between equal values


def test_whole_numbers_are_rounded_as_keras_rounds_them() -> None:
    network = Network(of_whole_numbers(), ("a", "b", "c"), PREPROCESSING)
    batch = np.full((1, SIDE, SIDE, 3), 1.9, np.float32)
    np.testing.assert_allclose(network.activations(batch)[0][0], 1 / 255, rtol=EXACT)
    np.testing.assert_allclose(
        network.head.class_probabilities(network.logits(batch)), network.model.predict(batch, verbose=0), atol=EXACT
    )


def test_layer_that_does_more_than_its_kind_is_called_itself() -> None:
    network = Network(small_model(Damped(3, "softmax")), ("a", "b", "c"), PREPROCESSING)
    batch = PREPROCESSING([draw(40, 30, 1)])
    activations, _ = network.activations(batch)
    np.testing.assert_allclose(activations[-1], network.model.predict(batch, verbose=0), atol=EXACT)
    assert network.decision is None


def test_last_step_is_explained_only_where_it_is_a_plain_sum() -> None:
    lora = Explorer(Network(with_lora(), ("a", "b", "c"), PREPROCESSING))
    contributions = lora(draw(40, 30, 1)).contributions("b")
    assert contributions.values.sum() + contributions.bias == pytest.approx(contributions.logit, abs=EXACT)
    assert Network(quantized("int8"), ("a", "b", "c"), PREPROCESSING).decision is None


def test_network_leaves_the_model_its_activation_function() -> None:
    model = small_model()
    network = Network(model, ("a", "b", "c"), PREPROCESSING)
    network.logits(PREPROCESSING([draw(40, 30, 1)]))
    assert model.layers[-1].activation is keras.activations.softmax
    assert network.operation(network.layers[-1].name) is model.layers[-1]


def test_half_precision_is_explored_like_any_other() -> None:
    explorer = Explorer(Network(of_policy("mixed_bfloat16"), ("a", "b", "c"), PREPROCESSING))
    photo = draw(40, 30, 3)
    result = explorer(photo)
    for method in ("grad_cam", "saliency", "occlusion"):
        assert np.isfinite(result.explain(method).values).all()
    unit = explorer.arithmetic(photo, "conv", 1, row=3, column=4)
    assert max(unit.total, 0) == pytest.approx(unit.activation, abs=HALF)
    assert explorer.effects(photo, "conv").any()
    assert len(explorer.kernels()) == 4
    assert np.isfinite(build_layer_atlas(explorer.network, "conv").activations).all()
