"""The story from edges to evidence: told of a trained network, and never where its numbers do not bear it out."""

from dataclasses import replace

import numpy as np
import pytest
from gradio.media import get_image
from PIL import Image

from cnnviz.base.figures import decimals, share
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load
from cnnviz.network.network import Network
from cnnviz.picture.image import load_image
from cnnviz.result.photo_likeness import integrate
from cnnviz.result.result import Result
from cnnviz.ui.examples.drawings import draw_colors, draw_dot, draw_star
from cnnviz.ui.story import words
from cnnviz.ui.story.findings import Likenesses
from cnnviz.ui.story.references import References
from cnnviz.ui.story.story import Story, tell_story
from networks import build_branches
from pictures import draw

PHOTOS = ("cheetah1.jpg", "lion.jpg", "cheetah.jpg", "tower.jpg")
DRAWINGS = {"star": draw_star, "colors": draw_colors, "dot": draw_dot, "waves": draw}
RANDOM_PROBES = {
    **dict(zip((f"conv2d_{n}" for n in (1, 2, 3, 4)), (0.606, 0.641, 0.702, 0.685), strict=True)),
    **dict(zip((f"max_pooling2d_{n}" for n in (1, 2, 3, 4)), (0.607, 0.651, 0.713, 0.684), strict=True)),
    **{"flatten_1": 0.684, "dense_1": 0.606, "dense_2": 0.515},
}
"""How often probes of the architecture with random weights were right on 1,000 photographs of cats and dogs."""

KEEPS, ZEROS, EVIDENCE = (
    text.partition(":")[0] for text in (words.KEEPS_THE_PICTURE, words.MORE_ZEROS, words.HOLDS_EVIDENCE)
)


def give_probes(explorer: Explorer, probes: dict[str, float]) -> Explorer:
    """Give a network the figures of probes."""
    network = explorer.network
    metrics = {"probes": {name: {"accuracy": accuracy} for name, accuracy in probes.items()}}
    return Explorer(Network(network.model, network.class_names, network.preprocessing, metrics=metrics))


def tell(explorer: Explorer, picture: Image.Image, others: list[Image.Image]) -> tuple[Story, Result, Likenesses]:
    """Tell the story of a picture, and give the numbers that it rests on."""
    result = explorer(picture)
    likenesses = References(explorer.network, others).compare(result, integrate(result.seen))
    return tell_story(result, likenesses), result, likenesses


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    """Photos that come with Gradio, and drawings."""
    return [*(load_image(get_image(name)) for name in PHOTOS), *(make() for make in DRAWINGS.values())]


def require_borne_out(story: Story, result: Result, likenesses: Likenesses) -> None:
    """Check each sentence by numbers that are computed here."""
    said = {start: [text for text in story.sentences if text.startswith(start)] for start in (KEEPS, ZEROS, EVIDENCE)}
    assert sum(map(len, said.values())) == len(story.sentences)
    (own, others), *_, (own_left, others_left) = likenesses.values()
    kept, gone = own >= max(2 * others, 0.1), own_left < max(2 * others_left, 0.1)
    assert bool(said[KEEPS]) == (kept and gone and own_left - others_left <= 0.2 * (own - others))
    first, last = (result[name] for name in (next(iter(likenesses)), list(likenesses)[-1]))
    before, after = (float((layer.activation == 0).mean()) for layer in (first, last))
    assert bool(said[ZEROS]) == (after >= before + 0.1)
    if said[ZEROS]:
        assert (
            f"{share(before)} of the numbers of {first.name}, and {share(after)} of those of {last.name}."
            in said[ZEROS][0]
        )
    if said[KEEPS]:
        for own, others in (likenesses[first.name], likenesses[last.name]):
            assert decimals(own, 2) in said[KEEPS][0]
            assert decimals(others, 2) in said[KEEPS][0]


@pytest.mark.parametrize("probes", [{}, RANDOM_PROBES], ids=["without probes", "with probes"])
def test_random_weights_do_not_tell_the_story(
    explorer: Explorer, pictures: list[Image.Image], probes: dict[str, float]
) -> None:
    random = give_probes(explorer, probes)
    for picture in pictures:
        story, result, likenesses = tell(random, picture, pictures[:4])
        assert not story.is_whole
        assert not any(sentence.startswith(EVIDENCE) for sentence in story.sentences)
        require_borne_out(story, result, likenesses)


def test_embedded_network_tells_the_story_of_photos_as_far_as_their_numbers_do(pictures: list[Image.Image]) -> None:
    explorer, wholes = load(), 0
    probes = explorer.network.metrics["probes"]
    for picture in pictures:
        story, result, likenesses = tell(explorer, picture, pictures[:4])
        require_borne_out(story, result, likenesses)
        (evidence,) = (sentence for sentence in story.sentences if sentence.startswith(EVIDENCE))
        for name in ("conv2d_1", "dense_1"):
            assert name in evidence
            assert share(probes[name]["accuracy"]) in evidence
        assert story.is_whole == any(sentence.startswith(KEEPS) for sentence in story.sentences)
        wholes += story.is_whole
    assert wholes >= 3


@pytest.mark.parametrize(("last", "said"), [(0.75, True), (0.7, False), (0.5, False)])
def test_evidence_is_told_only_where_deep_layers_tell_the_classes_clearly_better_apart(
    explorer: Explorer, last: float, said: bool
) -> None:
    probed = give_probes(explorer, {"conv2d_1": 0.58, "dense_1": last, "dense_2": 0.99})
    story, *_ = tell(probed, draw(), [draw(seed=9)])
    assert any(sentence.startswith(EVIDENCE) for sentence in story.sentences) == said


def test_nothing_is_told_of_a_photo_without_others_to_compare_with_nor_of_a_black_one(explorer: Explorer) -> None:
    for picture, others in ((draw(), []), (draw(), [draw()]), (Image.new("RGB", (60, 40)), [draw()])):
        story, *_ = tell(explorer, picture, others)
        assert not any(sentence.startswith(KEEPS) for sentence in story.sentences)


def test_story_of_any_network_names_its_own_layers() -> None:
    network = build_branches()
    likenesses = {layer.name: (0.4, 0.1) for layer in network.layers if len(layer.shape) == 3}
    faded = likenesses | {"last": (0.1, 0.1)}
    accuracies = np.linspace(0.4, 0.9, len(network.layers))
    probes = {layer.name: {"accuracy": share} for layer, share in zip(network.layers, accuracies, strict=True)}
    probed = replace(network, metrics={"probes": probes})
    story = tell_story(Explorer(probed)(draw()), faded)
    assert story.is_whole
    assert "of signed are like your photo by 0.40" in story.sentences[0]
    assert "In last it is 0.10 and 0.10" in story.sentences[0]
    assert story.sentences[-1].endswith("of averaged alone on 85%. Guessing is right on 33%.")
