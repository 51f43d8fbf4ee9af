"""Twins: networks that answer alike, though each gets other numbers for the same photo; so all they tell is alike."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from cnnviz.atlas.atlas import LayerAtlas, build_layer_atlas
from cnnviz.atlas.unit_patches import Excitation
from cnnviz.base.steps import finish
from cnnviz.data.dataset import read_dataset
from cnnviz.evaluation.evaluation import gather_logits
from cnnviz.evaluation.samples import write_samples
from cnnviz.evaluation.views import VIEWS, as_they_are, mirror
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.picture.scaling import SCALINGS
from cnnviz.result.result import Result
from cnnviz.why.explain import METHODS
from cnnviz.why.trust import deletion, insertion
from pictures import draw

SIDE = 36
CLASS_NAMES = ("ant", "bee", "cow")
TWINS = [("RGB", name) for name in SCALINGS] + [
    ("L", name) for name, scaling in SCALINGS.items() if scaling.is_for_gray
]
"""Colour modes and scalings."""

layers = keras.layers


def build(color_mode: str, scaling: str) -> Explorer:
    """Build a small network for values in [0, 1], or its twin for other numbers.

    The scaling's affine map is undone in the weights of the first convolution. Its border is valid: zeros around the
    numbers would be another colour in each twin.
    """
    random = np.random.default_rng(17)  # the same on every backend
    preprocessing = Preprocessing(SIDE, SIDE, scaling, color_mode=color_mode)
    model = keras.Sequential(
        [
            keras.Input(preprocessing.shape),
            layers.Conv2D(6, 3, activation="relu", name="first"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(8, 3, strides=2, activation="relu", name="second"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="softmax", name="answer"),
        ]
    )
    model.set_weights([random.normal(0, 0.2, weights.shape) for weights in model.get_weights()])
    kernel, bias = model.get_layer("first").get_weights()
    black, white = (
        preprocessing.scale(np.full((1, 1, preprocessing.num_channels), shade, np.uint8)) for shade in (0, 255)
    )
    kernel = kernel[:, :, ::-1] if scaling == "caffe" else kernel
    kernel = kernel / (white - black)[0, 0, :, None]
    bias = bias - (kernel * black[0, 0, :, None]).sum(axis=(0, 1, 2))
    model.get_layer("first").set_weights([kernel, bias])
    return Explorer(Network(model, CLASS_NAMES, preprocessing))


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return draw(320, 200, seed=4)


@pytest.fixture(scope="module")
def pairs(photo: Image.Image) -> Callable[[tuple[str, str]], tuple[Result, Result]]:
    """Of a colour mode and a scaling: the result of the network for values in [0, 1], and that of its twin."""
    results = {twin: build(*twin)(photo) for twin in TWINS}
    return lambda twin: (results[twin[0], "0-1"], results[twin])


pytestmark = pytest.mark.parametrize("twin", TWINS, ids="-".join)
Pairs = Callable[[tuple[str, str]], tuple[Result, Result]]


def close(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Compare two arrays, up to rounding, which may also decide a tie of pooling at a pixel of some step."""
    return bool(np.abs(ours - theirs).max() <= 1e-3 * np.abs(theirs).max())


def test_answer_and_activations_are_alike(twin: tuple[str, str], pairs: Pairs) -> None:
    plain, other = pairs(twin)
    assert other.probabilities == pytest.approx(plain.probabilities, rel=1e-4)
    assert np.array_equal(other.seen, plain.seen)
    assert np.array_equal(other.pixels, plain.pixels)
    for ours, theirs in zip(other.layers, plain.layers, strict=True):
        assert close(ours.activation, theirs.activation)
        assert ours.layer.non_negative == theirs.layer.non_negative


def test_network_gets_what_keras_gives_it(twin: tuple[str, str], pairs: Pairs) -> None:
    other = pairs(twin)[1]
    network = other.network
    probabilities = network.model.predict(network.preprocessing([other.photo]), verbose=0)[0]
    assert list(other.probabilities.values()) == pytest.approx(probabilities.tolist(), rel=1e-5)
    assert np.array_equal(other.numbers, network.preprocessing([other.photo])[0])
    lowest, highest = network.preprocessing.value_range
    assert lowest <= other.numbers.min() < other.numbers.max() <= highest


@pytest.mark.parametrize("method", METHODS)
def test_evidence_maps_are_alike(method: str, twin: tuple[str, str], pairs: Pairs) -> None:
    plain, other = (result.explain(method, "bee") for result in pairs(twin))
    assert close(other.values, plain.values)
    assert plain.seen == other.seen
    assert plain.values.any()


def test_covering_what_a_map_marks_does_the_same(twin: tuple[str, str], pairs: Pairs) -> None:
    plain, other = pairs(twin)
    explanation = plain.explain("occlusion", "bee")
    for examine in (deletion, insertion):
        curves = [finish(examine(each.network, each.pixels, explanation)) for each in (plain, other)]
        assert curves[1].probabilities == pytest.approx(curves[0].probabilities, rel=1e-3)
        assert curves[1].random == pytest.approx(curves[0].random, rel=1e-3)
        assert np.ptp(curves[0].probabilities) > 1e-3


def test_units_boxes_patches_and_arithmetic_are_alike(twin: tuple[str, str], pairs: Pairs) -> None:
    plain, other = pairs(twin)
    for name in ("first", "second"):
        for ours, theirs in zip(other[name].strongest(4), plain[name].strongest(4), strict=True):
            assert (ours.channel, ours.position, ours.box) == (theirs.channel, theirs.position, theirs.box)
            assert np.array_equal(ours.patch, theirs.patch)
    for name in ("first", "second"):
        told = [Explorer(each.network).arithmetic(each.photo, name, 3, 5, 6) for each in (plain, other)]
        assert told[1].total == pytest.approx(told[0].total, rel=1e-3, abs=1e-4)
        assert max(told[1].total, 0) == pytest.approx(told[1].activation, abs=1e-4)


def test_channels_matter_alike_and_react_to_color_alike(twin: tuple[str, str], pairs: Pairs) -> None:
    plain, other = (Explorer(each.network) for each in pairs(twin))
    photo = pairs(twin)[0].photo
    assert close(other.effects(photo, "first", "bee"), plain.effects(photo, "first", "bee"))
    losses = [explorer.color_losses(photo, "first") for explorer in (plain, other)]
    assert losses[1] == pytest.approx(losses[0], abs=1e-4)
    assert losses[0].any() == (twin[0] == "RGB")  # a grey network loses nothing


def test_kernels_are_alike_in_terms_of_the_picture(twin: tuple[str, str], pairs: Pairs) -> None:
    plain, other = (Explorer(each.network).kernels() for each in pairs(twin))
    assert len(plain) == 6
    for ours, theirs in zip(other, plain, strict=True):
        assert close(ours.weights, theirs.weights)
        assert ours.shares == pytest.approx(theirs.shares, abs=1e-5)
        assert ours.angle == pytest.approx(theirs.angle, abs=1e-2)
        assert ours.picture().mode == twin[0]
        assert np.abs(np.asarray(ours.picture(), int) - np.asarray(theirs.picture(), int)).max() <= 1


def test_pictures_of_the_atlas_climb_alike(twin: tuple[str, str], pairs: Pairs) -> None:
    plain, other = (Excitation(each.network, "second") for each in pairs(twin))
    num_channels = pairs(twin)[0].network.preprocessing.num_channels
    patches = np.random.default_rng(5).random((8, *plain.patch_size, num_channels))
    assert close(other.slopes(patches, range(8)), plain.slopes(patches, range(8)))
    patch = draw(*plain.patch_size[::-1], seed=2)
    reached = [excitation.activation(np.asarray(patch), 4) for excitation in (plain, other)]
    assert reached[1] == pytest.approx(reached[0], rel=1e-3, abs=1e-4)


@pytest.fixture(scope="module")
def atlas_of(pairs: Pairs) -> Callable[[tuple[str, str]], LayerAtlas]:
    """Build the atlas of a twin's first convolution, once."""
    return cache(lambda twin: build_layer_atlas(pairs(twin)[1].network, "first"))


def test_atlas_is_alike_and_reaches_what_it_says(
    twin: tuple[str, str], pairs: Pairs, atlas_of: Callable[[tuple[str, str]], LayerAtlas]
) -> None:
    plain, other = atlas_of((twin[0], "0-1")), atlas_of(twin)
    assert np.abs(other.pictures.astype(int) - plain.pictures).mean() < 1
    assert close(other.activations, plain.activations)
    assert other.activations.max() > 2 * pairs(twin)[1]["first"].statistics.max.mean()
    shown = Explorer(pairs(twin)[1].network)(other.on_gray(3))["first"].statistics.max[3]
    assert shown == pytest.approx(other.activations[3], rel=1e-5)
    is_gray = (np.ptp(other.pictures, axis=-1) == 0).all()
    assert is_gray == (twin[0] == "L")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten photographs of each class, of any size."""
    root = tmp_path_factory.mktemp("twins")
    for number in range(30):
        (root / CLASS_NAMES[number % 3]).mkdir(exist_ok=True)
        draw(50 + number, 90 - number, seed=number).save(root / CLASS_NAMES[number % 3] / f"{number}.png")
    return root


def test_photographs_are_measured_alike(twin: tuple[str, str], pairs: Pairs, photos: Path, tmp_path: Path) -> None:
    plain, other = (each.network for each in pairs(twin))
    split = read_dataset(photos, other.preprocessing).splits["train"]
    assert split[:].shape == (len(split), *other.preprocessing.shape)
    for view in (as_they_are, mirror, *VIEWS.values()):
        logits = [gather_logits(network, split, view) for network in (plain, other)]
        assert close(logits[1], logits[0])
    samples = write_samples(tmp_path, other, split, logits[1])
    for sample in samples:
        assert (np.asarray(Explorer(other)(sample).seen) == np.asarray(Image.open(sample))).all()
    assert len(samples) >= 2
