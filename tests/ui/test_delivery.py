"""What leaves the server: headers, nonces, compressed pages; and what a browser then refuses to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
from playwright.sync_api import Browser, expect

from browsing import (
    DESKTOP,
    WAIT_MILLISECONDS,
    Visit,
    load_grids,
    open_alone,
    open_channels,
    open_comparison,
    open_tab,
    open_why,
    wait_until_loaded,
)
from cnnviz.explorer.explorer import Explorer
from cnnviz.ui import words
from server import Server, serve_here

MAX_FIRST_LOAD_BYTES = 1_300_000
WHO_MAY_FRAME = "'self' https://course.example"
DOCUMENTS = ("/", "/favicon.ico")
COUNT_VIOLATIONS = """
    window.violations = [];
    document.addEventListener('securitypolicyviolation', ({violatedDirective, blockedURI}) =>
        window.violations.push(`${violatedDirective} ${blockedURI}`));
"""
OTHER_HOST = "http://other.invalid"
HOSTILE_CARD = f"""
```mermaid
%%{{init: {{"themeCSS": ".node {{ background: url({OTHER_HOST}/theme.png) }}"}}}}%%
flowchart TD
  A@{{ img: "{OTHER_HOST}/node.png", label: "x", w: 60, h: 60 }} --> B
```

![pixel]({OTHER_HOST}/pixel.png) <img src="{OTHER_HOST}/b.png" onerror="document.title='run'">
<script>document.title = 'run'</script> <script src="{OTHER_HOST}/run.js"></script>
<iframe src="{OTHER_HOST}/frame"></iframe> <form action="{OTHER_HOST}/form"><input name="password"></form>
<svg onload="document.title='run'"><image href="{OTHER_HOST}/c.png"></image></svg>
<style>@import "{OTHER_HOST}/d";</style>
<link rel="stylesheet" href="{OTHER_HOST}/e.css"> $$\\href{{javascript:document.title='run'}}{{x}}$$
[link](javascript:document.title='run') `<base href="{OTHER_HOST}/">`
"""
HOSTILE_NAME = f"<img src={OTHER_HOST}/name.png onerror=\"document.title='run'\">"


def policy_of(answer: httpx.Response) -> dict[str, str]:
    """Read the Content-Security-Policy of an answer: the sources by directive."""
    parts = (part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";"))
    return {name: sources for name, _, sources in parts}


@pytest.fixture(scope="module")
def strange(small_explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page on a stranger's model, which only some may frame."""
    folder = tmp_path_factory.mktemp("strange")
    (folder / "README.md").write_text(HOSTILE_CARD, encoding="utf-8")
    network = replace(small_explorer.network, class_names=(HOSTILE_NAME, "dog"), folder=folder)
    with serve_here(folder, Explorer(network), frame_ancestors=WHO_MAY_FRAME) as running:
        yield running


# Headers


def test_every_kind_of_answer_has_the_headers(server: Server) -> None:
    page = server.http.get("/").text
    script = re.search(r"gradio_api/file=[^\"\\]+\.js", page)
    style = re.search(r"\./assets/[^\"]+\.css", page)
    assert script
    assert style
    for path in ("/config", "/gradio_api/info", "/nowhere", "/theme.css", f"/{script[0]}", f"/{style[0]}", *DOCUMENTS):
        answer = server.http.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
    for path in DOCUMENTS:
        policy = policy_of(server.http.get(path))
        assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'self'"
        assert policy["object-src"] == "'none'"
        assert "frame-ancestors" not in policy


def test_every_script_of_the_page_has_the_nonce_of_this_answer_alone(server: Server) -> None:
    nonces = set()
    for _ in range(3):
        answer = server.http.get("/")
        (nonce,) = re.findall(r"'nonce-([\w-]{20,})'", policy_of(answer)["script-src"])
        scripts = re.findall(r"<script[^>]*>", answer.text)
        assert len(scripts) > 3
        assert all(f'nonce="{nonce}"' in script for script in scripts)
        nonces.add(nonce)
    assert len(nonces) == 3


# Compression


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None)])
def test_page_and_its_description_are_compressed_as_the_visitor_accepts_it(
    accepted: str, encoding: str | None, server: Server
) -> None:
    without_nonce = re.compile(r'nonce="[\w-]+"')
    plain = without_nonce.sub("", server.http.get("/", headers={"Accept-Encoding": "identity"}).text)
    for path in ("/", "/config", "/gradio_api/info"):
        answer = server.http.get(path, headers={"Accept-Encoding": accepted})
        assert answer.headers.get("content-encoding") == encoding
        if encoding:
            assert "Accept-Encoding" in answer.headers["vary"]
            assert int(answer.headers["content-length"]) == answer.num_bytes_downloaded < len(answer.content) / 1.5
    assert without_nonce.sub("", server.http.get("/", headers={"Accept-Encoding": accepted}).text) == plain


def test_head_tells_what_get_would_and_has_no_body(server: Server) -> None:
    answer = server.http.head("/")
    assert answer.status_code == httpx.codes.OK
    assert answer.content == b""
    assert answer.headers["content-type"].startswith("text/html")


def test_events_are_sent_as_they_come(server: Server) -> None:
    with server.http.stream("GET", "/gradio_api/heartbeat/visitor", timeout=10) as answer:
        assert "content-encoding" not in answer.headers
        assert next(answer.iter_text()).startswith("data: ALIVE")  # the next one would come after many seconds


def test_first_load_is_small(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport=DESKTOP)
    context.set_default_timeout(WAIT_MILLISECONDS)
    page, sizes = context.new_page(), {}
    session = context.new_cdp_session(page)
    session.on("Network.dataReceived", lambda event: add(event["encodedDataLength"]))
    session.on("Network.responseReceived", lambda event: add(len(str(event["response"]["headers"]))))

    def add(num_bytes: int) -> None:
        sizes["all"] = sizes.get("all", 0) + num_bytes

    session.send("Network.enable")
    page.goto(server.url)
    wait_until_loaded(page)
    context.close()
    assert 10**5 < sizes["all"] < MAX_FIRST_LOAD_BYTES


# What a browser does


def test_all_of_the_page_works_without_a_violation(visit: Visit) -> None:
    page = visit()
    page.evaluate(COUNT_VIOLATIONS)  # of those before, the console has told, and the window would say so
    load_grids(page)
    page.locator("#layers [data-view]").first.click()
    page.keyboard.press("Escape")
    open_channels(page)
    page.locator(".channels .tile").first.click()
    expect(page.locator(".channels dialog")).to_be_visible()
    page.keyboard.press("Escape")
    open_why(page)
    open_comparison(page)
    open_tab(page, words.NETWORK_TAB)
    expect(page.locator("#network")).to_be_visible()
    assert page.evaluate("window.violations") == []


def test_page_opens_and_describes_its_api_without_a_violation(browser: Browser, server: Server) -> None:
    page = open_alone(browser, viewport=DESKTOP)
    page.add_init_script(COUNT_VIOLATIONS)
    page.goto(server.url)
    wait_until_loaded(page)
    page.locator("footer button").first.click()
    expect(page.get_by_text("/visualize").first).to_be_visible()
    assert page.evaluate("window.violations") == []
    page.close()


def test_card_and_names_of_a_stranger_call_no_other_host_and_run_nothing(strange: Server, browser: Browser) -> None:
    page = open_alone(browser, viewport=DESKTOP)
    called: list[str] = []
    page.on("response", lambda response: called.append(response.url))
    page.on("requestfailed", lambda request: called.append(request.url) if request.failure != "csp" else None)
    page.goto(strange.url)
    wait_until_loaded(page)
    open_tab(page, words.NETWORK_TAB)
    expect(page.locator("#card")).to_contain_text("password")
    expect(page.locator("#card svg .node, #card svg .image-shape").first).to_be_attached()  # the diagram is drawn
    assert page.title() == words.TITLE
    assert {url for url in called if not url.startswith((strange.url, "data:", "blob:"))} == set()
    page.close()


# Frames


@contextmanager
def framing(url: str) -> Iterator[str]:
    """Serve a page of another origin that shows an address in a frame."""
    content = f'<iframe src="{url}" width="1200" height="700"></iframe>'.encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=listening.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://localhost:{listening.server_port}"
    listening.shutdown()
    listening.server_close()


def test_page_can_be_framed_by_another_origin(browser: Browser, server: Server) -> None:
    with framing(server.url) as address:
        page = open_alone(browser)
        page.goto(address)
        expect(page.frame_locator("iframe").locator("#strip .selected")).to_be_visible()
        page.close()


def test_page_is_framed_by_those_who_may_only(strange: Server, browser: Browser) -> None:
    assert policy_of(strange.http.get("/"))["frame-ancestors"] == WHO_MAY_FRAME
    with framing(strange.url) as address:
        page = open_alone(browser)
        with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            page.goto(address)
        page.close()
