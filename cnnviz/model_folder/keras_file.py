"""Models as Keras itself saves them: a .keras file, an .h5 file, or a folder of the files that a .keras file holds."""

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.base.errors import FolderError
from cnnviz.base.failures import failing_as, reason
from cnnviz.model_folder.manifest import (
    CONFIG,
    MANIFEST,
    MAX_JSON_BYTES,
    METADATA,
    WEIGHTS,
    date_of,
    date_saved,
    has_manifest,
    parse_json,
    read_json,
    require_there,
    sha256,
)
from cnnviz.model_folder.safe_config import build_from_config, build_from_old_config, load_weights

if TYPE_CHECKING:
    import keras

HDF5_BEGINNING = b"\x89HDF\r\n\x1a\n"
OLD_CONFIG, OLD_SUFFIX = "model_config", ".h5"
"""The attribute of an .h5 file that holds its model's config, and the suffix by which Keras knows such files."""

TENSORFLOW_MODEL = "saved_model.pb"
OTHERS = {".pt": "PyTorch", ".pth": "PyTorch", ".safetensors": "weights", ".onnx": "ONNX", ".tflite": "TensorFlow Lite"}
"""Suffixes of files that hold no Keras model, and what they hold."""


def require_keras(path: Path) -> None:
    """Check that Keras has saved a model at a path, without Keras.

    Args:
        path: A file, or a folder.

    Raises:
        FolderError: If it is something else.
    """
    require_there(path)
    if path.is_dir():
        if _is_layout(path):
            return
        if (path / TENSORFLOW_MODEL).exists():
            raise FolderError(f"'{path}' is a SavedModel of TensorFlow. Save the model with model.save('my.keras').")
        raise FolderError(
            f"'{path}' is no model folder: expected cnnviz.json, or {CONFIG} and {WEIGHTS} as Keras saves them."
        )
    if path.suffix.lower() in OTHERS:
        raise FolderError(
            f"'{path}' is a file of {OTHERS[path.suffix.lower()]}. Expected a model of Keras: a .keras or .h5 file."
        )
    if _is_hdf5(path):
        return
    if not zipfile.is_zipfile(path):
        raise FolderError(f"'{path}' is no model of Keras: expected a .keras or .h5 file, or a model folder.")
    with zipfile.ZipFile(path) as archive:
        _require_members(archive, path)


@dataclass(frozen=True)
class CodeTrust:
    """Whether code in a file may run.

    Args:
        code: Whether it may, which can do anything that you can: Lambda layers, and own layers that are registered.
        custom_objects: Own layers and functions by their names, for `keras.saving.load_model`. If there are any, the
            file is taken for yours: Keras opens it without our checks, and still runs no code in the file.
    """

    code: bool = False
    custom_objects: Mapping[str, Any] | None = None


NO_TRUST = CodeTrust()


def read_keras(path: Path, trust: CodeTrust = NO_TRUST) -> "keras.Model":
    """Read a model that Keras has saved. The compiled part, as the optimizer, is left out.

    Args:
        path: A .keras file, an .h5 file, or a folder in Keras's own layout; see `require_keras`.
        trust: Whether code in it may run. Without trust, everything is checked as in `build_from_config`.

    Returns:
        The model.

    Raises:
        FolderError: If there is no such model, it is damaged, or it has other parts than Keras's own layers and is
            not trusted.
    """
    require_keras(path)
    if trust.code or trust.custom_objects:
        return _read_trusted(path, trust)
    if path.is_dir():
        return _build(read_json(path / CONFIG), path / WEIGHTS, f"{CONFIG} in '{path}'")
    return _read_hdf5(path) if _is_hdf5(path) else _read_zip(path)


def read_date(path: Path) -> str:
    """Return the date when a model was saved, as Keras recorded it.

    Args:
        path: A model that Keras has saved.

    Returns:
        Year, month and day, "2026-11-24"; "" if there is no such record, as in .h5 files.
    """
    try:
        if path.is_dir():
            return date_saved(path)
        with zipfile.ZipFile(path) as archive:
            return date_of(parse_json(archive.read(METADATA), METADATA))
    except (OSError, KeyError, zipfile.BadZipFile, FolderError):
        return ""


def fingerprint(path: Path) -> str:
    """Tell one model from another, and from its other versions, without reading it whole where it has a manifest.

    Args:
        path: A model folder, or a model that Keras has saved.

    Returns:
        64 hexadecimal digits.

    Raises:
        OSError: If it cannot be read.
    """
    if path.is_file():
        return sha256(path)
    names = (MANIFEST,) if has_manifest(path) else (CONFIG, WEIGHTS)
    return hashlib.sha256("".join(sha256(path / name) for name in names).encode()).hexdigest()


def _read_trusted(path: Path, trust: CodeTrust) -> "keras.Model":
    import keras

    with failing_as(FolderError, f"Keras {keras.__version__} cannot open '{path}'."):
        return keras.saving.load_model(path, trust.custom_objects, compile=False, safe_mode=not trust.code)


def _read_zip(path: Path) -> "keras.Model":
    with tempfile.TemporaryDirectory(prefix="cnnviz-") as folder:
        weights = Path(folder, WEIGHTS)
        try:
            with zipfile.ZipFile(path) as archive:
                _require_members(archive, path)
                config = parse_json(archive.read(CONFIG), f"{CONFIG} in '{path}'")
                with archive.open(WEIGHTS) as source, weights.open("wb") as target:
                    shutil.copyfileobj(source, target)
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
            raise FolderError(f"'{path}' is damaged: it cannot be unpacked. Received: {reason(error)}.") from error
        return _build(config, weights, f"{CONFIG} in '{path}'")


def _build(config: Mapping[str, Any], weights: Path, source: str) -> "keras.Model":
    model = build_from_config(config, weights.stat().st_size, source)
    load_weights(model, weights)
    return model


def _read_hdf5(path: Path) -> "keras.Model":
    """Read an .h5 file by its config, which goes through the same checks as that of a .keras file."""
    import h5py

    with failing_as(FolderError, f"'{path}' is damaged."), h5py.File(path) as file:
        text = file.attrs.get(OLD_CONFIG)
    if text is None:
        raise FolderError(
            f"'{path}' holds only weights. Build the model and load them, or save it whole with model.save('my.keras')."
        )
    config = parse_json(text.encode() if isinstance(text, str) else bytes(text), f"{OLD_CONFIG} in '{path}'")
    model = build_from_old_config(config, path.stat().st_size, f"{OLD_CONFIG} in '{path}'")
    if path.suffix in (OLD_SUFFIX, ".hdf5"):
        load_weights(model, path)
    else:  # Keras goes by the suffix
        with tempfile.TemporaryDirectory(prefix="cnnviz-") as folder:
            link = Path(folder, f"weights{OLD_SUFFIX}")
            link.symlink_to(path.resolve())
            load_weights(model, link)
    return model


def _require_members(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse a zip file that is no model of Keras."""
    names = archive.namelist()
    if CONFIG not in names or WEIGHTS not in names:
        raise FolderError(
            f"'{path}' is no model of Keras: expected {CONFIG} and {WEIGHTS} in it. "
            f"Received: {', '.join(sorted(names)[:3])[:100] or 'nothing'}."
        )
    if archive.getinfo(CONFIG).file_size > MAX_JSON_BYTES:
        raise FolderError(f"{CONFIG} in '{path}' is refused: it is larger than {MAX_JSON_BYTES} bytes.")


def _is_layout(folder: Path) -> bool:
    """Tell whether a folder holds the files that Keras writes into a .keras file."""
    return (folder / CONFIG).is_file() and (folder / WEIGHTS).is_file()


def _is_hdf5(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(HDF5_BEGINNING)) == HDF5_BEGINNING
    except OSError as error:
        raise FolderError(f"Cannot read '{path}'. Received: {reason(error)}.") from error
