"""What was measured, printed and kept."""

import json
from copy import deepcopy
from pathlib import Path

import pytest

from cnnviz.base.errors import FolderError
from cnnviz.evaluation.report import require_empty, summarize, summarize_layers, write_report
from measured import METRICS

MEASURED = deepcopy(METRICS)
MEASURED["test"]["mirrored"]["loss"] = 0.281


def test_the_summary_says_what_was_measured() -> None:
    lines = summarize(MEASURED).splitlines()
    assert lines[0] == "Test accuracy 87.65% (95% interval 86.14% to 89.02%) on 2,000 photographs; loss 0.2987"
    assert lines[1].startswith("  cat: 90.00% (95% interval ")
    assert lines[1].endswith(" of 1,200; 1,080 called cat, 120 called dog")
    assert lines[2].endswith(" of 800; 127 called cat, 673 called dog")
    assert lines[3] == ("  Averaged with the mirror image: 88.20% (95% interval 86.70% to 89.50%); loss 0.2810")
    assert lines[4] == "  Expected calibration error 1.49%; area under the ROC curve 0.9512"
    assert lines[5] == (
        "  Calibrated with the temperature 1.531: expected calibration error 3.03% before, 1.49% after; "
        "loss 0.3100 before, 0.2987 after"
    )
    assert len(lines) == 6


def test_layers_are_summarized_line_by_line() -> None:
    assert summarize_layers(MEASURED).splitlines() == [
        "  conv2d_1: a linear probe is right on 61.10% (95% interval 57.70% to 64.40%); 0 dead channel(s)",
        "  dense_1: a linear probe is right on 88.10% (95% interval 85.70% to 90.20%); 3 dead channel(s)",
    ]


def test_the_summary_leaves_out_what_was_not_measured() -> None:
    test = {name: value for name, value in MEASURED["test"].items() if name != "roc_auc"}
    lines = summarize({"test": test}).splitlines()
    assert len(lines) == 5
    assert lines[4] == "  Expected calibration error 1.49%"


@pytest.mark.parametrize(("split", "words"), [("train", "Train accuracy 8"), ("all", "Accuracy 8")])
def test_the_summary_says_which_photographs_were_measured(split: str, words: str) -> None:
    assert summarize({**MEASURED, "measured": {"split": split}}).startswith(words)


def test_a_report_holds_figures_and_pictures(tmp_path: Path) -> None:
    folder = tmp_path / "some" / "report"
    write_report(folder, METRICS, {"roc.png": b"a picture"})
    assert json.loads((folder / "metrics.json").read_text(encoding="utf-8")) == METRICS
    assert (folder / "roc.png").read_bytes() == b"a picture"
    assert len(list(folder.iterdir())) == 2


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    require_empty(tmp_path / "new")
    require_empty(tmp_path)
    (tmp_path / "thesis.txt").write_text("years of work")
    for path in (tmp_path, tmp_path / "thesis.txt"):
        with pytest.raises(FolderError, match=r"exists and is not an empty folder\. Name another folder\."):
            require_empty(path)


def test_a_report_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match=r"Cannot write in '.*file.*'\. Received: "):
        write_report(tmp_path / "file" / "report", METRICS, {})
