"""The page's first line: which model answers, and why if it is not the one that was asked for."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cnnviz.base.source import IN_MEMORY, Source
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import own_name
from cnnviz.ui.component import markup
from cnnviz.ui.header import words as header_words
from cnnviz.ui.header.header import describe_header, describe_model, name_model
from served_models import serve_model

COMMIT = "3f2a91c" + 33 * "0"
HUB = Source("hub", "alice/cats@main", COMMIT, "2026-11-04")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (HUB, "alice/cats@main, version 3f2a91c of 04 Nov 2026"),
        (replace(HUB, date=""), "alice/cats@main, version 3f2a91c"),
        (Source("embedded", date="2026-11-24"), "built in"),
        (Source("folder", "cats"), "cats"),
        (IN_MEMORY, "yours"),
    ],
)
def test_model_is_named_after_its_source(source: Source, name: str) -> None:
    assert name_model(source) == name


def test_folder_gives_its_own_name_or_that_of_its_run() -> None:
    assert own_name(Path("runs/mine/model")) == "mine"
    assert own_name(Path("models/cats")) == "cats"


def test_model_is_described_with_its_accuracy(explorer: Explorer) -> None:
    assert describe_model(replace(explorer, source=HUB)).endswith("04 Nov 2026, not measured yet")
    measured = replace(explorer.network, metrics={"test": {"accuracy": 0.9321}})
    known = Explorer(measured, Source("folder", "cats"))
    assert describe_model(known) == "Model: cats, right on 93.2% of its own test photos"
    told = replace(measured, manifest={"training": {"data": "Kaggle's Dogs vs. Cats training photographs"}})
    assert describe_model(Explorer(told)) == "Model: yours, right on 93.2% of Kaggle's test photos"
    assert markup(describe_model(replace(known, source=Source("folder", "<b>")))).startswith("Model: &lt;b&gt;, ")


def test_fallback_is_told_with_its_reason(explorer: Explorer, tmp_path: Path) -> None:
    def describe(source: Source) -> dict[str, Any]:
        described: dict[str, Any] = markup(describe_header(serve_model(replace(explorer, source=source), tmp_path)))
        return described

    assert describe(HUB)["instead"] == ""
    instead = describe(HUB.because("<b> is silent."))
    assert instead["instead"].startswith("The newest version is unavailable")
    assert instead["reason"] == "&lt;b&gt; is silent."
    embedded = Source("embedded").because("The Hub is silent.")
    assert "the built-in one answers" in describe(embedded)["instead"]


def test_what_is_assumed_is_told(explorer: Explorer, tmp_path: Path) -> None:
    def describe(*assumed: str) -> dict[str, Any]:
        described: dict[str, Any] = markup(describe_header(serve_model(replace(explorer, assumed=assumed), tmp_path)))
        return described

    assert (describe()["assuming"], describe()["assumed"]) == ("", [])
    told = describe("'<b>' scales pixels.", "Name classes with `classes`.")
    assert told["assuming"] == header_words.ASSUMING
    assert told["assumed"] == ["&#x27;&lt;b&gt;&#x27; scales pixels.", "Name classes with classes."]


def test_source_is_one_line_and_plain_values() -> None:
    assert str(HUB) == "alice/cats@main, commit 3f2a91c of 2026-11-04"
    assert str(Source("embedded")) == "the embedded model"
    assert str(Source("folder", str(Path("runs")))) == "runs"
    assert HUB.because("Silent.").to_dict() == {
        "kind": "hub",
        "name": "alice/cats@main",
        "commit": COMMIT,
        "date": "2026-11-04",
        "fallback": "Silent.",
    }
    assert Source("embedded").to_dict() == {
        "kind": "embedded",
        **dict.fromkeys(("name", "commit", "date", "fallback")),
    }
