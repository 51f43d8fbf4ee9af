"""From edges to evidence: the table's values are the photo's."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnviz.base.figures import share
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load
from cnnviz.network.network import Network
from cnnviz.result.photo_likeness import integrate
from cnnviz.ui.component import markup
from cnnviz.ui.network import words
from cnnviz.ui.network.evidence import describe_evidence
from cnnviz.ui.story.references import References
from networks import LAYERS, build_branches
from pictures import draw
from served_models import show_photo


def describe(network: Network, folder: Path, picture: Image.Image | None = None) -> list[list[dict[str, Any]]]:
    """Describe the cells of each layer, with another drawing to compare with."""
    photo = show_photo(network, folder, picture)
    result, described = photo.result, describe_evidence(photo)
    assert len(described["columns"]) == len(described["meanings"])
    rows = [row for stage in described["stages"] for row in stage["rows"]]
    assert [row["name"].replace("<wbr>", "") for row in rows] == [layer.name for layer in result.layers]
    assert {len(row["cells"]) for row in rows} == {len(described["columns"])}
    return [row["cells"] for row in rows]


def test_numbers_are_the_photos(explorer: Explorer, tmp_path: Path) -> None:
    result, rows = explorer(draw(seed=4)), describe(explorer.network, tmp_path, draw(seed=4))
    seen, places, zeros, likeness = ([row[column] for row in rows] for column in range(4))
    assert seen[2] == {"text": "8×8", "bars": [pytest.approx(8 / 150)]}  # noqa: RUF001
    assert seen[-1]["bars"] == [pytest.approx(142 / 150)]
    assert places[0] == {"text": "148×148", "bars": [pytest.approx(148 / 150)]}  # noqa: RUF001
    compared = References(explorer.network, [draw(seed=101)]).compare(result, integrate(result.seen))
    for cell, looked, layer in zip(zeros[:-1], likeness[:-1], result.layers[:-1], strict=True):
        zero_share = float((layer.activation == 0).mean())
        assert cell["bars"] == [pytest.approx(zero_share, abs=1e-6)]
        assert cell["text"] == share(zero_share)
        own, others = compared.get(layer.name, (None, None))
        assert looked == (
            {"text": "–", "bars": []}  # noqa: RUF001
            if own is None
            else {"text": f"{own:.2f} / {others:.2f}", "bars": [own, others]}
        )
    assert zeros[-1] == {"text": "–", "bars": []}  # noqa: RUF001


def test_what_tells_the_classes_apart_begins_at_guessing(explorer: Explorer, tmp_path: Path) -> None:
    probes = {name: {"accuracy": 0.45 + 0.05 * number} for number, name in enumerate(LAYERS[:-1])}
    network = replace(explorer.network, metrics={"probes": probes})
    cells = [row[4] for row in describe(network, tmp_path)]
    assert [cell["text"] for cell in cells] == [*(f"{45 + 5 * number}%" for number in range(10)), "–"]  # noqa: RUF001
    assert np.concatenate([cell["bars"] for cell in cells]) == pytest.approx([0, *(0.1 * n for n in range(9))])
    described = describe_evidence(show_photo(network, tmp_path))
    assert described["columns"][-1] == "tells cat / dog apart"
    assert described["bars"].endswith(words.EVIDENCE_PROBE_BARS)


def test_column_of_probes_is_hidden_where_a_model_has_none(explorer: Explorer, tmp_path: Path) -> None:
    described = describe_evidence(show_photo(explorer.network, tmp_path))
    assert len(described["columns"]) == 4
    assert described["bars"] == words.EVIDENCE_BARS
    assert described["heading"] == words.EVIDENCE_NEUTRAL_HEADING


def test_heading_tells_the_story_only_where_it_is_borne_out(tmp_path: Path) -> None:
    network = load().network
    faded = {name: (0.5, 0.1) if name < "conv2d_3" else (0.1, 0.1) for name in LAYERS if name.startswith("conv")}
    for likenesses, heading in ((faded, words.EVIDENCE_HEADING), ({}, words.EVIDENCE_NEUTRAL_HEADING)):
        photo = show_photo(network, tmp_path)
        photo.__dict__["likenesses"] = likenesses  # in place of what would be computed
        assert describe_evidence(photo)["heading"] == heading


def test_any_network_has_its_rows(tmp_path: Path) -> None:
    network = build_branches()
    rows = describe(network, tmp_path)
    assert len(rows) == len(network.layers)
    assert all(0 <= share <= 1 for row in rows for cell in row for share in cell["bars"])


def test_class_names_are_no_markup(explorer: Explorer, tmp_path: Path) -> None:
    model, metrics = explorer.network.model, {"probes": {"conv2d_1": {"accuracy": 0.6}, "dense_1": {"accuracy": 0.9}}}
    network = Network(model, ("<b>", "dog"), explorer.network.preprocessing, metrics=metrics)
    described = markup(describe_evidence(show_photo(network, tmp_path)))
    assert described["columns"][-1] == "tells &lt;b&gt; / dog apart"
