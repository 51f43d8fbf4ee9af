"""Calls of the API as text."""

import ast
import json
import shlex
from typing import Any

import pytest

from cnnviz.ui.snippets import snippets

ROOT = "https://example.com/cnnviz"
FILE = {"path": "/tmp/a b.jpg", "url": f"{ROOT}/gradio_api/file=/tmp/a%20b.jpg", "meta": {"_type": "gradio.FileData"}}
AWKWARD = 'it\'s "$IMAGE" `ls` \\ ä'
VALUES: dict[str, Any] = {"image": FILE, "class_name": AWKWARD, "layer": None, "trust": False, "without": {"a": [0]}}


def test_python_has_every_value() -> None:
    text = snippets("/explain", VALUES, ROOT)["python"]
    (call,) = (
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "client.predict"
    )
    given = {each.arg: each.value for each in call.keywords}
    assert ast.unparse(given.pop("image")) == f"handle_file({FILE['url']!r})"
    expected = {name: value for name, value in VALUES.items() if name != "image"}
    assert {name: ast.literal_eval(value) for name, value in given.items()} == {**expected, "api_name": "/explain"}
    assert text.startswith("from gradio_client import Client, handle_file\n")


def test_javascript_has_the_same_values() -> None:
    lines = snippets("/explain", VALUES, ROOT)["javascript"].splitlines()
    given = dict(line.strip().removesuffix(",").split(": ", 1) for line in lines if line.startswith("    "))
    assert given.pop("image") == f'handle_file("{FILE["url"]}")'
    assert {"image": FILE, **{name: json.loads(text) for name, text in given.items()}} == VALUES


@pytest.mark.parametrize("language", ["bash", "cli"])
def test_no_value_is_taken_for_a_command(language: str) -> None:
    words = shlex.split(snippets("/explain", VALUES, ROOT)[language].replace("\\\n", ""))
    (body,) = (
        json.loads(word) for word in words if word.startswith("{") and word != "{command}" and "class_name" in word
    )
    assert body["class_name"] == AWKWARD


def test_call_without_parameters_needs_no_file() -> None:
    for text in snippets("/model", {}, ROOT).values():
        assert "handle_file" not in text
        assert "upload" not in text
