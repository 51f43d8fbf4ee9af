"""What is sent to the server is bounded, by the real server over real HTTP; nothing is left of what fails."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx
import pytest
from gradio.utils import get_upload_folder

from cnnviz.explorer.explorer import Explorer
from cnnviz.ui import upload_limit
from pictures import draw, encode
from server import Server, serve_here

URL = "/gradio_api/upload"
CALL = "/gradio_api/call/predict"
MEGABYTE = 10**6
QUOTA_MEGABYTES = 40


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end


def stray_files() -> list[Path]:
    """List what Gradio has written of uploads that have not ended well."""
    return [path for path in Path(get_upload_folder()).glob("tmp*") if path.is_file()]


class Underway(upload_limit._Underway):
    """Counts as the server does, and can be asked."""

    known: ClassVar[list[Underway]] = []

    def __init__(self, max_bytes: int) -> None:
        """Begin to count."""
        super().__init__(max_bytes)
        self.known.append(self)

    @classmethod
    def wait_for(cls, num_bytes: int) -> None:
        """Wait until as much is under way of one kind."""
        wait_until(lambda: any(each._num_bytes >= num_bytes for each in cls.known))


@pytest.fixture(scope="module")
def small(small_explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A page with little room for uploads."""
    folder = tmp_path_factory.mktemp("small")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upload_limit, "_Underway", Underway)
        with serve_here(folder, small_explorer, upload_bytes=QUOTA_MEGABYTES * MEGABYTE) as running:
            yield running


@pytest.fixture(autouse=True)
def _nothing_left(small: Server) -> Iterator[None]:
    """Nothing of any upload is left behind, and no file is named in the log."""
    before = len(small.log())
    yield
    deadline = time.monotonic() + 10
    while stray_files() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert stray_files() == []
    written = small.log()[before:]
    assert "Traceback" not in written
    assert "Rome" not in written


HEAD = b'--x\r\nContent-Disposition: form-data; name="files"; filename="Rome.png"\r\n\r\n'
"""How a form with a file begins."""


@pytest.mark.parametrize("num_bytes", [20 * MEGABYTE + 2**17, 60 * MEGABYTE])
def test_upload_that_says_that_it_is_too_large_is_refused_in_the_words_of_the_page(
    num_bytes: int, small: Server
) -> None:
    answer = small.http.post(URL, files={"files": ("Rome.png", bytes(num_bytes))})
    assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    assert re.fullmatch(
        r"The picture is too large: at most 20 MB\. Received: [\d.]+ MB\. Save it smaller\.", answer.text
    )


def test_upload_without_end_is_cut_off_early(small: Server) -> None:
    def content() -> Iterator[bytes]:
        yield HEAD
        for _ in range(100):
            yield bytes(MEGABYTE)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = small.http.post(URL, content=content(), headers=headers)
    assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


def test_a_photo_of_20_megabytes_is_taken(small: Server) -> None:
    photo = encode(draw(), "PNG")
    path = Path(small.upload(photo + bytes(20 * MEGABYTE - len(photo))))
    assert path.stat().st_size == 20 * MEGABYTE


def test_upload_that_is_given_up_leaves_nothing(small: Server) -> None:
    parts = urlsplit(small.url)
    with socket.create_connection((parts.hostname, parts.port)) as visitor:
        visitor.sendall(
            f"POST {URL} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            "Content-Length: 5000000\r\n\r\n".encode()
            + HEAD
            + bytes(2 * MEGABYTE)
        )
        deadline = time.monotonic() + 10
        while not stray_files() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert stray_files()


@pytest.mark.parametrize(
    ("name", "file", "kind"),
    [
        ("other", ("Rome.png", bytes(10**6)), None),
        ("files", (None, "Rome"), None),
        ("files", ("..", bytes(10**6)), None),
        ("files", ("x/..", bytes(10**6)), None),
        ("files", ("Rome.png", bytes(10**6)), "multipart/form-data; boundary=x; charset=utf-16"),
    ],
)
def test_form_of_which_gradio_would_leave_something_behind_is_refused(
    name: str, file: Any, kind: str | None, small: Server
) -> None:
    request = small.http.build_request("POST", URL, files=[("files", ("a.png", b"a")), (name, file)])
    if kind:
        request.headers["content-type"] = kind
    answer = small.http.send(request)
    assert (answer.status_code, answer.text) == (400, "An upload is a form whose parts are all files, named `files`.")


def test_other_requests_are_bounded_too(small: Server) -> None:
    def content() -> Iterator[bytes]:
        for _ in range(100):
            yield b"a" * MEGABYTE

    for body in (b"a" * 60 * MEGABYTE, content()):
        answer = small.http.post("/gradio_api/call/predict", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
        assert "at most 53 MB" in answer.text


def test_a_call_of_too_many_values_is_refused_before_it_is_read(small: Server) -> None:
    body = b'{"data": [' + b"[]," * 10**5 + b"[]]}"
    answer = small.http.post("/gradio_api/call/predict", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, "at most 100,000" in answer.text) == (httpx.codes.REQUEST_ENTITY_TOO_LARGE, True)


@contextmanager
def unfinished(server: Server, url: str, kind: str, start: bytes, num_bytes: int) -> Iterator[None]:
    """Send most of a request, and keep the rest."""
    parts = urlsplit(server.url)
    head = f"POST {url} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {kind}\r\nContent-Length: {num_bytes}\r\n\r\n"
    with socket.create_connection((parts.hostname, parts.port)) as visitor:
        visitor.sendall(head.encode() + start + bytes(num_bytes - len(start) - 1))
        yield


def test_large_calls_under_way_are_bounded_together_and_small_ones_always_pass(small: Server) -> None:
    text, headers = b'{"data": ["' + b"a" * 10 * MEGABYTE + b'"]}', {"Content-Type": "application/json"}
    assert small.http.post(CALL, content=text, headers=headers).status_code == httpx.codes.OK
    with ExitStack() as others:
        for _ in range(4):
            others.enter_context(unfinished(small, CALL, "application/json", b"", 53 * MEGABYTE))
        Underway.wait_for(4 * (53 * MEGABYTE - 1))
        answer = small.http.post(CALL, content=text, headers=headers)
        assert (answer.status_code, "Many large requests" in answer.text) == (httpx.codes.SERVICE_UNAVAILABLE, True)
        assert small.http.post(CALL, json={"data": [None]}).status_code == httpx.codes.OK
    wait_until(lambda: small.http.post(CALL, content=text, headers=headers).status_code == httpx.codes.OK)


def test_uploads_under_way_count(small: Server) -> None:
    files = {"files": ("Rome.png", encode(draw(), "PNG") + os.urandom(5 * MEGABYTE))}
    assert small.http.post(URL, files=files).status_code == httpx.codes.OK
    kind, size = "multipart/form-data; boundary=x", 20 * MEGABYTE - 2**10
    with ExitStack() as others:
        for _ in range(2):
            others.enter_context(unfinished(small, URL, kind, HEAD, size))
        Underway.wait_for(2 * (size - 1))
        answer = small.http.post(URL, files=files)
        assert (answer.status_code, "Many large requests" in answer.text) == (httpx.codes.BAD_REQUEST, True)
    wait_until(lambda: small.http.post(URL, files=files).status_code == httpx.codes.OK)


def test_a_flood_of_uploads_stays_within_the_quota(small: Server) -> None:
    photo = encode(draw(), "PNG")
    paths = [Path(small.upload(photo + os.urandom(8 * MEGABYTE), "Rome.png")) for _ in range(12)]
    sizes = [path.stat().st_size for path in paths if path.exists()]
    assert [path.exists() for path in paths] == [False] * (12 - len(sizes)) + [True] * len(sizes)
    assert 3 * 8 * MEGABYTE < sum(sizes) <= QUOTA_MEGABYTES * MEGABYTE
    event, answer = small.call("predict", {"path": str(paths[0])})
    assert (event, answer["error"].partition(".")[0]) == (
        "error",
        "Only pictures uploaded within the last hour are read",
    )


def test_a_flood_of_what_is_no_picture_takes_no_room(small: Server) -> None:
    paths = [Path(small.upload(os.urandom(8 * MEGABYTE), "Rome.png")) for _ in range(5)]
    assert sum(path.stat().st_size for path in paths) == 0
    event, answer = small.call("predict", {"path": str(paths[0])})
    assert (event, answer["error"].partition(":")[0]) == ("error", "Cannot read the picture")


def test_address_of_an_upload_cannot_be_guessed_from_its_content(small: Server) -> None:
    photo = encode(draw(), "PNG")
    folder = Path(small.upload(photo)).parent.name
    assert re.fullmatch(r"[0-9a-f]{64}", folder)
    guesses = {hashlib.new(kind, photo).hexdigest() for kind in ("sha256", "sha3_256", "blake2s")}
    assert folder not in guesses
