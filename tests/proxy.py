"""A reverse proxy that serves an application below a path, as nginx does, and an application of somebody else's."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep

import uvicorn
from fastapi import FastAPI

from server import free_port

PREFIX = "/cnnviz"
HOP_BY_HOP = ("connection", "transfer-encoding", "content-length")
CHUNK_BYTES = 65_536


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs.

    Args:
        url: The address below which it serves the application, with a slash at the end.
        outside: The paths that were asked for elsewhere.
    """

    url: str
    outside: list[str] = field(default_factory=list)


@contextmanager
def proxying(port: int, strips: bool) -> Iterator[Proxy]:
    """Serve the application of a port below `PREFIX`, which is passed on or stripped."""
    listening = ThreadingHTTPServer(("127.0.0.1", 0), _handler(port, strips))
    proxy = Proxy(f"http://127.0.0.1:{listening.server_port}{PREFIX}/")
    listening.outside = proxy.outside  # type: ignore[attr-defined]
    Thread(target=listening.serve_forever, args=(0.05,), name="proxy", daemon=True).start()
    try:
        yield proxy
    finally:
        listening.shutdown()
        listening.server_close()


def _handler(port: int, strips: bool) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Print nothing."""

        def pass_on(self) -> None:
            """Ask the application, and pass its answer on as it comes."""
            if not self.path.startswith(f"{PREFIX}/"):
                self.server.outside.append(self.path)  # type: ignore[attr-defined]
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:  # with the Host that the visitor asked for, as `proxy_set_header Host $http_host` has it
                path = self.path.removeprefix(PREFIX) if strips else self.path
                connection.request(self.command, path, body or None, headers)
                self.answer(connection.getresponse())
            except OSError:  # the visitor has left, or the application was stopped
                self.close_connection = True
            finally:
                connection.close()

        def answer(self, response: http.client.HTTPResponse) -> None:
            self.send_response(response.status)
            for name, value in response.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            length = response.getheader("Content-Length")
            self.send_header(*(("Content-Length", length) if length is not None else ("Connection", "close")))
            self.end_headers()
            while content := response.read1(CHUNK_BYTES):
                self.wfile.write(content)
                self.wfile.flush()

        do_GET = do_HEAD = do_POST = pass_on  # noqa: N815

    return Handler


@contextmanager
def serving(application: FastAPI) -> Iterator[str]:
    """Serve an application as `uvicorn MODULE:app` does, and give its address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=int(port), log_level="warning"))
    thread = Thread(target=server.run, name="application", daemon=True)
    thread.start()
    while not server.started:
        sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
