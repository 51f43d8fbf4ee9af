"""Loading of the model that a user names: the embedded model, a folder, or a model of the Hub."""

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cnnviz.base.errors import FolderError, HubUnreachableError, NetworkError
from cnnviz.base.source import Source
from cnnviz.explorer.explorer import Explorer
from cnnviz.hub.client import Reference, read_reference
from cnnviz.hub.pull import Snapshot, find_cached_revision, pull
from cnnviz.model_folder.folder import read_description, read_folder
from cnnviz.model_folder.manifest import MODEL, date_saved

LOGGER = logging.getLogger("cnnviz")
BUNDLED_FOLDER = Path(__file__).parents[1] / "bundled"


def load(model: str | os.PathLike[str] | None = None) -> Explorer:
    """Load a model.

    A model of the Hub is downloaded once. For a branch or a tag, the Hub is asked each time for its commit; if the Hub
    does not answer, the last known version is used. No code from a folder or the Hub is executed.

    Args:
        model: A model folder that train.py wrote; or, as text, "USER/NAME" or "USER/NAME@REVISION" on the Hugging
            Face Hub, where the revision is a branch, a tag or a commit; None for the embedded model of cats and dogs.

    Returns:
        An explorer of the model.

    Raises:
        FolderError: If there is no intact model folder, or its model has other parts than Keras's own layers.
        NetworkError: If its layers cannot be shown.
        HubError: If the Hub has no such model; or if the Hub does not answer, and the model was not downloaded before.

    Example:
        >>> cnnviz.load().network.class_names
        ('cat', 'dog')
    """
    if model is None:
        return _open(BUNDLED_FOLDER, Source("embedded"))
    reference = find_reference(model)
    if reference is None:
        return _open(Path(model), Source("folder", own_name(Path(model))))
    try:
        return open_snapshot(reference, pull(reference))
    except HubUnreachableError as error:
        known = find_cached_revision(reference)
        if known is None:
            raise
        LOGGER.warning("%s Using the last known version instead.", error)
        return open_snapshot(reference, known, str(error))


def require_model(model: str) -> None:
    """Check that a model is there, without Keras. One of the Hub is not asked for.

    Args:
        model: What a user gave, as for `load`.

    Raises:
        FolderError: If it is neither the name of a model on the Hub nor an intact model folder.
    """
    if find_reference(model) is None:
        read_description(Path(model))
        date_saved(Path(model))


def find_reference(model: str | os.PathLike[str]) -> Reference | None:
    """Tell whether the user means a model on the Hub.

    Args:
        model: The user's text or path.

    Returns:
        The reference to a model on the Hub; None if the user means a folder.
    """
    reference = read_reference(model) if isinstance(model, str) else None
    return None if reference and Path(model).exists() else reference


def open_snapshot(
    reference: Reference, snapshot: Snapshot, fallback: str = "", require: Callable[[Path], None] = lambda _: None
) -> Explorer:
    """Load a model of the Hub from the cache.

    Args:
        reference: The requested model.
        snapshot: The version to load.
        fallback: Why this is not the requested version; "" if it is.
        require: A check of its folder before it is loaded, which raises a FolderError or a NetworkError.

    Returns:
        An explorer of the model.

    Raises:
        FolderError: If it is not intact, or has other parts than Keras's own layers.
        NetworkError: If its layers cannot be shown.
    """
    try:
        require(snapshot.folder)
        return _open(snapshot.folder, Source("hub", str(reference), snapshot.commit, fallback=fallback))
    except (
        FolderError,
        NetworkError,
    ) as error:  # the message has the model's name as the user knows it, not its path in the cache
        name = f"{reference.repository}@{snapshot.commit}"
        raise type(error)(str(error).replace(str(snapshot.folder), name)) from error


def own_name(folder: Path) -> str:
    """Return the name of a model: that of its folder, or of the training run whose folder contains it.

    Args:
        folder: A model folder.

    Returns:
        The name of the folder, without its path.
    """
    folder = folder.resolve()
    return folder.parent.name if folder.name == MODEL else folder.name


def _open(folder: Path, source: Source) -> Explorer:
    return Explorer(read_folder(folder), replace(source, date=date_saved(folder)))
