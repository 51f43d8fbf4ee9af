"""The real application in a separate process, to measure it from outside."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).parent.parent
HOST = "127.0.0.1"
START_SECONDS = 120
WAIT_SECONDS = 0.02


@contextmanager
def running_app(*flags: str, **environment: str) -> Iterator[tuple[int, int]]:
    """Start `python app.py` and wait until it answers.

    Args:
        flags: The flags of app.py, without host and port.
        environment: Additional environment variables.

    Yields:
        Its port and its process id.
    """
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(ROOT / "app.py"), "--host", HOST, "--port", str(port), *flags]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=quiet, stderr=quiet)
    try:
        wait_until_ready(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def wait_until_ready(port: int) -> None:
    """Return as soon as the page's configuration is served.

    Args:
        port: The port of the application.

    Raises:
        TimeoutError: If it does not answer within two minutes.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        connection = HTTPConnection(HOST, port)
        try:
            connection.request("GET", "/config")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(WAIT_SECONDS)
        finally:
            connection.close()
    raise TimeoutError(f"The application did not answer on port {port} within {START_SECONDS} s.")
