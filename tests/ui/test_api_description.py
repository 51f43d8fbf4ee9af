"""What programs are told of the API."""

from __future__ import annotations

from typing import Any

import pytest

from server import Server


def described(server: Server, path: str = "/gradio_api/info", **headers: str) -> dict[str, Any]:
    answer = server.http.get(path, headers=headers).raise_for_status().json()["named_endpoints"]
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize(
    ("headers", "root"),
    [
        ({"host": "one.example"}, "http://one.example"),
        ({"host": "two.example:8000"}, "http://two.example:8000"),
        ({"x-forwarded-host": "three.example", "x-forwarded-proto": "https"}, "https://three.example"),
    ],
)
def test_calls_are_for_the_address_of_who_asks(headers: dict[str, str], root: str, server: Server) -> None:
    predict = described(server, **headers)["/predict"]
    assert predict["parameters"][0]["example_input"]["url"].startswith(f"{root}/gradio_api/file=")
    for text in predict["code_snippets"].values():
        assert root in text


def test_slash_and_query_change_nothing(server: Server) -> None:
    expected = described(server)
    for path in ("/gradio_api/info/", "/gradio_api/info/?all_endpoints=true", "/gradio_api/info?page="):
        assert described(server, path) == expected


def test_every_example_is_one_of_the_page_or_of_the_model(server: Server) -> None:
    examples = {
        (name, each["parameter_name"]): each["example_input"]
        for name, endpoint in described(server).items()
        for each in endpoint["parameters"]
    }
    photo = examples["/predict", "image"]
    assert server.http.get(photo["url"]).raise_for_status().headers["content-type"] == "image/jpeg"
    assert examples["/compare", "other"]["path"] != photo["path"]
    assert examples["/channel", "layer"] == "conv2d_4"
    assert examples["/ablate", "without"] == {"conv2d_4": [0]}
    assert examples["/visualize", "colormap"] == "magma"
    assert examples["/explain", "class_name"] == "cat"
