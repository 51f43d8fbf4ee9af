"""Numbers of layers as the page writes them."""

from collections.abc import Callable
from typing import Any

from cnnviz.base.figures import decimals, share
from cnnviz.drawing.answer_bar import NUM_SHARING
from cnnviz.network.network import Network
from cnnviz.result.layer_result import LayerResult
from cnnviz.ui.story import words
from cnnviz.ui.story.findings import Likenesses

NO_NUMBER = "–"  # noqa: RUF001  # a dash, not a minus


def seen_row(network: Network) -> tuple[str, str]:
    """Return the words on what a unit sees, and what they mean for this network."""
    label, meaning = words.ROW_SEEN
    return label, without_gates(meaning, network)


def without_gates(meaning: str, network: Network) -> str:
    """Add to what is said of what a unit sees that gates are not counted, if the network has some.

    Args:
        meaning: A sentence.
        network: The network.

    Returns:
        One sentence or two.
    """
    is_gated = any(layer.receptive_field.note for layer in network.layers)
    return f"{meaning} {words.SEEN_WITHOUT_GATES}" if is_gated else meaning


def strip_rows(network: Network) -> list[tuple[str, str, Callable[[LayerResult], str]]]:
    """Choose the two numbers that the strip tells of each layer.

    Args:
        network: The network.

    Returns:
        What a square of it sees, and how well it tells the classes apart; or, where that was not measured, how many
        squares it has. Of each the label, what it means, and what writes it for a layer.
    """
    probes = network.metrics.get("probes", {})
    label, meaning = words.STRIP_SEES
    sees = (label, without_gates(meaning, network), write_seen)
    if not probes:
        return [sees, (*words.STRIP_SQUARES, write_resolution)]
    label, meaning = words.STRIP_TELLS
    told = meaning.format(guessing=share(1 / len(network.class_names)))
    return [sees, (label, told, lambda layer: write_accuracy(layer, probes))]


def write_seen(layer: LayerResult) -> str:
    """Write how many pixels of the picture a square of a layer sees, such as "46×46 px"."""  # noqa: RUF002
    return words.PIXELS.format(size=layer.layer.seen_text)


def write_resolution(layer: LayerResult) -> str:
    """Write how many places a layer tells apart, such as "17×17"."""  # noqa: RUF002
    return "×".join(map(str, layer.places))  # noqa: RUF001


def write_likeness(layer: LayerResult, likenesses: Likenesses) -> str:
    """Write how much a layer's maps look like the photo, and like others: "0.41 / 0.12"."""
    if layer.name not in likenesses:
        return NO_NUMBER
    return " / ".join(decimals(likeness, 2) for likeness in likenesses[layer.name] if likeness is not None)


def write_accuracy(layer: LayerResult, probes: dict[str, Any]) -> str:
    """Write on what share of photos a layer alone tells the classes apart."""
    return share(probes[layer.name]["accuracy"]) if layer.name in probes else NO_NUMBER


def probe_names(network: Network) -> dict[str, str]:
    """Return what the words on the probes name: the classes, and how often guessing is right."""
    names = network.class_names
    classes = " / ".join(names) if len(names) == NUM_SHARING else words.CLASSES
    return {"classes": classes, "guessing": share(1 / len(names))}
