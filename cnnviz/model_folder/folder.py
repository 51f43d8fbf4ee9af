"""Writing and reading of model folders: a folder is written completely or not at all, and checked when it is read."""

import glob
import json
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.base.errors import FolderError
from cnnviz.base.storage import flush
from cnnviz.base.version import __version__
from cnnviz.model_folder.manifest import (
    CARD,
    CONFIG,
    FILES,
    FORMAT_VERSION,
    KERAS_FILES,
    MANIFEST,
    METRICS,
    SETTINGS,
    WEIGHTS,
    aside_prefix,
    fresh_prefix,
    has_manifest,
    listed_files,
    read_json,
    read_manifest,
    read_settings,
    require_metrics,
    sha256,
    verify_folder,
)
from cnnviz.model_folder.safe_config import build_from_config, load_weights
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing

if TYPE_CHECKING:
    import keras

VERSIONED = ("keras", "tensorflow", "jax", "torch", "numpy", "pillow")
UNMEASURED = "This model has not been evaluated yet.\n"
"""The card of a model without metrics."""

HDF5_FAILURE = re.compile(r"error message = '([^']*)'")
"""What the system said, in the error of the library that writes weights, which is no OSError."""


def write_folder(
    path: str | os.PathLike[str],
    model: "keras.Model",
    class_names: tuple[str, ...],
    preprocessing: Preprocessing,
    training: Mapping[str, Any],
    settings: Mapping[str, Any] = {},
) -> Path:
    """Write a model as a folder that plain Keras and cnnviz can open.

    An uncompiled copy is saved into a fresh folder beside `path`, which is then renamed into place: whatever
    happens, `path` holds either the old folder or the new one, whole. It has no metrics; `measured_folder` writes
    a folder that has.

    Args:
        path: The folder to write; a model there is replaced, with all its files; what is no part of it stays.
        model: A built Keras model.
        class_names: The classes in index order.
        preprocessing: How a picture becomes the model's input.
        training: How it was trained; plain JSON values.
        settings: What else `Network` was told of the model, from `Network.settings`.

    Returns:
        The folder's path.

    Raises:
        FolderError: If something other than a model folder is at `path`, or it cannot be written.
    """
    path = Path(path)
    require_replaceable(path)
    with _replacing(path) as staged:
        _write_model(staged, model, class_names, preprocessing, training, settings)
    return path


@dataclass
class FreshFolder:
    """A model folder that is written and read back, and waits for its metrics before it is moved into place.

    Args:
        network: The network, read back from the files that are about to be moved.
    """

    network: Network
    _path: Path = field(repr=False)
    _staged: Path = field(repr=False)

    def describe(self, metrics: Mapping[str, Any], card: str, files: Mapping[str, bytes] = {}) -> None:
        """Write what is known of the model beside it.

        Args:
            metrics: Plain JSON values.
            card: The text of README.md.
            files: Names and contents of other files, such as the card's pictures.

        Raises:
            FolderError: If they cannot be written.
        """
        with _explaining_failure(self._path):
            _describe(self._staged, self.network.manifest, metrics, card, files)


@contextmanager
def measured_folder(path: str | os.PathLike[str], network: Network) -> Iterator[FreshFolder]:
    """Write a model folder with its metrics, card and pictures, in one replacement of what is at `path`.

    The model is written into a fresh folder beside `path` and read back from there, so that what is measured within
    the `with` block is what is moved into place at its end. If the block fails, `path` stays as it was.

    Args:
        path: The folder to write; a model there is replaced, with all its files; what is no part of it stays.
        network: The network; its manifest's "training" says how it was trained.

    Yields:
        The folder to come, with the network to measure. At the end that network is the one of `path`, and has its
        manifest and metrics.

    Raises:
        FolderError: If something other than a model folder is at `path`, or it cannot be written or read back.
    """
    path, training = Path(path), network.manifest.get("training", {})
    require_replaceable(path)
    with _staging(path) as staged:
        with _explaining_failure(path):
            described = network.class_names, network.preprocessing, training, network.settings
            _write_model(staged, network.model, *described)
        with _named(staged, path):
            network = read_folder(staged)
        fresh = FreshFolder(network, path, staged)
        yield fresh
        with _explaining_failure(path):
            _move_into_place(staged, path)
    fresh.network.folder, fresh.network.manifest = path, read_manifest(path)
    fresh.network.metrics = read_json(path / METRICS)


def add_files(path: str | os.PathLike[str], files: Mapping[str, bytes]) -> None:
    """Add files to a model folder, or replace files of the same names: all of them, or none if it fails.

    Whatever else is in the folder, such as .git, stays.

    Args:
        path: A model folder.
        files: File names, without a path, and contents.

    Raises:
        FolderError: If there is no intact model folder, a file is too large to be opened, or it cannot be written.
    """
    path = Path(path)
    manifest = verify_folder(path)
    with _replacing(path) as staged:
        for name in listed_files(manifest):
            shutil.copyfile(path / name, staged / name)
        for name, content in files.items():
            (staged / name).write_bytes(content)
        _list_files(staged, manifest, [*manifest["files"], *files])
        with _named(staged, path):
            read_manifest(staged)  # refuses what could not be opened later


def read_folder(path: str | os.PathLike[str]) -> Network:
    """Read a model folder after checking every file in it.

    Args:
        path: A folder that `write_folder` wrote; it may come from anywhere since then.

    Returns:
        The network.

    Raises:
        FolderError: If the folder is missing, incomplete, damaged, of another format or not a model folder, or if its
            model has other parts than Keras's own layers. No code from the folder is executed.
    """
    path = Path(path)
    manifest, preprocessing, metrics = read_description(path)
    settings, class_names = read_settings(path, manifest), tuple(manifest["class_names"])
    weights = path / WEIGHTS
    model = build_from_config(read_json(path / CONFIG), weights.stat().st_size, f"{CONFIG} in '{path}'")
    load_weights(model, weights)
    return Network(model, class_names, preprocessing, path, manifest, metrics, **settings)


def read_description(path: Path) -> tuple[dict[str, Any], Preprocessing, dict[str, Any]]:
    """Read what a model folder says of its model, after checking every file in it. It does not need Keras.

    Args:
        path: The folder.

    Returns:
        The manifest, the preprocessing, and the metrics.

    Raises:
        FolderError: If the folder is missing, incomplete, damaged, of a newer format or not a model folder.
    """
    manifest = verify_folder(path)
    preprocessing, metrics = Preprocessing.from_dict(manifest["preprocessing"]), read_json(path / METRICS)
    require_metrics(path, metrics)
    return manifest, preprocessing, metrics


def recover_folder(path: Path) -> None:
    """Clean up after a process that was killed while it replaced a folder.

    A folder that it had moved aside is put back, unless there is one in its place; one that it was still writing goes.

    Args:
        path: Where the folder belongs. No other process may be writing it.
    """
    for fresh in path.parent.glob(f"{glob.escape(fresh_prefix(path))}*"):
        shutil.rmtree(fresh, ignore_errors=True)
    for aside in sorted(path.parent.glob(f"{glob.escape(aside_prefix(path))}*")):
        if not path.exists() and (aside / path.name).is_dir():
            (aside / path.name).rename(path)
        shutil.rmtree(aside, ignore_errors=True)


def require_replaceable(path: Path) -> None:
    """Check that a model folder may be written to a path.

    Args:
        path: The path: it may not exist yet, or be an empty folder or a model folder.

    Raises:
        FolderError: If the path is something else, or a folder that is in use.
    """
    here = Path.cwd()
    if path.name in ("", "..") or path.resolve() in (here, *here.parents) or path.is_mount():
        raise FolderError(f"'{path}' is in use and cannot be replaced. Name a folder inside it.")
    if path.exists() and not (path / MANIFEST).is_file() and not (path.is_dir() and not any(path.iterdir())):
        raise FolderError(f"'{path}' exists and is not a model folder. Name another folder, or remove it first.")


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Open a fresh folder on the same disk, and rename it into place at the end; a failure leaves no trace."""
    with _explaining_failure(path), _staging(path) as staged:
        yield staged
        _move_into_place(staged, path)


@contextmanager
def _staging(path: Path) -> Iterator[Path]:
    """Make a fresh folder beside `path`; what is left of it at the end goes."""
    with _explaining_failure(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=fresh_prefix(path), dir=path.parent))
    try:
        staged.chmod(0o755)
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


@contextmanager
def _named(staged: Path, path: Path) -> Iterator[None]:
    """Tell what is wrong with a folder that is not in its place yet by the name that its owner knows."""
    try:
        yield
    except FolderError as error:
        raise FolderError(str(error).replace(str(staged), str(path))) from error


@contextmanager
def _explaining_failure(path: Path) -> Iterator[None]:
    """Turn an error of the disk into a sentence about `path`."""
    try:
        yield
    except OSError as error:
        raise FolderError(f"Cannot write '{path}'. Received: {error}.") from error
    except RuntimeError as error:
        failure = HDF5_FAILURE.search(str(error))
        if not failure:
            raise
        raise FolderError(f"Cannot write '{path}'. Received: {failure[1]}.") from error


def _move_into_place(staged: Path, path: Path) -> None:
    """Rename a finished folder to `path`, once its files are on the disk, with whatever else was there."""
    _carry_over(path, staged)
    for file in staged.iterdir():
        flush(file)  # without this, a power cut could leave a file's name without its content
    _swap(staged, path)
    flush(path.parent)


def _carry_over(path: Path, staged: Path) -> None:
    """Copy what is in a folder and is no part of its model, such as .git, into the one that replaces it."""
    if not has_manifest(path):
        return
    try:
        listed = {MANIFEST, *listed_files(read_manifest(path))}
    except FolderError:  # it is damaged, which is why it is replaced
        listed = {MANIFEST, *FILES}
    for entry in path.iterdir():
        copy = staged / entry.name
        if entry.name in listed or copy.exists():
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, copy, symlinks=True)
        else:
            shutil.copy2(entry, copy, follow_symlinks=False)


def _swap(staged: Path, path: Path) -> None:
    """Rename a finished folder to the path. The old folder is removed at the end, or moved back after a failure."""
    if not path.exists():
        staged.rename(path)
        return
    aside = Path(tempfile.mkdtemp(prefix=aside_prefix(path), dir=path.parent))
    path.rename(aside / path.name)
    try:
        staged.rename(path)
    except OSError:
        (aside / path.name).rename(path)
        aside.rmdir()
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _write_model(
    staged: Path,
    model: "keras.Model",
    class_names: tuple[str, ...],
    preprocessing: Preprocessing,
    training: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> None:
    """Write a model into an empty folder, as one that nobody has measured."""
    manifest = {
        "format_version": FORMAT_VERSION,
        "class_names": list(class_names),
        "preprocessing": preprocessing.to_dict(),
        "versions": _versions(),
        "training": dict(training),
        **({SETTINGS: dict(settings)} if settings else {}),
    }
    copy = type(model).from_config(model.get_config())  # uncompiled: an optimizer would double the file
    copy.set_weights(model.get_weights())
    copy.save(staged / "model", zipped=False)
    for name in KERAS_FILES:
        (staged / "model" / name).rename(staged / name)
    shutil.rmtree(staged / "model")  # with Keras's empty assets folder
    _describe(staged, manifest, {}, UNMEASURED, {})


def _describe(
    staged: Path, manifest: Mapping[str, Any], metrics: Mapping[str, Any], card: str, files: Mapping[str, bytes]
) -> None:
    """Write metrics, card, other files and, over all of them, the manifest."""
    _write_json(staged / METRICS, metrics)
    (staged / CARD).write_text(card, encoding="utf-8")
    for name, content in files.items():
        (staged / name).write_bytes(content)
    _list_files(staged, manifest, [*FILES, *files])


def _list_files(staged: Path, manifest: Mapping[str, Any], names: Iterable[str]) -> None:
    """Write the manifest, with the size and hash of every file."""
    files = {name: {"sha256": sha256(staged / name), "size": (staged / name).stat().st_size} for name in names}
    _write_json(staged / MANIFEST, {**manifest, "files": files})


def _versions() -> dict[str, str]:
    """List the versions that wrote the model."""
    import keras

    versions = {"cnnviz": __version__, "python": platform.python_version(), "backend": keras.backend.backend()}
    for name in VERSIONED:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _write_json(file: Path, values: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
