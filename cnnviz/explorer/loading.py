"""Loading of the model that a user names: the embedded model, a folder, or a model of the Hub."""

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.base.errors import FolderError, HubUnreachableError, NetworkError, OptionError
from cnnviz.base.source import IN_MEMORY, Source
from cnnviz.explorer.class_list import Classes
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.interpretation import Interpretation, Size
from cnnviz.hub.client import Reference, is_address, read_reference
from cnnviz.hub.pull import Snapshot, find_cached_revision, pull
from cnnviz.model_folder.folder import read_description, read_folder
from cnnviz.model_folder.keras_file import NO_TRUST, CodeTrust, read_date, read_keras, require_keras
from cnnviz.model_folder.manifest import MODEL, date_saved, has_manifest
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing

if TYPE_CHECKING:
    import keras

LOGGER = logging.getLogger("cnnviz")
BUNDLED_FOLDER = Path(__file__).parents[1] / "bundled"
NOTHING_SAID = Interpretation()


def load(
    model: "str | os.PathLike[str] | keras.Model | None" = None,
    *,
    classes: Classes | None = None,
    preprocessing: str | Preprocessing | None = None,
    size: Size | None = None,
    fit: str | None = None,
    kind: str = "",
    output: str = "",
    inputs: Mapping[str, Any] | None = None,
    trust_code: bool = False,
    custom_objects: Mapping[str, Any] | None = None,
) -> Explorer:
    """Load a model: one in memory, a file, a folder, or one of the Hub.

        cnnviz.load(model)                                          # a keras.Model in memory
        cnnviz.load("my.keras", classes=["cat", "dog"])             # or my.h5, or a folder
        cnnviz.load(model, classes="imagenet", preprocessing="caffe")

    What neither the model's own folder nor you say is found in the model or assumed. It is logged, and stands in the
    explorer's `assumed`.

    A model of the Hub is downloaded once. For a branch or a tag, the Hub is asked each time for its commit; if the Hub
    does not answer, the last known version is used. Code in a file is executed only if you trust it; code from the Hub
    never is.

    Args:
        model: A Keras model in memory; a model folder; a .keras or .h5 file, or a folder in Keras's own layout; or, as
            text, "USER/NAME" or "USER/NAME@REVISION" on the Hugging Face Hub, also as "hf://USER/NAME", where the
            revision is a branch, a tag or a commit; None for the embedded model of cats and dogs.
        classes: The names of its classes in the order of their indices; or the path of a text file with one in each
            line, or of a JSON file; or "imagenet". None for what its folder says, else "class 0" and so on.
        preprocessing: How pixels are scaled: "0-1", "0-255", "tf" (-1 to 1), "torch" or "caffe", see `Preprocessing`;
            or a whole one. None for what its folder says. Without one, a model that begins with Rescaling or the
            like gets pixels from 0 to 255, or from 0 to 1 if its numbers are made for that; one with the layers of a
            network in `keras.applications` gets them as that one's `preprocess_input` makes them, or the layers that
            `include_preprocessing=False` left out; others from 0 to 1.
        size: Height and width of its picture in pixels, or one number for both, where it takes any.
        fit: "stretch", "crop" or "pad": what happens to photos of another aspect ratio.
        kind: "sigmoid", "softmax" or "multi_label", where the model ends in logits; see `Network`.
        output: The output to look into, if it has several: the name of its layer, or its key in a dict. "" for the
            first that ends in a softmax or in sigmoids.
        inputs: The values of what it takes besides the picture, by name: an array for each, without the batch axis.
        trust_code: Whether code in a file may run: Lambda layers, and own layers that are registered. Say so only of
            files that are your own, or whose author you trust like one who sits at your computer.
        custom_objects: Own layers and functions that a file names, as for `keras.saving.load_model`.

    Returns:
        An explorer of the model.

    Raises:
        FolderError: If there is no intact model, or it has other parts than Keras's own layers and is not trusted.
        NetworkError: If its layers cannot be shown.
        OptionError: If what is said of it does not fit it.
        HubError: If the Hub has no such model; or if the Hub does not answer, and the model was not downloaded before.

    Example:
        >>> cnnviz.load().network.class_names
        ('cat', 'dog')
    """
    interpretation = Interpretation(classes, preprocessing, size, fit, kind, output, inputs or {})
    if model is None:
        return _open(BUNDLED_FOLDER, Source("embedded"), interpretation)
    if not isinstance(model, str | os.PathLike):
        return _assuming(*interpretation.build(model), IN_MEMORY)
    reference, trusted = find_reference(model), CodeTrust(trust_code, custom_objects)
    if reference is None:
        path = Path(model)
        source = Source("folder" if path.is_dir() else "file", own_name(path))
        return _open(path, source, interpretation, trusted)
    _require_no_code(reference, trusted)
    try:
        return open_snapshot(reference, pull(reference), interpretation=interpretation)
    except HubUnreachableError as error:
        known = find_cached_revision(reference)
        if known is None:
            raise
        LOGGER.warning("%s Using the last known version instead.", error)
        return open_snapshot(reference, known, str(error), interpretation=interpretation)


def require_model(model: str | os.PathLike[str], trust_code: bool = False) -> None:
    """Check that a model is there, without Keras. One of the Hub is not asked for.

    Args:
        model: What a user gave, as for `load`.
        trust_code: As for `load`.

    Raises:
        FolderError: If it is neither the name of a model on the Hub nor an intact model folder or file.
        OptionError: If the Hub is to be trusted.
    """
    reference = find_reference(model)
    if reference is not None:
        _require_no_code(reference, CodeTrust(trust_code))
    elif has_manifest(Path(model)):
        read_description(Path(model))
        date_saved(Path(model))
    else:
        require_keras(Path(model))


def find_reference(model: str | os.PathLike[str]) -> Reference | None:
    """Tell whether the user means a model on the Hub: an existing path wins, then two plain parts are a name there.

    Args:
        model: The user's text or path.

    Returns:
        The reference to a model on the Hub; None if the user means a folder or a file.

    Raises:
        FolderError: If it is a web address, but not that of a model on the Hub.
    """
    if not isinstance(model, str) or os.path.exists(model):  # noqa: PTH110  # it raises no error for impossible names
        return None
    reference = read_reference(model)
    if reference is None and is_address(model):
        raise FolderError(f"Expected hf://USER/NAME or hf://USER/NAME@REVISION on the Hub. Received: {model!r}.")
    if reference is None and "://" in model:
        raise FolderError(f"{model!r} is a web address: download the model, and give its path.")
    return reference


def open_snapshot(
    reference: Reference,
    snapshot: Snapshot,
    fallback: str = "",
    require: Callable[[Path], None] = lambda _: None,
    interpretation: Interpretation = NOTHING_SAID,
) -> Explorer:
    """Load a model of the Hub from the cache.

    Args:
        reference: The requested model.
        snapshot: The version to load.
        fallback: Why this is not the requested version; "" if it is.
        require: A check of its folder before it is loaded, which raises a FolderError or a NetworkError.
        interpretation: What the user says of it.

    Returns:
        An explorer of the model.

    Raises:
        FolderError: If it is not intact, or has other parts than Keras's own layers.
        NetworkError: If its layers cannot be shown.
    """
    try:
        require(snapshot.folder)
        source = Source("hub", str(reference), snapshot.commit, fallback=fallback)
        return _open(snapshot.folder, source, interpretation)
    except (
        FolderError,
        NetworkError,
    ) as error:  # the message has the model's name as the user knows it, not its path in the cache
        name = f"{reference.repository}@{snapshot.commit}"
        raise type(error)(str(error).replace(str(snapshot.folder), name)) from error


def own_name(folder: Path) -> str:
    """Return the name of a model: that of its folder or file, or of the training run whose folder contains it.

    Args:
        folder: A model folder, or a file.

    Returns:
        The name of the folder or file, without its path.
    """
    folder = folder.resolve()
    return folder.parent.name if folder.name == MODEL else folder.name


def _require_no_code(reference: Reference, trust: CodeTrust) -> None:
    if trust.code or trust.custom_objects:
        raise OptionError(f"Code from the Hub is never run. Download '{reference}', look at it, and give its path.")


def _open(path: Path, source: Source, interpretation: Interpretation, trust: CodeTrust = NO_TRUST) -> Explorer:
    if has_manifest(path):
        network = interpretation.change(read_folder(path))
        return Explorer(network, replace(source, date=date_saved(path)))
    model = read_keras(path, trust)
    return _assuming(*interpretation.build(model), replace(source, date=read_date(path)))


def _assuming(network: Network, assumed: tuple[str, ...], source: Source) -> Explorer:
    """Say what was assumed, and remember it."""
    for sentence in assumed:
        LOGGER.warning("%s", sentence)
    return Explorer(network, source, assumed)
