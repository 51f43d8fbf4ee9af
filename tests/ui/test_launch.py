"""The page below a path: behind proxies of both kinds, and inside another application."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import expect

from browsing import Windows, load_grids, open_channels, open_comparison, open_tab, show, shown
from cnnviz.explorer.explorer import Explorer
from cnnviz.ui import Settings, mount, words
from nginx import documented, proxying
from pictures import are_alike, draw, encode
from server import Server, free_port, serve_application, serve_here

PREFIX = "/cnnviz"
UPSTREAM = "http://127.0.0.1:7860/"
"""The application, as docs/serving.md has it."""

Served = Callable[[Path, Explorer], AbstractContextManager[Server]]


@contextmanager
def asking(url: str, log_file: Path) -> Iterator[Server]:
    """Lend a client of the page at an address."""
    with httpx.Client(base_url=url, timeout=300, trust_env=False) as http:
        yield Server(http, log_file)


@contextmanager
def behind_nginx(folder: Path, explorer: Explorer, strips: bool) -> Iterator[Server]:
    """Serve the page below a path, by a proxy of which it is told with --root-path."""
    port = free_port()
    with serve_here(folder, explorer, root_path=PREFIX) as direct:
        upstream = direct.url if strips else direct.url.rstrip("/")
        location = documented("serving.md", "location").replace(UPSTREAM, upstream)
        (folder / "outside.log").touch()
        rest = "location / { access_log outside.log; return 404; }"
        configuration = f"server {{ listen 127.0.0.1:{port}; {location} {rest} }}"
        with (
            proxying(folder, port, configuration),
            asking(f"http://127.0.0.1:{port}{PREFIX}/", direct.log_file) as server,
        ):
            yield server
    assert (folder / "outside.log").read_text(encoding="utf-8") == ""


@contextmanager
def mounted(folder: Path, explorer: Explorer) -> Iterator[Server]:
    """Serve the page inside another application."""
    application = FastAPI()
    application.get("/")(lambda: "not the page")
    mount(application, f"/tools{PREFIX}", explorer, Settings())
    with serve_application(application) as url:
        assert httpx.get(url, trust_env=False).json() == "not the page"
        with asking(f"{url}/tools{PREFIX}/", folder / "log.txt") as server:
            yield server


WAYS: dict[str, Served] = {
    "a proxy that strips the path": lambda *what: behind_nginx(*what, strips=True),
    "a proxy that passes the path on": lambda *what: behind_nginx(*what, strips=False),
    "inside another application": mounted,
}


@pytest.mark.parametrize("way", WAYS)
def test_page_and_its_api_work_below_a_path(
    way: str, small_explorer: Explorer, windows: Windows, tmp_path: Path
) -> None:
    photo = encode(draw(seed=71), "PNG")
    with WAYS[way](tmp_path, small_explorer) as server, windows.lend() as window:
        page = window.open(server, path="")
        show(page, tmp_path / "photo.png", photo)
        assert are_alike(shown(page, server), list(small_explorer(photo).pictures().values()))
        assert page.locator("#photo img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        load_grids(page)
        open_channels(page, "conv2d_2")
        page.locator(".channels .tile").first.click()
        expect(page.locator(".channels dialog")).to_be_visible()
        page.keyboard.press("Escape")
        open_comparison(page)
        with page.expect_download() as download:
            open_tab(page, words.LAYERS_TAB)
            page.locator("#layers a[download]").first.click()
        assert download.value.url.startswith(server.url)
        assert server.predict(photo) == small_explorer.predict(photo)
        window.check()
