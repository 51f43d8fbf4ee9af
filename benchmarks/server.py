"""Benchmark: how much time does the server add to the job, and does this stay the same?

    python -m benchmarks.server

keep-alive: one warm /visualize over one HTTP connection: upload, call, answer and all eleven files.
client: the same with gradio_client, which leaves the files on the server, or downloads each over a new connection.
endurance: 300 different photos in a row; time and memory of the server must not grow.
"""

import json
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from gradio_client import Client, handle_file

import cnnviz
from benchmarks.application import HOST, running_app
from benchmarks.job import do_job
from benchmarks.photos import cheetah_jpeg, photo_jpeg
from benchmarks.timing import print_table, time_in_turn

BOUNDARY = "cnnviz-benchmark"
NUM_REQUESTS = 300
PART = 50


class KeepAliveClient:
    """A client that calls /visualize over one connection that stays open."""

    def __init__(self, port: int) -> None:
        """Prepare the connection; it is opened at the first request."""
        self.connection = HTTPConnection(HOST, port)

    def visualize(self, content: bytes) -> list[bytes]:
        """Upload a JPEG, ask for all layers, and fetch every picture."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="photo.jpg"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        upload = self.request("POST", "/upload", body, f"multipart/form-data; boundary={BOUNDARY}")
        image = {"path": json.loads(upload)[0], "meta": {"_type": "gradio.FileData"}}
        call = self.request("POST", "/call/v2/visualize", json.dumps({"image": image}).encode(), "application/json")
        stream = self.request("GET", f"/call/visualize/{json.loads(call)['event_id']}")
        event, data = stream.decode().strip().split("\n")[-2:]
        if event != "event: complete":
            raise RuntimeError(f"/visualize failed: {data}")
        pictures = json.loads(data.removeprefix("data: "))[1]
        return [self.request("GET", f"/file={picture['image']['path']}") for picture in pictures]

    def request(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> bytes:
        """Send one request to Gradio's API, and return the answer's body."""
        headers = {"Content-Type": content_type} if content_type else {}
        self.connection.request(method, f"/gradio_api{path}", body, headers)
        return self.connection.getresponse().read()


def client_task(port: int, photo: Path, download: Path | bool) -> Callable[[], object]:
    """Return a task that calls /visualize through gradio_client."""
    client = Client(f"http://{HOST}:{port}", verbose=False, download_files=download)
    return lambda: client.predict(handle_file(photo), api_name="/visualize")


def resident_megabytes(pid: int) -> float:
    """Return the present memory of a process in megabytes, on Linux."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def print_round_trips(port: int, photo: Path) -> None:
    """Compare the ways to call the server with the job itself."""
    explorer, content = cnnviz.load(), photo.read_bytes()
    keep_alive = KeepAliveClient(port)
    with tempfile.TemporaryDirectory() as downloads:
        seconds = time_in_turn(
            {
                "job, without a server": lambda: do_job(explorer, content),
                "/visualize, keep-alive, all files": lambda: keep_alive.visualize(content),
                "/visualize, gradio_client, no download": client_task(port, photo, False),
                "/visualize, gradio_client, downloading": client_task(port, photo, Path(downloads)),
            }
        )
    job = next(iter(seconds.values()))
    print_table([("", "ms", "x job"), *((name, f"{t * 1e3:.1f}", f"{t / job:.1f}") for name, t in seconds.items())])


def print_endurance(port: int, pid: int) -> None:
    """Send many different photos, and print time and memory along the way."""
    client = KeepAliveClient(port)
    photos = [photo_jpeg(200 + number, 256) for number in range(NUM_REQUESTS)]
    rows = [("requests", "ms each", "server MB")]
    for first in range(0, NUM_REQUESTS, PART):
        times = []
        for photo in photos[first : first + PART]:
            start = time.perf_counter()
            client.visualize(photo)
            times.append(time.perf_counter() - start)
        rows.append((f"{first + 1}-{first + PART}", f"{median(times) * 1e3:.1f}", f"{resident_megabytes(pid):.0f}"))
    print_table(rows)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, running_app() as (port, pid):
        photo = Path(folder) / "photo.jpg"
        photo.write_bytes(cheetah_jpeg())
        print_round_trips(port, photo)
        print()
        print_endurance(port, pid)


if __name__ == "__main__":
    main()
