"""The legend explains what is there, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.ui.component import markup
from cnnviz.ui.layers import words
from cnnviz.ui.layers.legend import describe_legend
from networks import build_branches
from served_models import serve_model


def test_legend_explains_only_rows_that_are_there(explorer: Explorer, tmp_path: Path) -> None:
    def describe(network: Network) -> dict[str, Any]:
        described: dict[str, Any] = markup(describe_legend(serve_model(Explorer(network), tmp_path)))
        return described

    network = explorer.network
    assert [label for label, _ in describe(network)["rows"]] == ["one square sees", "squares"]
    probed = replace(network, metrics={"probes": {"conv2d_1": {"accuracy": 0.7}}})
    label, text = describe(probed)["rows"][-1]
    assert label == "right if asked here"
    assert "right on 50% of them" in text
    assert words.READING_SIGNED not in describe(network)["paragraphs"][0]
    assert words.READING_SIGNED in describe(build_branches())["paragraphs"][0]
