"""From edges to evidence: the table's values are the photo's."""

from dataclasses import replace

import numpy as np
import pytest

from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load
from cnnviz.network.network import Network
from cnnviz.result.result import Result
from cnnviz.ui import words
from cnnviz.ui.network.evidence import describe_evidence
from cnnviz.ui.story.references import References
from cnnviz.ui.story.stages import tell_stages
from networks import LAYERS, build_branches
from pictures import draw


def describe(result: Result) -> list[list[dict[str, object]]]:
    """Give the cells of each layer, with another drawing to compare with."""
    likenesses = References(result.network, [draw(seed=101)]).compare(result)
    described = describe_evidence(result, tell_stages(result, likenesses), likenesses)
    assert len(described["columns"]) == len(described["meanings"])
    rows = [row for stage in described["stages"] for row in stage["rows"]]
    assert [row["name"].replace("<wbr>", "") for row in rows] == [layer.name for layer in result.layers]
    assert {len(row["cells"]) for row in rows} == {len(described["columns"])}
    return [row["cells"] for row in rows]


def test_numbers_are_the_photos(explorer: Explorer) -> None:
    result = explorer(draw(seed=4))
    seen, places, zeros, likeness = ([row[column] for row in describe(result)] for column in range(4))
    assert seen[2] == {"text": "8×8", "bars": [pytest.approx(8 / 150)]}  # noqa: RUF001
    assert seen[-1]["bars"] == [pytest.approx(142 / 150)]
    assert places[0] == {"text": "148×148", "bars": [pytest.approx(148 / 150)]}  # noqa: RUF001
    compared = References(explorer.network, [draw(seed=101)]).compare(result)
    for cell, looked, layer in zip(zeros[:-1], likeness[:-1], result.layers[:-1], strict=True):
        share = float((layer.activation == 0).mean())
        assert cell["bars"] == [pytest.approx(share, abs=1e-6)]
        assert cell["text"] == ("<1%" if 0 < share < 0.01 else ">99%" if 0.99 < share < 1 else f"{share:.0%}")
        own, others = compared.get(layer.name, (None, None))
        assert looked == (
            {"text": "–", "bars": []}  # noqa: RUF001
            if own is None
            else {"text": f"{own:.2f} / {others:.2f}", "bars": [own, others]}
        )
    assert zeros[-1] == {"text": "–", "bars": []}  # noqa: RUF001


def test_what_tells_the_classes_apart_begins_at_guessing(explorer: Explorer) -> None:
    probes = {name: {"accuracy": 0.45 + 0.05 * number} for number, name in enumerate(LAYERS[:-1])}
    network = replace(explorer.network, metrics={"probes": probes})
    cells = [row[4] for row in describe(Explorer(network)(draw()))]
    assert [cell["text"] for cell in cells] == [*(f"{45 + 5 * number}%" for number in range(10)), "–"]  # noqa: RUF001
    assert np.concatenate([cell["bars"] for cell in cells]) == pytest.approx([0, *(0.1 * n for n in range(9))])
    result = Explorer(network)(draw())
    described = describe_evidence(result, tell_stages(result, {}), {})
    assert described["columns"][-1] == "tells cat / dog apart"
    assert described["bars"].endswith(words.EVIDENCE_PROBE_BARS)


def test_column_of_probes_is_hidden_where_a_model_has_none(explorer: Explorer) -> None:
    result = explorer(draw())
    described = describe_evidence(result, tell_stages(result, {}), {})
    assert len(described["columns"]) == 4
    assert described["bars"] == words.EVIDENCE_BARS
    assert described["heading"] == words.EVIDENCE_NEUTRAL_HEADING


def test_heading_tells_the_story_only_where_it_is_borne_out() -> None:
    explorer = load()
    result = explorer(draw())
    faded = {name: (0.5, 0.1) if name < "conv2d_3" else (0.1, 0.1) for name in LAYERS if name.startswith("conv")}
    for likenesses, heading in ((faded, words.EVIDENCE_HEADING), ({}, words.EVIDENCE_NEUTRAL_HEADING)):
        assert describe_evidence(result, tell_stages(result, likenesses), likenesses)["heading"] == heading


def test_any_network_has_its_rows() -> None:
    network = build_branches()
    rows = describe(Explorer(network)(draw()))
    assert len(rows) == len(network.layers)
    assert all(0 <= share <= 1 for row in rows for cell in row for share in cell["bars"])


def test_class_names_are_no_markup(explorer: Explorer) -> None:
    model, metrics = explorer.network.model, {"probes": {"conv2d_1": {"accuracy": 0.6}, "dense_1": {"accuracy": 0.9}}}
    result = Explorer(Network(model, ("<b>", "dog"), explorer.network.preprocessing, metrics=metrics))(draw())
    described = describe_evidence(result, tell_stages(result, {}), {})
    assert described["columns"][-1] == "tells &lt;b&gt; / dog apart"
