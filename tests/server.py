"""The real server, in this process or as one of its own, and plain HTTP to ask it."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

import cnnviz
from cnnviz.explorer.explorer import Explorer

ROOT = Path(__file__).parent.parent
APP = ROOT / "app.py"
START_SECONDS = 300
STOP_SECONDS = 120
CACHE_BYTES = 2**28


@dataclass(frozen=True)
class Server:
    """A running page with its API.

    Args:
        http: Speaks to it, and to nothing else.
        log_file: Where its log goes, and of a process all its output.
        process: `python app.py`; None if it runs in this process.
    """

    http: httpx.Client
    log_file: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return str(self.http.base_url)

    @property
    def pid(self) -> int:
        """The number of the process that it runs in."""
        return self.process.pid if self.process else os.getpid()

    def log(self) -> str:
        """Give everything that it has printed so far."""
        return self.log_file.read_text(encoding="utf-8")

    def answers(self) -> list[str]:
        """Give the log's lines, without those of work that was left off, which may be that of a page that is closed."""
        return [line for line in self.log().splitlines() if "left off after" not in line]

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


class _Own(logging.Filter):
    """Lets through what the log of `python app.py` would have: no requests of this process's own clients."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record belongs to the server."""
        return record.name == "cnnviz" or record.levelno >= logging.WARNING


@contextmanager
def serve_here(
    folder: Path,
    explorer: Explorer | Path | None = None,
    look_seconds: float = 0,
    timeline: Path | None = None,
    **settings: Any,
) -> Iterator[Server]:
    """Serve a model from this process, which has the libraries already; a model folder is loaded first.

    Open pages look for news every so many seconds. A timeline is one that still grows. Settings are those of
    `cnnviz.ui.Settings`. It differs from `python app.py` in that what Gradio prints goes to this process's output, not
    into the log.
    """
    from gradio.utils import get_upload_folder

    from cnnviz.ui import Page, Settings, launch, prepare_models

    loaded = explorer if isinstance(explorer, Explorer) else cnnviz.load(explorer)
    port = free_port()
    own = Path(tempfile.mkdtemp(dir=get_upload_folder()))  # several servers of one process share Gradio's folder
    with _logging(folder / "log.txt"):
        page = Page(prepare_models(CACHE_BYTES, own, None, timeline)(loaded), look_seconds)
        is_served = Event()
        arguments = (page, "127.0.0.1", int(port), Settings(**settings), is_served.set)
        Thread(target=launch, args=arguments, name="page", daemon=True).start()
        assert is_served.wait(START_SECONDS)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300, trust_env=False) as http:
                yield Server(http, folder / "log.txt")
        finally:
            page.blocks.close(verbose=False)


@contextmanager
def _logging(file: Path) -> Iterator[None]:
    """Write the log of the app to a file."""
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    handler.addFilter(_Own())
    logging.getLogger("cnnviz").setLevel(logging.INFO)
    loggers = [logging.getLogger(), logging.getLogger("uvicorn")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        handler.close()


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
        with httpx.Client(base_url=url, timeout=300, trust_env=False) as http:
            server = Server(http, log_file, process)
            wait_until_ready(server, process)
            yield server
    finally:
        stop(process)


@contextmanager
def serve_application(application: FastAPI) -> Iterator[str]:
    """Serve an application as `uvicorn MODULE:app` does, and give its address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=int(port), log_level="warning"))
    thread = Thread(target=server.run, name="application", daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


def port_of(flags: tuple[str | Path, ...], environment: dict[str, str]) -> str:
    """Give the port that a server was told to listen at."""
    return str(flags[flags.index("--port") + 1]) if "--port" in flags else environment["CNNVIZ_PORT"]


def wait_until_ready(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Return once the page answers; fail if the server stops or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, server.log()
        try:
            server.http.get("/").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"app.py did not answer within {START_SECONDS} seconds.\n{server.log()}")


def wait_for_port(port: str, process: subprocess.Popen[bytes]) -> None:
    """Return once a process listens at a port; fail if it stops or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, process.args
        try:
            socket.create_connection(("127.0.0.1", int(port))).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(f"Nobody listened at port {port} within {START_SECONDS} seconds.")


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
    cache = {name: os.environ[name] for name in ("CNNVIZ_CACHE",) if name in os.environ}
    return inherited | cache | environment
