"""The real nginx, with the configurations that the documents show."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from programs import require_program
from server import ROOT, stop, wait_for_port

TEMPORARY = "".join(f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
MAIN = "daemon off; master_process off; pid nginx.pid; error_log error.log; events {{}} http {{ {own} {body} }}"


def documented(name: str, beginning: str) -> str:
    """Read the configuration that a document shows and that begins so."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    (found,) = (block for block in re.findall(r"```\n(.*?)```", text, re.DOTALL) if block.startswith(beginning))
    return str(found)


@contextmanager
def proxying(folder: Path, port: str, configuration: str) -> Iterator[None]:
    """Start nginx in a folder, with what belongs into its `http`, and stop it at the end."""
    path = require_program(["nginx"], "nginx-light")
    own = f"access_log access.log; {TEMPORARY}"
    (folder / "nginx.conf").write_text(MAIN.format(own=own, body=configuration), encoding="utf-8")
    process = subprocess.Popen(
        [path, "-e", "error.log", "-p", folder, "-c", "nginx.conf"], cwd=folder, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port, process)
        yield
    finally:
        stop(process)
