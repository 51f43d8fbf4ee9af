"""The model folder: write it whole, read it verified."""

import glob
import hashlib
import json
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.blueprint import build_from_config, load_weights
from cnnviz.errors import FolderError
from cnnviz.network import Network
from cnnviz.preprocessing import Preprocessing
from cnnviz.storage import flush

if TYPE_CHECKING:
    import keras

FORMAT_VERSION = 1
MANIFEST = "cnnviz.json"
METRICS = "metrics.json"
CARD = "README.md"
CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
KERAS_FILES = (CONFIG, METADATA, WEIGHTS)
FILES = (*KERAS_FILES, METRICS, CARD)
VERSIONED = ("keras", "tensorflow", "jax", "numpy", "pillow")
FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
"""What a folder may list: a plain name, never a path that leads out of it."""

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
MAX_JSON_BYTES = MAX_PICTURE_BYTES = 10 * 2**20
MAX_BYTES = {CARD: 2**20}
"""What is larger is refused: the page sends it to every visitor."""

MAX_NAME_LENGTH = 200


def write_folder(
    path: str | os.PathLike[str],
    model: "keras.Model",
    class_names: tuple[str, ...],
    preprocessing: Preprocessing,
    training: Mapping[str, Any],
) -> Path:
    """Write a model as a folder that plain Keras and cnnviz can open.

    An uncompiled copy is saved into a fresh folder beside `path`, which is then renamed into place: whatever
    happens, `path` holds either the old folder or the new one, whole. Metrics and card follow with
    `update_folder`.

    Args:
        path: The folder to write; a model folder that is there is replaced.
        model: A built Keras model.
        class_names: The classes in index order.
        preprocessing: How a picture becomes the model's input.
        training: How it was trained; plain JSON values.

    Returns:
        The folder's path.

    Raises:
        FolderError: If something other than a model folder is at `path`, or it cannot be written.
    """
    path = Path(path)
    require_replaceable(path)
    manifest = {
        "format_version": FORMAT_VERSION,
        "class_names": list(class_names),
        "preprocessing": preprocessing.to_dict(),
        "versions": _versions(),
        "training": dict(training),
    }
    copy = type(model).from_config(model.get_config())  # uncompiled: an optimizer would double the file
    copy.set_weights(model.get_weights())
    with _replacing(path) as staged:
        copy.save(staged / "model", zipped=False)
        for name in KERAS_FILES:
            (staged / "model" / name).rename(staged / name)
        shutil.rmtree(staged / "model")  # with Keras's empty assets folder
        _describe(staged, manifest, {}, "This model has not been evaluated yet.\n", {})
    return path


def update_folder(
    path: str | os.PathLike[str], metrics: Mapping[str, Any], card: str, pictures: Mapping[str, bytes] = {}
) -> None:
    """Give a model folder its metrics, its card and the card's pictures, whole or not at all.

    Args:
        path: A model folder.
        metrics: Plain JSON values.
        card: The text of README.md.
        pictures: File names and contents; those of an earlier card go.

    Raises:
        FolderError: If there is no intact model folder, or it cannot be written.
    """
    path = Path(path)
    manifest = verify_folder(path)
    with _replacing(path) as staged:
        for name in KERAS_FILES:
            shutil.copyfile(path / name, staged / name)
        _describe(staged, manifest, metrics, card, pictures)


def read_folder(path: str | os.PathLike[str]) -> Network:
    """Read a model folder after checking every file in it.

    Args:
        path: A folder that `write_folder` wrote, wherever it has been since.

    Returns:
        The network.

    Raises:
        FolderError: If the folder is missing, incomplete, damaged, of a newer format or not a model folder, or if its
            model is made of more than Keras's own layers. Nothing in the folder is executed.
    """
    path = Path(path)
    manifest = verify_folder(path)
    preprocessing = Preprocessing.from_dict(manifest["preprocessing"])

    weights = path / WEIGHTS
    model = build_from_config(_read_json(path / CONFIG), weights.stat().st_size, f"{CONFIG} in '{path}'")
    load_weights(model, weights)
    metrics = _read_json(path / METRICS)
    _require_metrics(path, metrics)
    return Network(model, tuple(manifest["class_names"]), preprocessing, path, manifest, metrics)


def verify_folder(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Check that a model folder is whole, without loading the model.

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
        _verify_file(path / name, manifest["files"][name])
    return manifest


def read_manifest(path: Path) -> dict[str, Any]:
    """Read what a model folder says of itself, without looking at its other files.

    Args:
        path: The folder.

    Returns:
        The content of cnnviz.json: of this format, and with size and sha256 of every file under a plain name.

    Raises:
        FolderError: If it is not a model folder, or of another format.
    """
    if not os.path.isdir(path):  # noqa: PTH112  # which is no error for a name that no folder can have
        raise FolderError(f"No model folder at '{path}'. {_rescue(path)}")
    if not (path / MANIFEST).is_file():
        raise FolderError(f"'{path}' is not a cnnviz model folder: it has no {MANIFEST}.")
    manifest = _read_json(path / MANIFEST)
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
            raise FolderError(f"{MANIFEST} in '{path}' says nothing of {name}.")
        if name != WEIGHTS and about["size"] > MAX_BYTES.get(name, MAX_PICTURE_BYTES):
            raise FolderError(f"{name} in '{path}' is too large to be opened. Received: {about['size']:,} bytes.")
    return manifest


def listed_files(manifest: Mapping[str, Any]) -> list[str]:
    """List the files of a model folder, but for the manifest itself.

    Args:
        manifest: The content of cnnviz.json.

    Returns:
        Those that every folder has, then the others that it names.
    """
    return list(dict.fromkeys((*FILES, *manifest["files"])))


def date_saved(folder: Path) -> str:
    """Tell when a model was saved, by Keras's own note.

    Args:
        folder: A model folder.

    Returns:
        Year, month and day, "2026-11-24"; "" where there is no such note.
    """
    text = str(_read_json(folder / METADATA).get("date_saved"))[:10]
    try:
        return date.fromisoformat(text).isoformat() if DATE.fullmatch(text) else ""
    except ValueError:
        return ""


def recover_folder(path: Path) -> None:
    """Put back a folder that a killed process had moved aside to replace it, unless there is one in its place.

    Args:
        path: Where the folder belongs.
    """
    for aside in sorted(path.parent.glob(f"{glob.escape(_aside_prefix(path))}*")):
        if not path.exists() and (aside / path.name).is_dir():
            (aside / path.name).rename(path)
        shutil.rmtree(aside, ignore_errors=True)


def require_replaceable(path: Path) -> None:
    """Check that a model folder may be written somewhere.

    Args:
        path: Where; nothing, an empty folder or a model folder may be there.

    Raises:
        FolderError: If something else is there, or a folder that is in use.
    """
    here = Path.cwd()
    if path.name in ("", "..") or path.resolve() in (here, *here.parents) or path.is_mount():
        raise FolderError(f"'{path}' is in use and cannot be replaced. Name a folder inside it.")
    if path.exists() and not (path / MANIFEST).is_file() and not (path.is_dir() and not any(path.iterdir())):
        raise FolderError(f"'{path}' exists and is not a model folder. Name another folder, or remove it first.")


def _rescue(path: Path) -> str:
    """Say what to do where there is no folder: one that was being replaced may stand beside it."""
    for aside in path.parent.glob(f"{glob.escape(_aside_prefix(path))}*"):
        if (aside / path.name / MANIFEST).is_file():
            return f"Its replacement was cut short; the one before is '{aside / path.name}': move it back."
    return "Expected a folder that train.py wrote."


def _require_fields(path: Path, manifest: dict[str, Any]) -> None:
    """Refuse a manifest that lacks a part or has it in another shape."""
    expected = {"class_names": list, "preprocessing": dict, "files": dict, "versions": dict, "training": dict}
    wrong = [name for name, kind in expected.items() if not isinstance(manifest.get(name), kind)]
    names = manifest.get("class_names")
    if wrong or not all(_is_name(name) for name in names or ()):
        raise FolderError(f"{MANIFEST} in '{path}' is damaged: {', '.join(wrong) or 'class_names'} missing or wrong.")


def _is_name(name: Any) -> bool:
    """Tell whether a class can be called so: the page, the API and the log have to show it."""
    return isinstance(name, str) and 0 < len(name) <= MAX_NAME_LENGTH and name.isprintable()


def _require_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """Refuse figures of another shape than the page, the card and the API can show."""
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
    """Tell whether the manifest gives a file's size and hash."""
    return isinstance(about, dict) and type(about.get("size")) is int and isinstance(about.get("sha256"), str)


def _verify_file(file: Path, expected: Mapping[str, Any]) -> None:
    """Compare one file's size and hash with the manifest's."""
    if not file.is_file():
        raise FolderError(f"The model folder '{file.parent}' is incomplete: {file.name} is missing.")
    size = file.stat().st_size
    if size != expected["size"]:
        raise FolderError(f"'{file}' is damaged: expected {expected['size']} bytes. Received: {size} bytes.")
    digest = sha256(file)
    if digest != expected["sha256"]:
        raise FolderError(f"'{file}' is damaged: expected sha256 {expected['sha256']}. Received: {digest}.")


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Give a fresh folder on the same disk, and rename it into place at the end; a failure leaves no trace."""
    staged = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
        staged.chmod(0o755)
        yield staged
        for file in staged.iterdir():
            flush(file)  # or after a power cut the name would be there without the content
        _swap(staged, path)
        flush(path.parent)
    except OSError as error:
        raise FolderError(f"Cannot write '{path}'. Received: {error}.") from error
    finally:
        if staged:
            shutil.rmtree(staged, ignore_errors=True)


def _swap(staged: Path, path: Path) -> None:
    """Rename a finished folder into place; the one it replaces is removed last, or put back."""
    if not path.exists():
        staged.rename(path)
        return
    aside = Path(tempfile.mkdtemp(prefix=_aside_prefix(path), dir=path.parent))
    path.rename(aside / path.name)
    try:
        staged.rename(path)
    except OSError:
        (aside / path.name).rename(path)
        aside.rmdir()
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _aside_prefix(path: Path) -> str:
    """Name where a folder waits while its replacement is moved into its place."""
    return f".{path.name}-old-"


def _describe(
    staged: Path, manifest: dict[str, Any], metrics: Mapping[str, Any], card: str, pictures: Mapping[str, bytes]
) -> None:
    """Write metrics, card, pictures and, over all files, the manifest."""
    _write_json(staged / METRICS, metrics)
    (staged / CARD).write_text(card, encoding="utf-8")
    for name, content in pictures.items():
        (staged / name).write_bytes(content)
    names = (*FILES, *pictures)
    files = {name: {"sha256": sha256(staged / name), "size": (staged / name).stat().st_size} for name in names}
    _write_json(staged / MANIFEST, {**manifest, "files": files})


def _versions() -> dict[str, str]:
    """Give the versions that wrote the model."""
    import keras

    from cnnviz import __version__

    versions = {"cnnviz": __version__, "python": platform.python_version(), "backend": keras.backend.backend()}
    for name in VERSIONED:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def sha256(file: Path) -> str:
    """Hash a file of any size.

    Args:
        file: The file.

    Returns:
        64 hexadecimal digits.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_json(file: Path, values: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _read_json(file: Path) -> dict[str, Any]:
    """Read one of our JSON files, which are small objects."""
    try:
        if file.stat().st_size > MAX_JSON_BYTES:
            raise FolderError(f"'{file}' is damaged: it is larger than {MAX_JSON_BYTES} bytes.")
        values = json.loads(file.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise FolderError(f"'{file}' is damaged: it is not JSON. Received: {error}.") from error
    if not isinstance(values, dict):
        raise FolderError(f"'{file}' is damaged: expected a JSON object. Received: {type(values).__name__}.")
    return values
