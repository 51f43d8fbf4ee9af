"""Image classifiers of KerasHub: each has its own preprocessor, which says what becomes of a picture."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.base.errors import OptionError
from cnnviz.picture.preprocessing import BITS_8_MAX
from cnnviz.picture.scaling import SCALINGS

if TYPE_CHECKING:
    import keras

TOLERANCE = 1e-3
"""Largest difference of the numbers that two scalings make, if they are taken for the same one."""


@dataclass(frozen=True)
class OwnPreprocessing:
    """What a classifier's preprocessor does.

    Args:
        size: Height and width in pixels; None if it leaves them as they are.
        fit: "stretch", "crop" or "pad", as for `Preprocessing`.
        scaling: What it makes of pixels, by the name of `Preprocessing`; "" for something else.
    """

    size: tuple[int, int] | None
    fit: str
    scaling: str


def is_hub_classifier(model: "keras.Model") -> bool:
    """Tell whether a model is an `ImageClassifier` of KerasHub. KerasHub is not imported.

    Args:
        model: A Keras model.

    Returns:
        Whether it is: then its outputs are classes, even if they are plain numbers.
    """
    names = [(each.__module__.partition(".")[0], each.__name__) for each in type(model).__mro__]
    return ("keras_hub", "ImageClassifier") in names


def read_preprocessor(model: "keras.Model") -> OwnPreprocessing | None:
    """Read the preprocessor of a model of KerasHub.

    Args:
        model: A Keras model.

    Returns:
        What its preprocessor does; None if it is no image classifier of KerasHub, or has no preprocessor.
    """
    preprocessor = getattr(model, "preprocessor", None) if is_hub_classifier(model) else None
    if preprocessor is None:
        return None
    converter = getattr(preprocessor, "image_converter", None)
    if converter is None:
        return OwnPreprocessing(None, "stretch", "0-255" if hasattr(preprocessor, "image_converter") else "")
    fit = "crop" if converter.crop_to_aspect_ratio else "pad" if converter.pad_to_aspect_ratio else "stretch"
    size = converter.image_size
    return OwnPreprocessing(size, fit if size else "stretch", _scaling(converter.scale, converter.offset))


def require_scaling(own: OwnPreprocessing) -> str:
    """Return the scaling of a preprocessor.

    Args:
        own: What the preprocessor does.

    Returns:
        Its name in `Preprocessing`.

    Raises:
        OptionError: If it has no name there.
    """
    if not own.scaling:
        raise OptionError(
            "This model's own preprocessor scales pixels in a way of its own. Put keras.layers.Rescaling with its "
            "scale and offset before the model, without the preprocessor; or choose one of "
            f"{', '.join(SCALINGS)} with `preprocessing`."
        )
    return own.scaling


def _scaling(scale: Any, offset: Any) -> str:
    """Name the scaling that multiplies pixels from 0 to 255 and adds an offset; "" if it is none of ours."""
    pixels = np.array([[[0.0]], [[BITS_8_MAX]]]) * np.ones(3)  # black and white
    numbers = pixels * (1 if scale is None else scale) + (0 if offset is None else offset)
    for name, scaling in SCALINGS.items():
        if not scaling.is_bgr and np.allclose(numbers, scaling.numbers(pixels / BITS_8_MAX), atol=TOLERANCE):
            return name
    return ""
