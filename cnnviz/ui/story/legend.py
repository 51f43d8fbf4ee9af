"""What the tiles and the numbers mean."""

import html

from cnnviz.network.network import Network
from cnnviz.ui import words
from cnnviz.ui.story.layer_numbers import probe_names


def describe_legend(network: Network) -> str:
    """Explain the tiles, and the numbers under the strip.

    Args:
        network: The model.

    Returns:
        HTML; text from the model is escaped.
    """
    rows = [words.ROW_SEEN, words.ROW_RESOLUTION, words.ROW_SILENT, words.ROW_LIKENESS]
    if network.metrics.get("probes"):
        rows.append(words.ROW_PROBE)
    names = {name: html.escape(text) for name, text in probe_names(network).items()}
    numbers = "".join(f"<dt>{label}</dt><dd>{text}</dd>" for label, text in rows).format(**names)
    signed = "" if all(layer.non_negative for layer in network.layers) else f" {words.READING_SIGNED}"
    return (
        f"<details><summary>{words.READING_HEADING}</summary>"
        f"<div><p>{words.READING}{signed}</p><p>{words.READING_NUMBERS}</p><dl>{numbers}</dl></div></details>"
    )
