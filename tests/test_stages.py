"""Stages of the journey, and sentences that are said only where the numbers bear them out."""

from itertools import pairwise

import keras
import numpy as np
import pytest
from PIL import Image

from cnnviz.explorer import Explorer, load
from cnnviz.network import Network
from cnnviz.preprocessing import Preprocessing
from cnnviz.result import Result
from cnnviz.ui import words
from cnnviz.ui.references import References
from cnnviz.ui.stages import Likenesses, Stage, tell_recognisable, tell_stages
from networks import build_branches
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
    return tell_stages(result, references.compare(result) if likenesses is None else likenesses)


def flat(explorer: Explorer, own: float, others: float | None) -> Likenesses:
    """Give the same likeness for every layer with places."""
    return {layer.name: (own, others) for layer in explorer.network.layers if len(layer.shape) == 3}


def test_each_convolution_and_its_pooling_are_a_stage(explorer: Explorer) -> None:
    stages = tell(explorer, draw())
    assert [stage.title for stage in stages] == TITLES
    names = [[layer.name for layer in stage.layers] for stage in stages]
    assert names[:4] == [[f"conv2d_{n}", f"max_pooling2d_{n}"] for n in (1, 2, 3, 4)]
    assert names[4:] == [["flatten_1", "dense_1"], ["dense_2"]]


def test_pooling_is_explained_once_and_numbers_come_from_the_model(explorer: Explorer) -> None:
    stages = tell(explorer, draw())
    sentence = words.POOLING.format(side=2, share="a quarter")
    assert [sentence in stage.text for stage in stages] == [True, *[False] * 5]
    assert stages[4].text == f"6,272 numbers become 512. {words.WHOLE_PHOTO}"


def test_answer_is_told_with_both_probabilities(explorer: Explorer) -> None:
    result = explorer(draw())
    dog, cat = f"{result.probabilities['dog']:.1%} dog", f"{result.probabilities['cat']:.1%} cat"
    assert tell(explorer, draw())[-1].text == f"One sum, squeezed between 0 and 1: {dog}, which leaves {cat}."


@pytest.mark.parametrize(
    ("own", "others", "said"), [(0.4, 0.1, True), (0.15, 0.1, False), (0.4, None, False), (0.0, 0.0, False)]
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


def test_flat_areas_are_said_to_be_dark_only_where_edges_are_bright(explorer: Explorer) -> None:
    told = [words.FLAT_AREAS_DARK in stage.text for stage in tell(explorer, Image.new("RGB", (150, 150), "gray"))]
    assert not any(told)
    trained = load()
    pixels = np.full((300, 300, 3), 128, np.uint8)
    pixels[100:200, 100:200] = np.random.default_rng(0).integers(0, 256, (10, 10, 3)).repeat(10, 0).repeat(10, 1)
    assert words.FLAT_AREAS_DARK in tell(trained, Image.fromarray(pixels))[1].text


def test_parts_of_animals_are_named_for_cats_and_dogs_only(explorer: Explorer) -> None:
    assert "an ear, an eye or a paw here? Never the whole animal." in tell(explorer, draw())[3].text
    model = explorer.network.model
    ants = Explorer(Network(model, ("ant", "bee"), Preprocessing()))
    assert "ear" not in tell(ants, draw())[3].text.split()


def test_stages_of_any_network_hold_every_layer_once() -> None:
    network = build_branches()
    result: Result = Explorer(network)(draw())
    stages = tell_stages(result, References(network, [draw(seed=9)]).compare(result))
    assert [layer.name for stage in stages for layer in stage.layers] == [layer.name for layer in result.layers]
    assert stages[-1].title.endswith(words.ANSWER_TITLE)
    assert "One sum for each class" in stages[-1].text


def test_photo_is_not_compared_with_itself(explorer: Explorer) -> None:
    one, other = draw(seed=1), draw(seed=2)
    references = References(explorer.network, [one, other])
    alone = References(explorer.network, [other])
    compared = zip(references.compare(explorer(one)).values(), alone.compare(explorer(one)).values(), strict=True)
    assert all(these == pytest.approx(those, abs=1e-6) for these, those in compared)
    assert {others for _, others in References(explorer.network, [one]).compare(explorer(one)).values()} == {None}


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
