"""Layers of tokens: drawn as the map whose places they stand for, or as rows where none is known."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from pictures import draw

L = keras.layers
SIDE = 24


def explorer_of(way: Callable[[Any], Any]) -> Explorer:
    """Build a network of 3 x 4 patches with five channels, as tokens, and what is made of these."""
    keras.utils.set_random_seed(6)
    picture = keras.Input((SIDE, SIDE, 3))
    patches = L.Conv2D(5, (8, 6), strides=(8, 6), name="patches")(picture)
    tokens = way(L.Reshape((12, 5), name="tokens")(patches))
    model = keras.Model(picture, L.Dense(3, "softmax")(L.Flatten(name="flat")(tokens)))
    return Explorer(Network(model, ("a", "b", "c"), Preprocessing(SIDE, SIDE)))


def with_class_token(tokens: Any) -> Any:
    first = L.GlobalAveragePooling1D(keepdims=True)(tokens)
    return L.MultiHeadAttention(1, 4, name="attention")(*[L.Concatenate(axis=1, name="all")([first, tokens])] * 2)


def turned(tokens: Any) -> Any:
    return L.Dense(7, name="mixed")(L.Permute((2, 1), name="turned")(tokens))


def test_tokens_are_drawn_as_the_map_that_they_were() -> None:
    result = explorer_of(lambda tokens: tokens)(draw(40, 30))
    patches, tokens = result["patches"], result["tokens"]
    assert (tokens.shape, tokens.places) == ((12, 5), (3, 4))
    np.testing.assert_array_equal(tokens.feature_maps, patches.feature_maps)
    np.testing.assert_array_equal(tokens.activation, patches.activation.reshape(12, 5))
    assert tokens.grid().tobytes() == patches.grid().tobytes()
    assert tokens.thumbnail(64).size == patches.thumbnail(64).size
    assert tokens.box(1, 2) == patches.box(1, 2) == (12, 8, 18, 16)
    strongest, same = tokens.strongest_unit(2), patches.strongest_unit(2)
    assert (strongest.position, strongest.box) == (same.position, same.box)
    assert "one column per channel" not in tokens.caption()
    assert result["flat"].places == (3, 4)


def test_class_token_is_no_place_of_the_map() -> None:
    explorer = explorer_of(with_class_token)
    photo = draw(40, 30)
    result = explorer(photo)
    layer = result["all"]
    assert (layer.shape, layer.places, layer.feature_maps.shape) == ((13, 5), (3, 4), (5, 3, 4))
    np.testing.assert_array_equal(layer.feature_maps, result["tokens"].feature_maps)
    batch = explorer.network.preprocessing([photo])
    names = [each.name for each in result.layers]
    for name in ("all", "attention"):
        activation = explorer.network.activations(batch)[0][names.index(name)][0]
        np.testing.assert_array_equal(result[name].activation, activation)
    effects = explorer.effects(photo, "all", "b")
    without = explorer.ablate(photo, {"all": [3]})
    assert effects[3] == pytest.approx(result.logits[1] - without.logits[1], abs=1e-5)


def test_evidence_of_tokens_is_that_of_the_map_that_they_were() -> None:
    result = explorer_of(lambda tokens: tokens)(draw(40, 30))
    assert result.explain("grad_cam").layer_name == "tokens"
    for method in ("grad_cam", "hires_cam", "layer_cam"):
        of_tokens, of_map = (result.explain(method, "b", name) for name in ("tokens", "patches"))
        np.testing.assert_allclose(of_tokens.values, of_map.values, atol=1e-6)
        assert of_tokens.seen == of_map.seen
    assert explorer_of(with_class_token)(draw(40, 30)).explain("hires_cam").values.shape == (3, 4)


ROWS: dict[str, Callable[[Any], Any]] = {
    "turned": turned,
    "pooled": L.MaxPooling1D(2, name="mixed"),
    "of four axes": L.Reshape((3, 2, 2, 5), name="mixed"),
    "of other places": L.Reshape((10, 6), name="mixed"),
}


@pytest.mark.parametrize("way", ROWS)
def test_layer_whose_places_are_not_known_is_drawn_as_rows(way: str) -> None:
    result = explorer_of(ROWS[way])(draw(40, 30))
    layer = result["mixed"]
    *rows, channels = layer.shape
    assert layer.feature_maps.shape == (channels, int(np.prod(rows)), 1)
    for edge in (1, 20, 64, 80):
        assert max(layer.thumbnail(edge).size) <= edge
    assert layer.grid().size
    assert "channels silent" in layer.caption()
    assert "one column per channel, one row per place" in layer.caption()
    assert layer.box(0, 0) == (0, 0, SIDE, SIDE)
    with pytest.raises(Exception, match=r"Evidence maps need a layer with places"):
        result.explain("grad_cam", layer_name="mixed")
