"""A server that speaks as much of the Hub's protocol as `datasets.load_dataset` needs."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

REVISION = "a" * 40


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder: Path
    name: str

    def do_GET(self) -> None:
        """Answer with a file, or with what is known of them."""
        path, about, files = self.path.split("?")[0], f"/api/datasets/{self.name}", f"/datasets/{self.name}/resolve/"
        if path.startswith(files):
            file = self.folder / path.removeprefix(files).split("/", 1)[1]
            self.reply_file(file.read_bytes()) if file.is_file() else self.reply(404, {}, X_Error_Code="EntryNotFound")
        elif path.startswith(f"{about}/tree/"):
            listed = [file for file in sorted(self.folder.iterdir()) if file.is_file()]
            sizes = [
                {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": file.name} for file in listed
            ]
            self.reply(200, sizes)
        elif path == about or path.startswith(f"{about}/revision/"):
            self.reply(200, {"id": self.name, "sha": REVISION, "siblings": []})
        else:
            self.reply(404, {}, X_Error_Code="RepoNotFound")

    do_HEAD = do_GET  # noqa: N815

    def reply(self, status: int, values: Any, **headers: str) -> None:
        self.send(status, json.dumps(values).encode(), Content_Type="application/json", **headers)

    def reply_file(self, content: bytes) -> None:
        self.send(200, content, ETag=f'"{hashlib.sha1(content).hexdigest()}"', X_Repo_Commit=REVISION)

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content_Length": str(len(body))}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve_dataset(folder: Path, name: str) -> Iterator[str]:
    """Serve the files of a folder as the data set `name`, and give the server's address."""
    handler = type("Handler", (_Handler,), {"folder": folder, "name": name})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
