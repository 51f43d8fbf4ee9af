"""Model folders that were tampered with, by somebody who knew how to keep their hashes right."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def tamper(folder: Path, where: Path, contents: Mapping[str, str | bytes] = {}, **values: Any) -> Path:
    """Copy a model folder with other contents of files, other values of the manifest, and hashes that fit."""
    path = Path(tempfile.mkdtemp(dir=where)) / "tampered"
    shutil.copytree(folder, path)
    manifest = json.loads((path / "cnnviz.json").read_text(encoding="utf-8"))
    for name, content in contents.items():
        encoded = content.encode() if isinstance(content, str) else content
        (path / name).write_bytes(encoded)
        manifest["files"][name] = {"sha256": hashlib.sha256(encoded).hexdigest(), "size": len(encoded)}
    (path / "cnnviz.json").write_text(json.dumps(manifest | values), encoding="utf-8")
    return path
