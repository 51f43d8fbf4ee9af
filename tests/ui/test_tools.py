"""The endpoints as tools: `python app.py --mcp`, asked by the client of the Model Context Protocol."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from networks import LAYERS
from pictures import draw, encode
from refusals import NOT_FETCHED, NOT_UPLOADED
from server import Server, free_port, serve

pytestmark = [pytest.mark.mcp, pytest.mark.filterwarnings("ignore")]
PATH = "/gradio_api/mcp/"


@pytest.fixture(scope="module")
def tooled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("tooled"), "--mcp", "--port", free_port()) as running:
        yield running
        assert "Traceback" not in running.log()


def ask(server: Server, question: Callable[[Any], Awaitable[Any]]) -> Any:
    """Connect to the tools, and ask."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async def connect() -> Any:
        async with (
            streamablehttp_client(server.url + PATH) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await question(session)

    return asyncio.run(connect())


def call(server: Server, name: str, **values: Any) -> Any:
    return ask(server, lambda session: session.call_tool(name, values))


def data_url(content: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(content).decode()


@pytest.fixture(scope="module")
def photo() -> bytes:
    return encode(draw(300, 200), "JPEG")


def test_tools_are_the_public_endpoints_with_every_parameter_described(tooled: Server) -> None:
    tools = ask(tooled, lambda session: session.list_tools()).tools
    assert [tool.name for tool in tools] == [
        "predict",
        "visualize",
        "channel",
        "ablate",
        "explain",
        "trace",
        "compare",
        "survey",
        "model",
    ]
    for tool in tools:
        assert tool.description.endswith((".", "tool"))
        for name, parameter in tool.inputSchema["properties"].items():
            assert parameter["description"].endswith("."), (tool.name, name)
    layer = tools[2].inputSchema["properties"]["layer"]
    assert layer["enum"] == list(LAYERS)
    assert tools[0].inputSchema["required"] == ["image"]


def test_picture_as_a_data_url_is_answered_as_by_the_api(tooled: Server, photo: bytes) -> None:
    label, probabilities = call(tooled, "predict", image=data_url(photo)).content
    expected = tooled.predict(photo)
    assert json.loads(probabilities.text) == expected
    assert label.text == max(expected, key=lambda name: expected[name])


@pytest.mark.parametrize("prefix", ["", "/gradio_api/file="])
def test_uploaded_picture_is_found_by_its_path_and_by_its_address(prefix: str, tooled: Server, photo: bytes) -> None:
    address = (tooled.url if prefix else "") + prefix + tooled.upload(photo)
    _, probabilities = call(tooled, "predict", image=address).content
    assert json.loads(probabilities.text) == tooled.predict(photo)


def test_pictures_come_as_pictures(tooled: Server, photo: bytes) -> None:
    content = call(tooled, "visualize", image=data_url(photo), layers=["conv2d_1", "conv2d_2"]).content
    pictures = [each for each in content if each.type == "image"]
    assert [Image.open(io.BytesIO(base64.b64decode(each.data))).format for each in pictures] == ["PNG", "PNG"]
    assert json.loads(content[0].text)["label"] in ("cat", "dog")
    picture, _, details = call(tooled, "channel", image=data_url(photo), layer="conv2d_3", channel=17).content
    assert picture.type == "image"
    assert json.loads(details.text)["channel"] == 17
    (ablation,) = call(tooled, "ablate", image=data_url(photo), without={"conv2d_3": [17]}).content
    assert "original" in json.loads(ablation.text)


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        ("https://example.com/photo.jpg", NOT_FETCHED),
        ("/etc/passwd", NOT_UPLOADED),
        ("data:image/png;base64,aGVsbG8=", r"Cannot read the picture: .*"),
    ],
)
def test_what_is_refused_is_said_in_a_sentence(image: str, sentence: str, tooled: Server) -> None:
    answer = call(tooled, "predict", image=image)
    assert answer.isError
    assert re.fullmatch(sentence, answer.content[0].text)


def test_nothing_of_a_data_url_stays_on_the_disk(tooled: Server) -> None:
    only = encode(draw(50, 40, seed=77), "JPEG")
    assert not call(tooled, "predict", image=data_url(only)).isError
    folder = Path(tooled.upload(b"another")).parents[1]
    assert only not in [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_many_may_call_at_the_same_time(tooled: Server, photo: bytes) -> None:
    async def together(session: Any) -> list[Any]:
        calls = (session.call_tool("predict", {"image": data_url(photo)}) for _ in range(8))
        return await asyncio.gather(*calls)

    answers = ask(tooled, together)
    assert {each.content[1].text for each in answers} == {json.dumps(tooled.predict(photo))}


def test_older_way_is_closed_and_the_panel_has_the_tools(tooled: Server) -> None:
    assert tooled.http.get("/gradio_api/mcp/sse").status_code == 404
    assert tooled.http.post("/gradio_api/mcp/messages/", json={}).status_code == 404
    assert len(tooled.http.get("/gradio_api/mcp/schema").json()) == 7
    assert f"Streamable HTTP URL: {tooled.url}{PATH}" in tooled.log()
