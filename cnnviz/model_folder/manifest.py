"""The manifest of a model folder, which describes its files, and the check of the files against it."""

import glob
import hashlib
import json
import os
import re
import reprlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from cnnviz.base.errors import FolderError
from cnnviz.base.figures import count
from cnnviz.base.names import is_name

FORMAT_VERSION = 1
MODEL = "model"
"""Name of the model folder inside the folder of a training run."""

SETTINGS = "network"
"""The key of what `Network` was told of a model that the model does not say itself; most manifests have none."""

MANIFEST = "cnnviz.json"
METRICS = "metrics.json"
CARD = "README.md"
CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
KERAS_FILES = (CONFIG, METADATA, WEIGHTS)
FILES = (*KERAS_FILES, METRICS, CARD)
FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
"""Pattern of the file names that a manifest may list: a name without a path, so that none leads out of the folder."""

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
MAX_JSON_BYTES = MAX_PICTURE_BYTES = 10 * 2**20
MAX_BYTES = {CARD: 2**20}
"""Largest size of some files in bytes. Larger ones are refused, because the page sends them to every visitor."""

NEVER_SENT = (".h5", ".npz", ".zip")
"""Endings of files that the page does not send, and that may be large: weights, snapshots of them, surveys."""


def verify_folder(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Check that a model folder is complete and undamaged, without loading the model.

    Args:
        path: The folder.

    Returns:
        Its manifest, the content of cnnviz.json.

    Raises:
        FolderError: If it is not a model folder, or a file is missing or differs from the manifest.
    """
    path = Path(path)
    manifest = read_manifest(path)
    for name in listed_files(manifest):
        verify_file(path / name, manifest["files"][name])
    return manifest


def read_manifest(path: Path) -> dict[str, Any]:
    """Read the manifest of a model folder, without reading its other files.

    Args:
        path: The folder.

    Returns:
        The content of cnnviz.json. Its format is known, and it has the size and sha256 of every file.

    Raises:
        FolderError: If it is not a model folder, or of another format.
    """
    if not os.path.isdir(path):  # noqa: PTH112  # it raises no error for names that are impossible for a folder
        raise _missing(path)
    if not (path / MANIFEST).is_file():
        raise FolderError(f"'{path}' is not a cnnviz model folder: it has no {MANIFEST}.")
    manifest = read_json(path / MANIFEST)
    version = manifest.get("format_version")
    if version != FORMAT_VERSION:
        raise FolderError(
            f"'{path}' has the format version {version!r}; this version of cnnviz reads {FORMAT_VERSION}. "
            "Update cnnviz, or train the model again."
        )
    _require_fields(path, manifest)
    for name in listed_files(manifest):
        if not FILE_NAME.fullmatch(name):
            raise FolderError(f"{MANIFEST} in '{path}' is damaged: it lists a file named {name!r}.")
        about = manifest["files"].get(name)
        if not _is_described(about):
            raise FolderError(f"{MANIFEST} in '{path}' does not describe {name}.")
        if not name.endswith(NEVER_SENT) and about["size"] > MAX_BYTES.get(name, MAX_PICTURE_BYTES):
            raise FolderError(f"{name} in '{path}' is too large to be opened. Received: {count(about['size'])} bytes.")
    return manifest


def read_settings(path: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Read what `Network` is told of the model that the model does not say itself.

    Args:
        path: The model folder, for the message.
        manifest: The content of cnnviz.json.

    Returns:
        Arguments of `Network`: kind, output and inputs, each if it is there.

    Raises:
        FolderError: If it is malformed.
    """
    settings = manifest.get(SETTINGS, {})
    kinds = {"kind": str, "output": str, "inputs": dict}
    if not isinstance(settings, dict) or not all(isinstance(settings[name], kinds.get(name, ())) for name in settings):
        raise FolderError(f"{MANIFEST} in '{path}' is damaged. Received: {SETTINGS}={reprlib.repr(settings)}.")
    return settings


def has_manifest(path: Path) -> bool:
    """Tell whether a path is a model folder with a manifest, intact or not.

    Args:
        path: Any path.

    Returns:
        Whether it holds a cnnviz.json.
    """
    return os.path.isfile(path / MANIFEST)  # noqa: PTH113  # it raises no error for impossible names


def require_there(path: Path) -> None:
    """Check that there is a folder or a file.

    Args:
        path: Any path.

    Raises:
        FolderError: If nothing is there.
    """
    if not os.path.exists(path):  # noqa: PTH110  # it raises no error for impossible names
        raise _missing(path)


def listed_files(manifest: Mapping[str, Any]) -> list[str]:
    """List the files of a model folder, without the manifest itself.

    Args:
        manifest: The content of cnnviz.json.

    Returns:
        The files that every folder has, then the others that the manifest lists.
    """
    return list(dict.fromkeys((*FILES, *manifest["files"])))


def date_saved(folder: Path) -> str:
    """Return the date when a model was saved, as Keras recorded it.

    Args:
        folder: A model folder.

    Returns:
        Year, month and day, "2026-11-24"; "" if there is no such record.
    """
    return date_of(read_json(folder / METADATA))


def date_of(metadata: Mapping[str, Any]) -> str:
    """Return the date when a model was saved.

    Args:
        metadata: The content of metadata.json.

    Returns:
        Year, month and day, "2026-11-24"; "" if there is no such record.
    """
    text = str(metadata.get("date_saved"))[:10]
    try:
        return date.fromisoformat(text).isoformat() if DATE.fullmatch(text) else ""
    except ValueError:
        return ""


def sha256(file: Path) -> str:
    """Compute the sha256 of a file of any size.

    Args:
        file: The file.

    Returns:
        64 hexadecimal digits.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def read_json(file: Path) -> dict[str, Any]:
    """Read one of the folder's JSON files; each holds a small object.

    Args:
        file: The file.

    Returns:
        Its content.

    Raises:
        FolderError: If it is too large, not JSON, or not an object.
    """
    if file.stat().st_size > MAX_JSON_BYTES:
        raise FolderError(f"'{file}' is damaged: it is larger than {MAX_JSON_BYTES} bytes.")
    return parse_json(file.read_bytes(), f"'{file}'")


def parse_json(content: bytes, source: str) -> dict[str, Any]:
    """Read a small JSON object.

    Args:
        content: Its text in UTF-8.
        source: What it is called in messages.

    Returns:
        Its content.

    Raises:
        FolderError: If it is not JSON, or not an object.
    """
    try:
        values = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise FolderError(f"{source} is damaged: it is not JSON. Received: {error}.") from error
    if not isinstance(values, dict):
        raise FolderError(f"{source} is damaged: expected a JSON object. Received: {type(values).__name__}.")
    return values


def _missing(path: Path) -> FolderError:
    return FolderError(f"No model folder at '{path}'. {_rescue(path)}")


def _rescue(path: Path) -> str:
    """Say what to do if there is no folder: after an interrupted replacement, the old one may be beside it."""
    for aside in path.parent.glob(f"{glob.escape(aside_prefix(path))}*"):
        if (aside / path.name / MANIFEST).is_file():
            return f"Its replacement was cut short; the one before is '{aside / path.name}': move it back."
    return "Expected a model folder, a .keras or .h5 file, or USER/NAME on the Hub."


def aside_prefix(path: Path) -> str:
    """Return the start of the name under which a folder waits while its replacement is moved to its place.

    Args:
        path: The folder.

    Returns:
        The start of the name; the folder waits beside its place.
    """
    return f".{path.name}-old-"


def fresh_prefix(path: Path) -> str:
    """Name where a folder's replacement is written before it is moved into place.

    Args:
        path: The folder.

    Returns:
        How the name beside it begins.
    """
    return f".{path.name}-new-"


def _require_fields(path: Path, manifest: dict[str, Any]) -> None:
    """Refuse a manifest in which a part is missing or malformed."""
    expected = {"class_names": list, "preprocessing": dict, "files": dict, "versions": dict, "training": dict}
    wrong = [name for name, kind in expected.items() if not isinstance(manifest.get(name), kind)]
    names = manifest.get("class_names")
    if wrong or not all(name and is_name(name) for name in names or ()):
        raise FolderError(f"{MANIFEST} in '{path}' is damaged: {', '.join(wrong) or 'class_names'} missing or wrong.")


def require_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """Refuse figures that the page, the card and the API cannot show.

    Args:
        path: The model folder, for the message.
        metrics: The content of metrics.json.

    Raises:
        FolderError: If test or probes are malformed or out of range.
    """
    test, probes = metrics.get("test", {}), metrics.get("probes", {})
    try:
        shares = [measured["accuracy"] for measured in (*probes.values(), *([test] if test else []))]
        for row in test.get("reliability", []):
            shares += [row["accuracy"], row["confidence_low"]]
            if type(row["num_photos"]) is not int:
                raise ValueError(row["num_photos"])
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError(shares)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FolderError(
            f"{METRICS} in '{path}' is damaged: figures are missing or out of range. Received: {str(error)[:100]}."
        ) from error


def _is_described(about: Any) -> bool:
    """Tell whether an entry of the manifest has a file's size and hash."""
    return isinstance(about, dict) and type(about.get("size")) is int and isinstance(about.get("sha256"), str)


def verify_file(file: Path, expected: Mapping[str, Any]) -> None:
    """Compare the size and hash of a file with the manifest.

    Args:
        file: The file.
        expected: The size and sha256 in the manifest.

    Raises:
        FolderError: If it is missing, or differs.
    """
    if not file.is_file():
        raise FolderError(f"The model folder '{file.parent}' is incomplete: {file.name} is missing.")
    size = file.stat().st_size
    if size != expected["size"]:
        raise FolderError(f"'{file}' is damaged: expected {expected['size']} bytes. Received: {size} bytes.")
    digest = sha256(file)
    if digest != expected["sha256"]:
        raise FolderError(f"'{file}' is damaged: expected sha256 {expected['sha256']}. Received: {digest}.")
