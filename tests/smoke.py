"""Start the page and ask its API one question: `python tests/smoke.py [FOLDER]`, on any system, with the app alone.

The folder is where app.py is; by default this checkout.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from gradio_client import Client, handle_file
from PIL import Image

ROOT = Path(__file__).parent.parent
START_SECONDS = 300


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_ready(app: subprocess.Popen[bytes], url: str) -> None:
    """Return once the page answers; end with a message if the app stops or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if app.poll() is not None:
            sys.exit(f"app.py stopped with exit status {app.returncode}.")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.5)
    sys.exit(f"app.py did not answer at {url} within {START_SECONDS} seconds.")


def main() -> None:
    """Start app.py, send it a grey picture, print the answer."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "grey.png"
        Image.new("RGB", (200, 100), "grey").save(picture)
        app = subprocess.Popen([sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(port)], cwd=root)
        try:
            wait_until_ready(app, url)
            answer = Client(url, verbose=False).predict(handle_file(str(picture)), api_name="/predict")
        finally:
            app.terminate()
            app.wait(timeout=120)
    label, probabilities = answer
    if (
        probabilities.keys() != {"cat", "dog"}
        or probabilities[label] < 1 / 2
        or abs(sum(probabilities.values()) - 1) > 1e-6
    ):
        sys.exit(f"/predict gave an answer that cannot be. Received: {answer!r}.")
    print(f"/predict answered: {answer}")  # noqa: T201


if __name__ == "__main__":
    main()
