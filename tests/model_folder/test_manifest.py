"""What a model folder says of itself: of another shape, it is refused before anybody relies on it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cnnviz.base.errors import FolderError
from cnnviz.model_folder.folder import read_folder
from cnnviz.model_folder.manifest import date_saved
from folders import tamper

BAD_METRICS = {
    "no figures": {"test": "x"},
    "no accuracy": {"test": {"loss": 0.1}},
    "text": {"test": {"accuracy": "x"}},
    "over one": {"test": {"accuracy": 2}},
    "list": {"test": []},
    "rows": {"test": {"accuracy": 0.9, "reliability": [{"accuracy": 1, "confidence_low": 0.5}]}},
    "half a photo": {
        "test": {"accuracy": 0.9, "reliability": [{"accuracy": 1, "confidence_low": 0.5, "num_photos": 0.5}]}
    },
    "probes": {"probes": {"conv2d_1": 0.5}},
}


@pytest.mark.parametrize("metrics", BAD_METRICS.values(), ids=BAD_METRICS)
def test_figures_that_no_page_could_show_are_refused(
    metrics: dict[str, Any], model_folder: Path, tmp_path: Path
) -> None:
    folder = tamper(model_folder, tmp_path, {"metrics.json": json.dumps(metrics)})
    with pytest.raises(FolderError, match=r"metrics\.json in '.*' is damaged: figures are missing or out of range"):
        read_folder(folder)


def test_figures_that_are_no_numbers_are_refused(model_folder: Path, tmp_path: Path) -> None:
    folder = tamper(model_folder, tmp_path, {"metrics.json": '{"test": {"accuracy": NaN}}'})
    with pytest.raises(FolderError, match=r"is not JSON\. Received: NaN is no number"):
        read_folder(folder)


@pytest.mark.parametrize(("name", "size"), [("README.md", 2**20 + 1), ("curves.png", 10 * 2**20 + 1)])
def test_what_every_visitor_would_be_sent_may_not_be_huge(
    name: str, size: int, model_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(FolderError, match=rf"{re.escape(name)} in '.*' is too large to be opened\."):
        read_folder(tamper(model_folder, tmp_path, {name: b"x" * size}))


@pytest.mark.parametrize(
    ("saved", "expected"),
    [("2026-11-24@18:32:51", "2026-11-24"), ("2026-13-45@18:32:51", ""), (None, ""), (5, ""), ("soon", "")],
)
def test_date_is_keras_note_if_it_is_one(saved: Any, expected: str, model_folder: Path, tmp_path: Path) -> None:
    folder = tamper(model_folder, tmp_path, {"metadata.json": json.dumps({"date_saved": saved})})
    assert date_saved(folder) == expected


def test_name_that_no_folder_can_have_is_one_sentence() -> None:
    with pytest.raises(FolderError, match=r"^No model folder at 'aaa"):
        read_folder("a" * 300)
