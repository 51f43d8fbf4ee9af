"""Saving of any model as a model folder, with what is known of it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from cnnviz.base.errors import FolderError
from cnnviz.base.failures import failing_as
from cnnviz.explorer.class_list import Classes
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.interpretation import Interpretation, Size
from cnnviz.explorer.loading import load
from cnnviz.model_folder.folder import measured_folder, require_replaceable
from cnnviz.picture.preprocessing import Preprocessing

if TYPE_CHECKING:
    import keras


def save(
    model: "Explorer | str | os.PathLike[str] | keras.Model",
    folder: str | os.PathLike[str],
    *,
    classes: Classes | None = None,
    preprocessing: str | Preprocessing | None = None,
    size: Size | None = None,
    fit: str | None = None,
    kind: str = "",
    output: str = "",
    inputs: Mapping[str, ArrayLike] | None = None,
) -> Path:
    """Save a model as a model folder, which `cnnviz.load`, `app.py --model` and `train.py --publish` take.

    What was said, found or assumed of its classes and its preprocessing is stored with it, so that nobody has to say or
    assume it again. Plain Keras opens the folder, too. It has no figures: `train.py --evaluate` measures it.

    Args:
        model: An explorer, or a model as for `load`.
        folder: The folder to write; a model folder that is there is replaced.
        classes: As for `load`, like those that follow.
        preprocessing: How its pictures are preprocessed.
        size: Height and width of its picture in pixels, or one number for both.
        fit: "stretch", "crop" or "pad".
        kind: "sigmoid", "softmax" or "multi_label", where it ends in logits.
        output: The output to look into, if it has several.
        inputs: The values of the inputs that take no picture, by name.

    Returns:
        The folder's path.

    Raises:
        FolderError: If something other than a model folder is there, it cannot be written, or the model has other parts
            than Keras's own layers, which nobody could open.
        NetworkError: If the model's layers cannot be shown.
        OptionError: If what is said of it does not fit it.

    Example:
        >>> folder = cnnviz.save(cnnviz.load(), "my-model", classes=["Katze", "Hund"])
        >>> cnnviz.load(folder).network.class_names
        ('Katze', 'Hund')
    """
    path = Path(folder)
    require_replaceable(path)
    if isinstance(model, Explorer):
        said = Interpretation(classes, preprocessing, size, fit, kind, output, inputs or {})
        network = said.change(model.network)
    else:
        network = load(
            model,
            classes=classes,
            preprocessing=preprocessing,
            size=size,
            fit=fit,
            kind=kind,
            output=output,
            inputs=inputs,
        ).network
    try:
        with failing_as(FolderError, "Keras cannot copy it."), measured_folder(path, network):
            return path
    except FolderError as error:
        raise FolderError(f"The model cannot be saved so that others can open it. {error}") from error
