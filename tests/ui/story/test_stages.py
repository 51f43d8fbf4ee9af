"""Stages of the journey, and sentences that are said only where the numbers bear them out."""

from itertools import pairwise

import keras
import numpy as np
import pytest
from PIL import Image

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.photo_likeness import integrate
from cnnviz.result.result import Result
from cnnviz.ui.examples.drawings import draw_colors
from cnnviz.ui.story import words
from cnnviz.ui.story.findings import Likenesses, tell_recognisable
from cnnviz.ui.story.references import References
from cnnviz.ui.story.stages import Stage, tell_stages
from networks import build_branches, build_small
from pictures import draw

TITLES = [
    "1 Edges and colours",
    "2 Corners and textures",
    "3 Small parts",
    "4 Larger parts",
    "5 Weighing the evidence",
    "6 The answer",
]


def tell(explorer: Explorer, picture: Image.Image, likenesses: Likenesses | None = None) -> list[Stage]:
    """Tell of a picture, with other drawings as references."""
    result = explorer(picture)
    references = References(explorer.network, [draw(seed=seed) for seed in (101, 102)])
    integrals = integrate(result.seen)
    compared = references.compare(result, integrals) if likenesses is None else likenesses
    return tell_stages(result, compared, integrals)


def flat(explorer: Explorer, own: float, others: float | None) -> Likenesses:
    """Give the same likeness for every layer with places."""
    return {layer.name: (own, others) for layer in explorer.network.layers if len(layer.shape) == 3}


def test_each_convolution_and_its_pooling_are_a_stage(explorer: Explorer) -> None:
    stages = tell(explorer, draw())
    assert [stage.title for stage in stages] == TITLES
    names = [[layer.name for layer in stage.layers] for stage in stages]
    assert names[:4] == [[f"conv2d_{n}", f"max_pooling2d_{n}"] for n in (1, 2, 3, 4)]
    assert names[4:] == [["flatten_1", "dense_1"], ["dense_2"]]


def test_network_that_sees_grey_looks_for_no_colors() -> None:
    layers = keras.layers
    first = [layers.Conv2D(4, 3, activation="relu", name="first"), layers.GlobalMaxPooling2D(name="most")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *first, layers.Dense(1, name="answer")])
    gray = Explorer(Network(model, ("cat", "dog"), Preprocessing(28, 28, color_mode="L")))
    assert tell(gray, draw())[0].title == "1 Edges"


def test_pooling_is_explained_once_and_numbers_come_from_the_model(explorer: Explorer) -> None:
    stages = tell(explorer, draw())
    sentence = words.POOLING.format(side=2, share="a quarter")
    assert [sentence in stage.text for stage in stages] == [True, *[False] * 5]
    assert stages[4].text == "6,272 numbers become 512. dense_1 is the first layer that looks at the photo as a whole."


def test_answer_is_told_with_both_probabilities(explorer: Explorer) -> None:
    result = explorer(draw())
    dog, cat = f"{result.probabilities['dog']:.1%} dog", f"{result.probabilities['cat']:.1%} cat"
    assert tell(explorer, draw())[-1].text == f"One sum, squeezed between 0 and 1: {dog}, which leaves {cat}."


@pytest.mark.parametrize(
    ("own", "others", "said"), [(0.4, 0.1, True), (0.15, 0.1, False), (0.4, None, False), (0.05, 0.0, False)]
)
def test_photo_is_called_recognisable_only_where_maps_look_clearly_more_like_it_than_like_others(
    explorer: Explorer, own: float, others: float | None, said: bool
) -> None:
    first = tell(explorer, draw(), flat(explorer, own, others))[0]
    assert (words.STILL_RECOGNISABLE in first.text) == said


def test_picture_is_said_to_fade_only_where_it_does(explorer: Explorer) -> None:
    steady = flat(explorer, 0.4, 0.1)
    assert not any(words.PICTURE_FADES in stage.text for stage in tell(explorer, draw(), steady))
    fading = steady | {"conv2d_3": (0.2, 0.1), "conv2d_4": (0.1, 0.1)}
    said = [words.PICTURE_FADES in stage.text for stage in tell(explorer, draw(), fading)]
    assert said == [False, False, True, True, False, False]


def silence(explorer: Explorer, name: str, number: int) -> Explorer:
    """Copy a network with some channels of a convolution switched off."""
    model = keras.models.clone_model(explorer.network.model)
    model.set_weights(explorer.network.model.get_weights())
    kernel, bias = model.get_layer(name).get_weights()
    kernel[..., :number], bias[:number] = 0, 0
    model.get_layer(name).set_weights([kernel, bias])
    return Explorer(Network(model, explorer.network.class_names, Preprocessing()))


@pytest.mark.parametrize("name", ["conv2d_2", "conv2d_3", "conv2d_4"])
def test_more_silent_channels_are_told_exactly_where_they_are_more(explorer: Explorer, name: str) -> None:
    silenced = silence(explorer, name, 60)
    said = [words.MORE_SILENT in stage.text for stage in tell(silenced, draw(seed=5))]
    result = silenced(draw(seed=5))
    shares = [(result[f"max_pooling2d_{n}"].activation == 0).all(axis=(0, 1)).mean() for n in (1, 2, 3, 4)]
    rises = [later >= earlier + 0.01 for earlier, later in pairwise(shares)]
    assert said == [False, *rises, False, False]
    assert rises[int(name[-1]) - 2]


def test_flat_areas_are_said_to_be_darker_only_where_there_are_some_and_they_are() -> None:
    pixels = np.full((300, 300, 3), 128, np.uint8)
    pixels[50:250, 50:250] = np.random.default_rng(0).integers(0, 256, (20, 20, 3)).repeat(10, 0).repeat(10, 1)
    patches, gray = Image.fromarray(pixels), Image.new("RGB", (150, 150), "gray")
    explorer = Explorer(build_small())
    first, second = (explorer.network.operation(f"conv2d_{number}") for number in (1, 2))
    kernel, following = (np.abs(each.get_weights()[0]) for each in (first, second))
    second.set_weights([following, np.zeros(second.bias.shape)])

    def says_so(picture: Image.Image, about_edges: bool) -> bool:
        first.set_weights([kernel - about_edges * kernel.mean((0, 1)), np.zeros(first.bias.shape)])
        return words.FLAT_AREAS_DARK in tell(explorer, picture)[1].text

    assert says_so(patches, about_edges=True)
    assert not says_so(patches, about_edges=False)
    assert not says_so(gray, about_edges=True)
    assert not says_so(draw_colors(), about_edges=True)  # many hues, and no edges


def test_first_layer_that_learned_is_the_first_stage_however_small_the_picture() -> None:
    layers = keras.layers
    spatial = [layers.ZeroPadding2D(1), layers.Conv2D(4, 3), layers.MaxPooling2D((2, 1))]
    model = keras.Sequential([keras.Input((24, 24, 3)), *spatial, layers.Flatten(), layers.Dense(1, "sigmoid")])
    stages = tell(Explorer(Network(model, ("cat", "dog"), Preprocessing(24, 24))), draw())
    assert len(stages[0].layers) >= 2
    assert stages[0].title == TITLES[0]
    assert words.FOUND_HERE not in stages[0].text  # a convolution without ReLU can be negative
    assert not any("Pooling keeps" in stage.text for stage in stages)  # 2x1 is no square


def test_network_that_weighs_channels_in_between_is_told_too() -> None:
    layers = keras.layers
    picture = keras.Input((40, 40, 3))
    maps = layers.Conv2D(4, 3, activation="relu", name="first")(picture)
    weights = layers.Reshape((1, 1, 4), name="reshaped")(layers.GlobalAveragePooling2D(name="squeezed")(maps))
    weights = layers.Conv2D(4, 1, activation="sigmoid", name="excited")(weights)
    weighed = layers.Conv2D(4, 3, activation="relu", name="second")(layers.Multiply(name="weighed")([maps, weights]))
    answer = layers.Dense(1, activation="sigmoid", name="last")(layers.GlobalMaxPooling2D(name="pooled")(weighed))
    explorer = Explorer(Network(keras.Model(picture, answer), ("cat", "dog"), Preprocessing(40, 40)))
    stages = tell(explorer, draw())
    names = [layer.name for stage in stages for layer in stage.layers]
    assert names == [layer.name for layer in explorer.network.layers]
    titles = [stage.title.partition(" ")[2] for stage in stages]
    assert titles[-2:] == [words.WEIGHING_TITLE, words.ANSWER_TITLE]
    assert len(titles) == len(set(titles))


def test_parts_of_animals_are_named_for_cats_and_dogs_only(explorer: Explorer) -> None:
    assert "an ear, an eye or a paw here? Never the whole animal." in tell(explorer, draw())[3].text
    model = explorer.network.model
    ants = Explorer(Network(model, ("ant", "bee"), Preprocessing()))
    assert words.LARGER_PARTS in tell(ants, draw())[3].text


def test_stages_of_any_network_hold_every_layer_once() -> None:
    network = build_branches()
    result: Result = Explorer(network)(draw())
    integrals = integrate(result.seen)
    stages = tell_stages(result, References(network, [draw(seed=9)]).compare(result, integrals), integrals)
    assert [layer.name for stage in stages for layer in stage.layers] == [layer.name for layer in result.layers]
    assert stages[-1].title.endswith(words.ANSWER_TITLE)
    assert "One sum for each class" in stages[-1].text


def test_photo_is_not_compared_with_itself(explorer: Explorer) -> None:
    one, other = draw(seed=1), draw(seed=2)
    references = References(explorer.network, [one, other])
    alone = References(explorer.network, [other])
    result, integrals = explorer(one), integrate(explorer(one).seen)
    compared = zip(
        references.compare(result, integrals).values(), alone.compare(result, integrals).values(), strict=True
    )
    assert all(these == pytest.approx(those, abs=1e-6) for these, those in compared)
    assert {others for _, others in References(explorer.network, [one]).compare(result, integrals).values()} == {None}


@pytest.mark.parametrize(
    ("likenesses", "sentence"),
    [
        ([(0.4, 0.1), (0.3, 0.1), (0.1, 0.1)], words.RECOGNISABLE_UNTIL.format(last="b", next="c")),
        ([(0.4, 0.1), (0.3, 0.1), (0.2, 0.1)], words.RECOGNISABLE_TO_THE_END),
        ([(0.1, 0.1), (0.3, 0.1), (0.1, 0.1)], ""),
        ([(0.4, 0.1), (0.1, 0.1), (0.3, 0.1)], ""),
        ([(0.1, 0.1), (0.1, 0.1), (0.1, 0.1)], ""),
        ([(0.4, None), (0.3, None), (0.1, None)], ""),
        ([], ""),
    ],
)
def test_border_of_the_recognisable_is_told_where_there_is_one(
    likenesses: list[tuple[float, float | None]], sentence: str
) -> None:
    assert tell_recognisable(dict(zip("abc", likenesses, strict=False))) == sentence
