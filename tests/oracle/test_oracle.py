"""Our maps and activations against those of the peers, raw: `make oracle`, which makes an environment for each of them.

Each largest difference, as a share of the peer's largest value, is printed at the end.
"""

from collections.abc import Callable, Iterable

import numpy as np
import pytest
from gradio.media import get_image

import cnnviz
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.result.result import Result
from cnnviz.why.attribution import OF_PICTURES
from cnnviz.why.explain import Explanation
from networks import build_branches
from oracle.peers import ask, write_question

pytestmark = pytest.mark.oracle

MAX_DIFFERENCE = 1e-5
MAX_ROUNDED = 1e-4
"""Of small differences of large logits, which PyTorch rounds otherwise than TensorFlow; not for Xplique's."""

COMPARED = {
    "xplique": ("grad_cam", "saliency", "occlusion"),
    "tf_keras_vis": ("grad_cam", "hires_cam", "layer_cam", "saliency", "smooth_grad"),
    "captum": ("hires_cam", "saliency", "smooth_grad", "integrated_gradients", "occlusion"),
}
LAYERS = {
    "trained": ["conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4", "max_pooling2d_4"],
    "random": ["conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4", "max_pooling2d_4"],
    "branches": ["signed", "left", "right", "added", "joined", "last"],
}
"""Of the embedded model, of the same one with random weights, and of one with branches and a softmax."""

Answers = Callable[[str, str], dict[str, np.ndarray]]


@pytest.fixture(scope="module")
def results(network: Network) -> dict[str, tuple[Explorer, Result]]:
    """What we make of a photo, and with what."""
    explorers = {"trained": cnnviz.load(), "random": Explorer(network), "branches": Explorer(build_branches())}
    return {name: (explorer, explorer(get_image("cheetah1.jpg"))) for name, explorer in explorers.items()}


@pytest.fixture(scope="module")
def answers(results: dict[str, tuple[Explorer, Result]], tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Gives what a peer makes of the same; each is asked once."""
    folder, given = tmp_path_factory.mktemp("oracle"), {}

    def answer(peer: str, name: str) -> dict[str, np.ndarray]:
        if not (folder / name).exists():
            explorer, result = results[name]
            picture = explorer.network.preprocessing.scale(np.asarray(result.seen))
            write_question(folder / name, explorer.network, picture, LAYERS[name])
        if (peer, name) not in given:
            ask(peer, folder / name)
            given[peer, name] = dict(np.load(folder / name / "answer.npz"))
        return given[peer, name]

    return answer


def largest_difference(pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> float:
    """Compare ours with theirs; an empty map of theirs must be empty here too."""
    differences = []
    for ours, theirs in pairs:
        assert ours.shape == theirs.shape
        largest = np.abs(theirs).max()
        assert largest > 0 or not ours.any()
        differences.append(np.abs(ours - theirs.astype(np.float64)).max() / (largest or 1))
    assert differences
    return float(max(differences))


def as_of(peer: str, explanation: Explanation, shape: tuple[int, int]) -> np.ndarray:
    """Give a map as the peer gives it: its occlusion sums up squares at each pixel, or averages them."""
    if explanation.method != "occlusion":
        return explanation.values
    total, number = np.zeros(shape), np.zeros(shape)
    for (row, column), value in np.ndenumerate(explanation.values):
        left, top, right, bottom = explanation.seen.box(row, column)
        total[top:bottom, left:right] += value
        number[top:bottom, left:right] += 1
    return total if peer == "xplique" else np.divide(total, number, out=np.zeros(shape), where=number > 0)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(("peer", "method"), [(peer, method) for peer, some in COMPARED.items() for method in some])
def test_map_is_the_peers(
    peer: str,
    method: str,
    name: str,
    results: dict[str, tuple[Explorer, Result]],
    answers: Answers,
    record_property: Callable[[str, object], None],
) -> None:
    explorer, result = results[name]
    layers = [None] if method in OF_PICTURES else LAYERS[name]
    pairs = []
    for class_name in explorer.network.class_names:
        for layer_name in layers:
            theirs = answers(peer, name)["/".join(filter(None, (method, class_name, layer_name)))]
            pairs.append((as_of(peer, result.explain(method, class_name, layer_name), theirs.shape), theirs))
    difference = largest_difference(pairs)
    record_property(f"oracle: {method}, {peer}, {name}", difference)
    assert difference <= (MAX_ROUNDED if (peer, method) == ("captum", "occlusion") else MAX_DIFFERENCE)


@pytest.mark.parametrize(
    ("peer", "name"), [("keract", "trained"), ("keract", "random"), *(("captum", name) for name in LAYERS)]
)
def test_activations_are_the_peers(
    peer: str,
    name: str,
    results: dict[str, tuple[Explorer, Result]],
    answers: Answers,
    record_property: Callable[[str, object], None],
) -> None:
    _, result = results[name]
    theirs = {key.split("/")[1]: values for key, values in answers(peer, name).items() if key.startswith("activation/")}
    compared = [layer for layer in result.layers if layer.name in theirs]  # Keras does not give layers within blocks
    assert len(compared) == len(result.layers) or name == "branches"
    difference = largest_difference((layer.activation, theirs[layer.name]) for layer in compared)
    record_property(f"oracle: activations, {peer}, {name}", difference)
    assert difference <= MAX_DIFFERENCE


def test_peers_see_a_wrong_map(results: dict[str, tuple[Explorer, Result]], answers: Answers) -> None:
    theirs = answers("tf_keras_vis", "trained")
    for method in ("grad_cam", "hires_cam", "layer_cam"):
        other = results["trained"][1].explain(method, "cat", "conv2d_4").values
        assert largest_difference([(other, theirs[f"{method}/dog/conv2d_4"])]) > MAX_DIFFERENCE
