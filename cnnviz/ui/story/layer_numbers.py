"""Numbers of layers as the page writes them."""

from typing import Any

from cnnviz.base.figures import count, decimals, share
from cnnviz.drawing.answer_bar import NUM_SHARING
from cnnviz.network.network import Network
from cnnviz.result.layer_result import LayerResult
from cnnviz.ui.story import words
from cnnviz.ui.story.findings import Likenesses

NO_NUMBER = "–"  # noqa: RUF001  # a dash, not a minus


def seen_row(network: Network) -> tuple[str, str]:
    """Return the words on what a unit sees, and what they mean for this network."""
    label, meaning = words.ROW_SEEN
    is_gated = any(layer.receptive_field.note for layer in network.layers)
    return label, f"{meaning} {words.SEEN_WITHOUT_GATES}" if is_gated else meaning


def write_resolution(layer: LayerResult) -> str:
    """Write how many places a layer tells apart, such as "17×17"."""  # noqa: RUF002
    return "×".join(map(str, layer.places))  # noqa: RUF001


def write_silent(layer: LayerResult) -> str:
    """Write how many of a layer's channels, or units, are zero everywhere: "12% of 128"."""
    if layer.answer:
        return NO_NUMBER
    silent = layer.statistics.silent if len(layer.shape) > 1 else layer.activation == 0
    return f"{share(float(silent.mean()))} of {count(len(silent))}"


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
