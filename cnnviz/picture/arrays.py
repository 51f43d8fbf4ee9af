"""Arrays and tensors as pictures: those of numpy, TensorFlow, JAX and PyTorch; no library but numpy is imported."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import ImageError
from cnnviz.base.failures import failing_as
from cnnviz.picture.gray import to_8_bits

BANDS = (1, 3, 4)
"""Lengths that the axis of a picture's channels can have: grey, RGB, and RGB with transparency."""

BATCH_AXES, CHANNEL_AXES = 4, 3
"""Numbers of axes of a batch of pictures, and of a picture whose channels have an axis."""

WIDENED = ("bfloat16", "torch.bfloat16")
"""Types of numbers that numpy does not know as floats."""


@runtime_checkable
class Tensor(Protocol):
    """What numpy can read as an array: an array itself, or a tensor of TensorFlow, JAX or PyTorch."""

    def __array__(self) -> NDArray[Any]:
        """Return the values."""


def as_array(values: Tensor) -> NDArray[np.generic]:
    """Read a tensor's values.

    PyTorch has the channels first, (C, H, W) or (B, C, H, W), so its tensors are turned where that axis has 1, 3 or 4
    entries. All other arrays have the channels last.

    Args:
        values: An array; or a tensor of TensorFlow, JAX or PyTorch, on any device.

    Returns:
        The values, with the channels last. An array is returned as it is.

    Raises:
        ImageError: If a tensor has no values, as in a graph.

    Example:
        >>> as_array(np.zeros((2, 3))).shape
        (2, 3)
    """
    tensor: Any = values
    if isinstance(tensor, np.ndarray):
        return tensor
    is_of_torch = hasattr(tensor, "detach")
    with failing_as(ImageError, "The values of a tensor cannot be read: a picture is a tensor with values."):
        if is_of_torch:  # its values may be on another device, or have gradients
            tensor = tensor.detach().cpu()
            tensor = tensor.float() if str(tensor.dtype) in WIDENED else tensor
        array = np.asarray(tensor)
    array = array.astype(np.float32) if array.dtype.name in WIDENED else array
    if is_of_torch and array.ndim >= CHANNEL_AXES and array.shape[-CHANNEL_AXES] in BANDS:
        return np.moveaxis(array, -CHANNEL_AXES, -1)
    return array


def from_array(values: NDArray[np.generic]) -> Image.Image:
    """Turn an array into a picture.

    Args:
        values: Shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), uint8 in [0, 255] or float in [0, 1].

    Returns:
        A picture of that size.

    Raises:
        ImageError: If the array has another shape or type, or values out of range.

    Example:
        >>> from_array(np.zeros((4, 6, 3), np.uint8)).size
        (6, 4)
    """
    received = f"Received: shape {values.shape}, dtype {values.dtype}"
    if values.ndim == CHANNEL_AXES and values.shape[-1] == 1:
        values = values[..., 0]
    if values.size == 0 or not (values.ndim == 2 or (values.ndim == CHANNEL_AXES and values.shape[-1] in BANDS)):
        advice = ": a batch, of which one picture can be given, such as batch[0]" if values.ndim == BATCH_AXES else ""
        raise ImageError(
            f"A picture's array has the shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4). {received}{advice}."
        )
    if np.issubdtype(values.dtype, np.floating):
        low, high = values.min(), values.max()
        if not (low >= 0 and high <= 1):  # also true of NaN
            raise ImageError(
                f"A picture's array of floats holds values in [0, 1]; use uint8 for [0, 255], as "
                f'array.astype("uint8") gives. {received}, values from {low} to {high}.'
            )
        return Image.fromarray(to_8_bits(values, 1))
    if values.dtype != np.uint8:
        raise ImageError(f"A picture's array is uint8 in [0, 255] or float in [0, 1]. {received}.")
    return Image.fromarray(values)
