"""The story that layers may tell, from edges to evidence: each sentence only where this photo's numbers bear it out."""

from dataclasses import dataclass

from cnnviz.base.figures import decimals, share
from cnnviz.result.result import Result
from cnnviz.ui.story import words
from cnnviz.ui.story.findings import Likenesses, is_clear
from cnnviz.ui.story.layer_numbers import probe_names, write_accuracy

HARDLY_LEFT = 0.2
"""The picture counts as faded when less than this share of the first layer's lead remains."""

CLEARLY_MORE_ZEROS = 0.1
CLEARLY_BETTER = 0.15
"""Probes of random weights on 3,000 photographs got better by up to 0.11 with depth, those of trained ones by 0.30."""


@dataclass(frozen=True)
class Story:
    """What can be said.

    Args:
        is_whole: Whether the picture fades and evidence takes its place.
        sentences: What the numbers bear out, in the order of the story.
    """

    is_whole: bool
    sentences: list[str]


def tell_story(result: Result, likenesses: Likenesses) -> Story:
    """Say what becomes of a photo on its way through a network, as far as it does.

    Args:
        result: The photo's result.
        likenesses: Of every layer with places, how much its maps look like the photo, and like others.

    Returns:
        The story; without sentences where there is nothing to say.
    """
    fades = _tell_fading(likenesses) if likenesses else ""
    zeros = _tell_zeros(result, list(likenesses)) if likenesses else ""
    evidence = _tell_evidence(result)
    sentences = [fades, zeros, evidence]
    return Story(bool(fades and evidence), [sentence for sentence in sentences if sentence])


def _tell_fading(likenesses: Likenesses) -> str:
    """Compare the first layer with the last one that has places."""
    names, (kept, left) = list(likenesses), ([*likenesses.values()][n] for n in (0, -1))
    if not is_clear(kept) or is_clear(left) or _lead(left) > HARDLY_LEFT * _lead(kept):
        return ""
    own, others, own_left, others_left = (decimals(likeness or 0.0, 2) for likeness in (*kept, *left))
    numbers = {"own": own, "others": others, "own_left": own_left, "others_left": others_left}
    return words.KEEPS_THE_PICTURE.format(first=names[0], last=names[-1], **numbers)


def _lead(likeness: tuple[float, float | None]) -> float:
    """Compute how much more a layer looks like the photo than like others."""
    own, others = likeness
    return own - (others or 0.0)


def _tell_zeros(result: Result, names: list[str]) -> str:
    first, last = result[names[0]], result[names[-1]]
    before, after = (layer.statistics.layer_zero_share for layer in (first, last))
    if after < before + CLEARLY_MORE_ZEROS:
        return ""
    return words.MORE_ZEROS.format(first=first.name, last=last.name, before=share(before), after=share(after))


def _tell_evidence(result: Result) -> str:
    """Compare the probes of the first layer and of the last but one: the last one is the answer itself."""
    probes = result.network.metrics.get("probes", {})
    probed = [layer for layer in result.layers[:-1] if layer.name in probes]
    if not probed:
        return ""
    first, last = probed[0], probed[-1]
    if probes[last.name]["accuracy"] < probes[first.name]["accuracy"] + CLEARLY_BETTER:
        return ""
    before, after = (write_accuracy(layer, probes) for layer in (first, last))
    names = probe_names(result.network)
    return words.HOLDS_EVIDENCE.format(first=first.name, last=last.name, before=before, after=after, **names)
