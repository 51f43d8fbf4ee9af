"""Several copies of the page behind nginx, as docs/scaling.md has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from gradio_client import handle_file

from browsing import Windows, load_grids, show, shown
from cnnviz.explorer.explorer import Explorer
from cnnviz.ui.crowd import words
from nginx import documented, proxying
from patient_client import PatientClient
from pictures import are_alike, draw, encode
from server import Server, free_port, serve

ADDRESSES = ("127.0.0.1:7861", "127.0.0.1:7862")
AFFINITY = "hash $cnnviz_visitor consistent;"
VISITORS = [f"127.0.0.{number}" for number in range(2, 10)]
NUM_STRANGERS = 4
NUM_TRIES = 5
SCRIPT = re.compile(r'gradio_api/file=[^\\"]+?/strip\.js')
"""A script of the page, in a folder of the copy that has sent the page."""

PHOTO = encode(draw(seed=81), "PNG")


@pytest.fixture(scope="module")
def copies(server: Server, model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """One copy in this process, one in a process of its own."""
    with serve(tmp_path_factory.mktemp("copy"), "--model", model_folder, "--port", free_port()) as other:
        yield [server, other]


@contextmanager
def behind(copies: list[Server], folder: Path, has_affinity: bool) -> Iterator[Server]:
    """Serve both by nginx; without affinity, requests go to each in turn."""
    port = free_port()
    configuration = documented("scaling.md", "map").replace("listen 80;", f"listen 127.0.0.1:{port};")
    replaced = dict(zip(ADDRESSES, (copy.url.removeprefix("http://").rstrip("/") for copy in copies), strict=True))
    for line, address in replaced.items() if has_affinity else (replaced | {AFFINITY: ""}).items():
        assert line in configuration
        configuration = configuration.replace(line, address)
    with (
        proxying(folder, port, configuration),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300, trust_env=False) as http,
    ):
        yield Server(http, copies[0].log_file)


def asking(server: Server, address: str) -> Server:
    """Ask from an address of one's own, without cookies."""
    transport = httpx.HTTPTransport(local_address=address)
    return Server(httpx.Client(base_url=server.url, transport=transport, timeout=300), server.log_file)


def test_pages_and_programs_stay_with_one_copy(
    copies: list[Server], explorer: Explorer, windows: Windows, tmp_path: Path
) -> None:
    expected = explorer.predict(PHOTO)
    with behind(copies, tmp_path, has_affinity=True) as server, windows.lend() as window:
        page = window.open(server)
        show(page, tmp_path / "photo.png", PHOTO)
        load_grids(page)
        (cookie,) = window.context.cookies()
        assert cookie.get("httpOnly") and cookie.get("sameSite") == "Lax"
        server.http.cookies.set("cnnviz", cookie.get("value", ""))
        assert are_alike(shown(page, server), list(explorer(PHOTO).pictures().values()))
        for _ in range(NUM_STRANGERS):
            window.page.goto("about:blank")  # or scripts that it still loads would come without the cookie
            window.context.clear_cookies()
            window.open(server)
        window.check()
        server.http.cookies.clear()
        client = PatientClient(server.url)
        assert client.predict(handle_file(tmp_path / "photo.png"), api_name="/predict")[1] == expected
        for address in VISITORS:
            own = asking(server, address)
            framed = own.http.get("/", headers={"Sec-Fetch-Dest": "iframe"})
            assert "Set-Cookie" not in framed.headers
            assert own.http.get(SCRIPT.findall(framed.text)[0]).status_code == 200
            assert own.predict(PHOTO) == expected
            own.http.close()
    assert all("/predict: " in copy.log() for copy in copies)


def test_without_affinity_each_failure_is_one_sentence(
    copies: list[Server], windows: Windows, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = [len(copy.log()) for copy in copies]
    with behind(copies, tmp_path, has_affinity=False) as server, windows.lend() as window:
        told = set()
        for _ in range(2):
            path = server.upload(PHOTO)
            for _ in range(3):
                event, data = server.call("predict", {"path": path})
                told.add(event if event == "complete" else str(data))
        assert words.UNKNOWN in told
        client = PatientClient(server.url)
        (tmp_path / "photo.png").write_bytes(PHOTO)
        with pytest.raises(ValueError, match=r"^Server stopped\.$"):
            for _ in range(NUM_TRIES):  # a heartbeat of the client's in between makes up for one turn
                client.predict(handle_file(tmp_path / "photo.png"), api_name="/predict")
        with window.page.expect_response(lambda response: response.status == 403):
            window.open(server, wait=False)
        window.page.goto(server.url + "/healthz")
        window.forgive("Failed to ")
        assert not any("Traceback" in copy.log()[start:] for copy, start in zip(copies, before, strict=True))
    assert "Traceback" not in capfd.readouterr().err
