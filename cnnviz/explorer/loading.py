"""Opens the model that a user names: the embedded one, a folder, or one of the Hub."""

import logging
import os
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

    A model of the Hub is fetched once; of a branch or a tag, the Hub is asked each time where it is, and if it does
    not answer, what it was last is taken. Nothing from a folder or the Hub is executed.

    Args:
        model: A model folder that train.py wrote; or, as text, "USER/NAME" or "USER/NAME@REVISION" on the Hugging
            Face Hub, where the revision is a branch, a tag or a commit; None for the embedded cats and dogs.

    Returns:
        An explorer of the model.

    Raises:
        FolderError: If there is no intact model folder, or its model is made of more than Keras's own layers.
        NetworkError: If it cannot be looked into.
        HubError: If the Hub has no such model, or does not answer and it was not fetched before.

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
        LOGGER.warning("%s Taken instead: what it was last.", error)
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
    """Tell whether a model is on the Hub.

    Args:
        model: What a user gave.

    Returns:
        Which model of the Hub is meant; None if a folder is.
    """
    reference = read_reference(model) if isinstance(model, str) else None
    return None if reference and Path(model).exists() else reference


def open_snapshot(reference: Reference, snapshot: Snapshot, fallback: str = "") -> Explorer:
    """Load a model of the Hub that was fetched.

    Args:
        reference: What was asked for.
        snapshot: What was found.
        fallback: Why it is not what was asked for; "" if it is.

    Returns:
        An explorer of the model.

    Raises:
        FolderError: If it is not intact, or made of more than Keras's own layers.
        NetworkError: If it cannot be looked into.
    """
    try:
        return _open(snapshot.folder, Source("hub", str(reference), snapshot.commit, fallback=fallback))
    except (FolderError, NetworkError) as error:  # named as its user knows it, not by its place in the cache
        name = f"{reference.repository}@{snapshot.commit}"
        raise type(error)(str(error).replace(str(snapshot.folder), name)) from error


def own_name(folder: Path) -> str:
    """Name a model after its folder, or after the run whose folder it lies in.

    Args:
        folder: A model folder.

    Returns:
        The name of a folder, without those around it.
    """
    folder = folder.resolve()
    return folder.parent.name if folder.name == MODEL else folder.name


def _open(folder: Path, source: Source) -> Explorer:
    return Explorer(read_folder(folder), replace(source, date=date_saved(folder)))
