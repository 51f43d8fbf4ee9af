"""What other sites show of a link to the page."""

from __future__ import annotations

import io
import re

from PIL import Image

from cnnviz.ui import words
from cnnviz.ui.header import words as header_words
from cnnviz.ui.preview import with_preview
from server import Server


def described(page: str) -> dict[str, str]:
    """Read what a page says of itself to other sites."""
    return dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+|description)" content="([^"]*)"', page))


def test_a_link_shows_the_page_s_own_title_text_and_picture(server: Server) -> None:
    told = described(server.http.get("/").text)
    assert told["og:title"] == words.TITLE
    assert told["og:description"] == told["description"] == header_words.TAGLINE
    assert told["og:url"].rstrip("/") == server.url.rstrip("/")
    assert not [name for name in told if name.startswith("twitter:") and name != "twitter:card"]
    picture = server.http.get(told["og:image"])
    assert picture.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size == (1200, 630)


def test_behind_a_proxy_the_addresses_are_those_that_visitors_have(server: Server) -> None:
    proxied = {"x-forwarded-host": "lens.example", "x-forwarded-proto": "https"}
    told = described(server.http.get("/", headers=proxied).text)
    assert told["og:url"] == "https://lens.example/"
    assert told["og:image"].startswith("https://lens.example/gradio_api/file=")


def test_a_page_that_is_not_gradio_s_is_left_as_it_is() -> None:
    assert with_preview(b"<head></head>Not found", "http://a", "b.png") == b"<head></head>Not found"
    page = with_preview(b'<head><meta property="og:title" content="Gradio" /></head>', 'http://a"', "b.png")
    assert b'"http://a&quot;/b.png"' in page
    assert b"Gradio" not in page
