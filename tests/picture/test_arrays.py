"""Arrays and tensors of other libraries, as pictures."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnviz.base.errors import ImageError
from cnnviz.picture.arrays import as_array
from cnnviz.picture.image import load_image
from pictures import draw

PIXELS = np.asarray(draw(40, 30))


class TorchTensor:
    """What a tensor of PyTorch has that is read here; the library itself takes 800 MB.

    Its values cannot be read before they are detached from their gradient and on the processor, and those of bfloat16
    not at all.
    """

    def __init__(self, values: np.ndarray, state: str = "cuda, with gradient", dtype: str = "torch.float32") -> None:
        """Hold values that are where and what the state says."""
        self.values, self.state, self.dtype = values, state, dtype

    def detach(self) -> "TorchTensor":
        """Return the values without their gradient."""
        return TorchTensor(self.values, self.state.removesuffix(", with gradient"), self.dtype)

    def cpu(self) -> "TorchTensor":
        """Return the values on the processor."""
        return TorchTensor(self.values, self.state.replace("cuda", "cpu"), self.dtype)

    def float(self) -> "TorchTensor":
        """Return the values as float32."""
        return TorchTensor(self.values.astype(np.float32), self.state)

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        """Return the values where numpy can read them."""
        if self.state != "cpu" or self.dtype == "torch.bfloat16":
            raise TypeError("can't convert")
        return self.values


@pytest.mark.parametrize("read", [tf.constant, tf.Variable, jnp.asarray, keras.ops.convert_to_tensor])
def test_tensor_of_tensorflow_and_jax_is_the_picture_of_its_values(read: object) -> None:
    np.testing.assert_array_equal(load_image(read(PIXELS)), PIXELS)
    np.testing.assert_array_equal(load_image(read(np.float32(PIXELS) / 255)), PIXELS)


@pytest.mark.parametrize("convert", [lambda x: tf.cast(x, tf.bfloat16), lambda x: jnp.asarray(x, jnp.bfloat16)])
def test_tensor_of_bfloat16_is_read(convert: object) -> None:
    picture = np.asarray(load_image(convert(np.float32(PIXELS) / 255)), np.int16)
    assert np.abs(picture - PIXELS).max() <= 1


def test_tensor_of_pytorch_has_its_channels_first() -> None:
    first = np.moveaxis(PIXELS, -1, 0)
    np.testing.assert_array_equal(load_image(TorchTensor(first)), PIXELS)
    np.testing.assert_array_equal(load_image(TorchTensor(first / 255, dtype="torch.bfloat16")), PIXELS)
    np.testing.assert_array_equal(load_image(TorchTensor(PIXELS)), PIXELS)  # where only the last axis can be channels
    gray = load_image(TorchTensor(PIXELS[None, :, :, 0]))
    np.testing.assert_array_equal(np.asarray(gray)[..., 0], PIXELS[..., 0])
    assert as_array(TorchTensor(np.zeros((7, 3, 30, 40)))).shape == (7, 30, 40, 3)
    assert as_array(TorchTensor(PIXELS[:, :, 0])).shape == (30, 40)


def test_array_keeps_its_axes_whatever_they_are() -> None:
    for shape in ((3, 30, 40), (7, 3, 30, 40), (2, 2)):
        assert as_array(np.zeros(shape)).shape == shape
    with pytest.raises(ImageError, match=r"has the shape \(H, W\), .*Received: shape \(3, 30, 40\)"):
        load_image(np.zeros((3, 30, 40), np.uint8))


def test_tensor_without_values_is_refused() -> None:
    with pytest.raises(ImageError, match=r"The values of a tensor cannot be read: .* Received: "):
        load_image(keras.Input((30, 40, 3)))


def test_batch_where_one_picture_is_expected_is_refused_with_what_to_do() -> None:
    with pytest.raises(ImageError, match=r"Received: shape \(5, 30, 40, 3\), .*: a batch, .*such as batch\[0\]\.$"):
        load_image(np.zeros((5, 30, 40, 3), np.uint8))


def test_floats_up_to_255_are_refused_rather_than_guessed_at() -> None:
    with pytest.raises(ImageError, match=r'as array\.astype\("uint8"\) gives'):
        load_image(keras.utils.img_to_array(draw(40, 30)))
    np.testing.assert_array_equal(load_image(keras.utils.img_to_array(draw(40, 30)).astype("uint8")), PIXELS)
