"""A timeline of checkpoints that somebody has saved while a network learned."""

import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.base.errors import FolderError, NetworkError, OptionError
from cnnviz.base.names import is_name
from cnnviz.base.storage import PARTIAL
from cnnviz.data.dataset import Data
from cnnviz.data.sources import as_list
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load, require_model
from cnnviz.model_folder.manifest import require_there
from cnnviz.model_folder.safe_config import load_weights
from cnnviz.network.copies import copy_model
from cnnviz.network.network import Network
from cnnviz.recording.fixed_photos import FixedPhotos
from cnnviz.recording.recorder import Recorder
from cnnviz.timelines.likeness import architecture_digest
from cnnviz.timelines.schedule import MAX_SNAPSHOTS
from cnnviz.timelines.timeline import Timeline
from cnnviz.timelines.timeline_folder import read_timeline
from cnnviz.timelines.timeline_writer import replace_timeline, require_own

if TYPE_CHECKING:
    import keras

LOGGER = logging.getLogger("cnnviz")

Checkpoint = str | os.PathLike[str]
LONGEST = 100
"""Characters of a checkpoint's name."""


WEIGHTS_ALONE = ".weights.h5"
"""How the name of a file ends that holds a model's weights without its layers."""


def timeline(
    checkpoints: Sequence[Checkpoint],
    folder: Checkpoint,
    photos: Data | None = None,
    *,
    model: "Checkpoint | keras.Model | None" = None,
    **described: Any,
) -> Timeline:
    """Make a timeline of checkpoints, such as those of Keras's `ModelCheckpoint`.

    Args:
        checkpoints: From 1 to 20 models of one architecture, in the order in which they were saved: .keras or .h5
            files, or model folders; or files of weights alone (.weights.h5).
        folder: Where the timeline is written; one that is there is replaced.
        photos: Photographs, of which 32 are shown to each: one source or several, as for `cnnviz.train`; they need no
            classes. None for no numbers of channels and answers.
        model: A model of their architecture, which says what files of weights alone belong to; None for the first
            checkpoint.
        described: What is said of the models, as for `cnnviz.load`: classes, preprocessing, and so on.

    Returns:
        The timeline; its network is the last checkpoint.

    Raises:
        FolderError: If a checkpoint cannot be read or has another architecture than the first one, or the folder holds
            something else or cannot be written.
        NetworkError: If their layers cannot be shown, or their weights or values are infinite or NaN.
        OptionError: If there are no checkpoints or too many, or what is said of them does not fit.
        DatasetError: If there are no photographs.

    Example:
        >>> folder = cnnviz.save(cnnviz.load(), "cats")
        >>> made = cnnviz.timeline([folder, folder], "made")
        >>> len(made), made[1].name
        (2, 'cats')
    """
    paths, folder = [Path(each) for each in checkpoints], Path(folder)
    if not 0 < len(paths) <= MAX_SNAPSHOTS:
        raise OptionError(f"A timeline is made of 1 to {MAX_SNAPSHOTS} checkpoints. Received: {len(paths)}.")
    require_own(folder)
    require_checkpoints(paths, model, bool(described.get("trust_code")))
    first = load(paths[0] if model is None else model, **described)
    for sentence in first.assumed:
        LOGGER.warning("%s", sentence)
    digest = architecture_digest(first.network)
    chosen = None
    if photos is not None:
        chosen = FixedPhotos.of_data(as_list(photos), first.network.preprocessing, first.network.class_names)
    staged = folder.absolute().with_name(PARTIAL.format(folder.absolute().name))
    shutil.rmtree(staged, ignore_errors=True)
    try:
        recorder = Recorder(staged, first.network, chosen)
        recorder.begin()
        explorer = first
        for path, name in zip(paths, _names(paths), strict=True):
            explorer = first if path == paths[0] and model is None else _open(path, first, described)
            if architecture_digest(explorer.network) != digest:
                raise _unlike(path, first.source.name, "its layers, or the shapes of its weights, are others")
            recorder.network = explorer.network
            recorder.record(None, explorer.network.model.get_weights(), {}, name=name)
        replace_timeline(folder, staged)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return read_timeline(explorer.network, folder)


def require_checkpoints(paths: Sequence[Path], model: Any, trust_code: bool) -> None:
    """Check that checkpoints are there, without Keras.

    Args:
        paths: As for `timeline`.
        model: As for `timeline`.
        trust_code: Whether code in their files may be run.

    Raises:
        FolderError: If one is no model, nor weights of one that is known.
        OptionError: If the Hub is to be trusted.
    """
    for path in paths:
        if not _holds_weights_alone(path):
            require_model(path, trust_code)
            continue
        require_there(path)
        if path == paths[0] and model is None:
            raise FolderError(f"'{path}' holds weights alone. Name a model that they belong to: model, or --model.")
    if isinstance(model, str | os.PathLike):
        require_model(model, trust_code)


def _holds_weights_alone(path: Path) -> bool:
    return path.name.endswith(WEIGHTS_ALONE)


def _open(path: Path, first: Explorer, described: dict[str, Any]) -> Explorer:
    """Open a checkpoint as the first one was understood."""
    network: Network = first.network
    if _holds_weights_alone(path):
        model = copy_model(network.model, network.model.get_weights())
        load_weights(model, path)
        return Explorer(replace(network, model=model, folder=None, manifest={}, metrics={}))
    known = {name: value for name, value in described.items() if name not in ("size", "fit")}
    try:
        return load(path, **{**known, "classes": network.class_names, "preprocessing": network.preprocessing})
    except (NetworkError, OptionError) as error:
        raise _unlike(path, first.source.name, str(error).rstrip(".")) from error


def _unlike(path: Path, first: str, reason: str) -> FolderError:
    return FolderError(f"'{path}' has another architecture than '{first}': {reason}. A timeline is of one network.")


def _names(paths: Sequence[Path]) -> list[str]:
    """Name each checkpoint after its file, or after its whole path if several files have one name."""
    names = [path.absolute().name for path in paths]
    is_unique = len(set(names)) == len({*map(str, paths)})
    found = names if is_unique else [str(path) for path in paths]
    return [name[-LONGEST:] if is_name(name[-LONGEST:]) else f"checkpoint {at}" for at, name in enumerate(found, 1)]
