"""No sentence is about another network: of one of other classes and another size, nothing speaks of cats and dogs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnnviz.explorer.explorer import Explorer
from cnnviz.ui import words
from cnnviz.ui.parts import MODEL_VIEWS, PHOTO_VIEWS
from cnnviz.ui.preparation import prepare_models
from cnnviz.ui.served_model import ServedModel
from markup import Shown
from networks import build_residual
from pictures import draw

OF_ANOTHER = re.compile(
    r"\b(cats?|dogs?|kittens?|animals?|ears?|paws?|fur|eyes?|blanket|cheetah|150|148|conv2d_\d|dense layers)\b", re.I
)


def texts(value: Any) -> Iterator[str]:
    """Yield all texts in plain values, but for the names of the examples and for what is no text."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from () if key in ("src", "url", "file", "palettes", "path") else texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value


def strange(values: Any) -> list[str]:
    """Find the texts that speak of another network."""
    return [text for text in texts(values) if OF_ANOTHER.search(text)]


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    return Explorer(build_residual())


def serve(explorer: Explorer, folder: Path, own_examples: bool) -> ServedModel:
    mine = folder / "mine"
    mine.mkdir(parents=True)
    draw(seed=3).save(mine / "leaf.png")
    return prepare_models(2**26, folder / "served", mine if own_examples else None)(explorer)


@pytest.mark.parametrize("own_examples", [True, False])
def test_page_says_nothing_of_another_network(explorer: Explorer, own_examples: bool, tmp_path: Path) -> None:
    served = serve(explorer, tmp_path, own_examples)
    told = json.loads(json.dumps({**served.opening, **served.about}, default=str))
    examples = told.pop("examples")  # whose names tell what they show
    settings = [view.settings() for view in (*PHOTO_VIEWS, *MODEL_VIEWS) if view.settings]
    general = [getattr(words, name) for name in vars(words) if name.isupper() and name != "WITHOUT_PARAMETER"]
    assert strange([told, settings, general, served.endpoints.model()]) == []
    assert "still picks one." in told["answer"]["honesty"]
    assert strange([each["text"] for each in examples["examples"]]) == []


def test_notebook_says_nothing_of_another_network(explorer: Explorer) -> None:
    result = explorer(draw())
    shown = [result, *result, result.channel("conv_2", 0), result.explain("grad_cam"), result.contributions()]
    shown += [explorer.compare(draw(), draw(seed=1)), explorer.ablate(draw(), {"conv_1": [0]})]
    said = [text for each in shown for text in [*Shown(each._repr_html_()).texts, repr(each)]]
    said += [layer.caption() for layer in result]
    assert len(said) > 50
    assert strange([said, repr(explorer), repr(explorer.network), result.to_dict()]) == []


def test_page_of_a_gate_tells_wherever_the_box_is_told(explorer: Explorer, tmp_path: Path) -> None:
    served = serve(explorer, tmp_path, True)
    note = "weighed by the whole picture"
    layers = {layer["name"]: layer for layer in served.opening["channels"]["layers"]}
    tiles = {tile["name"]: tile["unit"]["text"] for tile in served.opening["strip"]["tiles"]}
    rows = {row[0]: row[-1] for row in served.about["network"]["rows"]}
    captions = {
        layer["name"]: layer["caption"] for stage in served.opening["layers"]["stages"] for layer in stage["layers"]
    }
    for name, is_gated in {"conv_2": False, "gated": True, "relu_2": True}.items():
        assert layers[name]["note"] == (note if is_gated else "")
        assert (note in layers[name]["text"], note in rows[name], note in captions[name]) == (is_gated,) * 3
        assert tiles[name].endswith(f"It is also {note}.") == is_gated
    described = {layer["name"]: layer for layer in served.endpoints.model()["layers"]}
    assert (described["gated"]["is_gated"], described["conv_2"]["is_gated"]) == (True, False)
    assert described["added"]["role"] == "sum"
    assert "a gate does, that is not counted" in served.opening["strip"]["rows"][0]["title"]
    assert "a gate does, that is not counted" in served.opening["evidence"]["meanings"][0]
    assert any("a gate does, that is not counted" in text for _, text in served.about["reading"]["rows"])


def test_diagram_names_the_roles_that_there_are(explorer: Explorer, tmp_path: Path) -> None:
    network = serve(explorer, tmp_path, True).about["network"]
    roles = [each["role"] for each in network["roles"]]
    assert roles == ["convolution", "pooling", "normalization", "activation", "sum", "product", "dense"]
    assert {block["role"] for block in network["blocks"]} == set(roles)
