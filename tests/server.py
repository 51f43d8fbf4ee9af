"""The real server as a process of its own, and plain HTTP to ask it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent
APP = ROOT / "app.py"
START_SECONDS = 180
STOP_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A running `python app.py`.

    Args:
        process: The process.
        http: Speaks to it, and to nothing else.
        log_file: Where its output goes.
    """

    process: subprocess.Popen[bytes]
    http: httpx.Client
    log_file: Path

    @property
    def url(self) -> str:
        """Its address."""
        return str(self.http.base_url)

    def log(self) -> str:
        """Give everything that it has printed so far."""
        return self.log_file.read_text(encoding="utf-8")

    def upload(self, content: bytes, name: str = "photo.jpg") -> str:
        """Upload a file and give the path that the server gave it."""
        (path,) = self.http.post("/gradio_api/upload", files={"files": (name, content)}).raise_for_status().json()
        return str(path)

    def call(self, endpoint: str, *data: Any) -> tuple[str, Any]:
        """Ask an endpoint by position, and give the event's name and data."""
        return self._ask(f"/gradio_api/call/{endpoint}", endpoint, {"data": data})

    def call_by_name(self, endpoint: str, **data: Any) -> tuple[str, Any]:
        """Ask an endpoint by the parameters' names, and give the event's name and data."""
        return self._ask(f"/gradio_api/call/v2/{endpoint}", endpoint, data)

    def predict(self, content: bytes, name: str = "photo.jpg") -> dict[str, float]:
        """Upload a picture, and give the probabilities; anything but an answer is a failure."""
        event, data = self.call("predict", {"path": self.upload(content, name)})
        assert event == "complete", data
        return dict(data[1])

    def fetch(self, picture: dict[str, Any]) -> bytes:
        """Fetch one of the pictures of an answer."""
        return self.http.get(picture["image"]["url"]).raise_for_status().content

    def _ask(self, path: str, endpoint: str, body: dict[str, Any]) -> tuple[str, Any]:
        event_id = self.http.post(path, json=body).raise_for_status().json()["event_id"]
        stream = self.http.get(f"/gradio_api/call/{endpoint}/{event_id}").raise_for_status().text
        *_, event, data = stream.strip().splitlines()
        return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


@contextmanager
def serve(folder: Path, *flags: str | Path, **environment: str) -> Iterator[Server]:
    """Start app.py in a folder, wait until it answers, and stop it at the end."""
    log_file = folder / "log.txt"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, APP, *flags], cwd=folder, env=clean_environment(**environment), stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port_of(flags, environment)}"
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
            server = Server(process, http, log_file)
            wait_until_ready(server)
            yield server
    finally:
        stop(process)


def port_of(flags: tuple[str | Path, ...], environment: dict[str, str]) -> str:
    """Give the port that a server was told to listen at."""
    return str(flags[flags.index("--port") + 1]) if "--port" in flags else environment["CNNVIZ_PORT"]


def wait_until_ready(server: Server) -> None:
    """Return once the page answers; fail if the server stops or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.process.poll() is None, server.log()
        try:
            server.http.get("/").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"app.py did not answer within {START_SECONDS} seconds.\n{server.log()}")


def stop(process: subprocess.Popen[bytes], signal_number: int = signal.SIGTERM) -> int:
    """Ask a process to end, insist if it does not, and give its exit status."""
    if process.poll() is None:
        process.send_signal(signal_number)
    try:
        return process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def free_port() -> str:
    """Give a port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def clean_environment(**environment: str) -> dict[str, str]:
    """Give this process's environment without settings of the app but these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CNNVIZ_", "GRADIO_"))}
    return inherited | environment
