"""What was measured, printed and kept."""

import json
from copy import deepcopy
from pathlib import Path

import pytest

from cnnviz.base.errors import FolderError
from cnnviz.evaluation.report import require_empty, summarize, summarize_layers, write_report
from measured import METRICS, of_classes

MEASURED = deepcopy(METRICS)
MEASURED["test"]["mirrored"]["loss"] = 0.281


def test_the_summary_says_what_was_measured() -> None:
    lines = summarize(MEASURED).splitlines()
    assert lines[0] == "Test accuracy 87.65% (95% interval 86.14% to 89.02%) on 2,000 photographs; loss 0.2987"
    assert lines.pop(1) == "  Balanced accuracy 87.06%; always answering cat would be right on 60.00%."
    assert lines[1].startswith("  cat: 90.00% (95% interval ")
    assert lines[1].endswith(" of 1,200; 1,080 called cat, 120 called dog")
    assert lines[2].endswith(" of 800; 127 called cat, 673 called dog")
    assert lines[3] == ("  Averaged with the mirror image: 88.20% (95% interval 86.70% to 89.50%); loss 0.2810")
    assert lines[4] == "  Photographs cut to the middle 85%: 87.00% (95% interval 85.46% to 88.40%)"
    assert lines[5] == "  Photographs shown 1.2 times smaller: 86.05% (95% interval 84.46% to 87.50%)"
    assert lines[6] == "  Expected calibration error 1.49%; area under the ROC curve 0.9512"
    assert lines[7] == (
        "  Calibrated with the temperature 1.531: expected calibration error 3.03% before, 1.49% after; "
        "loss 0.3100 before, 0.2987 after"
    )
    assert len(lines) == 8


def test_the_summary_says_that_no_temperature_was_needed() -> None:
    plain = {**MEASURED, "calibration": {**MEASURED["calibration"], "temperature": 1.0}}
    assert summarize(plain).splitlines()[-1] == (
        "  Not calibrated: the validation photographs do not show that another temperature than 1 is better"
    )


def test_layers_are_summarized_line_by_line() -> None:
    assert summarize_layers(MEASURED).splitlines() == [
        "  conv2d_1: a linear probe is right on 61.10% (95% interval 57.70% to 64.40%); 0 dead channel(s)",
        "  dense_1: a linear probe is right on 88.10% (95% interval 85.70% to 90.20%); 3 dead channel(s)",
    ]


def test_the_summary_leaves_out_what_was_not_measured() -> None:
    test = {name: value for name, value in MEASURED["test"].items() if name != "roc_auc"}
    lines = summarize({"test": test}).splitlines()
    assert len(lines) == 8
    assert lines[7] == "  Expected calibration error 1.49%"


def test_the_summary_of_many_classes_names_the_hardest_and_the_most_frequent_confusions() -> None:
    names = [f"kind {number}" for number in range(102)]
    called = {name: {name: 40} for name in names}
    called["kind 7"] = {"kind 7": 10, "kind 8": 25, "kind 9": 5}
    lines = summarize({"test": {**of_classes(called), "mirrored": MEASURED["test"]["mirrored"]}}).splitlines()
    assert lines[2] == "  Of 102 classes, these are right least often:"
    assert lines[3].startswith("    kind 7: 25.00% (95% interval ")
    assert lines[3].endswith(" of 40; 10 called kind 7, 25 called kind 8, 5 called kind 9")
    assert lines[13:16] == [
        "  The most frequent confusions:",
        "    kind 7 called kind 8: 25 of 40",
        "    kind 7 called kind 9: 5 of 40",
    ]
    assert len(lines) == 20


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
